//! Elements by the names that people use, such as `getIPStatistics.429.Retry-After`.
//!
//! A document becomes a tree in which each list is keyed by what its items are called, so that a name outlives a moved or
//! inserted item. Levels that only structure the tree, such as `responses`, may be left out of a name. `*` stands for each
//! entry of a collection. Of several elements that a name fits, the one with the fewest levels left out is meant.

use std::collections::BTreeMap;

use mde_codegen::{Document, Finding, Note, Pointer};
use serde_json::{Map, Value as Json};

/// The keys by which an item of a list is called, the best first.
const NAMING_KEYS: [&str; 9] = ["x-mde-name", "name", "answer", "request", "status", "seconds", "id", "format", "url"];

/// A document whose elements have names, with the location of each.
pub(crate) struct Named<'a> {
    document: &'a Document,
    root: Json,
    /// Where each element stands in the document.
    origins: BTreeMap<Pointer, Pointer>,
    levels: Levels,
}

/// How the levels of a tree take part in names.
#[derive(Clone, Copy)]
pub(crate) struct Levels {
    /// Those that may be left out.
    pub(crate) hidden: &'static [&'static str],
    /// Those whose entries `*` stands for.
    pub(crate) collections: &'static [&'static str],
    /// How the document writes a key that has a shorter name.
    pub(crate) written: fn(&str) -> String,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// These elements: one, or with `*` several.
    Elements(Vec<Pointer>),
    /// Nothing; where the element would stand, as far as that is known.
    Missing(Pointer),
    /// More than one element, each of which has another name.
    Ambiguous(Vec<Pointer>),
}

impl<'a> Named<'a> {
    pub(crate) fn new(document: &'a Document, root: Json, origins: BTreeMap<Pointer, Pointer>, levels: Levels) -> Self {
        Self { document, root, origins, levels }
    }

    /// A document as it is, but for its lists.
    pub(crate) fn of(document: &'a Document, levels: Levels) -> Self {
        let mut origins = BTreeMap::new();
        let root = keyed(document, &Pointer::root(), &Pointer::root(), &mut origins);
        Self::new(document, root, origins, levels)
    }

    pub(crate) fn root(&self) -> &Json {
        &self.root
    }

    pub(crate) fn get(&self, pointer: &Pointer) -> Option<&Json> {
        self.root.pointer(pointer.as_str())
    }

    /// The pointers of the entries of a mapping, in the order of their keys.
    pub(crate) fn entries(&self, pointer: &Pointer) -> Vec<Pointer> {
        let entries = self.get(pointer).and_then(Json::as_object).into_iter().flatten();
        entries.map(|(key, _)| pointer.child(key)).collect()
    }

    /// The text of an element, where it is one.
    pub(crate) fn text(&self, pointer: &Pointer) -> Option<&str> {
        self.get(pointer)?.as_str()
    }

    /// Where an element stands in the document, or would stand.
    pub(crate) fn origin(&self, pointer: &Pointer) -> Pointer {
        let mut missing = Vec::new();
        let mut existing = pointer.clone();
        while !self.origins.contains_key(&existing) && existing != Pointer::root() {
            missing.push(existing.last());
            existing = existing.parent();
        }
        let origin = self.origins.get(&existing).cloned().unwrap_or_default();
        if missing.is_empty() {
            return origin;
        }
        match self.document.get(&origin) {
            // Of an item that is missing, the list is wrong.
            Some(Json::Array(_)) => origin,
            _ => missing.iter().rev().fold(origin, |origin, key| origin.child((self.levels.written)(key))),
        }
    }

    /// The elements that stand at a location of the document, the shortest name first.
    pub(crate) fn elements_at(&self, origin: &Pointer) -> Vec<Pointer> {
        let at = self.origins.iter().filter(|(_, known)| *known == origin);
        let mut elements: Vec<_> = at.map(|(element, _)| element.clone()).collect();
        elements.sort_by_key(|element| (element.as_str().matches('/').count(), element.clone()));
        elements
    }

