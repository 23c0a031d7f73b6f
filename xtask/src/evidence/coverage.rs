//! What the contract says although no source states it and no ruling holds it.

use std::collections::BTreeSet;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::form::{key, shown};
use crate::evidence::rules::UNWITNESSED;

/// A finding for each part of the contract of which nothing is covered, as large as it can be taken. `reported` are
/// elements that have a finding already.
pub(crate) fn uncovered(
    contract: &Document,
    covered: &BTreeSet<Pointer>,
    reported: &BTreeSet<Pointer>,
) -> Vec<Finding> {
    let mut search = Search { covered, reported, uncovered: Vec::new() };
    search.visit(contract.root(), &Pointer::root());
    let findings = search.uncovered.into_iter().map(|pointer| {
        let (pointer, value) = narrowed(contract, pointer);
        let what = if value.is_object() || value.is_array() { String::new() } else { format!(" ({})", shown(value)) };
        let message = format!("no source states `{}`{what}, and no ruling holds it", key(contract, &pointer));
        let help = "add the source that states it under documented; or a ruling about this element, with its value under `values`";
        contract.finding(UNWITNESSED, &pointer, message, help)
    });
    findings.collect()
}

/// The element itself, or the only one in it, and so on: where a person has to look.
fn narrowed(contract: &Document, mut pointer: Pointer) -> (Pointer, &Json) {
    let mut value = contract.get(&pointer).unwrap_or(&Json::Null);
    while let Some((key, only)) = only_child(value) {
        pointer = pointer.child(key);
        value = only;
    }
    (pointer, value)
}

fn only_child(value: &Json) -> Option<(String, &Json)> {
    match value {
        Json::Object(entries) if entries.len() == 1 => entries.iter().next().map(|(key, value)| (key.clone(), value)),
        Json::Array(items) if items.len() == 1 => items.first().map(|value| ("0".to_owned(), value)),
        _ => None,
    }
}

struct Search<'a> {
    covered: &'a BTreeSet<Pointer>,
    reported: &'a BTreeSet<Pointer>,
    uncovered: Vec<Pointer>,
}

/// What was found in a part of the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Nothing that states anything of the service.
    Exempt,
    /// Nothing that is covered.
    Uncovered,
    /// Something that is covered, or reported of.
    Covered,
}

impl Search<'_> {
    fn visit(&mut self, value: &Json, pointer: &Pointer) -> Part {
        if is_exempt(pointer) {
            return Part::Exempt;
        }
        let children: Vec<_> = match value {
            Json::Object(entries) => entries.iter().map(|(key, value)| (pointer.child(key), value)).collect(),
            Json::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (pointer.child(index), value)).collect()
            }
            _ => Vec::new(),
        };
        if children.is_empty() {
            let known = self.covered.contains(pointer) || self.reported.contains(pointer);
            return if known { Part::Covered } else { Part::Uncovered };
        }
        let parts: Vec<_> = children.iter().map(|(pointer, value)| (pointer, self.visit(value, pointer))).collect();
        if parts.iter().all(|(_, part)| *part == Part::Exempt) {
            return if self.covered.contains(pointer) { Part::Covered } else { Part::Uncovered };
        }
        let known = self.covered.contains(pointer) || self.reported.contains(pointer);
        if known || parts.iter().any(|(_, part)| *part == Part::Covered) {
            let uncovered = parts.into_iter().filter(|(_, part)| *part == Part::Uncovered);
            self.uncovered.extend(uncovered.map(|(pointer, _)| pointer.clone()));
            return Part::Covered;
        }
        Part::Uncovered
    }
}

/// Whether an element states nothing of the service: a description is for people, the version counts our own changes.
fn is_exempt(pointer: &Pointer) -> bool {
    let describes = pointer.last() == "description" && pointer.parent().last() != "properties";
    describes || pointer.as_str() == "/info/version"
}
