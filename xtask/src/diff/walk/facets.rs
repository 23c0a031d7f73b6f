//! What limits the values of a schema: null, width and bounds of an integer, pattern, kinds of address, default.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::place::{Pair, Paired};
use super::record::{Walk, cloned};
use super::value::{Effect, Kind, Use};
use crate::diff::rules::{self, RustSource, Wire};

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