    /// Each element, with where it stands in the document.
    pub(crate) fn locations(&self) -> impl Iterator<Item = (&Pointer, &Pointer)> {
        self.origins.iter().filter(|(element, _)| self.get(element).is_some())
    }

    pub(crate) fn finding(
        &self,
        rule: &'static str,
        pointer: &Pointer,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        self.document.finding(rule, &self.origin(pointer), message, help)
    }

    pub(crate) fn note(&self, pointer: &Pointer, message: impl Into<String>) -> Note {
        self.document.note(&self.origin(pointer), message)
    }

    /// What people call an element.
    pub(crate) fn name(&self, pointer: &Pointer) -> String {
        let keys: Vec<_> = pointer.keys().collect();
        let last = keys.len().saturating_sub(1);
        let name = |kept: &[&str]| {
            let kept = keys
                .iter()
                .enumerate()
                .filter(|(index, key)| *index == last || kept.contains(&key.as_ref()) || !self.is_hidden(key));
            kept.map(|(_, key)| key.as_ref()).collect::<Vec<_>>().join(".")
        };
        let names = [name(&[]), name(&["schema"]), name(&["schema", "body"])];
        let is_there = self.get(pointer).is_some();
        let is_own = |name: &&String| !is_there || self.resolve(name) == Resolved::Elements(vec![pointer.clone()]);
        // Where the short name is that of another element, the levels are needed.
        names.iter().find(is_own).cloned().unwrap_or_else(|| keys.join("."))
    }

    /// A pointer without the levels that names leave out, so that one missing element is the same whoever misses it.
    pub(crate) fn visible(&self, pointer: &Pointer) -> Pointer {
        pointer.keys().filter(|key| !self.is_hidden(key)).fold(Pointer::root(), |pointer, key| pointer.child(key))
    }

    fn is_hidden(&self, key: &str) -> bool {
        self.levels.hidden.contains(&key)
    }

    /// What a name stands for.
    pub(crate) fn resolve(&self, name: &str) -> Resolved {
        let mut matches = Vec::new();
        self.collect(&self.root, &Match { at: Pointer::root(), hidden: 0, bound: Vec::new() }, name, &mut matches);
        if matches.is_empty() {
            return Resolved::Missing(self.missing(name));
        }
        let mut best: BTreeMap<Vec<String>, (usize, Vec<Pointer>)> = BTreeMap::new();
        for Match { at, hidden, bound } in matches {
            let (least, pointers) = best.entry(bound).or_insert((hidden, Vec::new()));
            match hidden.cmp(least) {
                std::cmp::Ordering::Less => (*least, *pointers) = (hidden, vec![at]),
                std::cmp::Ordering::Equal => pointers.push(at),
                std::cmp::Ordering::Greater => {}
            }
        }
        match best.values().find(|(_, pointers)| pointers.len() > 1) {
            Some((_, pointers)) => Resolved::Ambiguous(pointers.clone()),
            None => Resolved::Elements(best.into_values().flat_map(|(_, pointers)| pointers).collect()),
        }
    }

    /// What a name stands for, where it is also missing from each element that `*` stands for and that lacks it: a value that
    /// is held of every operation is held of each.
    pub(crate) fn resolve_each(&self, name: &str) -> Resolved {
        let (Resolved::Elements(mut found), Some((holder, key))) = (self.resolve(name), name.rsplit_once('.')) else {
            return self.resolve(name);
        };
        if let Resolved::Elements(holders) = self.resolve(holder) {
            let lacks = |holder: &Pointer| {
                let within = format!("{holder}/");
                !found.iter().any(|found| found.as_str().starts_with(&within))
            };
            let lacking: Vec<_> = holders.into_iter().filter(lacks).collect();
            found.extend(lacking.into_iter().map(|holder| self.home(holder, key).child(key)));
        }
        Resolved::Elements(found)
    }

