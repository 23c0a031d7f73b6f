//! Where two JSON values differ.

use std::fmt;

use mde_codegen::Pointer;
use serde_json::Value as Json;

/// One place where two values differ. A list is one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place.
    pub(crate) pointer: Pointer,
    first: Option<Json>,
    second: Option<Json>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
        write!(f, "{:?}: {} against {}", self.pointer.as_str(), text(&self.first), text(&self.second))
    }
}

/// Every place where two values differ; the order of keys is none.
pub(crate) fn differences(first: &Json, second: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&Pointer::root(), Some(first), Some(second), &mut found);
    found
}

fn compare(pointer: &Pointer, first: Option<&Json>, second: Option<&Json>, found: &mut Vec<Difference>) {
    if let (Some(Json::Object(first)), Some(Json::Object(second))) = (first, second) {
        let only_second = second.keys().filter(|key| !first.contains_key(*key));
        for key in first.keys().chain(only_second) {
            compare(&pointer.child(key), first.get(key), second.get(key), found);
        }
    } else if first != second {
        found.push(Difference { pointer: pointer.clone(), first: first.cloned(), second: second.cloned() });
    }
}
