//! What is wrong with the answers of an operation.

use crate::support::check;

const OK: &str = "        '200':\n";
const OK_BODY: &str = "          content: {application/json: {schema: {$ref: '#/components/schemas/Host'}}}\n";
const REFUSED: &str = "        '400':\n";
const REFUSED_BODY: &str = concat!(
    "          x-mde-error-codes: [BadRequest]\n",
    "          content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}\n"
);

#[test]
fn statuses() {
    check(
        "responses",
        &[
            ("responses-are-missing", "      responses:\n", "      x-responses:\n"),
            ("response-200-is-missing", OK, "        '409':\n"),
            ("response-default", REFUSED, "        default:\n"),
            ("response-4xx", REFUSED, "        4XX:\n"),
            ("response-no-status", REFUSED, "        '4000':\n"),
            ("response-204-beside-200", OK, "        '204': {description: Nothing.}\n        '200':\n"),
            ("response-302-beside-200", OK, "        302: {description: Elsewhere.}\n        '200':\n"),
        ],
    );
}

#[test]
fn bodies() {
    check(
        "responses",
        &[
            ("response-has-no-body", OK_BODY, ""),
            ("response-error-has-no-body", REFUSED_BODY, ""),
            ("response-is-text", OK_BODY, "          content: {text/plain: {schema: {type: string}}}\n"),
            ("response-is-text-too", REFUSED_BODY, "          content: {text/html: {}, application/json: {}}\n"),
            ("response-has-no-schema", OK_BODY, "          content: {application/json: {}}\n"),
            (
                "response-schema-has-no-name",
                OK_BODY,
                "          content: {application/json: {schema: {type: object, properties: {}}}}\n",
            ),
            (
                "response-schema-is-not-there",
                OK_BODY,
                "          content: {application/json: {schema: {$ref: '#/components/schemas/Hosts'}}}\n",
            ),
            (
                "response-is-a-single-value",
                OK_BODY,
                "          content: {application/json: {schema: {$ref: '#/components/schemas/Address'}}}\n",
            ),
            (
                "response-errors-differ",
                REFUSED_BODY,
                "          content: {application/json: {schema: {$ref: '#/components/schemas/Host'}}}\n",
            ),
            ("response-is-not-described", "          description: What is known.\n", ""),
            ("response-reference-leads-nowhere", "#/components/responses/Throttled", "#/components/responses/Gone"),
            ("response-header-leads-nowhere", "#/components/headers/Wait", "#/components/headers/Pause"),
            ("response-header-is-not-described", "      description: Seconds to wait.\n", ""),
            ("response-codes-are-numbers", "[BadRequest]", "[400]"),
            ("response-codes-are-empty", "[BadRequest]", "[]"),
        ],
    );
}

#[test]
fn echoes() {
    const ECHO: &str = "          x-mde-echo: host\n";
    check(
        "echoes",
        &[
            ("echo-of-nothing", ECHO, "          x-mde-echo: name\n"),
            ("echo-of-the-query", ECHO, "          x-mde-echo: days\n"),
            ("echo-is-a-list", ECHO, "          x-mde-echo: [host]\n"),
            (
                "echo-in-a-number",
                "          type: string\n          x-mde-echo: host\n",
                "          type: integer\n          x-mde-echo: host\n",
            ),
            (
                "echo-in-a-list",
                "          description: Where it is.\n",
                "          description: Where it is.\n          x-mde-echo: host\n",
            ),
        ],
    );
}
