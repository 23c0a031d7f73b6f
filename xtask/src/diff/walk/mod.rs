//! Goes through two contracts side by side, puts together what is the same thing, and tells what is not the same of it.
//!
//! Each piece names the keys it knows; a key that no piece knows is told as an unclassified change. So nothing that
//! differs goes unseen.

mod form;
mod information;
mod integers;
mod named;
mod objects;
mod operations;
mod parameters;
mod permissions;
mod place;
mod reach;
mod responses;
mod rust_types;
mod schemas;
mod security;
mod servers;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use self::place::{At, Pair};
use self::reach::Reach;
use super::{Change, DiffRule, Side, rules};
use mde_codegen::{Document, Pointer};

/// The old and the new value of a change.
type Values = (Option<Json>, Option<Json>);

/// Everything that differs, each difference once, in no order.
pub(super) fn changes(base: &Document, new: &Document) -> Vec<Change> {
    let mut renames = BTreeMap::new();
    loop {
        let mut walk = Walk::new(base, new, renames);
        walk.everything();
        // What a schema is renamed to shows where it is used, which may be within a schema that is renamed itself.
        if walk.renames == walk.renames_so_far {
            return walk.distinct();
        }
        renames = walk.renames_so_far;
    }
}

struct Walk<'a> {
    base: At<'a>,
    new: At<'a>,
    base_reach: Reach,
    new_reach: Reach,
    /// The schemas whose name differs, from the base's name to the new one.
    renames: BTreeMap<String, String>,
    /// The same, with what this walk found.
    renames_so_far: BTreeMap<String, String>,
    /// The way to sign in whose name differs, by both names.
    scheme_renamed: Option<(String, String)>,
    /// The parameters of a path whose name differs, by both names.
    path_renames: BTreeSet<(String, String)>,
    /// The shared components that something refers to.
    used: BTreeSet<(Side, Pointer)>,
    changes: Vec<Change>,
}

impl<'a> Walk<'a> {
    fn new(base: &'a Document, new: &'a Document, renames: BTreeMap<String, String>) -> Self {
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

    fn everything(&mut self) {
        let root = Pair::new(self.base.clone(), self.new.clone());
        self.information(&root);
        self.under(&root, "servers", |walk| walk.servers(&root));
        self.under(&root, "tags", |walk| walk.tags(&root));
        self.security_schemes(&root);
        self.operations(&root);
        self.named_schemas();
        self.unused_components();
        let known = ["openapi", "info", "servers", "tags", "security", "paths", "components", "externalDocs"];
        self.rest(&root, &known);
        if let Some(components) = root.get("components") {
            let known = ["schemas", "parameters", "headers", "responses", "securitySchemes"];
            self.rest(&components, &known);
        }
        self.same_in_another_form(&root);
    }

    fn distinct(self) -> Vec<Change> {
        let mut distinct: Vec<Change> = Vec::new();
        for change in self.changes {
            if !distinct.contains(&change) {
                distinct.push(change);
            }
        }
        distinct
    }

    /// Notes a change, which the caller may say more about.
    fn tell(
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
            accepted: None,
        });
        let last = self.changes.len() - 1;
        &mut self.changes[last]
    }

    /// Tells of texts that are for people alone.
    fn words(&mut self, pair: &Pair<'a>, keys: &[&str], whose: &str) {
        for key in keys.iter().filter(|key| pair.differs(key)) {
            let message = match pair.values(key) {
                (None, _) => format!("{whose} has a {key}, it had none"),
                (_, None) => format!("{whose} has no {key} any more"),
                _ => format!("the {key} of {whose} reads otherwise"),
            };
            self.tell(rules::DESCRIPTION_CHANGED, &pair.place(key), cloned(pair.values(key)), message);
        }
    }

    /// Tells of what is said beside the contract.
    fn beside(&mut self, pair: &Pair<'a>, keys: &[&str], whose: &str) {
        for key in keys.iter().filter(|key| pair.differs(key)) {
            let message = match pair.values(key) {
                (None, _) => format!("{whose} has `{key}`, it had none"),
                (_, None) => format!("{whose} has no `{key}` any more"),
                _ => format!("`{key}` of {whose} is not what it was"),
            };
            self.tell(rules::INFORMATION_CHANGED, &pair.place(key), cloned(pair.values(key)), message);
        }
    }

    /// What a switch is set to, where that is not what it was. Off is the same as not written.
    fn switched(&mut self, pair: &Pair<'a>, key: &str) -> Option<bool> {
        let (base, new) = (pair.base.flag(key), pair.new.flag(key));
        if base == new && pair.differs(key) {
            self.restructured(&pair.place(key), cloned(pair.values(key)), &format!("`{key}`"));
        }
        (base != new).then_some(new)
    }

    fn deprecation(&mut self, pair: &Pair<'a>, whose: &str) {
        if let Some(deprecated) = self.switched(pair, "deprecated") {
            let message =
                if deprecated { format!("{whose} is deprecated") } else { format!("{whose} is no longer deprecated") };
            let values = (Some((!deprecated).into()), Some(deprecated.into()));
            self.tell(rules::DEPRECATION_CHANGED, &pair.place("deprecated"), values, message);
        }
    }

    /// Tells of a list that says the same in another order.
    fn reordered(&mut self, pair: &Pair<'a>, key: &str, values: Values, whose: &str) {
        self.tell(rules::ORDER_CHANGED, &pair.place(key), values, format!("{whose} stand in another order"));
    }

    fn restructured(&mut self, at: &At<'a>, (old, new): Values, what: &str) {
        let message = format!("{what} is written in another form and says the same");
        // What is more than a word would have to be read twice to see that.
        let word = |value: &Json| !value.is_object() && !value.is_array();
        self.tell(rules::RESTRUCTURED, at, (old.filter(word), new.filter(word)), message);
    }

    /// Tells of every key that differs and is not among those that are compared elsewhere.
    fn rest(&mut self, pair: &Pair<'a>, known: &[&str]) {
        for key in pair.keys().into_iter().filter(|key| !known.contains(key) && pair.differs(key)) {
            self.unclassified(pair, key);
        }
    }

    fn unclassified(&mut self, pair: &Pair<'a>, key: &str) {
        let message = match pair.values(key) {
            (None, _) => format!("`{key}` is new, and this comparison does not know what it means"),
            (_, None) => format!("`{key}` is gone, and this comparison does not know what it meant"),
            _ => format!("`{key}` changed, and this comparison does not know what it means"),
        };
        self.tell(rules::UNCLASSIFIED_CHANGE, &pair.place(key), cloned(pair.values(key)), message);
    }
}

fn cloned((old, new): (Option<&Json>, Option<&Json>)) -> Values {
    (old.cloned(), new.cloned())
}

/// Values that are texts.
fn texts(old: impl Into<String>, new: impl Into<String>) -> Values {
    (Some(Json::String(old.into())), Some(Json::String(new.into())))
}

/// A list of texts.
fn list<'t>(items: impl IntoIterator<Item = &'t str>) -> Option<Json> {
    Some(items.into_iter().map(Json::from).collect())
}
