//! What a schema is: the kind of its values, how messages name it, how it shows on the wire and in Rust, and what limits
//! its values: null, width and bounds of an integer, pattern, kinds of address, default.

use std::cmp::Ordering;

use heck::ToPascalCase;
use serde_json::Value as Json;

use super::place::{At, Pair, Paired};
use super::record::{Values, Walk, cloned};
use crate::diff::change::Change;
use crate::diff::rules::{self, DiffRule, RustSource, Wire};

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

impl<'a> Walk<'a> {
    /// Reports a change of the values that are valid.
    pub(super) fn value(
        &mut self,
        rule: &'static DiffRule,
        at: &At<'a>,
        values: Values,
        message: String,
        of: &Use,
        effect: Effect,
    ) -> &mut Change {
        let change = self.report(rule, at, values, message);
        change.wire = of.wire(effect);
        change.rust = of.rust(rule);
        change
    }

    /// The type of a field. A list that may be left out is empty then.
    pub(super) fn field_type(&self, property: &At<'a>, required: bool) -> String {
        let plain = self.value_type(property);
        let may_be_missing = !required && property.text("type") != "array";
        if may_be_missing || property.flag("nullable") { format!("Option<{plain}>") } else { plain }
    }

    pub(super) fn value_type(&self, schema: &At<'a>) -> String {
        if let Some(name) = schema.schema_name() {
            return match schema.schema(name).map(|target| kind(&target)) {
                Some(Kind::Address) => "IpAddr".to_owned(),
                Some(Kind::Moment) => "Timestamp".to_owned(),
                _ => self.new_name(schema, name).to_pascal_case(),
            };
        }
        match (schema.text("type"), schema.text("format")) {
            ("array", _) => format!("Vec<{}>", self.item_type(schema)),
            ("integer", format) => integer(format).to_owned(),
            ("number", "float") => "f32".to_owned(),
            (name, _) => name.to_owned(),
        }
    }

    fn item_type(&self, list: &At<'a>) -> String {
        list.get("items").map(|items| self.field_type(&items, true)).unwrap_or_default()
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

/// Whether every value of one schema is surely one of another, which is of another type: an integer is a number, and a
/// text with a form is a text. References are followed.
pub(super) fn is_part_of(part: &At<'_>, whole: &At<'_>) -> bool {
    let (part, whole) = (meant(part), meant(whole));
    // What limits the whole limits the part in the same way, or else some of it may be left out.
    let keeps = |limits: &[&str]| {
        limits.iter().all(|key| whole.value.get(key).is_none_or(|limit| part.value.get(key) == Some(limit)))
    };
    match (kind(&part), kind(&whole)) {
        // JSON writes an integer as a number of any format.
        (Kind::Integer, Kind::Plain(name)) if name == "number" => {
            keeps(&["enum", "exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"])
        }
        (Kind::Address | Kind::Moment | Kind::Text, Kind::Plain(name)) if name == "string" => {
            keeps(&["enum", "format", "maxLength", "minLength"])
        }
        (Kind::List, Kind::List) => {
            part.get("items").zip(whole.get("items")).is_some_and(|(part, whole)| is_part_of(&part, &whole))
        }
        _ => false,
    }
}

/// The schema that a value refers to, or the one written on the spot.
fn meant<'a>(at: &At<'a>) -> At<'a> {
    at.schema_name().and_then(|name| at.schema(name)).unwrap_or_else(|| at.clone())
}

/// Whether a shared schema stands only where null is allowed beside the reference.
fn is_null_everywhere(schema: &At<'_>) -> bool {
    fn uses(value: &Json, reference: &str, nullable: &mut Vec<bool>) {
        let refers = |value: &Json| value.get("$ref").and_then(Json::as_str) == Some(reference);
        if value.get("allOf").and_then(Json::as_array).is_some_and(|parts| parts.iter().any(refers)) {
            nullable.push(value.get("nullable") == Some(&Json::Bool(true)));
            return;
        }
        if refers(value) {
            nullable.push(false);
        }
        let entries = value.as_object().into_iter().flat_map(|entries| entries.values());
        let items = value.as_array().into_iter().flatten();
        entries.chain(items).for_each(|value| uses(value, reference, nullable));
    }
    let mut nullable = Vec::new();
    if schema.pointer.as_str().starts_with("/components/schemas/") {
        uses(schema.document.root(), &format!("#{}", schema.pointer.as_str()), &mut nullable);
    }
    !nullable.is_empty() && nullable.iter().all(|nullable| *nullable)
}

/// The integer of Rust for a format; what is no width is as wide as can be.
fn integer(format: &str) -> &str {
    match format {
        "int8" => "i8",
        "uint8" => "u8",
        "int16" => "i16",
        "uint16" => "u16",
        "int" | "int32" => "i32",
        "uint" | "uint32" => "u32",
        "uint64" => "u64",
        _ => "i64",
    }
}

