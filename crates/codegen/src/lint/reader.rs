//! A document while it is linted: how its values and references are looked up, and the findings so far.
//!
//! The rules that every look-up enforces live here: a text is present and readable, a reference resolves, and nothing
//! beside a reference changes what it refers to.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::refusals::Refusal;
use super::rules;
use crate::document::Document;
use crate::finding::Finding;
use crate::pointer::Pointer;

/// The prefix of every reference to a component schema.
const SCHEMAS: &str = "#/components/schemas/";

/// The keys beside `allOf` that leave the referenced type as it is.
const BESIDE_ALL_OF: [&str; 2] = ["allOf", "description"];

/// A document and its findings so far. A method that returns `None` has reported why.
pub(super) struct Reader<'a> {
    pub(super) document: &'a Document,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    /// Adds a finding about the value at a pointer.
    pub(super) fn report(
        &mut self,
        rule: &'static str,
        pointer: &Pointer,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings.push(self.document.finding(rule, pointer, message, help));
    }

    /// The non-empty text at a pointer; anything else is reported under `rule`.
    pub(super) fn text(&mut self, pointer: &Pointer, rule: &'static str) -> Option<&'a str> {
        match self.document.get(pointer) {
            Some(Json::String(text)) if !text.trim().is_empty() => {
                if text.contains(is_unprintable) {
                    let message = format!("`{}` contains an unprintable character", label(pointer));
                    self.report(rule, pointer, message, "remove the character");
                }
                if rule == rules::DESCRIBED && holds_code(text) {
                    let message =
                        format!("`{}` contains a code block, which Rust would run as a doctest", label(pointer));
                    self.report(rule, pointer, message, "use prose, or inline code in backticks");
                }
                Some(text)
            }
            other => {
                let key = label(pointer);
                let message = match other {
                    None => format!("`{key}` is missing"),
                    Some(Json::String(_)) => format!("`{key}` is empty"),
                    Some(value) => format!("`{key}` is {value}, not a string"),
                };
                self.report(rule, pointer, message, format!("set `{key}` to a non-empty string"));
                None
            }
        }
    }

    /// The non-empty text at a pointer, if there is one.
    pub(super) fn known_text(&self, pointer: &Pointer) -> Option<&'a str> {
        self.document.get(pointer)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The entries of the object at a pointer; none if there is no object.
    pub(super) fn entries(&self, pointer: &Pointer) -> impl Iterator<Item = (&'a String, &'a Json, Pointer)> + use<'a> {
        let object = self.document.get(pointer).and_then(Json::as_object);
        let pointer = pointer.clone();
        object.into_iter().flatten().map(move |(key, value)| (key, value, pointer.child(key)))
    }

    /// The items of the array at a pointer; none if there is no array.
    pub(super) fn items(&self, pointer: &Pointer) -> impl Iterator<Item = (&'a Json, Pointer)> + use<'a> {
        let array = self.document.get(pointer).and_then(Json::as_array);
        let pointer = pointer.clone();
        array.into_iter().flatten().enumerate().map(move |(index, value)| (value, pointer.child(index)))
    }

    /// The object at a pointer; anything else is reported under `rule`.
    pub(super) fn object(&mut self, pointer: &Pointer, rule: &'static str) -> Option<&'a Map<String, Json>> {
        let object = self.document.get(pointer).and_then(Json::as_object);
        if object.is_none() {
            let key = label(pointer);
            let message = format!("`{key}` is missing or not a mapping");
            self.report(rule, pointer, message, format!("write `{key}` as a mapping"));
        }
        object
    }

    /// Reports the keys of an extension's object that have no meaning.
    pub(super) fn only_keys(
        &mut self,
        pointer: &Pointer,
        object: &Map<String, Json>,
        known: &[&str],
        rule: &'static str,
    ) {
        for key in other_keys(object, known) {
            let help = format!("use {}", known.join(", "));
            self.report(rule, &pointer.child(key), format!("`{key}` has no meaning here"), help);
        }
    }
}

/// References.
impl<'a> Reader<'a> {
    /// The name of the component schema that a value refers to, by `$ref` or by `allOf` with one item.
    pub(super) fn schema_name(&self, schema: &'a Json) -> Option<&'a str> {
        let reference = schema.get("$ref").or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
            [part] => part.get("$ref"),
            _ => None,
        })?;
        reference.as_str()?.strip_prefix(SCHEMAS)
    }

    /// Follows references to a component of a kind. A pointer to a value that is not a reference is returned as it is.
    pub(super) fn resolve(&mut self, mut pointer: Pointer, kind: &str) -> Option<Pointer> {
        let components = Pointer::root().child("components").child(kind);
        let mut visited = BTreeSet::new();
        while let Some(reference) = self.document.get(&pointer).and_then(|value| value.get("$ref")) {
            let target = reference.as_str().and_then(Pointer::of_reference).filter(|target| {
                target.parent() == components && self.document.get(target).is_some() && visited.insert(target.clone())
            });
            let Some(target) = target else {
                let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
                self.unresolved(&pointer.child("$ref"), &reference, kind);
                return None;
            };
            pointer = target;
        }
        Some(pointer)
    }

    /// Reports a reference without a target.
    pub(super) fn unresolved(&mut self, pointer: &Pointer, reference: &str, kind: &str) {
        let message = format!("the reference {reference:?} does not resolve to a component under `components/{kind}`");
        self.report(rules::RESOLVABLE_REFERENCE, pointer, message, "refer to a component that exists");
    }

    /// Beside `allOf` with one reference, no key may change the referenced type.
    pub(super) fn reference_keeps_type(&mut self, pointer: &Pointer, schema: &Json, name: &str) {
        for key in ["items", "properties", "required"].into_iter().filter(|key| schema.get(key).is_some()) {
            let message = format!("`{key}` changes the referenced type {name}");
            self.report(rules::REFERENCE_ALONE, &pointer.child(key), message, "move it to the referenced schema");
        }
        let target = self.document.get(&schema_pointer(name));
        for key in ["type", "format"] {
            let (own, of_target) = (schema.get(key), target.and_then(|target| target.get(key)));
            if let Some(own) = own.filter(|own| Some(*own) != of_target) {
                let message = format!("`{key}` is {own}, unlike that of {name}");
                self.report(rules::REFERENCE_ALONE, &pointer.child(key), message, "remove it");
            }
        }
    }

    /// Beside a reference that becomes a named type, only a description is allowed.
    pub(super) fn reference_only(&mut self, pointer: &Pointer) {
        for (_, pointer) in self.beside_reference_at(pointer) {
            let message = format!("`{}` changes the referenced type", pointer.last());
            self.report(rules::REFERENCE_ALONE, &pointer, message, "move it to the referenced schema");
        }
    }

    /// The same for a value that is sent, where some keys have no place in the referenced schema either.
    pub(super) fn sent_reference_only(&mut self, pointer: &Pointer) {
        for (key, pointer) in self.beside_reference_at(pointer) {
            let Refusal { why, way } = match key {
                "default" | "nullable" => Refusal::of(key),
                _ => Refusal { why: "it changes the referenced type", way: "move it to the referenced schema" },
            };
            let message = format!("`{key}` beside a reference is not supported: {why}");
            self.report(rules::REFERENCE_ALONE, &pointer, message, way);
        }
    }

    /// The keys beside `allOf` that do more than describe.
    fn beside_reference_at(&self, pointer: &Pointer) -> Vec<(&'a str, Pointer)> {
        // The keys beside a `$ref` are reported for the whole document.
        if self.document.get(&pointer.child("$ref")).is_some() {
            return Vec::new();
        }
        let says_more = |key: &str| !BESIDE_ALL_OF.contains(&key) && !key.starts_with("x-");
        let keys = self.entries(pointer).filter(|(key, ..)| says_more(key));
        keys.map(|(key, _, pointer)| (key.as_str(), pointer)).collect()
    }
}

