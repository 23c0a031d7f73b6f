//! How wide an integer is, and within which bounds.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::place::Pair;
use super::schemas::{Effect, Use};
use super::{Walk, cloned};
use crate::diff::{Wire, rules};

impl<'a> Walk<'a> {
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
