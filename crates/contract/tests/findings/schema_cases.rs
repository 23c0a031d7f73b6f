//! What is wrong with the schemas: values that are not kept to, answers that are narrowed.

use crate::support::check;

#[test]
fn integers() {
    const MINIMUM: &str = "      minimum: 1\n";
    check(
        "values",
        &[
            ("integer-has-no-minimum", MINIMUM, ""),
            ("integer-has-no-maximum", "      maximum: 30\n", ""),
            ("integer-has-no-width", "      format: int32\n", ""),
            ("integer-minimum-is-a-float", MINIMUM, "      minimum: 1.0\n"),
            ("integer-minimum-is-text", MINIMUM, "      minimum: '1'\n"),
            ("integer-minimum-is-too-small", MINIMUM, "      minimum: -2147483649\n"),
            ("integer-maximum-is-huge", "      maximum: 30\n", "      maximum: 99999999999999999999\n"),
            ("integer-bounds-are-crossed", "      maximum: 30\n      default: 7\n", "      maximum: 0\n"),
            ("integer-default-is-out-of-bounds", "      default: 7\n", "      default: 31\n"),
            ("integer-default-is-text", "      default: 7\n", "      default: week\n"),
            ("integer-bound-is-exclusive", MINIMUM, "      minimum: 0\n      exclusiveMinimum: true\n"),
            ("integer-is-a-multiple", MINIMUM, "      minimum: 1\n      multipleOf: 2\n"),
            ("integer-is-not-described", "      description: A number of days.\n", ""),
        ],
    );
}

#[test]
fn texts_addresses_and_moments() {
    const PATTERN: &str = "      pattern: '^[a-z0-9.-]+$'\n";
    check(
        "values",
        &[
            ("text-pattern-is-empty", PATTERN, "      pattern: ''\n"),
            ("text-pattern-is-a-number", PATTERN, "      pattern: 1\n"),
            ("text-has-a-length", PATTERN, "      pattern: '^[a-z0-9.-]+$'\n      maxLength: 255\n"),
            ("address-is-any-of", "oneOf: [{format: ipv4}", "anyOf: [{format: ipv4}"),
            ("address-is-of-three-kinds", "{format: ipv6}]", "{format: ipv6}, {format: hostname}]"),
            ("moment-is-nullable", "      format: date-time\n", "      format: date-time\n      nullable: true\n"),
        ],
    );
}

#[test]
fn objects() {
    const PROBLEM: &str = "      description: Why there is no answer.\n      type: object\n";
    check(
        "objects",
        &[
            ("object-is-not-described", "      description: Why there is no answer.\n", ""),
            ("object-is-a-string", PROBLEM, "      description: Why there is no answer.\n      type: string\n"),
            ("object-has-no-type", PROBLEM, "      description: Why there is no answer.\n"),
            (
                "object-is-a-reference",
                "    Problem:\n",
                "    Loop: {$ref: '#/components/schemas/Loop', description: A circle.}\n    Problem:\n",
            ),
            (
                "object-joins-others",
                PROBLEM,
                "      description: A.\n      type: object\n      allOf: [{$ref: '#/components/schemas/Host'}]\n",
            ),
            (
                "object-has-no-properties",
                PROBLEM,
                "      description: A.\n      type: object\n    Rest:\n      description: B.\n      type: object\n",
            ),
            (
                "object-is-closed",
                PROBLEM,
                "      description: Why there is no answer.\n      type: object\n      additionalProperties: false\n",
            ),
            (
                "object-is-nullable",
                PROBLEM,
                "      description: Why there is no answer.\n      type: object\n      nullable: true\n",
            ),
            ("object-requires-what-is-not-there", "required: [name]", "required: [name, age]"),
        ],
    );
}

#[test]
fn properties() {
    const CODE: &str = "          description: The kind of problem.\n          type: string\n";
    /// The property `code`, described, with something else in the place of its type.
    macro_rules! code {
        ($($line:literal),+) => {
            concat!("          description: The kind of problem.\n", $("          ", $line, "\n"),+)
        };
    }
    check(
        "properties",
        &[
            ("property-is-not-described", CODE, "          type: string\n"),
            ("property-is-an-enum", CODE, code!("type: string", "enum: [a, b]")),
            ("property-has-a-pattern", CODE, code!("type: string", "pattern: '^a'")),
            ("property-has-lengths", CODE, code!("type: string", "minLength: 1", "maxLength: 9")),
            ("property-has-a-default", CODE, code!("type: string", "default: a")),
            ("property-is-a-date", CODE, code!("type: string", "format: date")),
            ("property-is-one-of", CODE, code!("type: string", "oneOf: [{format: ipv4}, {format: ipv6}]")),
            ("property-is-any-of", CODE, code!("anyOf: [{type: string}, {type: integer}]")),
            ("property-is-a-moment-without-a-name", CODE, code!("type: string", "format: date-time")),
            ("property-has-bounds", CODE, code!("type: integer", "minimum: 0")),
            ("property-is-a-bounded-integer", CODE, code!("$ref: '#/components/schemas/DayCount'")),
            ("property-is-a-text-with-a-pattern", CODE, code!("allOf: [{$ref: '#/components/schemas/HostName'}]")),
            (
                "property-is-narrowed-beside-a-reference",
                CODE,
                code!("enum: [a]", "allOf: [{$ref: '#/components/schemas/Address'}]"),
            ),
            ("property-joins-two", CODE, code!("type: string", "allOf: [{type: string}, {format: uri}]")),
            ("property-reference-leads-nowhere", CODE, code!("$ref: '#/components/schemas/Code'")),
            ("property-has-no-type", CODE, code!("nullable: true")),
            ("property-is-an-object", CODE, code!("type: object", "properties: {a: {type: string}}")),
            ("property-is-a-list-of-nothing", CODE, code!("type: array")),
            ("property-is-a-list-of-enums", CODE, code!("type: array", "items: {type: string, enum: [a]}")),
            ("property-is-a-list-of-few", CODE, code!("type: array", "maxItems: 2", "items: {type: string}")),
            ("property-is-text", CODE, "          string\n"),
        ],
    );
}
