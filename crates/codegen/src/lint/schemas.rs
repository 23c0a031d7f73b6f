//! `components/schemas`: the values that get a type of their own, and the objects that responses are made of.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::constructs::{map_of, unsupported};
use super::reader::{Reader, Shape, is_timestamp, schema_pointer, schema_reference, schemas_pointer};
use super::refusals::Refusal;
use super::rules;
use crate::model::{BoundedInteger, Text, Value, ValueKind, Width};
use crate::pointer::Pointer;

/// The keys that narrow a schema. The generator makes deserialization fail on each, or does not support it.
const NARROWING: [&str; 18] = [
    "anyOf",
    "discriminator",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minimum",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "uniqueItems",
];

/// The keys that choose among schemas, of which the generator makes an enum.
const CHOICES: [&str; 2] = ["anyOf", "oneOf"];

/// The formats whose generated type may be narrower than what the service sends one day.
const NARROW_FORMATS: [&str; 13] =
    ["date", "int", "int16", "int8", "ip", "ipv4", "ipv6", "uint", "uint16", "uint32", "uint64", "uint8", "uuid"];

/// More keys that the type of a value does not enforce, unless [`Shape::enforced`] lists them.
const UNENFORCED: [&str; 8] =
    ["additionalProperties", "allOf", "default", "format", "items", "nullable", "properties", "required"];

/// Schemas that become a type of their own.
impl Reader<'_> {
    /// The named schemas that become a type of their own.
    pub(super) fn values(&mut self) -> Vec<Value> {
        let mut values = Vec::new();
        for (name, schema, pointer) in self.entries(&schemas_pointer()) {
            let description = self.text(&pointer.child("description"), rules::DESCRIBED);
            let (Some(kind), Some(description)) = (self.kind(schema, &pointer), description) else { continue };
            values.push(Value { pointer, name: name.clone(), description: description.to_owned(), kind });
        }
        values
    }

    fn kind(&mut self, schema: &Json, pointer: &Pointer) -> Option<ValueKind> {
        let shape = Shape::of(schema)?;
        let ignored = NARROWING.into_iter().chain(UNENFORCED).filter(|key| !shape.enforced().contains(key));
        for key in ignored.filter(|key| schema.get(key).is_some()) {
            let Refusal { why, way } = Refusal::of(key);
            let message = format!("`{key}` of a value is not supported: {why}");
            self.report(rules::VALUE_PLAIN, &pointer.child(key), message, way);
        }
        match shape {
            Shape::Address => Some(ValueKind::Address),
            Shape::Timestamp => Some(ValueKind::Timestamp),
            Shape::Integer => self.integer(schema, pointer).map(ValueKind::Integer),
            Shape::Enum => self.enumeration(pointer).map(ValueKind::Enum),
            Shape::Text => {
                let pattern = self.text(&pointer.child("pattern"), rules::TEXT_PATTERN)?;
                Some(ValueKind::Text(Text { pattern: pattern.to_owned() }))
            }
        }
    }

    fn integer(&mut self, schema: &Json, pointer: &Pointer) -> Option<BoundedInteger> {
        let width = match schema.get("format").and_then(Json::as_str) {
            Some("int32") => Width::Int32,
            Some("int64") => Width::Int64,
            _ => {
                let message = "the integer has bounds but no width";
                self.report(rules::BOUNDED_INTEGER, pointer, message, "add `format: int32` or `format: int64`");
                return None;
            }
        };
        let (least, greatest) = match width {
            Width::Int32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Width::Int64 => (i64::MIN, i64::MAX),
        };
        let mut bound = |key| {
            let value = schema.get(key).and_then(Json::as_i64).filter(|value| (least..=greatest).contains(value));
            if value.is_none() {
                let message = match schema.get(key) {
                    Some(value) => format!("`{key}` is {value}, not an integer of this width"),
                    None => format!("`{key}` is missing"),
                };
                self.report(
                    rules::BOUNDED_INTEGER,
                    &pointer.child(key),
                    message,
                    "set both bounds to integers of the schema's width",
                );
            }
            value
        };
        let (minimum, maximum) = (bound("minimum"), bound("maximum"));
        let default = schema.get("default").map(|_| bound("default"));
        let integer = BoundedInteger { width, minimum: minimum?, maximum: maximum?, default: default.flatten() };
        let range = integer.minimum..=integer.maximum;
        if range.is_empty() || integer.default.is_some_and(|default| !range.contains(&default)) {
            let message = match integer.default {
                Some(default) if !range.is_empty() => format!("the default {default} is outside the bounds"),
                _ => format!("the range from {} to {} is empty", integer.minimum, integer.maximum),
            };
            self.report(rules::BOUNDED_INTEGER, pointer, message, "fix `minimum`, `maximum` or `default`");
            return None;
        }
        Some(integer)
    }
}

