//! Systematic changes of a tree of JSON values.

use mde_codegen::Pointer;
use serde_json::{Value as Json, json};

/// A tree with one thing changed.
pub(crate) struct Mutant {
    /// What was done, and where.
    pub(crate) name: String,
    /// The element that was changed, or that is new or gone.
    pub(crate) pointer: Pointer,
    pub(crate) tree: Json,
}

/// Every change of every element: gone, under another key, of another value, of another type.
pub(crate) fn mutants(tree: &Json) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (pointer, value) in elements(tree) {
        if pointer == Pointer::root() {
            continue;
        }
        mutants.push(mutant("removed", tree, &pointer, &pointer, remove));
        if parent(tree, &pointer).is_object() {
            let renamed = pointer.parent().child(format!("{}Renamed", pointer.last()));
            mutants.push(mutant("renamed", tree, &pointer, &renamed, |parent, key| {
                let value = remove(parent, key);
                parent[format!("{key}Renamed")] = value.unwrap();
                None
            }));
        }
        for (what, other) in others(&value) {
            mutants.push(mutant(what, tree, &pointer, &pointer, |parent, key| {
                *child(parent, key) = other.clone();
                None
            }));
        }
    }
    mutants
}

/// A tree with a key or item more.
pub(crate) fn with(name: &str, tree: &Json, parent: &Pointer, key: &str, value: Json) -> Mutant {
    let mut tree = tree.clone();
    let holder = tree.pointer_mut(parent.as_str()).unwrap();
    let pointer = match holder {
        Json::Array(items) => {
            items.push(value);
            parent.child(items.len() - 1)
        }
        holder => {
            holder[key] = value;
            parent.child(key)
        }
    };
    Mutant { name: format!("{name} {pointer}"), pointer, tree }
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

fn mutant(
    what: &str,
    tree: &Json,
    at: &Pointer,
    told: &Pointer,
    change: impl Fn(&mut Json, &str) -> Option<Json>,
) -> Mutant {
    let mut changed = tree.clone();
    change(changed.pointer_mut(at.parent().as_str()).unwrap(), &at.last());
    Mutant { name: format!("{what} {at}"), pointer: told.clone(), tree: changed }
}

fn parent<'a>(tree: &'a Json, pointer: &Pointer) -> &'a Json {
    tree.pointer(pointer.parent().as_str()).unwrap()
}

fn child<'a>(parent: &'a mut Json, key: &str) -> &'a mut Json {
    match parent {
        Json::Array(items) => &mut items[key.parse::<usize>().unwrap()],
        parent => &mut parent[key],
    }
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
