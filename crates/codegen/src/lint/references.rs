//! References: where they lead, and what may stand beside them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Reader, SCHEMAS, schema_pointer};
use crate::Pointer;
use crate::lint::rules;

/// What may stand beside `allOf` where the type that is referred to is used as it is.
const BESIDE_ALL_OF: [&str; 2] = ["allOf", "description"];

impl<'a> Reader<'a> {
    /// The name of the component schema that a value refers to by `$ref`, alone or as the only part of `allOf`.
    pub(super) fn schema_name(&self, schema: &'a Json) -> Option<&'a str> {
        let reference = schema.get("$ref").or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
            [part] => part.get("$ref"),
            _ => None,
        })?;
        reference.as_str()?.strip_prefix(SCHEMAS)
    }

    /// Follows a `$ref` to a component of a kind; a pointer to what is no reference stays as it is.
    pub(super) fn resolve(&mut self, mut pointer: Pointer, kind: &str) -> Option<Pointer> {
        let components = Pointer::root().child("components").child(kind);
        let mut visited = BTreeSet::new();
        while let Some(reference) = self.document.get(&pointer).and_then(|value| value.get("$ref")) {
            let target = reference.as_str().and_then(Pointer::of_reference).filter(|target| {
                target.parent() == components && self.document.get(target).is_some() && visited.insert(target.clone())
            });
            let Some(target) = target else {
                let reference = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
                self.unresolvable(&pointer.child("$ref"), &reference, kind);
                return None;
            };
            pointer = target;
        }
        Some(pointer)
    }

    pub(super) fn unresolvable(&mut self, pointer: &Pointer, reference: &str, kind: &str) {
        let message = format!("the reference {reference:?} leads to nothing under `components/{kind}`");
        self.find(rules::RESOLVABLE_REFERENCE, pointer, message, "refer to a component that exists");
    }

    /// Beside a reference as the only part of `allOf`, a value may say nothing that makes another type of it.
    pub(super) fn reference_unchanged(&mut self, pointer: &Pointer, schema: &Json, name: &str) {
        for key in ["items", "properties", "required"].into_iter().filter(|key| schema.get(key).is_some()) {
            let message = format!("`{key}` makes another type of the {name} that is referred to");
            self.find(rules::REFERENCE_ALONE, &pointer.child(key), message, "say it of what is referred to");
        }
        let target = self.document.get(&schema_pointer(name));
        for key in ["type", "format"] {
            let (own, of_target) = (schema.get(key), target.and_then(|target| target.get(key)));
            if let Some(own) = own.filter(|own| Some(*own) != of_target) {
                let message = format!("`{key}` is {own}, which {name} is not");
                self.find(rules::REFERENCE_ALONE, &pointer.child(key), message, "leave it out");
            }
        }
    }

    /// Where a schema is referred to by name, nothing but a description may stand beside the reference.
    pub(super) fn reference_only(&mut self, pointer: &Pointer) {
        // What stands beside `$ref` is found wherever that is.
        if self.document.get(&pointer.child("$ref")).is_some() {
            return;
        }
        let says_more = |key: &str| !BESIDE_ALL_OF.contains(&key) && !key.starts_with("x-");
        for (key, _, pointer) in self.entries(pointer).filter(|(key, ..)| says_more(key)) {
            let message = format!("`{key}` makes another type of what is referred to");
            self.find(rules::REFERENCE_ALONE, &pointer, message, "say it of what is referred to");
        }
    }
}
