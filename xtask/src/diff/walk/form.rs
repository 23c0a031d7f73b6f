//! What is written in another form and says the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::place::{At, Pair};
use super::{Walk, cloned};
use crate::diff::rules;
use mde_codegen::Pointer;

/// The shared components that can as well be written where they are used.
const INLINED: [&str; 3] = ["headers", "parameters", "responses"];

impl<'a> Walk<'a> {
    /// Compares what is under a key. What differs without a word said of it is the same in another form, or else it is
    /// unclassified.
    pub(super) fn under(&mut self, pair: &Pair<'a>, key: &str, compare: impl FnOnce(&mut Self)) {
        let told = self.changes.len();
        compare(self);
        if self.changes.len() > told {
            return;
        }
        let said = |at: &At<'a>| {
            let said = at.get(key).map(|at| self.plain(&at, true, &mut BTreeSet::new()));
            said.filter(|value| !is_empty(value))
        };
        if said(&pair.base) != said(&pair.new) {
            self.unclassified(pair, key);
        } else {
            self.written_otherwise(pair, key);
        }
    }

    /// Tells of a key that says the same as before, where it does so in another form.
    pub(super) fn written_otherwise(&mut self, pair: &Pair<'a>, key: &str) {
        let written = |at: &At<'a>| at.get(key).map(|at| self.plain(&at, false, &mut BTreeSet::new()));
        if written(&pair.base) != written(&pair.new) {
            self.restructured(&pair.place(key), cloned(pair.values(key)), &format!("`{key}`"));
        }
    }

    /// A value with the schemas called by their new names and, where asked for, each reference to another component
    /// replaced by what it refers to.
    pub(super) fn plain(&self, at: &At<'a>, inlined: bool, within: &mut BTreeSet<Pointer>) -> Json {
        let reference = at.value.get("$ref").and_then(Json::as_str).and_then(Pointer::of_reference);
        let target = reference.filter(|_| inlined).filter(|target| INLINED.contains(&target.parent().last().as_str()));
        if let Some(target) =
            target.and_then(|target| at.elsewhere(target)).filter(|at| within.insert(at.pointer.clone()))
        {
            let plain = self.plain(&target, inlined, within);
            within.remove(&target.pointer);
            return plain;
        }
        if let Some(name) = at.value.get("$ref").and_then(|_| at.schema_name()) {
            return Json::from_iter([("$ref", self.new_name(at, name))]);
        }
        match at.value {
            Json::Object(_) => {
                let entries = at.entries().into_iter();
                Json::Object(entries.map(|(key, at)| (key.to_owned(), self.plain(&at, inlined, within))).collect())
            }
            Json::Array(_) => at.items().iter().map(|at| self.plain(at, inlined, within)).collect(),
            other => other.clone(),
        }
    }

    /// Tells of shared components that nothing refers to.
    pub(super) fn unused_components(&mut self) {
        let (base, new) = (self.base.get("components"), self.new.get("components"));
        for kind in INLINED {
            let of_kind = |at: &Option<At<'a>>| at.as_ref().and_then(|at| at.get(kind));
            let (base, new) = (of_kind(&base), of_kind(&new));
            let keys = |at: &Option<At<'a>>| at.as_ref().map(At::entries).unwrap_or_default();
            let names: BTreeSet<_> = keys(&base).into_iter().chain(keys(&new)).map(|(name, _)| name).collect();
            for name in names {
                let named = |at: &Option<At<'a>>| at.as_ref().and_then(|at| at.get(name));
                self.unused_component(kind, name, named(&base), named(&new));
            }
        }
    }

    fn unused_component(&mut self, kind: &str, name: &str, base: Option<At<'a>>, new: Option<At<'a>>) {
        let used = [&base, &new].into_iter().flatten().all(|at| self.used.contains(&(at.side, at.pointer.clone())));
        let values = (base.as_ref().map(|at| at.value.clone()), new.as_ref().map(|at| at.value.clone()));
        if used || values.0 == values.1 {
            return;
        }
        let happened = match values {
            (None, _) => "is new",
            (_, None) => "is gone",
            _ => "changed",
        };
        let kind = kind.trim_end_matches('s');
        let message = format!("the shared {kind} `{name}` {happened}, and nothing refers to it");
        if let Some(at) = new.or(base) {
            self.tell(rules::UNUSED_COMPONENT_CHANGED, &at, values, message);
        }
    }

    /// Sees to it that two contracts that differ never give an empty comparison.
    pub(super) fn same_in_another_form(&mut self, root: &Pair<'a>) {
        if !self.changes.is_empty() || root.base.value == root.new.value {
            return;
        }
        let said = |root: &At<'a>| {
            let mut said = self.plain(root, true, &mut BTreeSet::new());
            if let Some(components) = said.get_mut("components").and_then(Json::as_object_mut) {
                components.retain(|kind, _| !INLINED.contains(&kind.as_str()));
            }
            without_empty(said)
        };
        if said(&root.base) == said(&root.new) {
            self.restructured(&root.new, (None, None), "the contract");
        } else {
            let message = "something changed that this comparison does not know";
            self.tell(rules::UNCLASSIFIED_CHANGE, &root.new, (None, None), message);
        }
    }
}

fn is_empty(value: &Json) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// A mapping without the keys that hold an empty mapping or list.
fn without_empty(value: Json) -> Json {
    match value {
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (key, without_empty(value)));
            Json::Object(entries.filter(|(_, value)| !is_empty(value)).collect())
        }
        other => other,
    }
}
