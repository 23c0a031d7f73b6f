//! The properties of an object: by name, or by the field that both become.

use heck::ToSnakeCase;
use serde_json::Value as Json;

use super::place::{At, Pair, Paired};
use super::schemas::{Effect, Surface, Use, type_text};
use super::{Walk, cloned, texts};
use crate::diff::{RustSource, Wire, rules};

const ECHO: &str = "x-mde-echo";

impl<'a> Walk<'a> {
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
        if is_required(&object.new, property) {
            let message = format!("{label} is new, and always there");
            self.value(rules::REQUIRED_PROPERTY_ADDED, property, values, message, of, Effect::Narrows);
        } else {
            let message = format!("{label} is new, and may be left out");
            self.value(rules::OPTIONAL_PROPERTY_ADDED, property, values, message, of, Effect::Narrows).wire =
                Wire::Nobody;
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
                self.value(rules::PROPERTY_BECAME_OPTIONAL, &at, values, message, of, Effect::Widens);
            }
            (false, true) => {
                let (at, message) =
                    (item(&object.new, &property.new), format!("{} is always there, it could be left out", of.label));
                self.value(rules::PROPERTY_BECAME_REQUIRED, &at, values, message, of, Effect::Narrows);
            }
            _ => {}
        }
    }

    /// Tells of a list of what is required that says of the same properties that they are.
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
        self.tell(rules::SCHEMA_RECURSION_CHANGED, &property.new, (Some(before.into()), Some(now.into())), message);
    }
}

fn is_required(object: &At<'_>, property: &At<'_>) -> bool {
    object.texts("required").contains(&property.pointer.last().as_str())
}

/// What messages call a property of an object.
fn label(object: &Use, property: &At<'_>) -> String {
    format!("`{}.{}`", object.label.trim_matches('`'), property.pointer.last())
}