/// Schemas that responses are made of.
impl<'a> Reader<'a> {
    /// Checks every other schema, used or not, because the generator reads them all. Those that are sent have rules of
    /// their own.
    pub(super) fn object_schemas(&mut self, is_answered: impl Fn(&str) -> bool) {
        for (name, schema, pointer) in self.entries(&schemas_pointer()) {
            if Shape::of(schema).is_none() && is_answered(name) {
                self.object_schema(&pointer, schema);
            }
        }
    }

    /// The names of the schemas that bodies use, directly or through other schemas.
    pub(super) fn reachable_schemas<'b>(&self, bodies: impl Iterator<Item = &'b str>) -> Vec<String>
    where
        'a: 'b,
    {
        let mut seen = BTreeSet::new();
        let mut queue: Vec<&str> = bodies.collect();
        while let Some(name) = queue.pop() {
            if seen.insert(name.to_owned()) {
                let properties = self.entries(&schema_pointer(name).child("properties"));
                queue.extend(properties.filter_map(|(_, property, _)| self.referenced_object(property)));
            }
        }
        seen.into_iter().collect()
    }

    /// The name of the object schema that a property, or what it is a list or a map of, refers to.
    fn referenced_object(&self, mut property: &'a Json) -> Option<&'a str> {
        while let Some(inner) = property.get("items").or_else(|| map_of(property)) {
            property = inner;
        }
        let name = self.schema_name(property)?;
        self.document.get(&schema_pointer(name)).filter(|target| Shape::of(target).is_none()).map(|_| name)
    }

    fn object_schema(&mut self, pointer: &Pointer, schema: &'a Json) {
        let properties = pointer.child("properties");
        if schema.get("nullable").is_some() {
            let help = "move `nullable` to the property that refers to it";
            self.report(
                rules::ANSWER_OBJECT,
                &pointer.child("nullable"),
                "`nullable` changes the type of the object",
                help,
            );
        }
        if let Some((message, help)) = not_an_object(schema) {
            self.report(rules::ANSWER_OBJECT, pointer, message, help);
        }
        self.no_narrowing(pointer, schema);
        self.field_names(pointer);
        for (_, property, pointer) in self.entries(&properties) {
            self.text(&pointer.child("description"), rules::DESCRIBED);
            self.response_value(&pointer, property, "property");
        }
        self.required_names(pointer);
    }

    /// The properties that a schema requires. Each is one of its own and listed once.
    pub(super) fn required_names(&mut self, schema: &Pointer) -> BTreeSet<&'a str> {
        let properties = schema.child("properties");
        let mut seen = BTreeSet::new();
        for (required, pointer) in self.items(&schema.child("required")) {
            let name = required.as_str().filter(|name| self.document.get(&properties.child(name)).is_some());
            let Some(name) = name else {
                let message = format!("{required} is required but is not a property");
                self.report(rules::REQUIRED_PROPERTY, &pointer, message, "name a property of the schema");
                continue;
            };
            if !seen.insert(name) {
                let message = format!("{required} is required twice");
                self.report(rules::REQUIRED_PROPERTY, &pointer, message, "list it once");
            }
        }
        seen
    }

    /// Checks a value in a response: a property, a list item or a header.
    pub(super) fn response_value(&mut self, pointer: &Pointer, schema: &'a Json, what: &str) {
        self.no_narrowing(pointer, schema);
        if let Some(name) = self.schema_name(schema) {
            match self.document.get(&schema_pointer(name)).map(Shape::of) {
                None => self.unresolved(pointer, &schema_reference(name), "schemas"),
                Some(Some(Shape::Integer | Shape::Enum | Shape::Text)) => {
                    let message = format!("{name} restricts the value, and a future response may violate it");
                    let help = format!("use the plain type for the {what}");
                    self.report(rules::OPEN_ANSWERS, pointer, message, help);
                }
                Some(_) => {
                    self.reference_keeps_type(pointer, schema, name);
                    self.null_is_read(pointer, schema, name, what);
                }
            }
            return;
        }
        if let Some(values) = map_of(schema) {
            self.response_value(&pointer.child("additionalProperties"), values, what);
            return;
        }
        let plain = !["$ref", "allOf", "properties"].into_iter().any(|key| schema.get(key).is_some());
        match schema.get("type").and_then(Json::as_str).filter(|_| plain) {
            Some("array") => match schema.get("items") {
                Some(items) => self.response_value(&pointer.child("items"), items, what),
                None => self.report(rules::ANSWER_OBJECT, pointer, "the list has no item type", "add `items`"),
            },
            Some("string") if is_timestamp(schema) => {
                let help = "refer to a named schema, so that every timestamp is parsed the same way";
                self.report(rules::TIMESTAMP_NAMED, pointer, "the timestamp has an inline schema", help);
            }
            Some("string" | "integer" | "number" | "boolean") => {}
            // Reported as narrowing.
            _ if CHOICES.into_iter().any(|key| schema.get(key).is_some()) => {}
            _ => {
                let (problem, help) = unsupported(schema);
                self.report(rules::ANSWER_OBJECT, pointer, format!("the {what} {problem}"), help);
            }
        }
    }

    /// What may be null by the schema that it refers to has to say so itself: that makes it an Option in Rust.
    fn null_is_read(&mut self, pointer: &Pointer, schema: &Json, name: &str, what: &str) {
        let is_nullable = |schema: &Json| schema.get("nullable") == Some(&Json::Bool(true));
        if self.document.get(&schema_pointer(name)).is_some_and(is_nullable) && !is_nullable(schema) {
            let message = format!("{name} may be null, which the client would reject here");
            let help = format!("add `nullable: true` to the {what}");
            self.report(rules::OPEN_ANSWERS, pointer, message, help);
        }
    }

    /// Reports keys that make the client reject a response, or invent a value in it.
    fn no_narrowing(&mut self, pointer: &Pointer, schema: &Json) {
        let format = schema.get("format").and_then(Json::as_str);
        let narrow_format = format.filter(|format| NARROW_FORMATS.contains(format)).map(|_| "format");
        let narrowing = NARROWING.into_iter().filter(|key| schema.get(key).is_some());
        for key in narrowing.chain(narrow_format) {
            let (message, help) = match CHOICES.contains(&key) {
                true => (
                    format!("`{key}` becomes an enum that rejects every other form"),
                    "use the type that all alternatives share, or a named object with the properties of all, none of \
                     them required",
                ),
                false => (
                    format!("`{key}` makes the client reject a response that violates it"),
                    "remove it, and state it in the description",
                ),
            };
            self.report(rules::OPEN_ANSWERS, &pointer.child(key), message, help);
        }
        if schema.get("default").is_some() {
            let message = "`default` makes the client invent a value that the service did not send";
            self.report(
                rules::OPEN_ANSWERS,
                &pointer.child("default"),
                message,
                "remove it, and state it in the description",
            );
        }
        let (message, help) = match schema.get("additionalProperties") {
            None | Some(Json::Bool(true)) => return,
            Some(Json::Bool(false)) => (
                "`additionalProperties: false` makes the client reject new properties",
                "remove it; the client ignores unknown properties",
            ),
            Some(_) if map_of(schema).is_some() => return,
            Some(_) => (
                "`additionalProperties` beside `properties` makes the client reject a new property of another type",
                "remove it, or move what varies to a property that is a map",
            ),
        };
        self.report(rules::OPEN_ANSWERS, &pointer.child("additionalProperties"), message, help);
    }
}

