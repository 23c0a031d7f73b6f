//! What a schema says of a value, wherever it stands.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::place::{At, Pair, Paired};
use super::{Values, Walk, cloned, texts};
use crate::diff::{Change, DiffRule, RustSource, Wire, rules};

/// Where a schema stands, and what follows from that.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// What messages call the value.
    pub(super) label: String,
    /// Whether callers send it.
    pub(super) request: bool,
    /// Whether the service sends it.
    pub(super) response: bool,
    pub(super) surface: Surface,
}

/// How a value shows in the public interface of `mde-client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    /// Not at all.
    Hidden,
    /// By what a call takes, and by a type of its own.
    Value,
    /// As a field, or part of one, whose type in Rust differs or does not.
    Field { differs: bool },
}

/// What a change does to the values that are valid.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    /// Some are valid no more.
    Narrows,
    /// More are valid.
    Widens,
    /// Both, or nobody can tell.
    Either,
}

impl Use {
    /// Who breaks: in a request the service must take what callers send, in an answer callers what the service sends.
    pub(super) fn wire(&self, effect: Effect) -> Wire {
        let (request, response) = match effect {
            Effect::Narrows => (Wire::Callers, Wire::Servers),
            Effect::Widens => (Wire::Servers, Wire::Callers),
            Effect::Either => (Wire::Both, Wire::Both),
        };
        let of = |used, wire| if used { wire } else { Wire::Nobody };
        of(self.request, request).and(of(self.response, response))
    }

    pub(super) fn rust(&self, rule: &DiffRule) -> RustSource {
        match self.surface {
            Surface::Value => rule.rust,
            Surface::Field { differs: true } => rule.rust,
            Surface::Field { differs: false } | Surface::Hidden => RustSource::None,
        }
    }
}

