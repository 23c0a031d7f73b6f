//! `components/schemas`: which are values of a special kind, and whether the others can be read from an answer.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Reader, schema_pointer, schema_reference, schemas_pointer};
use crate::lint::rules;
use crate::{BoundedInteger, Pointer, Text, Value, ValueKind, Width};

/// What narrows a schema. The generator turns each into a refusal to read an answer, or does not know it.
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

/// The formats that the generator has a narrower type for than the service may one day keep to.
const NARROW_FORMATS: [&str; 13] =
    ["date", "int", "int16", "int8", "ip", "ipv4", "ipv6", "uint", "uint16", "uint32", "uint64", "uint8", "uuid"];

/// What else a value may say of itself that its type does not keep to.
const UNKEPT: [&str; 8] =
    ["additionalProperties", "allOf", "default", "format", "items", "nullable", "properties", "required"];

/// The kind of value that a schema means to be, sound or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Address,
    Timestamp,
    Integer,
    Text,
}

impl Shape {
    pub(super) fn of(schema: &Json) -> Option<Self> {
        let has = |key| schema.get(key).is_some();
        match schema.get("type").and_then(Json::as_str)? {
            "string" if is_address(schema) => Some(Self::Address),
            "string" if is_moment(schema) => Some(Self::Timestamp),
            "string" if has("pattern") => Some(Self::Text),
            "integer" if has("minimum") || has("maximum") => Some(Self::Integer),
            _ => None,
        }
    }

    /// The narrowing keys that the type of such a value keeps to.
    fn kept(self) -> &'static [&'static str] {
        match self {
            Self::Address => &["oneOf"],
            Self::Timestamp => &["format"],
            Self::Integer => &["minimum", "maximum", "format", "default"],
            Self::Text => &["pattern"],
        }
    }
}

