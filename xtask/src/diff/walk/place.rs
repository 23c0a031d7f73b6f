//! One place of a contract, and the same place in two of them; and which schemas a contract uses, and for what.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

use crate::diff::change::Side;

/// How every reference to a component schema begins.
const SCHEMAS: &str = "#/components/schemas/";

/// The keys of a path that are operations.
pub(super) const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// A value of one of the two contracts.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) document: &'a Document,
    pub(super) side: Side,
    pub(super) pointer: Pointer,
    pub(super) value: &'a Json,
}

impl<'a> At<'a> {
    pub(super) fn root(document: &'a Document, side: Side) -> Self {
        Self { document, side, pointer: Pointer::root(), value: document.root() }
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(Self { pointer: self.pointer.child(key), value: self.value.get(key)?, ..self.clone() })
    }

    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let object = self.value.as_object().into_iter().flatten();
        object
            .map(|(key, value)| (key.as_str(), Self { pointer: self.pointer.child(key), value, ..self.clone() }))
            .collect()
    }

    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Self { pointer: self.pointer.child(index), value, ..self.clone() }).collect()
    }

    /// The entries of the mapping under a key; none where there is no such mapping.
    pub(super) fn entries_of(&self, key: &str) -> Vec<(&'a str, Self)> {
        self.get(key).map(|at| at.entries()).unwrap_or_default()
    }

    /// The items of the list under a key; none where there is no such list.
    pub(super) fn items_of(&self, key: &str) -> Vec<Self> {
        self.get(key).map(|at| at.items()).unwrap_or_default()
    }

    /// The text under a key; empty where there is none.
    pub(super) fn text(&self, key: &str) -> &'a str {
        self.value.get(key).and_then(Json::as_str).unwrap_or_default()
    }

    /// Whether a key says `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Json::Bool(true))
    }

    /// The texts of a list under a key.
    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        let items = self.value.get(key).and_then(Json::as_array).into_iter().flatten();
        items.filter_map(Json::as_str).collect()
    }

    /// What is written below a pointer of the same document.
    pub(super) fn elsewhere(&self, pointer: Pointer) -> Option<Self> {
        Some(Self { value: self.document.get(&pointer)?, pointer, ..self.clone() })
    }

    /// The named schema of the same document.
    pub(super) fn schema(&self, name: &str) -> Option<Self> {
        self.elsewhere(Pointer::root().child("components").child("schemas").child(name))
    }

    /// The name of the schema that is referred to, directly or as the only part of `allOf`.
    pub(super) fn schema_name(&self) -> Option<&'a str> {
        let reference = self.value.get("$ref").or_else(|| match self.value.get("allOf")?.as_array()?.as_slice() {
            [part] => part.get("$ref"),
            _ => None,
        })?;
        reference.as_str()?.strip_prefix(SCHEMAS)
    }

    /// Follows references to shared components, and notes each that it came by.
    pub(super) fn resolved(&self, used: &mut BTreeSet<(Side, Pointer)>) -> Self {
        let mut at = self.clone();
        let mut seen = BTreeSet::new();
        while let Some(target) = at.value.get("$ref").and_then(Json::as_str).and_then(Pointer::of_reference) {
            let Some(next) = at.elsewhere(target).filter(|next| seen.insert(next.pointer.clone())) else { break };
            used.insert((next.side, next.pointer.clone()));
            at = next;
        }
        at
    }
}

/// The same thing in both contracts.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub(super) base: At<'a>,
    pub(super) new: At<'a>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(base: At<'a>, new: At<'a>) -> Self {
        Self { base, new }
    }

    /// The values of a key on both sides.
    pub(super) fn values(&self, key: &str) -> (Option<&'a Json>, Option<&'a Json>) {
        (self.base.value.get(key), self.new.value.get(key))
    }

    /// The texts of a key on both sides; empty where there is none.
    pub(super) fn texts(&self, key: &str) -> (&'a str, &'a str) {
        (self.base.text(key), self.new.text(key))
    }

    /// The key in both, where both have it.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(Self::new(self.base.get(key)?, self.new.get(key)?))
    }

    /// Where a change of a key stands: in the new contract, or in the base where it is gone.
    pub(super) fn place(&self, key: &str) -> At<'a> {
        self.new.get(key).or_else(|| self.base.get(key)).unwrap_or_else(|| self.new.clone())
    }

    /// Whether a key differs.
    pub(super) fn differs(&self, key: &str) -> bool {
        let (base, new) = self.values(key);
        base != new
    }

    /// The keys of either.
    pub(super) fn keys(&self) -> BTreeSet<&'a str> {
        let keys = |at: &At<'a>| at.value.as_object().map(|object| object.keys().map(String::as_str));
        keys(&self.base).into_iter().flatten().chain(keys(&self.new).into_iter().flatten()).collect()
    }
}

/// What an item of a list is known by, if it is known by this at all.
pub(super) type Key<'k, 'a, K> = &'k dyn Fn(&At<'a>) -> Option<K>;

/// Two lists, put together by what their items are.
pub(super) struct Paired<'a> {
    pub(super) both: Vec<Pair<'a>>,
    pub(super) removed: Vec<At<'a>>,
    pub(super) added: Vec<At<'a>>,
    /// Whether what is in both stands in another order.
    pub(super) reordered: bool,
}

