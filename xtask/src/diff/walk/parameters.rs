//! The parameters of an operation: those of the path by their place in it, those of the query by name.

use heck::ToSnakeCase;

use super::place::{At, Pair, Paired, names_in, path, shared_parameters};
use super::record::{Walk, list};
use super::value::{Surface, Use};
use crate::diff::change::Side;
use crate::diff::rules::{self, Wire};

/// A parameter as it is written in an operation, with what it may refer to.
pub(super) type Declared<'a> = (At<'a>, At<'a>);

impl<'a> Walk<'a> {
    pub(super) fn parameters(&mut self, operation: &Pair<'a>, whose: &str) {
        let before = self.changes.len();
        let (base, new) = (self.declared(&operation.base), self.declared(&operation.new));
        let paired = paired(operation, resolved(&base), resolved(&new));
        for parameter in &paired.removed {
            let name = parameter.text("name");
            let message = format!("{whose} has no parameter `{name}` any more");
            let values = (Some(name.into()), None);
            let change = self.report(rules::PARAMETER_REMOVED, &item_of(parameter, &base), values, message);
            if parameter.flag("required") {
                change.wire = Wire::Both;
            }
        }
        for parameter in &paired.added {
            let name = parameter.text("name");
            let (rule, kind) = match parameter.flag("required") {
                true => (rules::REQUIRED_PARAMETER_ADDED, "a required"),
                false => (rules::OPTIONAL_PARAMETER_ADDED, "an optional"),
            };
            let message = format!("{whose} has {kind} parameter `{name}`");
            self.added(rule, &item_of(parameter, &new), name, message);
        }
        for parameter in &paired.both {
            self.parameter(parameter);
            self.part_of_path(operation, parameter);
        }
        if paired.reordered {
            let names = |declared: &[Declared<'a>]| list(declared.iter().map(|(_, at)| at.text("name")));
            self.reordered(operation, "parameters", (names(&base), names(&new)), &format!("the parameters of {whose}"));
        } else if self.changes.len() == before {
            self.moved(operation);
        }
    }

    /// Reports a parameter that stands in another part of the path.
    fn part_of_path(&mut self, operation: &Pair<'a>, parameter: &Pair<'a>) {
        let (old, new) = (part(operation, &parameter.base), part(operation, &parameter.new));
        if let Some((old, new)) = old.zip(new).filter(|(old, new)| old != new) {
            let message = format!("the parameter `{}` stands in another part of the path", parameter.new.text("name"));
            let values = (Some(old.into()), Some(new.into()));
            self.report(rules::PATH_PARAMETER_MOVED, &parameter.new, values, message);
        }
    }

    /// What a call may or must give: what the operation says itself goes before what its path says.
    pub(super) fn declared(&mut self, operation: &At<'a>) -> Vec<Declared<'a>> {
        let resolve = |walk: &mut Self, items: Vec<At<'a>>| -> Vec<Declared<'a>> {
            items.into_iter().map(|item| (item.clone(), item.resolved(&mut walk.used))).collect()
        };
        let own = resolve(self, operation.items_of("parameters"));
        let mut declared = resolve(self, shared_parameters(operation));
        declared.retain(|(_, shared)| {
            let same = |(_, own): &Declared<'a>| ["in", "name"].iter().all(|key| own.text(key) == shared.text(key));
            !own.iter().any(same)
        });
        declared.extend(own);
        declared
    }

    /// Reports parameters that are written elsewhere.
    fn moved(&mut self, operation: &Pair<'a>) {
        let parent = |at: &At<'a>| at.elsewhere(at.pointer.parent());
        let items = parent(&operation.base).zip(parent(&operation.new)).map(|(base, new)| Pair::new(base, new));
        for pair in [Some(operation.clone()), items].into_iter().flatten() {
            self.written_otherwise(&pair, "parameters");
        }
    }

    fn parameter(&mut self, parameter: &Pair<'a>) {
        let name = parameter.new.text("name");
        let whose = format!("the parameter `{name}`");
        if parameter.differs("name") {
            let old = parameter.base.text("name");
            let (rule, message) = match parameter.new.text("in") {
                "path" => {
                    self.path_renames.insert((old.to_owned(), name.to_owned()));
                    (rules::PATH_PARAMETER_RENAMED, format!("the part `{old}` of the path is named `{name}`"))
                }
                _ => (rules::PARAMETER_RESPELLED, format!("the parameter `{old}` is spelt `{name}`")),
            };
            self.changed(rule, parameter, "name", message);
        }
        if let Some(required) = self.switched(parameter, "required") {
            let (rule, message) = match required {
                true => (rules::PARAMETER_BECAME_REQUIRED, format!("{whose} is required, it was optional")),
                false => (rules::PARAMETER_BECAME_OPTIONAL, format!("{whose} is optional, it was required")),
            };
            let values = (Some((!required).into()), Some(required.into()));
            self.report(rule, &parameter.place("required"), values, message);
        }
        self.prose(parameter, &["description"], &whose);
        self.beside(parameter, &["example", "examples"], &whose);
        self.deprecation(parameter, &whose);
        let usage = Use { label: whose, request: true, response: false, surface: Surface::Value };
        self.under(parameter, "schema", |walk| {
            if let Some(schema) = parameter.get("schema") {
                walk.schema(&schema, &usage);
            }
        });
        let known = ["name", "in", "required", "description", "deprecated", "schema", "example", "examples"];
        self.rest(parameter, &known);
    }
}

/// Puts together what has one name, then what stands in one part of the path, then what has one name in Rust.
fn paired<'a>(operation: &Pair<'a>, base: Vec<At<'a>>, new: Vec<At<'a>>) -> Paired<'a> {
    let named = |at: &At<'a>| Some((at.text("in"), at.text("name").to_owned()));
    let placed = |at: &At<'a>| Some(("the path", part(operation, at)?.to_string()));
    let spelt = |at: &At<'a>| Some((at.text("in"), at.text("name").to_snake_case()));
    Paired::by_any(base, new, &[&named, &placed, &spelt])
}

/// Which of the parameters of the path one is, counted from 1, where the path has as many as before.
fn part(operation: &Pair<'_>, parameter: &At<'_>) -> Option<usize> {
    let (base, new) = (path(&operation.base), path(&operation.new));
    let (base, new) = (names_in(&base), names_in(&new));
    let names = if parameter.side == Side::Base { &base } else { &new };
    let index = names.iter().position(|name| *name == parameter.text("name"))?;
    (base.len() == new.len() && parameter.text("in") == "path").then_some(index + 1)
}

fn resolved<'a>(declared: &[Declared<'a>]) -> Vec<At<'a>> {
    declared.iter().map(|(_, parameter)| parameter.clone()).collect()
}

/// Where a parameter is listed, be it itself or a reference to it.
fn item_of<'a>(parameter: &At<'a>, declared: &[Declared<'a>]) -> At<'a> {
    let listed = declared.iter().find(|(_, one)| one.pointer == parameter.pointer);
    listed.map_or_else(|| parameter.clone(), |(item, _)| item.clone())
}