    fn collect(&self, node: &Json, reached: &Match, rest: &str, matches: &mut Vec<Match>) {
        if rest.is_empty() {
            matches.push(reached.clone());
            return;
        }
        for (key, value) in node.as_object().into_iter().flatten() {
            let below = || reached.at.child(key);
            if let Some(rest) = behind(rest, key) {
                self.collect(value, &Match { at: below(), ..reached.clone() }, rest, matches);
            } else if let Some(rest) = behind(rest, "*").filter(|_| self.is_collection(&reached.at)) {
                let bound = [reached.bound.as_slice(), std::slice::from_ref(key)].concat();
                self.collect(value, &Match { at: below(), bound, ..reached.clone() }, rest, matches);
            }
            if self.is_hidden(key) {
                let skipped = Match { at: below(), hidden: reached.hidden + 1, ..reached.clone() };
                self.collect(value, &skipped, rest, matches);
            }
        }
    }

    fn is_collection(&self, pointer: &Pointer) -> bool {
        self.levels.collections.contains(&pointer.last().as_str())
    }

    /// Where the element of a name that fits nothing would stand: below what the longest part of the name stands for.
    fn missing(&self, name: &str) -> Pointer {
        for (end, _) in name.rmatch_indices('.') {
            if let Resolved::Elements(found) = self.resolve(&name[..end]) {
                let below = &name[end + 1..];
                let parent = found.first().cloned().unwrap_or_default();
                return self.home(parent, below).child(below);
            }
        }
        Pointer::root().child(name)
    }

    /// Of an element that refers to a schema, a keyword of schemas stands there.
    fn home(&self, mut parent: Pointer, key: &str) -> Pointer {
        while KEYWORDS.contains(&key) && self.get(&parent.child("schema")).is_some() {
            parent = parent.child("schema");
        }
        parent
    }
}

/// The keys of a schema.
const KEYWORDS: [&str; 10] =
    ["type", "format", "minimum", "maximum", "default", "pattern", "enum", "required", "oneOf", "named"];

#[derive(Clone)]
struct Match {
    at: Pointer,
    /// How many levels were left out.
    hidden: usize,
    /// What each `*` stands for.
    bound: Vec<String>,
}

/// What follows a key at the beginning of a name; empty at its end.
fn behind<'n>(name: &'n str, key: &str) -> Option<&'n str> {
    let rest = name.strip_prefix(key)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.').filter(|rest| !rest.is_empty()) }
}

/// A copy of a value in which lists are keyed, and extensions have their short names.
pub(crate) fn keyed(
    document: &Document,
    from: &Pointer,
    at: &Pointer,
    origins: &mut BTreeMap<Pointer, Pointer>,
) -> Json {
    origins.insert(at.clone(), from.clone());
    if at.last() == "examples" {
        // They are compared to the letter.
        return document.get(from).cloned().unwrap_or_default();
    }
    let mut copy = Map::new();
    match document.get(from) {
        Some(Json::Object(entries)) => {
            for key in entries.keys() {
                let name = short(entries, key);
                copy.insert(name.to_owned(), keyed(document, &from.child(key), &at.child(name), origins));
            }
        }
        Some(Json::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let name = unused(&copy, &item_name(item, index));
                let value = keyed(document, &from.child(index), &at.child(&name), origins);
                copy.insert(name, value);
            }
        }
        value => return value.cloned().unwrap_or_default(),
    }
    Json::Object(copy)
}

/// A key without the prefix of our extensions, unless another key is called so.
pub(crate) fn short<'k>(entries: &Map<String, Json>, key: &'k str) -> &'k str {
    key.strip_prefix("x-mde-").filter(|short| !entries.contains_key(*short)).unwrap_or(key)
}

/// What an item of a list is called.
pub(crate) fn item_name(item: &Json, index: usize) -> String {
    let scalar = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let called = || NAMING_KEYS.iter().find_map(|key| scalar(item.get(key)?));
    scalar(item).or_else(called).unwrap_or_else(|| index.to_string())
}

/// A name that no entry has yet.
pub(crate) fn unused(entries: &Map<String, Json>, name: &str) -> String {
    if !entries.contains_key(name) {
        return name.to_owned();
    }
    let mut number = 2;
    while entries.contains_key(&format!("{name} {number}")) {
        number += 1;
    }
    format!("{name} {number}")
}