impl<'a> Paired<'a> {
    /// Puts items together that have the same key; the second of a key goes with the second.
    pub(super) fn by<K: Ord>(base: Vec<At<'a>>, new: Vec<At<'a>>, key: impl Fn(&At<'a>) -> K) -> Self {
        Self::by_any(base, new, &[&|at| Some(key(at))])
    }

    /// Puts the entries of the mappings under a key together.
    pub(super) fn of_keys(pair: &Pair<'a>, key: &str) -> Self {
        let entries = |at: &At<'a>| at.entries_of(key).into_iter().map(|(_, at)| at).collect();
        Self::by(entries(&pair.base), entries(&pair.new), |entry| entry.pointer.last())
    }

    /// Puts items together by the first key that they share; those without a key wait for the next.
    pub(super) fn by_any<K: Ord>(base: Vec<At<'a>>, new: Vec<At<'a>>, keys: &[Key<'_, 'a, K>]) -> Self {
        let mut base: Vec<_> = base.into_iter().map(Some).collect();
        let mut new: Vec<_> = new.into_iter().map(Some).collect();
        let mut found = Vec::new();
        for key in keys {
            let mut waiting: BTreeMap<K, Vec<usize>> = BTreeMap::new();
            for (index, at) in base.iter().enumerate().rev() {
                if let Some(key) = at.as_ref().and_then(key) {
                    waiting.entry(key).or_default().push(index);
                }
            }
            for (index, slot) in new.iter_mut().enumerate() {
                let Some(key) = slot.as_ref().and_then(key) else { continue };
                let Some(of_base) = waiting.get_mut(&key).and_then(Vec::pop) else { continue };
                if let (Some(base), Some(new)) = (base[of_base].take(), slot.take()) {
                    found.push((index, of_base, Pair::new(base, new)));
                }
            }
        }
        found.sort_by_key(|(index, ..)| *index);
        let reordered = found.windows(2).any(|two| two[0].1 > two[1].1);
        Self {
            both: found.into_iter().map(|(.., pair)| pair).collect(),
            removed: base.into_iter().flatten().collect(),
            added: new.into_iter().flatten().collect(),
            reordered,
        }
    }
}

/// The operations of a contract.
pub(super) fn operations<'a>(root: &At<'a>) -> Vec<At<'a>> {
    let paths = root.entries_of("paths").into_iter();
    let entries = paths.flat_map(|(_, item)| item.entries());
    entries.filter(|(key, _)| METHODS.contains(key)).map(|(_, operation)| operation).collect()
}

/// The parameters that an operation shares with others of its path.
pub(super) fn shared_parameters<'a>(operation: &At<'a>) -> Vec<At<'a>> {
    operation.elsewhere(operation.pointer.parent()).map(|item| item.items_of("parameters")).unwrap_or_default()
}

/// The path of an operation.
pub(super) fn path(operation: &At<'_>) -> String {
    operation.pointer.parent().last()
}

/// The names of the parameters of a path, in order.
pub(super) fn names_in(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// What a named schema is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    /// Callers send it.
    pub(super) request: bool,
    /// The service sends it.
    pub(super) response: bool,
    /// Bodies are made of it, so that its type is public.
    pub(super) body: bool,
}

/// The schemas of one contract, by what they are used for.
#[derive(Debug, Default)]
pub(super) struct Reach {
    used: BTreeMap<String, Used>,
    /// The schemas that contain themselves, other than in a list.
    circular: BTreeSet<String>,
}

impl Reach {
    pub(super) fn of(root: &At<'_>) -> Self {
        let mut reach = Self::default();
        for operation in operations(root) {
            let parameters = shared_parameters(&operation).into_iter().chain(operation.items_of("parameters"));
            for schema in parameters.filter_map(|item| item.resolved(&mut BTreeSet::new()).get("schema")) {
                reach.mark(&schema, Used { request: true, ..Used::default() });
            }
            for (_, response) in operation.entries_of("responses") {
                let response = response.resolved(&mut BTreeSet::new());
                for schema in response.entries_of("content").into_iter().filter_map(|(_, media)| media.get("schema")) {
                    reach.mark(&schema, Used { request: false, response: true, body: true });
                }
                let headers = response.entries_of("headers").into_iter();
                for schema in headers.filter_map(|(_, at)| at.resolved(&mut BTreeSet::new()).get("schema")) {
                    reach.mark(&schema, Used { response: true, ..Used::default() });
                }
            }
        }
        let schemas = root.get("components").map(|components| components.entries_of("schemas")).unwrap_or_default();
        let circular = schemas.iter().filter(|(name, schema)| contains(schema, name, &mut BTreeSet::new()));
        reach.circular = circular.map(|(name, _)| (*name).to_owned()).collect();
        reach
    }

    pub(super) fn used(&self, name: &str) -> Used {
        self.used.get(name).copied().unwrap_or_default()
    }

    pub(super) fn is_circular(&self, name: &str) -> bool {
        self.circular.contains(name)
    }

    fn mark(&mut self, schema: &At<'_>, by: Used) {
        if let Some(name) = schema.schema_name() {
            let used = self.used.entry(name.to_owned()).or_default();
            let before = *used;
            used.request |= by.request;
            used.response |= by.response;
            used.body |= by.body;
            if *used == before {
                return;
            }
            if let Some(schema) = schema.schema(name) {
                self.mark(&schema, by);
            }
            return;
        }
        if let Some(items) = schema.get("items") {
            self.mark(&items, by);
        }
        for (_, property) in schema.entries_of("properties") {
            self.mark(&property, by);
        }
    }
}

/// Whether an object holds a schema, itself or by what it holds; a list holds its items elsewhere.
fn contains(object: &At<'_>, sought: &str, seen: &mut BTreeSet<String>) -> bool {
    for (_, property) in object.entries_of("properties") {
        let Some(name) = property.schema_name() else { continue };
        if name == sought {
            return true;
        }
        let held = object.schema(name).filter(|_| seen.insert(name.to_owned()));
        if held.is_some_and(|held| contains(&held, sought, seen)) {
            return true;
        }
    }
    false
}
