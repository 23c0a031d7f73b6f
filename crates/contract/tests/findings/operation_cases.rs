//! What is wrong with an operation and its parameters.

use crate::support::check;

#[test]
fn operations() {
    check(
        "operations",
        &[
            ("operation-posts", "    get:\n", "    post:\n"),
            ("operation-has-a-body", "      tags: [Host]\n", "      tags: [Host]\n      requestBody: {content: {}}\n"),
            ("operation-has-no-tag", "      tags: [Host]\n", ""),
            ("operation-has-two-tags", "tags: [Host]", "tags: [Host, More]"),
            ("operation-tag-is-not-described", "tags: [Host]", "tags: [Hosts]"),
            ("operation-tag-is-a-number", "tags: [Host]", "tags: [1]"),
            ("operation-has-no-summary", "      summary: Get a host\n", ""),
            ("operation-description-is-empty", "description: Tells what is known of a host.", "description: '  '"),
        ],
    );
}

#[test]
fn permissions_and_quota() {
    const APPLICATION: &str = "application: {name: Host.Read.All, display-name: Read all hosts}";
    const QUOTA: &str = "        - {calls: 100, seconds: 60}\n";
    check(
        "operations",
        &[
            ("permissions-are-missing", "x-mde-permissions:", "x-permissions:"),
            ("permissions-are-empty", "x-mde-permissions:\n", "x-mde-permissions: {}\n      x-permissions:\n"),
            ("permission-has-no-display-name", APPLICATION, "application: {name: Host.Read.All}"),
            ("permission-is-text", APPLICATION, "application: Host.Read.All"),
            ("permission-kind-is-misspelt", "        delegated:", "        delegate:"),
            ("permission-role-is-misspelt", "user-role: Viewer", "role: Viewer"),
            ("permission-role-is-empty", "user-role: Viewer", "user-role: ''"),
            ("quota-is-missing", "      x-mde-quota:\n        - {calls: 100, seconds: 60}\n", ""),
            ("quota-is-no-list", QUOTA, "        {calls: 100, seconds: 60}\n"),
            ("quota-is-zero", QUOTA, "        - {calls: 0, seconds: 60}\n"),
            ("quota-is-a-fraction", QUOTA, "        - {calls: 1.5, seconds: 60}\n"),
            ("quota-is-too-large", QUOTA, "        - {calls: 4294967296, seconds: 60}\n"),
            ("quota-window-has-no-length", QUOTA, "        - {calls: 100}\n"),
            ("quota-window-is-misspelt", QUOTA, "        - {calls: 100, second: 60}\n"),
            ("quota-window-is-text", QUOTA, "        - 100 a minute\n"),
        ],
    );
}

#[test]
fn parameters() {
    const DAYS: &str = "      in: query\n";
    const HOST: &str = "          schema: {$ref: '#/components/schemas/HostName'}\n";
    check(
        "parameters",
        &[
            ("parameter-is-in-a-header", DAYS, "      in: header\n"),
            ("parameter-is-in-a-cookie", DAYS, "      in: cookie\n"),
            ("parameter-is-nowhere", DAYS, ""),
            ("parameter-is-not-described", "      description: How many days to look back.\n", ""),
            ("parameter-has-a-style", DAYS, "      in: query\n      style: spaceDelimited\n      explode: false\n"),
            ("parameter-is-in-path-and-optional", "          required: true\n", ""),
            ("parameter-reference-leads-nowhere", "#/components/parameters/Days", "#/components/parameters/Hours"),
            ("parameter-reference-leads-to-a-schema", "#/components/parameters/Days", "#/components/schemas/Host"),
            ("parameter-reference-leads-elsewhere", "'#/components/parameters/Days'", "'days.yaml#/Days'"),
            (
                "parameter-references-lead-in-a-circle",
                "  parameters:\n    Days:\n",
                concat!(
                    "  parameters:\n    Days: {$ref: '#/components/parameters/Hours'}\n",
                    "    Hours: {$ref: '#/components/parameters/Days'}\n    Years:\n"
                ),
            ),
            ("parameter-has-no-schema", HOST, ""),
            ("parameter-is-a-string-without-a-name", HOST, "          schema: {type: string, pattern: '^a'}\n"),
            (
                "parameter-is-an-integer-without-a-name",
                HOST,
                "          schema: {type: integer, minimum: 1, maximum: 9}\n",
            ),
            ("parameter-is-a-moment", HOST, "          schema: {$ref: '#/components/schemas/Moment'}\n"),
            ("parameter-is-an-object", HOST, "          schema: {$ref: '#/components/schemas/Problem'}\n"),
            ("parameter-schema-is-not-there", HOST, "          schema: {$ref: '#/components/schemas/Name'}\n"),
            ("parameter-is-any-string", "      pattern: '^[a-z0-9.-]+$'\n", ""),
        ],
    );
}

#[test]
fn paths() {
    const PATH: &str = "  /hosts/{host}:";
    check(
        "paths",
        &[
            ("path-has-another-parameter", PATH, "  /hosts/{name}:"),
            ("path-has-no-parameter", PATH, "  /hosts:"),
            ("path-has-a-parameter-twice", PATH, "  /hosts/{host}/{host}:"),
            ("path-has-half-a-segment", PATH, "  /hosts/{host}.json:"),
            ("path-has-no-slash", PATH, "  hosts/{host}:"),
            ("path-ends-with-a-slash", PATH, "  /hosts/{host}/:"),
            ("path-has-a-query", PATH, "  /hosts/{host}/stats?all=true:"),
            ("path-is-not-closed", PATH, "  /hosts/{host:"),
        ],
    );
}