/// What is said of a schema wherever it stands, itself or beside a reference.
const BESIDE: [&str; 7] = ["title", "description", "example", "externalDocs", "deprecated", "nullable", "x-mde-echo"];
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
    pub(super) fn schema(&mut self, schema: &Pair<'a>, of: &Use) {
        self.words(schema, &["title", "description"], &of.label);
        self.beside(schema, &["example", "externalDocs"], &of.label);
        self.deprecation(schema, &of.label);
        self.nullability(schema, of);
        match (schema.base.schema_name(), schema.new.schema_name()) {
            (Some(old), Some(new)) => self.references(schema, old, new, of),
            (None, None) => self.facets(schema, of),
            (old, new) => self.written_out(schema, old, new, of),
        }
    }

    fn nullability(&mut self, schema: &Pair<'a>, of: &Use) {
        if let Some(nullable) = self.switched(schema, "nullable") {
            let (rule, effect, message) = match nullable {
                true => (rules::BECAME_NULLABLE, Effect::Widens, format!("{} may be null, it never was", of.label)),
                false => {
                    (rules::NO_LONGER_NULLABLE, Effect::Narrows, format!("{} is never null, it could be", of.label))
                }
            };
            let values = (Some((!nullable).into()), Some(nullable.into()));
            self.value(rule, &schema.place("nullable"), values, message, of, effect);
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

    /// Another schema, which may well say the same, and may well be the same type in Rust.
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
        let told = self.changes.len();
        let target =
            |at: &At<'a>, name: Option<&str>| name.and_then(|name| at.schema(name)).unwrap_or_else(|| at.clone());
        let meant = Pair::new(target(&schema.base, old), target(&schema.new, new));
        if kind(&meant.base) == kind(&meant.new) {
            self.facets(&meant, of);
        } else {
            self.type_changed(schema, of);
        }
        if self.changes.len() == told {
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
            let message = format!("the format of {} is {}, it was {}", of.label, told(new), told(old));
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

    pub(super) fn type_changed(&mut self, schema: &Pair<'a>, of: &Use) {
        let (old, new) = (type_text(&schema.base), type_text(&schema.new));
        let message = format!("{} is of the type {new}, it was {old}", of.label);
        self.value(rules::TYPE_CHANGED, &schema.new, texts(old, new), message, of, Effect::Either);
    }

    fn pattern(&mut self, schema: &Pair<'a>, of: &Use) {
        if schema.differs("pattern") {
            let (old, new) = schema.texts("pattern");
            let message = format!("{} matches `{new}`, it was `{old}`", of.label);
            let values = cloned(schema.values("pattern"));
            self.value(rules::PATTERN_CHANGED, &schema.place("pattern"), values, message, of, Effect::Either);
        }
    }

    fn address(&mut self, schema: &Pair<'a>, of: &Use) {
        let paired =
            Paired::by(schema.base.items_of("oneOf"), schema.new.items_of("oneOf"), |kind| kind.text("format"));
        for kind in &paired.removed {
            let name = kind.text("format");
            let (values, message) = ((Some(name.into()), None), format!("{} is never {name} any more", of.label));
            self.value(rules::ADDRESS_KIND_REMOVED, kind, values, message, of, Effect::Narrows);
        }
        for kind in &paired.added {
            let name = kind.text("format");
            let (values, message) = ((None, Some(name.into())), format!("{} may be {name}", of.label));
            self.value(rules::ADDRESS_KIND_ADDED, kind, values, message, of, Effect::Widens);
        }
        for kind in &paired.both {
            self.words(kind, &["title", "description"], &of.label);
            self.rest(kind, &["title", "description", "format"]);
        }
        if paired.reordered {
            let whose = format!("the kinds of {}", of.label);
            self.reordered(schema, "oneOf", cloned(schema.values("oneOf")), &whose);
        }
    }

    fn items(&mut self, schema: &Pair<'a>, of: &Use) {
        let of = Use { label: format!("an item of {}", of.label), ..of.clone() };
        match schema.get("items") {
            Some(items) => self.schema(&items, &of),
            None if schema.differs("items") => self.unclassified(schema, "items"),
            None => {}
        }
    }

    fn default(&mut self, schema: &Pair<'a>, kind: &Kind, of: &Use) {
        if !schema.differs("default") {
            return;
        }
        let shown = |value: Option<&Json>| value.map(ToString::to_string).unwrap_or_default();
        let (old, new) = schema.values("default");
        let (rule, effect, message) = match (old, new) {
            (None, _) => (
                rules::DEFAULT_ADDED,
                Effect::Widens,
                format!("the service takes {} for {} where none is sent, which was not said", shown(new), of.label),
            ),
            (_, None) => (
                rules::DEFAULT_REMOVED,
                Effect::Narrows,
                format!(
                    "it is no longer said that the service takes {} for {} where none is sent",
                    shown(old),
                    of.label
                ),
            ),
            _ => (
                rules::DEFAULT_CHANGED,
                Effect::Either,
                format!("the service takes {} for {} where none is sent, it was {}", shown(new), of.label, shown(old)),
            ),
        };
        let change = self.value(rule, &schema.place("default"), cloned((old, new)), message, of, effect);
        // Only an integer has a constant for it.
        if *kind != Kind::Integer {
            change.rust = RustSource::None;
        }
    }

    /// Tells of a change of the values that are valid.
    pub(super) fn value(
        &mut self,
        rule: &'static DiffRule,
        at: &At<'a>,
        values: Values,
        message: String,
        of: &Use,
        effect: Effect,
    ) -> &mut Change {
        let change = self.tell(rule, at, values, message);
        change.wire = of.wire(effect);
        change.rust = of.rust(rule);
        change
    }
}

/// What a schema is, as far as it decides which other keys mean something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    Integer,
    List,
    Moment,
    Object,
    Text,
    Plain(String),
}

pub(super) fn kind(schema: &At<'_>) -> Kind {
    let address = || {
        let kinds = schema.items_of("oneOf");
        !kinds.is_empty() && kinds.iter().all(|kind| ["ipv4", "ipv6"].contains(&kind.text("format")))
    };
    match schema.text("type") {
        "array" => Kind::List,
        "integer" => Kind::Integer,
        "object" => Kind::Object,
        "string" if address() => Kind::Address,
        "string" if schema.text("format") == "date-time" => Kind::Moment,
        "string" if schema.get("pattern").is_some() => Kind::Text,
        other => Kind::Plain(other.to_owned()),
    }
}

/// The short form in which people name a type.
pub(super) fn type_text(schema: &At<'_>) -> String {
    let plain = match schema.schema_name() {
        Some(name) => name.to_owned(),
        None => match kind(schema) {
            Kind::Address => "address".to_owned(),
            Kind::List => match schema.get("items") {
                Some(items) => format!("list of {}", type_text(&items)),
                None => "list".to_owned(),
            },
            Kind::Text => "string with a pattern".to_owned(),
            _ => match (schema.text("type"), schema.text("format")) {
                ("", _) => "unknown".to_owned(),
                (name, "") => name.to_owned(),
                (name, format) => format!("{name} ({format})"),
            },
        },
    };
    if schema.flag("nullable") { format!("{plain} or null") } else { plain }
}

fn told(format: &str) -> &str {
    if format.is_empty() { "none in particular" } else { format }
}