/// The kind of value that a schema describes, valid or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Address,
    Timestamp,
    Integer,
    Enum,
    Text,
}

impl Shape {
    /// The kind of a schema; `None` for an object or a plain type.
    pub(super) fn of(schema: &Json) -> Option<Self> {
        let has = |key| schema.get(key).is_some();
        match schema.get("type").and_then(Json::as_str)? {
            "string" if is_address(schema) => Some(Self::Address),
            "string" if is_timestamp(schema) => Some(Self::Timestamp),
            "string" if has("enum") => Some(Self::Enum),
            "string" if has("pattern") => Some(Self::Text),
            "integer" if has("minimum") || has("maximum") => Some(Self::Integer),
            _ => None,
        }
    }

    /// The keys that the Rust type of such a value enforces.
    pub(super) fn enforced(self) -> &'static [&'static str] {
        match self {
            Self::Address => &["oneOf"],
            // Where a property has none, its Option reads null.
            Self::Timestamp => &["format", "nullable"],
            Self::Integer => &["minimum", "maximum", "format", "default"],
            Self::Enum => &["enum"],
            Self::Text => &["pattern"],
        }
    }
}

/// Whether a schema has the format `date-time`.
pub(super) fn is_timestamp(schema: &Json) -> bool {
    schema.get("format").and_then(Json::as_str) == Some("date-time")
}

/// Whether a schema has the formats `ipv4` and `ipv6` as its two alternatives.
fn is_address(schema: &Json) -> bool {
    let alternatives = schema.get("oneOf").and_then(Json::as_array);
    alternatives.is_some_and(|alternatives| {
        let formats: BTreeSet<_> = alternatives.iter().filter_map(only_format).collect();
        alternatives.len() == 2 && formats == BTreeSet::from(["ipv4", "ipv6"])
    })
}

/// The format of an alternative that has no other key, except perhaps `type: string`.
fn only_format(part: &Json) -> Option<&str> {
    let plain = |(key, value): (&String, &Json)| key == "format" || (key == "type" && value == "string");
    part.as_object()?.iter().all(plain).then(|| part.get("format")?.as_str())?
}

/// Whether a character would make a comment look different from what it is; Rust rejects these.
pub(super) fn is_unprintable(c: char) -> bool {
    let is_bidirectional = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_bidirectional || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Whether a text has a Markdown code block: fenced, or indented after an empty line.
fn holds_code(text: &str) -> bool {
    let fenced = text.lines().any(|line| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"));
    fenced || text.contains("\n\n    ")
}

/// The name of a value in messages: its key; for a list item, the key of the list and the index.
fn label(pointer: &Pointer) -> String {
    let last = pointer.last();
    if last.parse::<usize>().is_ok() { format!("{}/{last}", pointer.parent().last()) } else { last }
}

/// The reference to a component schema.
pub(super) fn schema_reference(name: &str) -> String {
    format!("{SCHEMAS}{name}")
}

/// The pointer of all component schemas.
pub(super) fn schemas_pointer() -> Pointer {
    Pointer::root().child("components").child("schemas")
}

/// The pointer of a component schema.
pub(super) fn schema_pointer(name: &str) -> Pointer {
    schemas_pointer().child(name)
}

/// The keys of an object that are not in `known`.
pub(super) fn other_keys<'a>(object: &'a Map<String, Json>, known: &[&str]) -> Vec<&'a str> {
    object.keys().map(String::as_str).filter(|key| !known.contains(key)).collect()
}
