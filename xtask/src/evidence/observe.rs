//! What a value that was seen on the wire says about the schema of its place: strictly, so that nothing it shows may be
//! undeclared.

use std::collections::BTreeSet;

use mde_codegen::Pointer;
use regress::Regex;
use serde_json::{Value as Json, json};

use crate::evidence::form::shown;
use crate::evidence::formats::{keeps, type_of};
use crate::evidence::place::Place;
use crate::evidence::schema::Schema;
use crate::evidence::statement::{Outcome, Speaker};

/// A value that was seen: in an answer, in a request, or alone.
pub(crate) struct Seen<'a, 'b> {
    /// What a ruling cites for it.
    pub(crate) fact: &'b Pointer,
    pub(crate) place: Place<'a>,
    pub(crate) value: Json,
    /// Places of the same document whose values the source did not really show.
    pub(crate) masked: &'b BTreeSet<Pointer>,
}

impl<'a> Speaker<'a> {
    /// Holds a value against a schema.
    pub(crate) fn observe(&mut self, pointer: &Pointer, seen: &Seen<'a, '_>) {
        let schema = Schema::at(self.contract, pointer);
        let Some(kind) = type_of(&seen.value) else {
            self.equals_seen(seen, schema.pointer().child("nullable"), json!(true));
            // OpenAPI 3.0.3 lets `nullable` have an effect only beside a `type`.
            let beside = schema.pointer().child("type");
            if self.contract.get(&beside).is_none() {
                let message =
                    format!("`nullable` has no `type` beside it, so it admits no null, which {} shows", self.source);
                self.refuse(seen, beside, message);
            }
            return;
        };
        let types = schema.keyword("type");
        if types.is_empty() {
            self.equals_seen(seen, schema.pointer().child("type"), json!(kind));
        }
        for (pointer, _) in types {
            self.equals_seen(seen, pointer, json!(kind));
        }
        if seen.masked.contains(&seen.place.pointer) {
            return;
        }
        match &seen.value {
            Json::Object(_) => self.observe_object(&schema, seen),
            Json::Array(items) => self.observe_items(&schema, seen, items),
            value => self.observe_scalar(&schema, seen, value),
        }
    }

    fn observe_object(&mut self, schema: &Schema<'a>, seen: &Seen<'a, '_>) {
        for (name, place) in seen.place.entries() {
            let property = schema.place_of_property(name);
            self.exists(seen.fact, &place, property.clone());
            if schema.property(name).is_some() {
                let value = place.json().clone();
                self.observe(&property, &Seen { place, value, ..*seen });
            }
        }
        for (pointer, names) in schema.keyword("required") {
            for (index, name) in names.as_array().into_iter().flatten().enumerate() {
                let absent = name.as_str().filter(|name| seen.value.get(name).is_none());
                if let Some(name) = absent {
                    self.refuse(
                        seen,
                        pointer.child(index),
                        format!("`{name}` is required, {} shows an answer without it", self.source),
                    );
                }
            }
        }
    }

    fn observe_items(&mut self, schema: &Schema<'a>, seen: &Seen<'a, '_>, items: &[Json]) {
        let Some((pointer, _)) = schema.keyword("items").into_iter().next() else {
            if schema.text("type") == Some("array") {
                let message = format!("the list has no `items`, {} shows some", self.source);
                self.refuse(seen, schema.pointer().child("items"), message);
            }
            return;
        };
        for (index, value) in items.iter().enumerate() {
            let place = Place { pointer: seen.place.pointer.child(index), ..seen.place.clone() };
            self.observe(&pointer, &Seen { place, value: value.clone(), ..*seen });
        }
    }

    fn observe_scalar(&mut self, schema: &Schema<'a>, seen: &Seen<'a, '_>, value: &Json) {
        // A value of another type is told already, and is of no format.
        let formats = if schema.text("type") == type_of(value) { schema.keyword("format") } else { Vec::new() };
        for (pointer, format) in formats {
            if format.as_str().and_then(|format| keeps(value, format)) == Some(false) {
                self.refuse(
                    seen,
                    pointer,
                    format!("the contract says {}, {} shows {}", shown(format), self.source, shown(value)),
                );
            }
        }
        for (pointer, alternatives) in schema.keyword("oneOf") {
            self.observe_alternatives(seen, &pointer, alternatives, value);
        }
        for (key, fits) in BOUNDS {
            for (pointer, bound) in schema.keyword(key) {
                if !fits(value, bound) {
                    self.refuse(
                        seen,
                        pointer,
                        format!("the contract's `{key}` is {}, {} shows {}", shown(bound), self.source, shown(value)),
                    );
                }
            }
        }
    }

    /// A value must be of the format of exactly one alternative, which it then witnesses.
    fn observe_alternatives(&mut self, seen: &Seen<'a, '_>, pointer: &Pointer, alternatives: &Json, value: &Json) {
        let formats =
            alternatives.as_array().into_iter().flatten().map(|part| part.get("format").and_then(Json::as_str));
        let fitting: Vec<_> = formats
            .enumerate()
            .filter(|(_, format)| format.and_then(|format| keeps(value, format)) == Some(true))
            .collect();
        match fitting.as_slice() {
            [(index, Some(format))] => {
                self.equals_seen(seen, pointer.child(index).child("format"), json!(format));
            }
            _ => {
                let which = if fitting.is_empty() { "no alternative" } else { "more than one alternative" };
                let message = format!("{which} fits {}, which {} shows", shown(value), self.source);
                self.refuse(seen, pointer.clone(), message);
            }
        }
    }

    fn equals_seen(&mut self, seen: &Seen<'a, '_>, pointer: Pointer, said: Json) {
        let outcome = self.compared(&pointer, &said, &format!("shows {}", shown(&seen.value)));
        self.say(seen.fact, &seen.place, pointer, seen.value.clone(), outcome);
    }

    fn refuse(&mut self, seen: &Seen<'a, '_>, pointer: Pointer, message: String) {
        self.say(seen.fact, &seen.place, pointer, seen.value.clone(), Outcome::Contradicted(message));
    }
}

/// Whether a value keeps to a bound.
type Fits = fn(&Json, &Json) -> bool;

/// The keywords that limit a single value.
const BOUNDS: [(&str, Fits); 4] = [
    ("minimum", |value, bound| value.as_f64().zip(bound.as_f64()).is_none_or(|(value, bound)| value >= bound)),
    ("maximum", |value, bound| value.as_f64().zip(bound.as_f64()).is_none_or(|(value, bound)| value <= bound)),
    ("enum", |value, known| known.as_array().is_none_or(|known| known.contains(value))),
    ("pattern", |value, pattern| {
        let regex = pattern.as_str().and_then(|pattern| Regex::new(pattern).ok());
        regex.zip(value.as_str()).is_none_or(|(regex, text)| regex.find(text).is_some())
    }),
];