impl<'a> Reader<'a> {
    /// The named schemas that are values of a special kind.
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
        let ignored = NARROWING.into_iter().chain(UNKEPT).filter(|key| !shape.kept().contains(key));
        for key in ignored.filter(|key| schema.get(key).is_some()) {
            let message = format!("`{key}` is not kept to by the type that this value becomes");
            self.find(rules::VALUE_PLAIN, &pointer.child(key), message, "leave it out, or say it in another way");
        }
        match shape {
            Shape::Address => Some(ValueKind::Address),
            Shape::Timestamp => Some(ValueKind::Timestamp),
            Shape::Integer => self.integer(schema, pointer).map(ValueKind::Integer),
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
                self.find(rules::BOUNDED_INTEGER, pointer, message, "add `format: int32` or `format: int64`");
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
                    Some(value) => format!("`{key}` is {value}, no integer of this width"),
                    None => format!("`{key}` is missing"),
                };
                self.find(
                    rules::BOUNDED_INTEGER,
                    &pointer.child(key),
                    message,
                    "give both bounds as integers of the schema's width",
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
                Some(default) if !range.is_empty() => format!("the default {default} is not within the bounds"),
                _ => format!("no integer is within {} to {}", integer.minimum, integer.maximum),
            };
            self.find(rules::BOUNDED_INTEGER, pointer, message, "mend `minimum`, `maximum` or `default`");
            return None;
        }
        Some(integer)
    }

    /// Every schema that is no special value is found fit to be read leniently, because the generator sees them all.
    pub(super) fn object_schemas(&mut self) {
        for (_, schema, pointer) in self.entries(&schemas_pointer()) {
            if Shape::of(schema).is_none() {
                self.object_schema(&pointer, schema);
            }
        }
    }

    /// The schemas that bodies are made of, whose own schemas are named.
    pub(super) fn made_of<'b>(&self, bodies: impl Iterator<Item = &'b str>) -> Vec<String>
    where
        'a: 'b,
    {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&str> = bodies.collect();
        while let Some(name) = waiting.pop() {
            if seen.insert(name.to_owned()) {
                let properties = self.entries(&schema_pointer(name).child("properties"));
                waiting.extend(properties.filter_map(|(_, property, _)| self.object_within(property)));
            }
        }
        seen.into_iter().collect()
    }

    /// The name of the object that a property refers to, itself or in a list.
    fn object_within(&self, mut property: &'a Json) -> Option<&'a str> {
        while let Some(items) = property.get("items") {
            property = items;
        }
        let name = self.schema_name(property)?;
        self.document.get(&schema_pointer(name)).filter(|target| Shape::of(target).is_none()).map(|_| name)
    }

    fn object_schema(&mut self, pointer: &Pointer, schema: &'a Json) {
        let properties = pointer.child("properties");
        if schema.get("nullable").is_some() {
            let help = "say `nullable` of the property that refers to it";
            self.find(
                rules::ANSWER_OBJECT,
                &pointer.child("nullable"),
                "`nullable` makes another type of the object",
                help,
            );
        }
        let has_properties = self.entries(&properties).next().is_some();
        if schema.get("type").and_then(Json::as_str) != Some("object") || schema.get("allOf").is_some() {
            let message = "the schema is neither a plain object nor a value that the generator has a type for";
            let help = "describe it by `type: object` and `properties`; or as an IP address (string, `oneOf` ipv4 and \
                        ipv6), a date-time, an integer with bounds, a string with a `pattern`";
            self.find(rules::ANSWER_OBJECT, pointer, message, help);
        } else if !has_properties {
            self.find(rules::ANSWER_OBJECT, pointer, "the object has no properties", "list them under `properties`");
        }
        self.open(pointer, schema);
        self.field_names(pointer);
        for (_, property, pointer) in self.entries(&properties) {
            self.text(&pointer.child("description"), rules::DESCRIBED);
            self.within_answer(&pointer, property, "property");
        }
        let mut seen = BTreeSet::new();
        for (required, pointer) in self.items(&pointer.child("required")) {
            let known = required.as_str().is_some_and(|name| self.document.get(&properties.child(name)).is_some());
            if !known {
                let message = format!("{required} is required but is no property");
                self.find(rules::REQUIRED_PROPERTY, &pointer, message, "name a property of the schema");
            } else if !seen.insert(required.as_str()) {
                let message = format!("{required} is required twice");
                self.find(rules::REQUIRED_PROPERTY, &pointer, message, "name it once");
            }
        }
    }

    /// Checks one value within an answer, a property or a header.
    pub(super) fn within_answer(&mut self, pointer: &Pointer, schema: &'a Json, what: &str) {
        self.open(pointer, schema);
        if let Some(name) = self.schema_name(schema) {
            match self.document.get(&schema_pointer(name)).map(Shape::of) {
                None => self.unresolvable(pointer, &schema_reference(name), "schemas"),
                Some(Some(Shape::Integer | Shape::Text)) => {
                    let message = format!("{name} is a narrowed value, which an answer may one day not keep to");
                    let help = format!("describe the {what} by its plain type");
                    self.find(rules::OPEN_ANSWERS, pointer, message, help);
                }
                Some(_) => self.reference_unchanged(pointer, schema, name),
            }
            return;
        }
        let plain = !["$ref", "allOf", "properties"].into_iter().any(|key| schema.get(key).is_some());
        match schema.get("type").and_then(Json::as_str).filter(|_| plain) {
            Some("array") => match schema.get("items") {
                Some(items) => self.within_answer(&pointer.child("items"), items, what),
                None => self.find(rules::ANSWER_OBJECT, pointer, "the list does not say of what", "give it `items`"),
            },
            Some("string") if is_moment(schema) => {
                let help = "refer to a named schema for it, so that every moment is read in the same way";
                self.find(rules::TIMESTAMP_NAMED, pointer, "the moment is described on the spot", help);
            }
            Some("string" | "integer" | "number" | "boolean") => {}
            _ => {
                let help = "give it the type string, integer, number, boolean or array, or refer to a named schema";
                self.find(rules::ANSWER_OBJECT, pointer, format!("the {what} has no plain type"), help);
            }
        }
    }

    fn open(&mut self, pointer: &Pointer, schema: &Json) {
        let format = schema.get("format").and_then(Json::as_str);
        let narrow_format = format.filter(|format| NARROW_FORMATS.contains(format)).map(|_| "format");
        let narrowing = NARROWING.into_iter().filter(|key| schema.get(key).is_some());
        for key in narrowing.chain(narrow_format) {
            let message = format!("`{key}` makes the client refuse an answer that does not keep to it");
            self.find(rules::OPEN_ANSWERS, &pointer.child(key), message, "leave it out, and say it in the description");
        }
        if schema.get("default").is_some() {
            let message = "`default` makes the client take for an answer what the service did not say";
            self.find(
                rules::OPEN_ANSWERS,
                &pointer.child("default"),
                message,
                "leave it out, and say it in the description",
            );
        }
        if schema.get("additionalProperties").is_some_and(|value| value != &Json::Bool(true)) {
            let message = "`additionalProperties` makes the client refuse a property that is new";
            let help = "leave it out; the client ignores what it does not know";
            self.find(rules::OPEN_ANSWERS, &pointer.child("additionalProperties"), message, help);
        }
    }
}

fn is_moment(schema: &Json) -> bool {
    schema.get("format").and_then(Json::as_str) == Some("date-time")
}

/// Whether a schema is a string that is either an IPv4 or an IPv6 address.
fn is_address(schema: &Json) -> bool {
    let alternatives = schema.get("oneOf").and_then(Json::as_array);
    alternatives.is_some_and(|alternatives| {
        let formats: BTreeSet<_> = alternatives.iter().filter_map(only_format).collect();
        alternatives.len() == 2 && formats == BTreeSet::from(["ipv4", "ipv6"])
    })
}

/// The format of a part that says nothing else, but perhaps that it is a string.
fn only_format(part: &Json) -> Option<&str> {
    let plain = |(key, value): (&String, &Json)| key == "format" || (key == "type" && value == "string");
    part.as_object()?.iter().all(plain).then(|| part.get("format")?.as_str())?
}
