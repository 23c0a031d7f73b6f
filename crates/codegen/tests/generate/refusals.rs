//! Shapes that make the generator panic, or write what nobody wants, are told in words and with their place.

use crate::support::{base, edited, findings, text};

const CODE: &str = "          description: The kind of problem.\n          type: string\n";
const REFUSED: &str = "        '400':\n";
const REFUSED_BODY: &str = concat!(
    "          x-mde-error-codes: [BadRequest]\n",
    "          content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}\n"
);
const HOST_SCHEMA: &str = "          schema: {$ref: '#/components/schemas/HostName'}\n";
const PROBLEM: &str = "    Problem:\n";

/// The shape, the edit that makes it, and the rule and the pointer of the finding.
type Shape = (&'static str, &'static str, &'static str, &'static str, &'static str);

fn check(shapes: &[Shape]) {
    for (name, find, replace, rule, pointer) in shapes {
        let findings = findings(&edited(&base(), find, replace));
        let found = findings.iter().find(|finding| finding.rule == *rule && finding.pointer.as_str() == *pointer);
        assert!(found.is_some(), "{name}: {}", text(&findings));
        assert!(findings.iter().all(|finding| finding.position.line > 1), "{name}: {}", text(&findings));
        assert!(!text(&findings).contains("panicked"), "{name}: {}", text(&findings));
    }
}

#[test]
fn what_the_generator_is_known_to_panic_on() {
    const BODY: &str = "/paths/~1hosts~1{host}/get/requestBody";
    const REFUSED_POINTER: &str = "/paths/~1hosts~1{host}/get/responses/400";
    const NO_CONTENT: &str = "/paths/~1hosts~1{host}/get/responses/204";
    const DEFAULT: &str = "/paths/~1hosts~1{host}/get/responses/default";
    const THROTTLED: &str = "/paths/~1hosts~1{host}/get/responses/429";
    const CONTENT: &str = "/paths/~1hosts~1{host}/get/responses/400/content";
    check(&[
        (
            "anyOf",
            CODE,
            "          description: A.\n          anyOf: [{type: string}, {type: integer}]\n",
            "open-answers",
            "/components/schemas/Problem/properties/code/anyOf",
        ),
        ("an error without a body", REFUSED_BODY, "", "json-body", REFUSED_POINTER),
        ("default beside 200", REFUSED, "        default:\n", "exact-status", DEFAULT),
        (
            "204 beside 200",
            REFUSED,
            "        '204': {description: Nothing.}\n        '400':\n",
            "one-success",
            NO_CONTENT,
        ),
        (
            "errors of two kinds",
            REFUSED_BODY,
            "          content: {application/json: {schema: {$ref: '#/components/schemas/Host'}}}\n",
            "one-error-schema",
            THROTTLED,
        ),
        (
            "several media types",
            REFUSED_BODY,
            "          content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}, text/plain: {}}\n",
            "json-body",
            CONTENT,
        ),
        (
            "a request body",
            "      tags: [Host]\n",
            "      tags: [Host]\n      requestBody: {content: {text/plain: {}}}\n",
            "request-body",
            BODY,
        ),
        ("3.1", "openapi: 3.0.3", "openapi: 3.1.0", "openapi-version", "/openapi"),
        (
            "a path that is a reference",
            "    get:\n",
            "    $ref: '#/paths/~1x'\n    x-get:\n",
            "path-item-inline",
            "/paths/~1hosts~1{host}/$ref",
        ),
        ("no paths", "paths:\n", "paths: []\nx-paths:\n", "operation-present", "/paths"),
        ("no servers", "servers:\n", "servers: {}\nx-servers:\n", "server-described", "/servers"),
        ("a tag that is a number", "tags: [Host]", "tags: [5]", "tag-listed", "/paths/~1hosts~1{host}/get/tags/0"),
    ]);
}

#[test]
fn parameters_that_let_bad_values_through() {
    const SCHEMA: &str = "/paths/~1hosts~1{host}/get/parameters/0/schema";
    const PLACE: &str = "/components/parameters/Days/in";
    check(&[
        (
            "an integer with bounds and no name",
            HOST_SCHEMA,
            "          schema: {type: integer, format: int32, minimum: 1, maximum: 2}\n",
            "parameter-typed",
            SCHEMA,
        ),
        ("a string with no name", HOST_SCHEMA, "          schema: {type: string}\n", "parameter-typed", SCHEMA),
        ("a cookie", "      in: query\n", "      in: cookie\n", "parameter-place", PLACE),
        (
            "an exclusive bound",
            "      minimum: 1\n",
            "      minimum: 1\n      exclusiveMinimum: true\n",
            "value-plain",
            "/components/schemas/DayCount/exclusiveMinimum",
        ),
        (
            "a bound that is a float",
            "      minimum: 1\n",
            "      minimum: 1.0\n",
            "bounded-integer",
            "/components/schemas/DayCount/minimum",
        ),
        (
            "a bound beyond all",
            "      maximum: 30\n",
            "      maximum: 1e300\n",
            "bounded-integer",
            "/components/schemas/DayCount/maximum",
        ),
        ("a pattern that is none", "'^[a-z0-9.-]+$'", "'['", "text-pattern", "/components/schemas/HostName/pattern"),
    ]);
}

#[test]
fn two_patterns_that_are_none_are_two_findings() {
    let contract = edited(&base(), "'^[a-z0-9.-]+$'", "'['");
    let second = "    Zone: {description: A zone., type: string, pattern: '('}\n    Problem:\n";
    let findings = findings(&edited(&contract, PROBLEM, second));
    let pointers: Vec<_> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
    assert_eq!(pointers, ["/components/schemas/HostName/pattern", "/components/schemas/Zone/pattern"]);
}

#[test]
fn answers_that_would_be_refused_one_day() {
    const HOST: &str = "/components/schemas/Problem";
    check(&[
        (
            "a closed object",
            "      description: Why there is no answer.\n",
            "      description: A.\n      additionalProperties: false\n",
            "open-answers",
            "/components/schemas/Problem/additionalProperties",
        ),
        (
            "an enum",
            CODE,
            "          description: A.\n          type: string\n          enum: [a]\n",
            "open-answers",
            "/components/schemas/Problem/properties/code/enum",
        ),
        (
            "a pattern",
            CODE,
            "          description: A.\n          type: string\n          pattern: a\n",
            "open-answers",
            "/components/schemas/Problem/properties/code/pattern",
        ),
        (
            "a format with a type of its own",
            CODE,
            "          description: A.\n          type: string\n          format: uuid\n",
            "open-answers",
            "/components/schemas/Problem/properties/code/format",
        ),
        (
            "no properties",
            "      properties:\n        code:\n",
            "      x-properties:\n        code:\n",
            "answer-object",
            HOST,
        ),
    ]);
}

#[test]
fn references_that_lead_nowhere_or_in_a_circle() {
    const PARAMETER: &str = "#/components/parameters/Days";
    const AT_PARAMETER: &str = "/paths/~1hosts~1{host}/get/parameters/1/$ref";
    check(&[
        ("to nothing", PARAMETER, "#/components/parameters/Hours", "resolvable-reference", AT_PARAMETER),
        ("to another file", PARAMETER, "other.yaml#/Days", "resolvable-reference", AT_PARAMETER),
        ("to the whole", PARAMETER, "#", "resolvable-reference", AT_PARAMETER),
        (
            "a parameter to itself",
            "    Days:\n",
            "    Days: {$ref: '#/components/parameters/Days'}\n    Was:\n",
            "resolvable-reference",
            "/components/parameters/Days/$ref",
        ),
        (
            "a response to itself",
            "    Throttled:\n",
            "    Throttled: {$ref: '#/components/responses/Throttled'}\n    Was:\n",
            "resolvable-reference",
            "/components/responses/Throttled/$ref",
        ),
        (
            "a schema to itself",
            PROBLEM,
            "    Loop: {description: A., $ref: '#/components/schemas/Loop'}\n    Problem:\n",
            "answer-object",
            "/components/schemas/Loop",
        ),
        (
            "a property to nothing",
            CODE,
            "          description: A.\n          $ref: '#/components/schemas/Code'\n",
            "resolvable-reference",
            "/components/schemas/Problem/properties/code",
        ),
    ]);
}

#[test]
fn names_that_rust_cannot_have() {
    const ID: &str = "/paths/~1hosts~1{host}/get/operationId";
    const NAME: &str = "/components/parameters/Days/name";
    check(&[
        ("an operation", "operationId: getHost", "operationId: größe", "operation-id", ID),
        ("an operation of digits", "operationId: getHost", "operationId: '1'", "operation-id", ID),
        ("a parameter", "name: days", "name: größe", "parameter-named", NAME),
        ("a parameter of signs", "name: days", "name: '$'", "parameter-named", NAME),
        (
            "a property",
            "        code:\n",
            "        größe:\n",
            "property-name",
            "/components/schemas/Problem/properties/größe",
        ),
        (
            "a schema",
            PROBLEM,
            "    Größe: {description: A., type: object, properties: {a: {type: string}}}\n    Problem:\n",
            "schema-name",
            "/components/schemas/Größe",
        ),
    ]);
}

#[test]
fn what_openapi_does_not_describe() {
    check(&[
        ("a contact", "  version: 1.2.3\n", "  version: 1.2.3\n  contact: 5\n", "generator-accepts", "/info/contact"),
        (
            "a header",
            "schema: {type: integer}",
            "schema: {type: integer}\n      required: 7",
            "generator-accepts",
            "/components/headers/Wait",
        ),
    ]);
}

#[test]
fn what_the_generator_refuses_is_told_with_the_operation() {
    let contract =
        edited(&base(), "      operationId: getHost\n", "      operationId: getHost\n      x-dropshot-websocket: {}\n");
    let findings = findings(&contract);
    assert_eq!(findings.len(), 1);
    let of_operation = contract.lines().position(|line| line == "    get:").unwrap() + 1;
    assert_eq!((findings[0].rule, findings[0].position.line), ("generator-accepts", of_operation));
    assert!(findings[0].message.starts_with("the generator does not support the operation getHost: "));
}

#[test]
fn what_the_generator_refuses_is_told_with_the_schema() {
    let list = "          description: Hosts near it.\n          type: array\n";
    let contract = edited(&base(), list, &format!("{list}          format: binary\n"));
    let findings = findings(&contract);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].pointer.as_str(), "/components/schemas/Host");
    assert!(findings[0].message.starts_with("the generator does not support the schema Host: "));
    assert_eq!(findings[0].message.lines().count(), 1);
}

#[test]
fn a_text_that_is_no_yaml_is_one_finding() {
    for text in ["", "a: [", "\t", "- ".repeat(20_000).as_str(), "5", "[]", "null"] {
        assert!(!findings(text).is_empty(), "{text:.20}");
    }
}

#[test]
fn answers_that_hold_themselves_are_written() {
    let twin =
        "        twin: {description: Its twin., allOf: [{$ref: '#/components/schemas/Host'}]}\n        neighbours:\n";
    let contract = edited(&base(), "        neighbours:\n", twin);
    let contract = edited(&contract, "required: [name]", "required: [name, twin]");
    let code = crate::support::code(&contract);
    assert!(code.contains("pub twin: ::std::boxed::Box<Host>"));
    assert!(code.contains("pub neighbours: ::std::vec::Vec<Host>"));
}