impl<'a> Walk<'a> {
    pub(super) fn nullability(&mut self, schema: &Pair<'a>, of: &Use) {
        if let Some(nullable) = self.switched(schema, "nullable") {
            let (rule, effect, message) = match nullable {
                true => (rules::BECAME_NULLABLE, Effect::Widens, format!("{} may be null, it never was", of.label)),
                false => {
                    (rules::NO_LONGER_NULLABLE, Effect::Narrows, format!("{} is never null, it could be", of.label))
                }
            };
            let values = (Some((!nullable).into()), Some(nullable.into()));
            if is_null_everywhere(&schema.base) && is_null_everywhere(&schema.new) {
                // OpenAPI allows null where the schema and each part of its `allOf` do; readers went by the first alone.
                return self.restructured(&schema.place("nullable"), values, &of.label);
            }
            self.value(rule, &schema.place("nullable"), values, message, of, effect);
        }
    }

    pub(super) fn integer(&mut self, schema: &Pair<'a>, of: &Use) {
        self.width(schema, of);
        self.bound(schema, of, ("minimum", "least"), Ordering::Greater);
        self.bound(schema, of, ("maximum", "greatest"), Ordering::Less);
    }

    fn width(&mut self, schema: &Pair<'a>, of: &Use) {
        if !schema.differs("format") {
            return;
        }
        let (old, new) = schema.texts("format");
        let name = |format: &str| if format.is_empty() { "of no stated width".to_owned() } else { format.to_owned() };
        let (rule, effect) = match (width(old), width(new)) {
            (Some(old), Some(new)) if old < new => (rules::INTEGER_WIDENED, Effect::Widens),
            (Some(_), Some(_)) => (rules::INTEGER_NARROWED, Effect::Narrows),
            _ => (rules::FORMAT_CHANGED, Effect::Either),
        };
        let message = format!("{} is {}, it was {}", of.label, name(new), name(old));
        let values = cloned(schema.values("format"));
        let change = self.value(rule, &schema.place("format"), values, message, of, effect);
        // Between bounds that stay there is nothing else to send.
        let bounded = |key| schema.base.get(key).is_some() && !schema.differs(key);
        if bounded("minimum") && bounded("maximum") {
            change.wire = Wire::Nobody;
        }
    }

    /// `tighter` is what the new bound is to the old one where it lets in less.
    fn bound(&mut self, schema: &Pair<'a>, of: &Use, (key, which): (&str, &str), tighter: Ordering) {
        if !schema.differs(key) {
            return;
        }
        let (old, new) = schema.values(key);
        let shown = |bound: Option<&Json>| bound.map_or_else(|| "not stated".to_owned(), ToString::to_string);
        let tightened = match (old, new) {
            (None, _) => true,
            (_, None) => false,
            (Some(old), Some(new)) => compared(new, old) == Some(tighter),
        };
        let (rule, effect) = match tightened {
            true => (rules::BOUND_TIGHTENED, Effect::Narrows),
            false => (rules::BOUND_LOOSENED, Effect::Widens),
        };
        let message = format!("the {which} {} is {}, it was {}", of.label, shown(new), shown(old));
        self.value(rule, &schema.place(key), cloned((old, new)), message, of, effect);
    }

    pub(super) fn pattern(&mut self, schema: &Pair<'a>, of: &Use) {
        if schema.differs("pattern") {
            let (old, new) = schema.texts("pattern");
            let message = format!("{} matches `{new}`, it was `{old}`", of.label);
            let values = cloned(schema.values("pattern"));
            self.value(rules::PATTERN_CHANGED, &schema.place("pattern"), values, message, of, Effect::Either);
        }
    }

    pub(super) fn address(&mut self, schema: &Pair<'a>, of: &Use) {
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
            self.prose(kind, &["title", "description"], &of.label);
            self.rest(kind, &["title", "description", "format"]);
        }
        if paired.reordered {
            let whose = format!("the kinds of {}", of.label);
            self.reordered(schema, "oneOf", cloned(schema.values("oneOf")), &whose);
        }
    }

    pub(super) fn default(&mut self, schema: &Pair<'a>, kind: &Kind, of: &Use) {
        if !schema.differs("default") {
            return;
        }
        let shown = |value: Option<&Json>| value.map(ToString::to_string).unwrap_or_default();
        let (old, new) = schema.values("default");
        let (rule, effect, message) = match (old, new) {
            (None, _) => (
                rules::DEFAULT_ADDED,
                Effect::Widens,
                format!(
                    "the service takes {} for {} where none is sent, which was not documented",
                    shown(new),
                    of.label
                ),
            ),
            (_, None) => (
                rules::DEFAULT_REMOVED,
                Effect::Narrows,
                format!(
                    "it is no longer documented that the service takes {} for {} where none is sent",
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
}

fn compared(one: &Json, other: &Json) -> Option<Ordering> {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// How many bits an integer of a format has; none stated is more than any.
fn width(format: &str) -> Option<u32> {
    match format {
        "int32" => Some(32),
        "int64" => Some(64),
        "" => Some(u32::MAX),
        _ => None,
    }
}
