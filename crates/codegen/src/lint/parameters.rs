//! The parameters of an operation: where each goes, and what a value of it is.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value as Json;

use super::reader::{Reader, Shape, is_timestamp, schema_pointer, schema_reference};
use super::refusals::Refusal;
use super::rules;
use crate::model::{Parameter, ParameterPlace, ParameterValue, Value, ValueKind};
use crate::pointer::Pointer;

/// The headers that the client and HTTP itself decide on, in lower case.
const OWN_HEADERS: [&str; 16] = [
    "accept",
    "accept-encoding",
    "api-version",
    "authorization",
    "client-request-id",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The keys of a boolean's schema that only describe it.
const OF_A_BOOLEAN: [&str; 6] = ["type", "title", "description", "example", "externalDocs", "deprecated"];

impl<'a> Reader<'a> {
    /// The pointer of each parameter of an operation; `None` for an unresolved reference.
    pub(super) fn declared_parameters(&mut self, operation: &Pointer) -> Vec<Option<Pointer>> {
        let shared = self.items(&operation.parent().child("parameters"));
        let own = self.items(&operation.child("parameters"));
        let pointers: Vec<_> = shared.chain(own).map(|(_, pointer)| pointer).collect();
        pointers.into_iter().map(|pointer| self.resolve(pointer, "parameters")).collect()
    }

    /// The names of the path parameters; `None` if a parameter lacks its name or place.
    pub(super) fn names_in_path(&self, declared: &[Option<Pointer>]) -> Option<BTreeSet<&'a str>> {
        let mut names = BTreeSet::new();
        for pointer in declared {
            let text = |key| self.known_text(&pointer.as_ref()?.child(key));
            let (name, place) = (text("name")?, text("in")?);
            if place == "path" {
                names.insert(name);
            }
        }
        Some(names)
    }

    /// Reads the parameters in the order in which the generator's transport takes them.
    pub(super) fn parameters(
        &mut self,
        path: &str,
        declared: Vec<Option<Pointer>>,
        values: &[Value],
        has_body: bool,
    ) -> Vec<Parameter> {
        let pointers: Vec<_> = declared.into_iter().flatten().collect();
        let names = pointers.iter().map(|pointer| pointer.child("name"));
        let names: Vec<_> = names.filter_map(|name| Some((self.known_text(&name)?, name))).collect();
        self.argument_names(&names, has_body);
        let mut parameters: Vec<_> =
            pointers.into_iter().filter_map(|pointer| self.parameter(pointer, values)).collect();
        let place_in_path = |name: &str| path.find(&format!("{{{name}}}")).unwrap_or(path.len());
        parameters.sort_by_key(|parameter| match parameter.place {
            ParameterPlace::Path => (0, place_in_path(&parameter.name), String::new()),
            ParameterPlace::Query => (1, 0, parameter.name.clone()),
            ParameterPlace::Header => (2, 0, parameter.name.clone()),
        });
        parameters
    }

    /// Reads one parameter, which is not a reference.
    pub(super) fn parameter(&mut self, pointer: Pointer, values: &[Value]) -> Option<Parameter> {
        self.object(&pointer, rules::PARAMETER_NAMED)?;
        let name = self.text(&pointer.child("name"), rules::PARAMETER_NAMED);
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        let place = self.parameter_place(&pointer.child("in"))?;
        let required = self.document.get(&pointer.child("required")) == Some(&Json::Bool(true));
        if place == ParameterPlace::Path && !required {
            let message = "a path parameter is not marked as required";
            self.report(rules::PATH_PARAMETER_REQUIRED, &pointer, message, "add `required: true`");
        }
        if let Some(name) = name.filter(|_| place == ParameterPlace::Header) {
            self.header_name(name, &pointer.child("name"));
        }
        for key in ["style", "explode", "allowReserved", "allowEmptyValue", "content"] {
            if self.document.get(&pointer.child(key)).is_some() {
                let Refusal { why, way } = Refusal::of_parameter(key);
                let message = format!("`{key}` of a parameter is not supported: {why}");
                self.report(rules::PARAMETER_PLAIN, &pointer.child(key), message, way);
            }
        }
        let schema = pointer.child("schema");
        let value = self.parameter_value(&schema, values)?;
        if let (Some(name), ParameterValue::Named(value)) = (name, &value) {
            self.ip_parameter(name, value, &schema);
            self.one_segment(place, value, values, &schema);
        }
        Some(Parameter { name: name?.to_owned(), place, required, description: description?.to_owned(), value })
    }

    fn parameter_place(&mut self, pointer: &Pointer) -> Option<ParameterPlace> {
        let (message, help) = match self.text(pointer, rules::PARAMETER_PLACE)? {
            "path" => return Some(ParameterPlace::Path),
            "query" => return Some(ParameterPlace::Query),
            "header" => return Some(ParameterPlace::Header),
            "cookie" => (
                "a parameter in a cookie is not supported: the client keeps and sends no cookies".to_owned(),
                "describe it as a header or a query parameter where the service takes one; remove it where it is optional",
            ),
            other => (format!("{other:?} is no place of a parameter"), "use `path`, `query` or `header`"),
        };
        self.report(rules::PARAMETER_PLACE, pointer, message, help);
        None
    }

    /// Reports a name that is none of a header, or that of a header which the caller does not decide on.
    fn header_name(&mut self, name: &str, pointer: &Pointer) {
        let lower = name.to_ascii_lowercase();
        if OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            let message = format!("the client or HTTP itself decides on the header {name:?}");
            self.report(rules::HEADER_FREE, pointer, message, "remove the parameter");
        } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            let message = format!("{name:?} is not the name of a header");
            self.report(rules::HEADER_FREE, pointer, message, "use ASCII letters, digits, `-` and `_`");
        }
    }

    /// What a value of a parameter is: of a kind whose Rust type rejects invalid values.
    fn parameter_value(&mut self, pointer: &Pointer, values: &[Value]) -> Option<ParameterValue> {
        let Some(schema) = self.document.get(pointer) else {
            return self.untyped(pointer, "the parameter has no schema", NAMED);
        };
        let Some(name) = self.schema_name(schema) else { return self.inline_value(pointer, schema) };
        let Some(target) = self.document.get(&schema_pointer(name)) else {
            self.unresolved(pointer, &schema_reference(name), "schemas");
            return None;
        };
        if Shape::of(target).is_some() {
            self.sent_reference_only(pointer);
            // A schema that is missing in `values` has a finding of its own.
            return values.iter().any(|value| value.name == name).then(|| ParameterValue::Named(name.to_owned()));
        }
        let (problem, help) = match target.get("type").and_then(Json::as_str) {
            Some("array") => ("is a list, and a parameter is a single value", LIST),
            Some("object") => ("is an object, and a parameter is a single value", OBJECT),
            Some("boolean") => {
                ("is a boolean, which needs no name", "write `schema: {type: boolean}` in the parameter")
            }
            _ => ("does not restrict the values of a parameter", NAMED),
        };
        self.untyped(pointer, format!("the schema {name} {problem}"), help)
    }

    /// A schema in the parameter itself: only a boolean needs no name, because each of its values is valid.
    fn inline_value(&mut self, pointer: &Pointer, schema: &Json) -> Option<ParameterValue> {
        let kind = schema.get("type").and_then(Json::as_str);
        if kind == Some("boolean") {
            for (key, _, pointer) in self.entries(pointer) {
                if !OF_A_BOOLEAN.contains(&key.as_str()) && !key.starts_with("x-") {
                    let Refusal { why, way } = match key.as_str() {
                        "enum" => Refusal { why: "a boolean is true or false", way: "remove it" },
                        key => Refusal::of(key),
                    };
                    let message = format!("`{key}` of a boolean is not supported: {why}");
                    self.report(rules::PARAMETER_TYPED, &pointer, message, way);
                }
            }
            return Some(ParameterValue::Boolean);
        }
        let composed = ["enum", "oneOf", "anyOf", "allOf", "not"].into_iter().find(|key| schema.get(key).is_some());
        if let Some(key) = composed {
            let Refusal { why, way } = Refusal::of(key);
            return self.untyped(&pointer.child(key), format!("`{key}` of a parameter is not supported: {why}"), way);
        }
        let (message, help) = match kind {
            Some("array") => ("the parameter is a list, and the client sends a single value", LIST),
            Some("object") => ("the parameter is an object, and the client sends a single value", OBJECT),
            Some("number") => (
                "the parameter is a number with a fraction, which no Rust type holds to bounds",
                "describe it as a named integer, or as a named string whose `pattern` has the digits",
            ),
            Some("string") if is_timestamp(schema) => (
                "the date-time of a parameter has no name",
                "refer to a named schema of the type string and the format date-time, so that all are written the same",
            ),
            _ => ("the schema of a parameter is not a reference to a named schema", NAMED),
        };
        self.untyped(pointer, message, help)
    }

    fn untyped(&mut self, pointer: &Pointer, message: impl Into<String>, help: &str) -> Option<ParameterValue> {
        self.report(rules::PARAMETER_TYPED, pointer, message, help);
        None
    }

    /// A parameter that is named after IP addresses must take one: a pattern also matches other text.
    fn ip_parameter(&mut self, name: &str, schema: &str, pointer: &Pointer) {
        let named_ip = name.to_snake_case().split('_').any(|word| matches!(word, "ip" | "ips" | "ipv4" | "ipv6"));
        let target = self.document.get(&schema_pointer(schema));
        if named_ip && target.and_then(Shape::of) == Some(Shape::Text) {
            let message = format!(
                "the parameter {name:?} has the schema {schema}, which allows strings that are not IP addresses"
            );
            let help = "refer to a string schema with `oneOf` of the formats ipv4 and ipv6";
            self.report(rules::IP_PARAMETER_TYPED, pointer, message, help);
        }
    }

    /// A value in the path stays within its segment. What has a pattern is checked when it is made.
    fn one_segment(&mut self, place: ParameterPlace, schema: &str, values: &[Value], pointer: &Pointer) {
        let kind = values.iter().find(|value| value.name == schema).map(|value| &value.kind);
        let Some(ValueKind::Enum(enumeration)) = kind.filter(|_| place == ParameterPlace::Path) else { return };
        if let Some(value) = enumeration.values.iter().find(|value| value.contains(['/', '\\'])) {
            let message = format!("the value {value:?} of {schema} does not stay within its segment of the path");
            self.report(
                rules::PARAMETER_TYPED,
                pointer,
                message,
                "use values without a slash and a backslash in a path",
            );
        }
    }
}

/// What to do where a value could be anything.
const NAMED: &str = "refer to a schema under `components/schemas` that is an IP address (string, `oneOf` ipv4 and ipv6), \
                     a date-time, an integer with `minimum`, `maximum` and `format`, or a string with a `pattern` or an \
                     `enum`";

const LIST: &str = "describe one value; or a named string whose `pattern` is that of the list as it is written";

const OBJECT: &str = "describe each of its properties as a parameter, or send it as a request body";