/// Why a named schema is neither a value that has a type nor an object with properties, and what to write instead.
fn not_an_object(schema: &Json) -> Option<(&'static str, &'static str)> {
    let has = |key| schema.get(key).is_some();
    let kind = schema.get("type").and_then(Json::as_str);
    let is_plain = !has("allOf") && !has("enum") && !CHOICES.into_iter().any(has);
    match kind {
        Some("object") if map_of(schema).is_some() => Some((
            "a map with a name is not supported",
            "write the map where it is used: `type: object` with `additionalProperties`",
        )),
        Some("object") if !has("allOf") => {
            let has_properties = schema.get("properties").and_then(Json::as_object).is_some_and(|all| !all.is_empty());
            (!has_properties).then_some(("the object has no properties", "list them under `properties`"))
        }
        Some("array") if is_plain => {
            Some(("a list with a name is not supported", "write the list where it is used: `type: array` with `items`"))
        }
        Some("string" | "integer" | "number" | "boolean") if is_plain => Some((
            "a plain value with a name is not supported",
            "write its type where it is used, or the constraints that give it a type of its own",
        )),
        _ => Some((
            "the schema is neither a plain object nor a value that the generator has a type for",
            "use `type: object` with `properties`, or describe an IP address (string, `oneOf` ipv4 and ipv6), a date-time, an \
             integer with bounds, or a string with a `pattern`",
        )),
    }
}
