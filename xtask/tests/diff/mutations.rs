//! Whatever is changed in the contract of the service, the comparison sees it, where it is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mde_codegen::{Contract, Document, Pointer};
use serde_json::{Map, Value as Json};
use xtask::diff::{Comparison, compare};

#[test]
fn every_change_of_a_value_is_seen() {
    let base = &*BASE;
    let mut seen = Seen::new(base);
    for pointer in pointers(base.root()) {
        for value in instead_of(&pointer.last(), base.get(&pointer).unwrap()) {
            let mut root = base.root().clone();
            *root.pointer_mut(pointer.as_str()).unwrap() = value;
            seen.mutant(&root, &pointer, &pointer);
        }
    }
    seen.at_least(180);
}

#[test]
fn every_removal_is_seen() {
    let base = &*BASE;
    let mut seen = Seen::new(base);
    for pointer in pointers(base.root()) {
        let mut root = base.root().clone();
        match root.pointer_mut(pointer.parent().as_str()).unwrap() {
            Json::Object(entries) => drop(entries.remove(&pointer.last())),
            Json::Array(items) => drop(items.remove(pointer.last().parse().unwrap())),
            _ => continue,
        }
        seen.mutant(&root, &pointer, &pointer);
    }
    seen.at_least(60);
}

#[test]
fn every_other_name_of_a_key_is_seen() {
    let base = &*BASE;
    let mut seen = Seen::new(base);
    for pointer in pointers(base.root()) {
        let mut root = base.root().clone();
        let Json::Object(entries) = root.pointer_mut(pointer.parent().as_str()).unwrap() else { continue };
        for name in [format!("{}x", pointer.last()), format!("X{}", pointer.last()), pointer.last().to_uppercase()] {
            let renamed = entries.clone().into_iter().map(|(key, value)| match key == pointer.last() {
                true => (name.clone(), value),
                false => (key, value),
            });
            let renamed: Map<_, _> = renamed.collect();
            if renamed != *entries {
                let mut root = base.root().clone();
                *root.pointer_mut(pointer.parent().as_str()).unwrap() = Json::Object(renamed);
                seen.mutant(&root, &pointer, &pointer.parent().child(&name));
            }
        }
    }
    seen.at_least(20);
}

#[test]
fn every_exchange_of_two_neighbours_is_seen() {
    let base = &*BASE;
    let mut seen = Seen::new(base);
    for pointer in pointers(base.root()) {
        let mut root = base.root().clone();
        let Some(Json::Array(items)) = root.pointer_mut(pointer.as_str()) else { continue };
        for index in 1..items.len() {
            let mut root = base.root().clone();
            root.pointer_mut(pointer.as_str()).unwrap().as_array_mut().unwrap().swap(index - 1, index);
            seen.mutant(&root, &pointer, &pointer);
        }
    }
    seen.at_least(20);
}

/// The mutants that were compared with a contract.
struct Seen<'a> {
    base: &'a Document,
    mutants: BTreeSet<String>,
}

impl<'a> Seen<'a> {
    fn new(base: &'a Document) -> Self {
        Self { base, mutants: BTreeSet::new() }
    }

    /// Compares a mutant both ways, if it is a contract at all. It was mutated at a place of the base, which is at
    /// another place of the mutant.
    fn mutant(&mut self, root: &Json, of_base: &Pointer, of_mutant: &Pointer) {
        let text = root.to_string();
        if root == self.base.root() || self.mutants.contains(&text) {
            return;
        }
        let mutant = Document::parse("mutant.yaml", &text).unwrap();
        if Contract::read(&mutant).is_err() {
            return;
        }
        self.mutants.insert(text);
        for comparison in [compare(self.base, &mutant), compare(&mutant, self.base)] {
            let reported = summary(&comparison);
            let near = |place: &Pointer| comparison.changes.iter().any(|change| related(&change.pointer, place));
            assert!(
                near(of_base) || near(of_mutant),
                "{of_base} becomes {of_mutant}, which is not reported: {reported}"
            );
            let unknown = comparison.changes.iter().any(|change| change.rule.id == "unclassified-change");
            assert!(!unknown, "{of_base} becomes {of_mutant}, and is not known: {reported}");
        }
    }

    fn at_least(&self, count: usize) {
        assert!(self.mutants.len() >= count, "only {} mutants are contracts", self.mutants.len());
    }
}

/// The contract of the service, parsed once for all tests.
static BASE: LazyLock<Document> = LazyLock::new(|| {
    let document = Document::parse("mde.yaml", include_str!("../../../openapi/mde.yaml")).unwrap();
    assert!(compare(&document, &document).changes.is_empty());
    document
});

/// Every place below the root.
fn pointers(root: &Json) -> Vec<Pointer> {
    let mut pointers = Vec::new();
    let mut waiting = vec![(Pointer::root(), root)];
    while let Some((pointer, value)) = waiting.pop() {
        match value {
            Json::Object(entries) => waiting.extend(entries.iter().map(|(key, value)| (pointer.child(key), value))),
            Json::Array(items) => {
                waiting.extend(items.iter().enumerate().map(|(index, value)| (pointer.child(index), value)));
            }
            _ => {}
        }
        if pointer != Pointer::root() {
            pointers.push(pointer);
        }
    }
    pointers
}

/// What a value may become; which of it makes sense, the reader of contracts decides.
fn instead_of(key: &str, value: &Json) -> Vec<Json> {
    let texts = |texts: &[&str]| texts.iter().copied().map(Json::from).collect();
    match value {
        Json::String(_) if key == "format" => texts(&["double", "hostname", "int32", "int64"]),
        Json::String(_) if key == "type" => texts(&["boolean", "integer", "number", "string"]),
        Json::String(text) if text.starts_with("https://") => texts(&["https://other.example.com"]),
        Json::String(text) => texts(&[&format!("{text}x")]),
        Json::Number(number) => [-1, 1].map(|step| (number.as_i64().unwrap() + step).into()).to_vec(),
        Json::Bool(switch) => vec![(!switch).into()],
        _ => Vec::new(),
    }
}

/// Whether one of two places is within the other.
fn related(one: &Pointer, other: &Pointer) -> bool {
    let within = |inner: &Pointer, outer: &Pointer| format!("{inner}/").starts_with(&format!("{outer}/"));
    within(one, other) || within(other, one)
}

fn summary(comparison: &Comparison) -> String {
    let changes = comparison.changes.iter().map(|change| format!("{} at {}", change.rule.id, change.pointer));
    changes.collect::<Vec<_>>().join(", ")
}
