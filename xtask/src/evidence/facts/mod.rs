//! What the facts of a source say about the contract, fact by fact.

mod operation;
mod parameters;
mod properties;
mod servers;
mod statuses;
mod token;

use std::collections::BTreeMap;

use mde_codegen::{Document, Pointer};

pub(crate) use self::servers::of_host;

use crate::evidence::operations::{Operation, operations};
use crate::evidence::place::Place;
use crate::evidence::source::Source;
use crate::evidence::statement::{Outcome, Speaker, Statement};

/// Everything that a source states, except by its exchanges.
pub(crate) fn statements<'a>(contract: &'a Document, source: &'a Source) -> Vec<Statement<'a>> {
    let mut speaker = Speaker::new(contract, &source.name);
    servers::say(&mut speaker, source);
    token::say(&mut speaker, source);
    for operation in subjects(&mut speaker, source) {
        speaker.operation = Some(operation.pointer.clone());
        operation::say(&mut speaker, source, &operation);
        parameters::say(&mut speaker, source, &operation);
        statuses::say(&mut speaker, source, &operation);
        properties::say(&mut speaker, source, &operation);
        token::say_of_operation(&mut speaker, source, &operation);
    }
    merged(speaker.statements)
}

/// The operations that a source speaks of: the one that it names, or else all.
pub(crate) fn subjects<'a>(speaker: &mut Speaker<'a>, source: &'a Source) -> Vec<Operation> {
    let all = operations(speaker.contract);
    let root = Place::root(&source.description);
    let Some(named) = source.facts().get("operation").or_else(|| root.get("speaks-of")) else { return all };
    let (Some((method, _)), Some((path, place))) = (named.get_text("method"), named.get_text("path")) else {
        return Vec::new();
    };
    match all.into_iter().find(|operation| operation.method == method && operation.path == path) {
        Some(operation) => vec![operation],
        None => {
            let item = Pointer::root().child("paths").child(path);
            let missing = if speaker.contract.get(&item).is_some() { item.child(method.to_lowercase()) } else { item };
            speaker.exists(&named.pointer, &place, missing);
            Vec::new()
        }
    }
}

/// A source that speaks of the whole API is right where it is right about one operation.
pub(crate) fn merged(statements: Vec<Statement<'_>>) -> Vec<Statement<'_>> {
    let place =
        |statement: &Statement<'_>| (statement.place.document.name().to_owned(), statement.place.pointer.clone());
    let contradicted = |statement: &Statement<'_>| matches!(statement.outcome, Outcome::Contradicted(_));
    let mut wrong_about = BTreeMap::new();
    for statement in statements.iter().filter(|statement| statement.operation.is_some()) {
        let operations: &mut BTreeMap<_, _> = wrong_about.entry(place(statement)).or_default();
        *operations.entry(statement.operation.clone()).or_insert(false) |= contradicted(statement);
    }
    let is_right_elsewhere = |statement: &Statement<'_>| {
        let operations = wrong_about.get(&place(statement)).filter(|_| statement.operation.is_some());
        operations.is_some_and(|operations| operations.values().any(|wrong| !wrong))
    };
    statements.into_iter().filter(|statement| !contradicted(statement) || !is_right_elsewhere(statement)).collect()
}
