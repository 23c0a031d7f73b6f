//! Names of the contract that cannot be names of Rust.

use crate::support::check;

#[test]
fn operations() {
    const ID: &str = "operationId: getHost";
    check(
        "names",
        &[
            ("operation-id-is-missing", "      operationId: getHost\n", ""),
            ("operation-id-is-empty", ID, "operationId: ''"),
            ("operation-id-is-no-ascii", ID, "operationId: größe"),
            ("operation-id-begins-with-a-digit", ID, "operationId: 1stHost"),
            ("operation-id-is-a-method-of-the-client", ID, "operationId: builder"),
            ("operation-id-is-a-type-of-the-client", ID, "operationId: response"),
            ("operation-id-is-self", ID, "operationId: self"),
            ("operation-id-is-a-schema", ID, "operationId: host"),
        ],
    );
}

#[test]
fn parameters() {
    const NAME: &str = "      name: days";
    check(
        "names",
        &[
            ("parameter-name-is-missing", "      name: days\n", ""),
            ("parameter-name-is-no-ascii", NAME, "      name: größe"),
            ("parameter-name-has-no-letter", NAME, "      name: $1"),
            ("parameter-name-is-taken-by-the-builder", NAME, "      name: send"),
            ("parameter-name-is-there-twice", NAME, "      name: Host"),
        ],
    );
}

/// A sound schema under a name, before one that is there.
macro_rules! named {
    ($name:literal) => {
        concat!(
            "    ",
            $name,
            ": {description: A., type: object, properties: {a: {description: A., type: string}}}\n",
            "    Problem:\n"
        )
    };
}

#[test]
fn schemas() {
    const PROBLEM: &str = "    Problem:\n";
    check(
        "names",
        &[
            ("schema-name-is-no-ascii", PROBLEM, named!("Größe")),
            ("schema-name-begins-with-a-digit", PROBLEM, named!("1st")),
            ("schema-name-is-client", PROBLEM, named!("Client")),
            ("schema-name-is-error", PROBLEM, named!("Error")),
            ("schema-name-is-response", PROBLEM, named!("Response")),
            ("schema-name-is-of-the-prelude", PROBLEM, named!("Option")),
            ("schema-name-is-self", PROBLEM, named!("self")),
            ("schema-name-is-a-builder", PROBLEM, named!("GetHost")),
            ("schema-name-is-a-call", PROBLEM, named!("GetHostCall")),
            ("schema-name-is-there-twice", PROBLEM, named!("host")),
        ],
    );
}

#[test]
fn properties() {
    const CODE: &str = "        code:\n";
    check(
        "names",
        &[
            ("property-name-is-no-ascii", CODE, "        größe:\n"),
            ("property-name-has-no-letter", CODE, "        '@1':\n"),
            (
                "property-name-is-there-twice",
                CODE,
                "        '@code': {description: The same again., type: string}\n        code:\n",
            ),
        ],
    );
}
