//! The state of a walk through two contracts, and how a difference is recorded: as a change of a rule, as the same in
//! another form, or as unclassified.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Pointer};
use serde_json::{Map, Value as Json};

use super::place::{At, Pair, Reach};
use crate::diff::change::{Change, Side};
use crate::diff::rules::{self, DiffRule};

/// The old and the new value of a change.
pub(super) type Values = (Option<Json>, Option<Json>);

/// The shared components that can as well be written where they are used.
const INLINED: [&str; 3] = ["headers", "parameters", "responses"];

pub(super) struct Walk<'a> {
    pub(super) base: At<'a>,
    pub(super) new: At<'a>,
    pub(super) base_reach: Reach,
    pub(super) new_reach: Reach,
    /// The schemas whose name differs, from the base's name to the new one.
    pub(super) renames: BTreeMap<String, String>,
    /// The same, with what this walk found.
    pub(super) renames_so_far: BTreeMap<String, String>,
    /// The way to sign in whose name differs, by both names.
    pub(super) scheme_renamed: Option<(String, String)>,
    /// The parameters of a path whose name differs, by both names.
    pub(super) path_renames: BTreeSet<(String, String)>,
    /// The shared components that something refers to.
    pub(super) used: BTreeSet<(Side, Pointer)>,
    pub(super) changes: Vec<Change>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(base: &'a Document, new: &'a Document, renames: BTreeMap<String, String>) -> Self {
        let (base, new) = (At::root(base, Side::Base), At::root(new, Side::New));
        Self {
            base_reach: Reach::of(&base),
            new_reach: Reach::of(&new),
            base,
            new,
            renames_so_far: renames.clone(),
            renames,
            scheme_renamed: None,
            path_renames: BTreeSet::new(),
            used: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    pub(super) fn distinct(self) -> Vec<Change> {
        let mut distinct: Vec<Change> = Vec::new();
        for change in self.changes {
            if !distinct.contains(&change) {
                distinct.push(change);
            }
        }
        distinct
    }

    /// Notes a change, which the caller may say more about.
    pub(super) fn report(
        &mut self,
        rule: &'static DiffRule,
        at: &At<'a>,
        (old, new): Values,
        message: impl Into<String>,
    ) -> &mut Change {
        let note = at.document.note(&at.pointer, message);
        self.changes.push(Change {
            rule,
            wire: rule.wire,
            rust: rule.rust,
            side: at.side,
            file: note.file,
            position: note.position,
            pointer: note.pointer,
            old,
            new,
            message: note.message,
            details: Vec::new(),
            accepted: None,
        });
        let last = self.changes.len() - 1;
        &mut self.changes[last]
    }

    /// Notes a change of what is under a key.
    pub(super) fn changed(
        &mut self,
        rule: &'static DiffRule,
        pair: &Pair<'a>,
        key: &str,
        message: impl Into<String>,
    ) -> &mut Change {
        self.report(rule, &pair.place(key), cloned(pair.values(key)), message)
    }

    /// Reports a text that differs under a key. The message is made of the old one and the new one.
    pub(super) fn text(
        &mut self,
        rule: &'static DiffRule,
        pair: &Pair<'a>,
        key: &str,
        message: impl FnOnce(&str, &str) -> String,
    ) {
        if pair.differs(key) {
            let (old, new) = pair.texts(key);
            self.changed(rule, pair, key, message(old, new));
        }
    }

    /// Reports what only the base has, by its name.
    pub(super) fn removed(
        &mut self,
        rule: &'static DiffRule,
        at: &At<'a>,
        name: impl Into<Json>,
        message: impl Into<String>,
    ) -> &mut Change {
        self.report(rule, at, (Some(name.into()), None), message)
    }

    /// Reports what only the new contract has, by its name.
    pub(super) fn added(
        &mut self,
        rule: &'static DiffRule,
        at: &At<'a>,
        name: impl Into<Json>,
        message: impl Into<String>,
    ) -> &mut Change {
        self.report(rule, at, (None, Some(name.into())), message)
    }

    /// Reports texts that are for people alone.
    pub(super) fn prose(&mut self, pair: &Pair<'a>, keys: &[&str], whose: &str) {
        for key in keys.iter().filter(|key| pair.differs(key)) {
            let message = match pair.values(key) {
                (None, _) => format!("{whose} has a {key}, it had none"),
                (_, None) => format!("{whose} has no {key} any more"),
                _ => format!("the {key} of {whose} changed"),
            };
            self.changed(rules::DESCRIPTION_CHANGED, pair, key, message);
        }
    }

    /// Reports what is said beside the contract.
    pub(super) fn beside(&mut self, pair: &Pair<'a>, keys: &[&str], whose: &str) {
        for key in keys.iter().filter(|key| pair.differs(key)) {
            let message = match pair.values(key) {
                (None, _) => format!("{whose} has `{key}`, it had none"),
                (_, None) => format!("{whose} has no `{key}` any more"),
                _ => format!("`{key}` of {whose} changed"),
            };
            self.changed(rules::INFORMATION_CHANGED, pair, key, message);
        }
    }

    /// The new setting of a switch that changed. Off is the same as not written.
    pub(super) fn switched(&mut self, pair: &Pair<'a>, key: &str) -> Option<bool> {
        let (base, new) = (pair.base.flag(key), pair.new.flag(key));
        if base == new && pair.differs(key) {
            self.restructured(&pair.place(key), cloned(pair.values(key)), &format!("`{key}`"));
        }
        (base != new).then_some(new)
    }

    /// Reports another unit, which changes what a value means.
    pub(super) fn unit(&mut self, pair: &Pair<'a>, whose: &str) {
        const KEY: &str = "x-mde-unit";
        match pair.values(KEY) {
            (Some(old), Some(new)) if old != new => {
                let message =
                    format!("{whose} is in {}, it was in {}", new.as_str().unwrap_or("?"), old.as_str().unwrap_or("?"));
                self.changed(rules::UNIT_CHANGED, pair, KEY, message);
            }
            _ => self.beside(pair, &[KEY], whose),
        }
    }

    pub(super) fn deprecation(&mut self, pair: &Pair<'a>, whose: &str) {
        if let Some(deprecated) = self.switched(pair, "deprecated") {
            let message =
                if deprecated { format!("{whose} is deprecated") } else { format!("{whose} is no longer deprecated") };
            let values = (Some((!deprecated).into()), Some(deprecated.into()));
            self.report(rules::DEPRECATION_CHANGED, &pair.place("deprecated"), values, message);
        }
    }

    /// Reports a list with the same items in another order.
    pub(super) fn reordered(&mut self, pair: &Pair<'a>, key: &str, values: Values, whose: &str) {
        self.report(rules::ORDER_CHANGED, &pair.place(key), values, format!("{whose} stand in another order"));
    }

    pub(super) fn restructured(&mut self, at: &At<'a>, (old, new): Values, what: &str) {
        let message = format!("{what} is written in another form with the same meaning");
        // What is more than a word would have to be read twice to see that.
        let word = |value: &Json| !value.is_object() && !value.is_array();
        self.report(rules::RESTRUCTURED, at, (old.filter(word), new.filter(word)), message);
    }

    /// Reports every key that differs and is not among those that are compared elsewhere.
    pub(super) fn rest(&mut self, pair: &Pair<'a>, known: &[&str]) {
        for key in pair.keys().into_iter().filter(|key| !known.contains(key) && pair.differs(key)) {
            self.unclassified(pair, key);
        }
    }

    pub(super) fn unclassified(&mut self, pair: &Pair<'a>, key: &str) {
        let message = match pair.values(key) {
            (None, _) => format!("`{key}` is new, and this comparison does not know what it means"),
            (_, None) => format!("`{key}` is gone, and this comparison does not know what it meant"),
            _ => format!("`{key}` changed, and this comparison does not know what it means"),
        };
        self.changed(rules::UNCLASSIFIED_CHANGE, pair, key, message);
    }

    /// What a schema of a contract is called in the new one.
    pub(super) fn new_name(&self, at: &At<'a>, name: &str) -> String {
        let renamed = self.renames.get(name).filter(|_| at.side == Side::Base);
        renamed.cloned().unwrap_or_else(|| name.to_owned())
    }

    /// Compares what is under a key. What differs without a word said of it is the same in another form, or else it is
    /// unclassified.
    pub(super) fn under(&mut self, pair: &Pair<'a>, key: &str, compare: impl FnOnce(&mut Self)) {
        let before = self.changes.len();
        compare(self);
        if self.changes.len() > before {
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

    /// Reports a key that is written in another form with the same meaning.
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

    /// Reports shared components that nothing refers to.
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
            self.report(rules::UNUSED_COMPONENT_CHANGED, &at, values, message);
        }
    }

    /// Makes sure that two contracts that differ never give an empty comparison.
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
            self.report(rules::UNCLASSIFIED_CHANGE, &root.new, (None, None), message);
        }
    }
}

pub(super) fn cloned((old, new): (Option<&Json>, Option<&Json>)) -> Values {
    (old.cloned(), new.cloned())
}

/// Values that are texts.
pub(super) fn texts(old: impl Into<String>, new: impl Into<String>) -> Values {
    (Some(Json::String(old.into())), Some(Json::String(new.into())))
}

/// A list of texts.
pub(super) fn list<'t>(items: impl IntoIterator<Item = &'t str>) -> Option<Json> {
    Some(items.into_iter().map(Json::from).collect())
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
