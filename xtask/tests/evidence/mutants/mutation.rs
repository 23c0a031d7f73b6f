//! Systematic changes of a tree of JSON values.

use std::num::NonZero;
use std::thread::{self, available_parallelism};

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

/// One change of a tree.
pub(crate) struct Mutant {
    /// What is changed, and where.
    pub(crate) name: String,
    /// The element that is changed, or that is new or gone.
    pub(crate) pointer: Pointer,
    change: Change,
}

enum Change {
    Remove(Pointer),
    Rename(Pointer),
    Replace(Pointer, Json),
    /// Adds a value to the list or the mapping at a pointer, there under the key.
    Add(Pointer, String, Json),
}

impl Mutant {
    /// The tree with the change.
    pub(crate) fn tree(&self, original: &Json) -> Json {
        let mut tree = original.clone();
        match &self.change {
            Change::Remove(at) => drop(remove(holder(&mut tree, at), &at.last())),
            Change::Rename(at) => {
                let holder = holder(&mut tree, at);
                let value = remove(holder, &at.last()).unwrap();
                holder[format!("{}Renamed", at.last())] = value;
            }
            Change::Replace(at, value) => *tree.pointer_mut(at.as_str()).unwrap() = value.clone(),
            Change::Add(at, key, value) => match tree.pointer_mut(at.as_str()).unwrap() {
                Json::Array(items) => items.push(value.clone()),
                entries => entries[key] = value.clone(),
            },
        }
        tree
    }
}

/// Every change of every element: gone, under another key, of another value, of another type.
pub(crate) fn mutants(tree: &Json) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (pointer, value) in elements(tree) {
        if pointer == Pointer::root() {
            continue;
        }
        let mutant = |what: &str, changed: &Pointer, change| Mutant {
            name: format!("{what} {pointer}"),
            pointer: changed.clone(),
            change,
        };
        mutants.push(mutant("removed", &pointer, Change::Remove(pointer.clone())));
        if tree.pointer(pointer.parent().as_str()).unwrap().is_object() {
            let renamed = pointer.parent().child(format!("{}Renamed", pointer.last()));
            mutants.push(mutant("renamed", &renamed, Change::Rename(pointer.clone())));
        }
        let others = others(&value).into_iter();
        mutants.extend(others.map(|(what, other)| mutant(what, &pointer, Change::Replace(pointer.clone(), other))));
    }
    mutants
}

/// A tree with a key or item more.
pub(crate) fn with(name: &str, tree: &Json, parent: &Pointer, key: &str, value: Json) -> Mutant {
    let pointer = match tree.pointer(parent.as_str()).unwrap() {
        Json::Array(items) => parent.child(items.len()),
        _ => parent.child(key),
    };
    Mutant { name: format!("{name} {pointer}"), pointer, change: Change::Add(parent.clone(), key.to_owned(), value) }
}

/// A tree with another value.
pub(crate) fn replaced(name: &str, pointer: &Pointer, value: Json) -> Mutant {
    Mutant {
        name: format!("{name} {pointer}"),
        pointer: pointer.clone(),
        change: Change::Replace(pointer.clone(), value),
    }
}

/// What a check makes of each item, where it makes anything of it; in the order of the items, on every processor.
pub(crate) fn filter_map_in_parallel<T: Sync, R: Send>(items: &[T], check: impl Fn(&T) -> Option<R> + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let check = &check;
        let run = |chunk| scope.spawn(move || Vec::from_iter(<[T]>::iter(chunk).filter_map(check)));
        let runs: Vec<_> = items.chunks(share).map(run).collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    })
}

/// Every element of a tree with its place.
pub(crate) fn elements(tree: &Json) -> Vec<(Pointer, Json)> {
    let mut elements = Vec::new();
    let mut waiting = vec![Pointer::root()];
    while let Some(pointer) = waiting.pop() {
        let value = tree.pointer(pointer.as_str()).unwrap();
        match value {
            Json::Object(entries) => waiting.extend(entries.keys().map(|key| pointer.child(key))),
            Json::Array(items) => waiting.extend((0..items.len()).map(|index| pointer.child(index))),
            _ => {}
        }
        elements.push((pointer.clone(), value.clone()));
    }
    elements.sort_by(|(left, _), (right, _)| left.cmp(right));
    elements
}

/// Other values than a scalar has, near to it.
fn others(value: &Json) -> Vec<(&'static str, Json)> {
    match value {
        Json::Bool(flag) => vec![("flipped", json!(!flag)), ("retyped", json!(flag.to_string()))],
        Json::Number(number) => {
            let number = number.as_i64().unwrap();
            vec![
                ("one more", json!(number + 1)),
                ("one less", json!(number - 1)),
                ("retyped", json!(number.to_string())),
            ]
        }
        Json::String(text) => vec![("changed", json!(format!("{text}x"))), ("retyped", json!(1))],
        _ => Vec::new(),
    }
}

/// What holds the value at a pointer.
fn holder<'a>(tree: &'a mut Json, pointer: &Pointer) -> &'a mut Json {
    tree.pointer_mut(pointer.parent().as_str()).unwrap()
}

fn remove(parent: &mut Json, key: &str) -> Option<Json> {
    match parent {
        Json::Array(items) => Some(items.remove(key.parse().unwrap())),
        parent => parent.as_object_mut().unwrap().remove(key),
    }
}

/// Whether a pointer is another, or leads to something below it.
pub(crate) fn is_within(pointer: &Pointer, outer: &Pointer) -> bool {
    pointer.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The real files, as they are embedded.
pub(crate) fn real_tree() -> xtask::evidence::Tree {
    mde_openapi::FILES.iter().map(|file| (file.path.to_owned(), file.text.as_bytes().to_vec())).collect()
}
