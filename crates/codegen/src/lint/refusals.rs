//! Why a construct of OpenAPI is not taken in what the client sends, and what to write in its place.

/// The answer to who used a construct that is not supported.
pub(super) struct Refusal {
    /// The reason, as it follows a colon.
    pub(super) why: &'static str,
    /// What to do.
    pub(super) way: &'static str,
}

impl Refusal {
    /// That of a key of a schema whose values the client sends.
    pub(super) fn of(key: &str) -> Self {
        let (why, way) = match key {
            "default" => (
                "where nothing is set the client sends nothing, so the service's own default holds",
                "state it in the description, or as `default` of a named integer",
            ),
            "nullable" => (
                "the client leaves out what is not set, and never sends null",
                "remove it; what may be left out is optional",
            ),
            "enum" => (
                "only a named string schema with `enum` becomes an enum in Rust",
                "move the schema to `components/schemas` and refer to it",
            ),
            "format" => (
                "no Rust type holds values to this format",
                "say it in the `pattern` of a named string; an IP address and a date-time have schemas of their own",
            ),
            "oneOf" | "anyOf" | "allOf" | "not" | "discriminator" => (
                "the client has no type for a choice between schemas or a sum of them",
                "describe the one form that is sent",
            ),
            "additionalProperties" | "minProperties" | "maxProperties" => (
                "the client sends the properties that are listed, and no others",
                "list each property under `properties`",
            ),
            "properties" | "required" => {
                ("an object without a name has no Rust type", "move the schema to `components/schemas` and refer to it")
            }
            "items" | "minItems" | "maxItems" | "uniqueItems" => {
                ("no Rust type counts or compares the items of a list", "state it in the description")
            }
            "readOnly" => (
                "the client sends every property that is set",
                "remove the property; give the answer a schema of its own",
            ),
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => (
                "no Rust type enforces it here, so a call that violates it would spend quota",
                "use `minimum` and `maximum` of a named integer",
            ),
            "pattern" | "minLength" | "maxLength" => (
                "no Rust type enforces it here, so a call that violates it would spend quota",
                "say it in the `pattern` of a named string",
            ),
            _ => ("no Rust type enforces it", "remove it, and state it in the description"),
        };
        Self { why, way }
    }

    /// That of a key of a parameter that says how a value is written.
    pub(super) fn of_parameter(key: &str) -> Self {
        let (why, way) = match key {
            "style" | "explode" => (
                "it says how a list or an object is written, and a parameter is a single value",
                "remove it; a single value is written the same in every style",
            ),
            "allowReserved" => ("the client escapes every reserved character", "remove it"),
            "allowEmptyValue" => (
                "a parameter is sent with a value or not at all",
                "remove it; a boolean parameter is sent as `true` or `false`",
            ),
            _ => (
                "a value in a media type has no Rust type here",
                "use `schema`; send what has a structure in a request body",
            ),
        };
        Self { why, way }
    }
}
