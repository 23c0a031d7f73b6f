//! `components/schemas`, and every schema where it is used: references, items, and the properties of objects, paired by
//! name or by the Rust field that both become.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value as Json;

use super::place::{At, Pair, Paired, Used};
use super::record::{Walk, cloned, texts};
use super::value::{Effect, Kind, Surface, Use, is_part_of, kind, type_text};
use crate::diff::change::Side;
use crate::diff::rules::{self, RustSource, Wire};

const ECHO: &str = "x-mde-echo";

/// What is said of a schema wherever it stands, itself or beside a reference.
const BESIDE: [&str; 8] =
    ["title", "description", "example", "externalDocs", "deprecated", "nullable", "x-mde-echo", "x-mde-unit"];
/// What says nothing of the values that are valid.
const WORDS: [&str; 5] = ["title", "description", "example", "externalDocs", "deprecated"];
/// What says which values are valid.
const FACETS: [&str; 12] = [
    "additionalProperties",
    "default",
    "format",
    "items",
    "maximum",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
    "$ref",
];

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
            let change = self.report(rules::SCHEMA_REMOVED, schema, values, format!("the schema `{name}` is gone"));
            change.rust = if rust { RustSource::Breaking } else { RustSource::None };
        }
        for schema in &paired.added {
            let (name, rust) = (schema.pointer.last(), self.is_public(schema));
            let values = (None, Some(type_text(schema).into()));
            let change = self.report(rules::SCHEMA_ADDED, schema, values, format!("there is a schema `{name}`"));
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
            let change = self.report(rules::SCHEMA_RENAMED, &schema.new, texts(old, new.as_str()), message);
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
            self.report(rule, &schema.new, (Some(before.body.into()), Some(now.body.into())), message);
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

    pub(super) fn schema(&mut self, schema: &Pair<'a>, of: &Use) {
        self.prose(schema, &["title", "description"], &of.label);
        self.deprecation(schema, &of.label);
        self.unit(schema, &of.label);
        self.deprecation(schema, &of.label);
        self.nullability(schema, of);
        match (schema.base.schema_name(), schema.new.schema_name()) {
            (Some(old), Some(new)) => self.references(schema, old, new, of),
            (None, None) => self.facets(schema, of),
            (old, new) => self.written_out(schema, old, new, of),
        }
    }

    /// Both refer to a named schema.
    fn references(&mut self, schema: &Pair<'a>, old: &str, new: &str, of: &Use) {
        self.note_rename(old, new);
        if self.new_name(&schema.base, old) != new {
            self.other_schema(schema, of);
        } else {
            for key in ["$ref", "allOf", "type"].into_iter().filter(|key| schema.differs(key)) {
                let is_name = old != new && key != "type" && schema.get(key).is_some();
                if !is_name {
                    self.restructured(&schema.place(key), cloned(schema.values(key)), &of.label);
                    break;
                }
            }
        }
        let known: Vec<_> = BESIDE.into_iter().chain(["$ref", "allOf", "type"]).collect();
        self.rest(schema, &known);
    }

    /// Another schema, which may allow the same values and may be the same type in Rust.
    fn other_schema(&mut self, schema: &Pair<'a>, of: &Use) {
        let same_values = self.values_of(&schema.base) == self.values_of(&schema.new);
        let same_in_rust = self.value_type(&schema.base) == self.value_type(&schema.new);
        self.type_changed(schema, of);
        if let Some(change) = self.changes.last_mut() {
            change.wire = if same_values { Wire::Nobody } else { change.wire };
            change.rust = if same_in_rust { RustSource::None } else { change.rust };
        }
    }

    /// What the schema that is referred to says of the values that are valid.
    fn values_of(&self, schema: &At<'a>) -> Option<Json> {
        let mut said = self.plain(&schema.schema(schema.schema_name()?)?, false, &mut BTreeSet::new());
        said.as_object_mut()?.retain(|key, _| !WORDS.contains(&key.as_str()));
        Some(said)
    }

    /// One refers to a named schema, the other says on the spot what it is.
    fn written_out(&mut self, schema: &Pair<'a>, old: Option<&str>, new: Option<&str>, of: &Use) {
        let before = self.changes.len();
        let target =
            |at: &At<'a>, name: Option<&str>| name.and_then(|name| at.schema(name)).unwrap_or_else(|| at.clone());
        let meant = Pair::new(target(&schema.base, old), target(&schema.new, new));
        if kind(&meant.base) == kind(&meant.new) {
            self.facets(&meant, of);
        } else {
            self.type_changed(schema, of);
        }
        if self.changes.len() == before {
            self.restructured(&schema.new, (None, None), &of.label);
        }
        let known: Vec<_> = BESIDE.into_iter().chain(FACETS).chain(["allOf"]).collect();
        self.rest(schema, &known);
    }

    /// Both say on the spot what the value is.
    pub(super) fn facets(&mut self, schema: &Pair<'a>, of: &Use) {
        let (old, new) = (kind(&schema.base), kind(&schema.new));
        if old != new {
            return self.type_changed(schema, of);
        }
        match old {
            Kind::Integer => self.integer(schema, of),
            Kind::Text => self.pattern(schema, of),
            Kind::Address => self.under(schema, "oneOf", |walk| walk.address(schema, of)),
            Kind::List => self.items(schema, of),
            Kind::Object => self.object(schema, of),
            Kind::Moment | Kind::Plain(_) => {}
        }
        if old != Kind::Integer && schema.differs("format") {
            let (old, new) = schema.texts("format");
            let message = format!("the format of {} is {}, it was {}", of.label, shown(new), shown(old));
            let values = cloned(schema.values("format"));
            self.value(rules::FORMAT_CHANGED, &schema.place("format"), values, message, of, Effect::Either);
        }
        self.default(schema, &old, of);
        let handled: &[&str] = match old {
            Kind::Integer => &["minimum", "maximum", "format"],
            Kind::Text => &["pattern", "format"],
            Kind::Address => &["oneOf", "format"],
            Kind::List => &["items", "format"],
            Kind::Object => &["properties", "required", "additionalProperties", "format"],
            Kind::Moment | Kind::Plain(_) => &["format"],
        };
        let known: Vec<_> = BESIDE.into_iter().chain(["type", "default"]).chain(handled.iter().copied()).collect();
        self.rest(schema, &known);
    }

    fn items(&mut self, schema: &Pair<'a>, of: &Use) {
        let of = Use { label: format!("an item of {}", of.label), ..of.clone() };
        match schema.get("items") {
            Some(items) => self.schema(&items, &of),
            None if schema.differs("items") => self.unclassified(schema, "items"),
            None => {}
        }
    }

    pub(super) fn type_changed(&mut self, schema: &Pair<'a>, of: &Use) {
        let (old, new) = (type_text(&schema.base), type_text(&schema.new));
        let (rule, effect, how) = if is_part_of(&schema.base, &schema.new) {
            (rules::TYPE_WIDENED, Effect::Widens, "the wider type")
        } else if is_part_of(&schema.new, &schema.base) {
            (rules::TYPE_NARROWED, Effect::Narrows, "the narrower type")
        } else {
            (rules::TYPE_CHANGED, Effect::Either, "the type")
        };
        let message = format!("{} is of {how} {new}, it was {old}", of.label);
        self.value(rule, &schema.new, texts(old, new), message, of, effect);
    }

    pub(super) fn object(&mut self, object: &Pair<'a>, of: &Use) {
        let properties = |at: &At<'a>| at.entries_of("properties").into_iter().map(|(_, at)| at).collect();
        let named = |at: &At<'a>| Some(at.pointer.last());
        let spelt = |at: &At<'a>| Some(at.pointer.last().to_snake_case());
        let paired = Paired::by_any(properties(&object.base), properties(&object.new), &[&named, &spelt]);
        // A field that goes or comes differs, for all that is public.
        let of = &match of.surface {
            Surface::Hidden => of.clone(),
            _ => Use { surface: Surface::Field { differs: true }, ..of.clone() },
        };
        for property in &paired.removed {
            let label = label(of, property);
            let values = (Some(type_text(property).into()), None);
            self.value(rules::PROPERTY_REMOVED, property, values, format!("{label} is gone"), of, Effect::Widens);
        }
        for property in &paired.added {
            self.property_added(object, property, of);
        }
        for property in &paired.both {
            self.property(object, property, of);
        }
        self.required_list(object, &paired);
        self.openness(object, of);
    }

    fn property_added(&mut self, object: &Pair<'a>, property: &At<'a>, of: &Use) {
        let label = label(of, property);
        let values = (None, Some(type_text(property).into()));
        // With the first fraction the type is no longer `Eq`.
        let is_number = |at: &At<'a>| at.get("type").is_some_and(|kind| kind.value.as_str() == Some("number"));
        let had_one = object.base.entries_of("properties").iter().any(|(_, at)| is_number(at));
        let loses_eq = is_number(property) && !had_one;
        if is_required(&object.new, property) {
            let message = format!("{label} is new, and always there");
            let rust = constructor(of);
            self.value(rules::REQUIRED_PROPERTY_ADDED, property, values, message, of, Effect::Narrows).rust = rust;
        } else {
            let message = format!("{label} is new, and may be left out");
            let change = self.value(rules::OPTIONAL_PROPERTY_ADDED, property, values, message, of, Effect::Narrows);
            change.wire = Wire::Nobody;
            if loses_eq && of.surface != Surface::Hidden {
                change.rust = RustSource::Breaking;
            }
        }
    }

    fn property(&mut self, object: &Pair<'a>, property: &Pair<'a>, of: &Use) {
        let required = (is_required(&object.base, &property.base), is_required(&object.new, &property.new));
        let differs = self.field_type(&property.base, required.0) != self.field_type(&property.new, required.1);
        let surface = if of.surface == Surface::Hidden { Surface::Hidden } else { Surface::Field { differs } };
        let of = Use { label: label(of, &property.new), surface, ..of.clone() };
        let (old, new) = (property.base.pointer.last(), property.new.pointer.last());
        if old != new {
            let message = format!("the property `{old}` is spelt `{new}`");
            self.value(rules::PROPERTY_RESPELLED, &property.new, texts(old, new), message, &of, Effect::Either);
        }
        self.requiredness(object, property, required, &of);
        self.echo(property, &of);
        self.recursion(property, &of);
        self.schema(property, &of);
    }

    fn requiredness(&mut self, object: &Pair<'a>, property: &Pair<'a>, required: (bool, bool), of: &Use) {
        let item = |object: &At<'a>, property: &At<'a>| {
            let name = property.pointer.last();
            let mut items = object.items_of("required").into_iter();
            items.find(|item| item.value.as_str() == Some(&name)).unwrap_or_else(|| property.clone())
        };
        let values = (Some(required.0.into()), Some(required.1.into()));
        match required {
            (true, false) => {
                let (at, message) =
                    (item(&object.base, &property.base), format!("{} may be left out, it was always there", of.label));
                let rust = constructor(of);
                self.value(rules::PROPERTY_BECAME_OPTIONAL, &at, values, message, of, Effect::Widens).rust = rust;
            }
            (false, true) => {
                let (at, message) =
                    (item(&object.new, &property.new), format!("{} is always there, it could be left out", of.label));
                let rust = constructor(of);
                self.value(rules::PROPERTY_BECAME_REQUIRED, &at, values, message, of, Effect::Narrows).rust = rust;
            }
            _ => {}
        }
    }

    /// Reports a list of what is required that says of the same properties that they are.
    fn required_list(&mut self, object: &Pair<'a>, properties: &Paired<'a>) {
        let same_names = properties.both.iter().all(|pair| pair.base.pointer.last() == pair.new.pointer.last());
        let same = |pair: &Pair<'a>| is_required(&object.base, &pair.base) == is_required(&object.new, &pair.new);
        let alike = same_names && properties.both.iter().all(same);
        let complete = properties.removed.iter().all(|property| !is_required(&object.base, property))
            && properties.added.iter().all(|property| !is_required(&object.new, property));
        if object.differs("required") && alike && complete {
            let (old, new) = (object.base.items_of("required").len(), object.new.items_of("required").len());
            if old == new {
                self.reordered(object, "required", cloned(object.values("required")), "the required properties");
            } else {
                self.restructured(&object.place("required"), cloned(object.values("required")), "`required`");
            }
        }
    }

    /// What is not listed is allowed unless something else is said.
    fn openness(&mut self, object: &Pair<'a>, of: &Use) {
        const KEY: &str = "additionalProperties";
        let open = |value: Option<&Json>| value.is_none_or(|value| value == &Json::Bool(true));
        match object.values(KEY) {
            (old, new) if old == new => {}
            (old, new) if open(old) && open(new) => {
                self.restructured(&object.place(KEY), cloned((old, new)), &of.label);
            }
            _ => self.unclassified(object, KEY),
        }
    }

    fn echo(&mut self, property: &Pair<'a>, of: &Use) {
        let (old, new) = property.texts(ECHO);
        if !property.differs(ECHO) || self.path_renames.contains(&(old.to_owned(), new.to_owned())) {
            return;
        }
        let (rule, effect, message) = match property.values(ECHO) {
            (None, _) => (rules::ECHO_ADDED, Effect::Narrows, format!("{} repeats the parameter `{new}`", of.label)),
            (_, None) => {
                (rules::ECHO_REMOVED, Effect::Widens, format!("{} no longer repeats the parameter `{old}`", of.label))
            }
            _ => (
                rules::ECHO_CHANGED,
                Effect::Either,
                format!("{} repeats the parameter `{new}`, it was `{old}`", of.label),
            ),
        };
        let change = self.value(rule, &property.place(ECHO), cloned(property.values(ECHO)), message, of, effect);
        change.rust = RustSource::None;
    }

    /// The generator puts a schema that contains itself into a box, wherever it is held.
    fn recursion(&mut self, property: &Pair<'a>, of: &Use) {
        let Some((old, new)) = property.base.schema_name().zip(property.new.schema_name()) else { return };
        let (before, now) = (self.base_reach.is_circular(old), self.new_reach.is_circular(new));
        if of.surface == Surface::Hidden || before == now || self.new_name(&property.base, old) != new {
            return;
        }
        let message = match now {
            true => format!("`{new}` contains itself, so {} may have to be a `Box`", of.label),
            false => format!("`{new}` no longer contains itself, so {} may be a `Box` no more", of.label),
        };
        self.report(rules::SCHEMA_RECURSION_CHANGED, &property.new, (Some(before.into()), Some(now.into())), message);
    }
}

/// What another set of required properties does to users of a type: its constructor takes each of them.
fn constructor(of: &Use) -> RustSource {
    if of.surface == Surface::Hidden { RustSource::None } else { RustSource::Breaking }
}

fn is_required(object: &At<'_>, property: &At<'_>) -> bool {
    object.texts("required").contains(&property.pointer.last().as_str())
}

/// What messages call a property of an object.
fn label(object: &Use, property: &At<'_>) -> String {
    format!("`{}.{}`", object.label.trim_matches('`'), property.pointer.last())
}

fn shown(format: &str) -> &str {
    if format.is_empty() { "none in particular" } else { format }
}
