//! The schemas that have a name, by it or by the name that they have now.

use heck::ToPascalCase;

use super::place::{At, Pair, Paired};
use super::reach::Used;
use super::schemas::{Kind, Surface, Use, kind, type_text};
use super::{Walk, texts};
use crate::diff::{RustSource, Side, rules};

impl<'a> Walk<'a> {
    pub(super) fn named_schemas(&mut self) {
        let schemas = |root: &At<'a>| {
            let entries = root.get("components").map(|components| components.entries_of("schemas"));
            entries.unwrap_or_default().into_iter().map(|(_, schema)| schema).collect()
        };
        let paired = Paired::by(schemas(&self.base), schemas(&self.new), |at| self.new_name(at, &at.pointer.last()));
        for schema in &paired.removed {
            let (name, rust) = (schema.pointer.last(), self.is_public(schema));
            let values = (Some(type_text(schema).into()), None);
            let change = self.tell(rules::SCHEMA_REMOVED, schema, values, format!("the schema `{name}` is gone"));
            change.rust = if rust { RustSource::Breaking } else { RustSource::None };
        }
        for schema in &paired.added {
            let (name, rust) = (schema.pointer.last(), self.is_public(schema));
            let values = (None, Some(type_text(schema).into()));
            let change = self.tell(rules::SCHEMA_ADDED, schema, values, format!("there is a schema `{name}`"));
            change.rust = if rust { RustSource::Additive } else { RustSource::None };
        }
        for schema in &paired.both {
            self.named_schema(schema);
        }
    }

    fn named_schema(&mut self, schema: &Pair<'a>) {
        let (before, now) = (self.used(&schema.base), self.used(&schema.new));
        let public = self.is_public(&schema.base) && self.is_public(&schema.new);
        let (old, new) = (schema.base.pointer.last(), schema.new.pointer.last());
        if old != new {
            let message = format!("the schema `{old}` is named `{new}`");
            let same_in_rust = old.to_pascal_case() == new.to_pascal_case();
            let change = self.tell(rules::SCHEMA_RENAMED, &schema.new, texts(old, new.as_str()), message);
            if !public || same_in_rust {
                change.rust = RustSource::None;
            }
        }
        let (of_base, of_new) = (kind(&schema.base), kind(&schema.new));
        let objects = of_base == Kind::Object && of_new == Kind::Object;
        if objects && before.body != now.body {
            let (rule, message) = match now.body {
                true => (rules::SCHEMA_NOW_USED, format!("an answer is made of `{new}`, none was")),
                false => (rules::SCHEMA_NO_LONGER_USED, format!("no answer is made of `{new}` any more")),
            };
            self.tell(rule, &schema.new, (Some(before.body.into()), Some(now.body.into())), message);
        }
        let surface = match (objects, public) {
            (true, true) => Surface::Field { differs: false },
            (true, false) => Surface::Hidden,
            (false, _) if before.request || now.request || public => Surface::Value,
            (false, _) => Surface::Hidden,
        };
        let (request, response) = (before.request || now.request, before.response || now.response);
        self.schema(schema, &Use { label: format!("`{new}`"), request, response, surface });
    }

    /// What two names stand for that a value refers to: one schema, if the one is gone and the other is new.
    pub(super) fn note_rename(&mut self, old: &str, new: &str) {
        let gone = self.new.schema(old).is_none() && self.base.schema(old).is_some();
        let is_new = self.base.schema(new).is_none() && self.new.schema(new).is_some();
        let taken = self.renames_so_far.values().any(|name| name == new);
        if gone && is_new && !taken && !self.renames_so_far.contains_key(old) {
            self.renames_so_far.insert(old.to_owned(), new.to_owned());
        }
    }

    fn used(&self, schema: &At<'a>) -> Used {
        let reach = if schema.side == Side::Base { &self.base_reach } else { &self.new_reach };
        reach.used(&schema.pointer.last())
    }

    /// Whether a schema has a public type of its own.
    fn is_public(&self, schema: &At<'a>) -> bool {
        match kind(schema) {
            Kind::Integer | Kind::Text => true,
            Kind::Object => self.used(schema).body,
            _ => false,
        }
    }
}
