//! `examples` of parameters and bodies: their form, and that each value keeps to the schema beside it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value as Json;

use super::reader::{Reader, Shape, is_unprintable, schema_pointer};
use super::rules;
use crate::model::{BodyExample, Example, Operation};
use crate::pointer::Pointer;

/// The keys that an example may have.
const KEYS: [&str; 2] = ["summary", "value"];

/// What stands where an example may be.
const WITH_EXAMPLES: [&str; 2] = ["a parameter", "a body"];

const NAME_THE_SOURCE: &str = "write it under `examples` of a parameter or a body, as `NAME-OF-THE-SOURCE: {value: …}`";

/// The form of examples.
impl<'a> Reader<'a> {
    /// Checks `example` and `examples` of an object of OpenAPI, called by the name of its kind.
    pub(super) fn examples_of(&mut self, kind: &str, pointer: &Pointer) {
        // One of a schema is for the evidence to refuse, which no source states.
        let of_schema = ["a schema", "a property"].contains(&kind);
        if !of_schema && self.document.get(&pointer.child("example")).is_some() {
            let message = format!("`example` of {kind} does not name its source");
            self.report(rules::EXAMPLE_NAMED, &pointer.child("example"), message, NAME_THE_SOURCE);
        }
        let examples = pointer.child("examples");
        let Some(value) = self.document.get(&examples) else { return };
        if !WITH_EXAMPLES.contains(&kind) {
            // A key that this kind does not have at all is reported for the whole document.
            if ["a header", "`components`"].contains(&kind) {
                let message = format!("`examples` of {kind} are not supported");
                self.report(rules::EXAMPLE_NAMED, &examples, message, NAME_THE_SOURCE);
            }
            return;
        }
        if value.as_object().is_none_or(serde_json::Map::is_empty) {
            let message = "`examples` is not a mapping of names to examples";
            self.report(rules::EXAMPLE_NAMED, &examples, message, NAME_THE_SOURCE);
        }
        for (name, _, example) in self.entries(&examples) {
            self.example(name, &example, &pointer.child("schema"));
        }
    }

    fn example(&mut self, name: &str, pointer: &Pointer, schema: &Pointer) {
        let is_folder =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !is_folder {
            let message = format!("{name:?} cannot be the name of a source");
            let help = "use the name of its folder: lower-case letters, digits and hyphens";
            self.report(rules::EXAMPLE_NAMED, pointer, message, help);
        }
        let Some(object) = self.object(pointer, rules::EXAMPLE_NAMED) else { return };
        for key in object.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let (message, help) = match key.as_str() {
                "$ref" => ("an example that is a reference is not supported", "write its `value` here"),
                "externalValue" => ("a value outside of the contract cannot be checked", "write it here, as `value`"),
                _ => ("an example has a `value` and perhaps a `summary`", "remove the key"),
            };
            self.report(rules::EXAMPLE_NAMED, &pointer.child(key), format!("`{key}`: {message}"), help);
        }
        if object.contains_key("summary") {
            self.text(&pointer.child("summary"), rules::EXAMPLE_NAMED);
        }
        let value = pointer.child("value");
        match object.get("value") {
            Some(json) => {
                if self.is_printable(&value, json) {
                    self.keeps_to(schema, &value, json);
                }
            }
            // Another finding says why there is none.
            None if object.contains_key("$ref") || object.contains_key("externalValue") => {}
            None => self.report(rules::EXAMPLE_NAMED, pointer, "the example has no `value`", "add the `value`"),
        }
    }

    /// Whether all texts are printable: an example becomes a comment in Rust, which rejects some characters there.
    fn is_printable(&mut self, pointer: &Pointer, value: &Json) -> bool {
        if value.as_str().is_some_and(|text| text.contains(is_unprintable)) {
            let message = "the example contains an unprintable character";
            self.report(rules::EXAMPLE_NAMED, pointer, message, "remove the character, or the example");
            return false;
        }
        let entries = self.entries(pointer).map(|(_, value, pointer)| (value, pointer));
        let parts: Vec<_> = entries.chain(self.items(pointer)).collect();
        parts.into_iter().fold(true, |all, (value, pointer)| self.is_printable(&pointer, value) && all)
    }

    /// Reports each part of a value that a schema does not allow. A schema that cannot be read has findings of its own.
    fn keeps_to(&mut self, schema: &Pointer, pointer: &Pointer, value: &Json) {
        let Some(own) = self.document.get(schema) else { return };
        if value.is_null() && own.get("nullable") == Some(&Json::Bool(true)) {
            return;
        }
        let named = self.schema_name(own).map(schema_pointer);
        let schema = named.unwrap_or_else(|| schema.clone());
        let Some(target) = self.document.get(&schema) else { return };
        let expected = match expected(target) {
            Some(expected) if !expected.allows(value) => expected.words,
            _ => return self.parts_keep_to(&schema, pointer),
        };
        let message = format!("the example is {value}, not {expected}");
        let help = "show a value that the schema allows, or correct the schema";
        self.report(rules::EXAMPLE_NAMED, pointer, message, help);
    }

    /// The same for what a value consists of. What a schema does not declare is for the evidence to judge.
    fn parts_keep_to(&mut self, schema: &Pointer, pointer: &Pointer) {
        let properties = schema.child("properties");
        let given: BTreeMap<_, _> = self.entries(pointer).map(|(name, value, at)| (name, (value, at))).collect();
        for (name, (value, at)) in &given {
            self.keeps_to(&properties.child(name), at, value);
        }
        if given.is_empty() {
            for (value, at) in self.items(pointer) {
                self.keeps_to(&schema.child("items"), &at, value);
            }
            return;
        }
        for (required, _) in self.items(&schema.child("required")) {
            let missing = required.as_str().filter(|name| !given.keys().any(|given| given == name));
            if let Some(name) = missing {
                let message = format!("the example lacks {name:?}, which the schema requires");
                self.report(rules::EXAMPLE_NAMED, pointer, message, "show the whole body, or correct the schema");
            }
        }
    }
}

