//! A schema of the contract together with the schemas that it refers to.

use std::collections::BTreeSet;

use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

use crate::evidence::operations::text;

/// A schema and, by `$ref` and `allOf`, all others that hold for the same value.
pub(crate) struct Schema<'a> {
    contract: &'a Document,
    /// The schema itself first.
    parts: Vec<Pointer>,
}

impl<'a> Schema<'a> {
    pub(crate) fn at(contract: &'a Document, pointer: &Pointer) -> Self {
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![pointer.clone()];
        while let Some(part) = waiting.pop() {
            if !seen.insert(part.clone()) {
                continue;
            }
            waiting.extend(text(contract, &part.child("$ref")).and_then(Pointer::of_reference));
            let all = part.child("allOf");
            let count = contract.get(&all).and_then(Json::as_array).map_or(0, Vec::len);
            waiting.extend((0..count).map(|index| all.child(index)));
            parts.push(part);
        }
        Self { contract, parts }
    }

    /// Where the schema itself stands.
    pub(crate) fn pointer(&self) -> &Pointer {
        &self.parts[0]
    }

    /// Where the schema stands that the others only refer to, and where a keyword would be added.
    pub(crate) fn named(&self) -> &Pointer {
        self.parts.last().unwrap_or(&self.parts[0])
    }

    /// Each place that gives a keyword, with what it gives.
    pub(crate) fn keyword(&self, key: &str) -> Vec<(Pointer, &'a Json)> {
        let pointers = self.parts.iter().map(|part| part.child(key));
        pointers.filter_map(|pointer| Some((pointer.clone(), self.contract.get(&pointer)?))).collect()
    }

    /// The first text that a keyword has.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.keyword(key).into_iter().find_map(|(_, value)| value.as_str())
    }

    /// Where a property is declared.
    pub(crate) fn property(&self, name: &str) -> Option<Pointer> {
        let pointers = self.parts.iter().map(|part| part.child("properties").child(name));
        pointers.into_iter().find(|pointer| self.contract.get(pointer).is_some())
    }

    /// Where a property would be declared: beside the others.
    pub(crate) fn place_of_property(&self, name: &str) -> Pointer {
        self.property(name).unwrap_or_else(|| {
            let declared = self.keyword("properties");
            let beside = declared.first().map(|(pointer, _)| pointer.clone());
            beside.unwrap_or_else(|| self.parts[0].child("properties")).child(name)
        })
    }
}
