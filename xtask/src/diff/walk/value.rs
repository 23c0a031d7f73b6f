//! What a schema is: the kind of its values, how messages name it, and how it shows on the wire and in Rust.

use heck::ToPascalCase;

use super::place::At;
use super::record::{Values, Walk};
use crate::diff::change::Change;
use crate::diff::rules::{DiffRule, RustSource, Wire};

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