/// What a schema allows.
struct Expected {
    words: String,
    allows: Box<dyn Fn(&Json) -> bool>,
}

impl Expected {
    fn of(words: impl Into<String>, allows: impl Fn(&Json) -> bool + 'static) -> Option<Self> {
        Some(Self { words: words.into(), allows: Box::new(allows) })
    }

    fn allows(&self, value: &Json) -> bool {
        (self.allows)(value)
    }
}

/// What a schema without a reference allows; `None` where anything may be.
fn expected(schema: &Json) -> Option<Expected> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    match (Shape::of(schema), schema.get("type").and_then(Json::as_str)?) {
        (Some(Shape::Address), _) => {
            Expected::of("an IP address", move |value| text(value).is_some_and(|text| text.parse::<IpAddr>().is_ok()))
        }
        (Some(Shape::Integer), _) => {
            let bound = |key| schema.get(key).and_then(Json::as_i64);
            let (minimum, maximum) = (bound("minimum")?, bound("maximum")?);
            let words = format!("an integer from {minimum} to {maximum}");
            Expected::of(words, move |value| value.as_i64().is_some_and(|value| (minimum..=maximum).contains(&value)))
        }
        (Some(Shape::Text), _) => {
            let pattern = schema.get("pattern").and_then(Json::as_str)?;
            let regex = regress::Regex::new(pattern).ok()?;
            let words = format!("a text of the form {pattern}");
            Expected::of(words, move |value| text(value).is_some_and(|text| regex.find(&text).is_some()))
        }
        (_, "string") => Expected::of("a string", Json::is_string),
        (_, "integer") => Expected::of("an integer", |value| value.is_i64() || value.is_u64()),
        (_, "number") => Expected::of("a number", Json::is_number),
        (_, "boolean") => Expected::of("true or false", Json::is_boolean),
        (_, "array") => Expected::of("a list", Json::is_array),
        (_, "object") => Expected::of("an object", Json::is_object),
        _ => None,
    }
}

/// One value that a source shows.
enum Shown {
    /// Of the parameter of this name.
    Parameter(String, Json),
    Body(BodyExample),
}

/// The examples of an operation, source by source.
impl Reader<'_> {
    /// What sources show of an operation, ordered by their names.
    pub(super) fn examples(&mut self, operation: &Operation) -> Vec<Example> {
        let mut shown = self.examples_of_parameters(&operation.pointer);
        shown.extend(self.examples_of_bodies(&operation.pointer));
        let mut examples: BTreeMap<String, Example> = BTreeMap::new();
        for (source, shown) in shown {
            let example = examples.entry(source.clone()).or_insert_with(|| {
                let operation = operation.id.clone();
                Example { source, operation, parameters: BTreeMap::new(), bodies: Vec::new() }
            });
            match shown {
                Shown::Parameter(name, value) => drop(example.parameters.insert(name, value)),
                Shown::Body(body) => example.bodies.push(body),
            }
        }
        examples.into_values().collect()
    }

    fn examples_of_parameters(&mut self, operation: &Pointer) -> Vec<(String, Shown)> {
        let mut shown = Vec::new();
        for list in [operation.parent().child("parameters"), operation.child("parameters")] {
            for (_, pointer) in self.items(&list) {
                let Some(pointer) = self.resolve(pointer, "parameters") else { continue };
                let Some(name) = self.known_text(&pointer.child("name")) else { continue };
                let values = self.values_of_examples(&pointer);
                let values =
                    values.into_iter().map(|(source, value)| (source, Shown::Parameter(name.to_owned(), value)));
                shown.extend(values);
            }
        }
        shown
    }

    fn examples_of_bodies(&mut self, operation: &Pointer) -> Vec<(String, Shown)> {
        let mut shown = Vec::new();
        for (status, _, pointer) in self.entries(&operation.child("responses")) {
            let Some(pointer) = self.resolve(pointer, "responses") else { continue };
            let media = pointer.child("content").child("application/json");
            let schema = self.document.get(&media.child("schema")).and_then(|schema| self.schema_name(schema));
            let Some(schema) = schema else { continue };
            let bodies = self.values_of_examples(&media).into_iter().map(|(source, value)| {
                let body = BodyExample { status: status.clone(), schema: schema.to_owned(), value };
                (source, Shown::Body(body))
            });
            shown.extend(bodies);
        }
        shown
    }

    /// Source and value of each example.
    fn values_of_examples(&self, pointer: &Pointer) -> Vec<(String, Json)> {
        let examples = self.entries(&pointer.child("examples"));
        let values = examples.filter_map(|(source, example, _)| Some((source.clone(), example.get("value")?.clone())));
        values.collect()
    }
}
