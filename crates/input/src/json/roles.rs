//! What the values of a path are, by the names on it or by the field that the user named.

use super::groups::{Reads, Role};
use super::names::{FieldPath, Meaning, is_typed, meaning};
use super::paths::{PathId, Paths, ROOT, Step};
use crate::escape::escape;
use crate::names::is_type;

/// The role of the document itself.
pub(super) fn of_root(fields: &[FieldPath]) -> Role {
    let field = fields.iter().position(|field| field.is(""));
    Role { reads: Some(field.map_or(Reads::Bare, |index| Reads::Field(index, true))), ..Role::default() }
}

/// The role of a step from a path.
pub(super) fn of_step(fields: &[FieldPath], paths: &Paths<Role>, parent: PathId, step: &Step) -> Role {
    match step {
        Step::Item => of_items(paths, parent),
        Step::Name(name) => of_name(fields, paths, parent, step, name),
        Step::AnyName => of_name(fields, paths, parent, step, "*"),
    }
}

/// Items are what their list is, but for lists in the list that is the document.
fn of_items(paths: &Paths<Role>, list: PathId) -> Role {
    let role = paths[list].role;
    let within = match role.reads {
        Some(Reads::Field(index, _)) => Some(index),
        _ => role.within,
    };
    let reads = role.reads.filter(|reads| *reads != Reads::Bare || list == ROOT);
    Role { reads, within, is_type: false, group: None, ..role }
}

fn of_name(fields: &[FieldPath], paths: &Paths<Role>, parent: PathId, step: &Step, name: &str) -> Role {
    let from = |ancestor: PathId| {
        let names = paths.names_between(ancestor, parent);
        if names.is_empty() { name.to_owned() } else { format!("{names}.{name}") }
    };
    let names = from(ROOT);
    let meaning = meaning(&names);
    let is_generic = meaning == Some(Meaning::Generic);
    let role = Role { is_generic, is_type: is_type(name), is_typed: is_typed(name), ..Role::default() };
    if fields.is_empty() {
        return Role { reads: meaning.map(Reads::Known), is_pattern: name == "pattern", ..role };
    }
    // The path as it is named may also be that within the events of a list.
    let inner: Vec<String> = paths.outwards(parent).filter(|id| *id != ROOT && paths.is_event(*id)).map(from).collect();
    let find = |fits: &dyn Fn(&FieldPath, &str) -> bool| {
        let all = || fields.iter().enumerate();
        let exact = all().find(|(_, field)| fits(field, &names)).map(|(index, _)| Reads::Field(index, true));
        exact.or_else(|| {
            let is_inner = |field: &FieldPath| inner.iter().any(|names| fits(field, names));
            all().find(|(_, field)| is_inner(field)).map(|(index, _)| Reads::Field(index, false))
        })
    };
    let shown = escape(&paths.name_of(parent, step));
    let exact_or = |found: Option<Reads>, fits: &dyn Fn(&FieldPath) -> bool| {
        found.or_else(|| fields.iter().position(fits).map(|index| Reads::Field(index, true)))
    };
    let around = paths[parent].role;
    let within = around.within.filter(|_| paths[parent].step == Step::Item);
    let known = within.and_then(|index| meaning.map(|meaning| Reads::Within(index, meaning)));
    Role {
        reads: exact_or(find(&FieldPath::is), &|field| field.is_shown(&shown)).or(known),
        leads: exact_or(find(&FieldPath::leads_through), &|field| field.leads_through_shown(&shown)),
        ..role
    }
}
