//! What the evidence says about one element of the contract, and whether that is what the contract says.

use mde_codegen::{Document, Note, Pointer};
use serde_json::Value as Json;

use crate::evidence::form::shown;
use crate::evidence::place::Place;

/// What one source says about one element of the contract.
#[derive(Clone, Debug)]
pub(crate) struct Statement<'a> {
    /// The folder of the source.
    pub(crate) source: &'a str,
    /// What a ruling cites: a pointer into the description of the source.
    pub(crate) fact: Pointer,
    /// Where exactly it says so, there or in a file beside it.
    pub(crate) place: Place<'a>,
    /// What the source says.
    pub(crate) said: Json,
    /// The element of the contract.
    pub(crate) pointer: Pointer,
    /// The operation in whose name it is said, as its place in the contract.
    pub(crate) operation: Option<Pointer>,
    pub(crate) outcome: Outcome,
}

impl Statement<'_> {
    /// What the source says, to stand below a finding.
    pub(crate) fn note(&self) -> Note {
        // What a request lacks, it does not say.
        if self.said.is_null() && !self.place.json().is_null() {
            return self.place.note(format!("{} shows this request", self.source));
        }
        self.place.note(format!("{} says {}", self.source, shown(&self.said)))
    }
}

/// How a statement compares with the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The contract says the same, so this is where it has it from.
    Witnessed,
    /// The contract allows what is said, but says more or something else than this.
    Allowed,
    /// The contract says otherwise, or does not say it.
    Contradicted(String),
}

/// Collects statements on behalf of one fact.
pub(crate) struct Speaker<'a> {
    pub(crate) contract: &'a Document,
    pub(crate) source: &'a str,
    pub(crate) operation: Option<Pointer>,
    pub(crate) statements: Vec<Statement<'a>>,
}

impl<'a> Speaker<'a> {
    pub(crate) fn new(contract: &'a Document, source: &'a str) -> Self {
        Self { contract, source, operation: None, statements: Vec::new() }
    }

    /// Notes what a place says of an element. `fact` is what a ruling cites for it.
    pub(crate) fn say(&mut self, fact: &Pointer, place: &Place<'a>, pointer: Pointer, said: Json, outcome: Outcome) {
        self.statements.push(Statement {
            source: self.source,
            fact: fact.clone(),
            place: place.clone(),
            said,
            pointer,
            operation: self.operation.clone(),
            outcome,
        });
    }

    /// The element must have exactly this value.
    pub(crate) fn equals(&mut self, fact: &Pointer, place: &Place<'a>, pointer: Pointer, said: Json) {
        let outcome = self.compared(&pointer, &said, &format!("says {}", shown(&said)));
        self.say(fact, place, pointer, said, outcome);
    }

    /// How an element compares with the value that it must have. `told` is what the source does to that end.
    pub(crate) fn compared(&self, pointer: &Pointer, value: &Json, told: &str) -> Outcome {
        match self.contract.get(pointer) {
            Some(known) if known == value => Outcome::Witnessed,
            Some(known) => Outcome::Contradicted(format!("the contract says {}, {} {told}", shown(known), self.source)),
            None => Outcome::Contradicted(format!("the contract has no `{}`, {} {told}", pointer.last(), self.source)),
        }
    }

    /// The value of a fact is that of the element.
    pub(crate) fn same(&mut self, place: &Place<'a>, pointer: Pointer) {
        self.equals(&place.pointer, place, pointer, place.json().clone());
    }

    /// The element must be there, whatever it looks like.
    pub(crate) fn exists(&mut self, fact: &Pointer, place: &Place<'a>, pointer: Pointer) {
        let outcome = match self.contract.get(&pointer) {
            Some(_) => Outcome::Witnessed,
            None => Outcome::Contradicted(format!("the contract has no `{}`, {} has it", pointer.last(), self.source)),
        };
        self.say(fact, place, pointer, place.json().clone(), outcome);
    }

    /// The element must not be there.
    pub(crate) fn absent(&mut self, fact: &Pointer, place: &Place<'a>, pointer: Pointer) {
        let outcome = match self.contract.get(&pointer) {
            None => Outcome::Allowed,
            Some(_) => Outcome::Contradicted(format!(
                "the contract has `{}`, {} says there is none",
                pointer.last(),
                self.source
            )),
        };
        self.say(fact, place, pointer, place.json().clone(), outcome);
    }

    /// A list of the contract must have this item.
    pub(crate) fn lists(&mut self, place: &Place<'a>, list: &Pointer) {
        let said = place.json();
        let items = self.contract.get(list).and_then(Json::as_array);
        match items.and_then(|items| items.iter().position(|item| item == said)) {
            Some(index) => self.same(place, list.child(index)),
            None => self.lacks(place, list.clone(), format!("`{}` has no {}", list.last(), shown(said))),
        }
    }

    /// The contract lacks what a place says. `message` begins with what is not there.
    pub(crate) fn lacks(&mut self, place: &Place<'a>, pointer: Pointer, message: String) {
        let outcome = Outcome::Contradicted(format!("{message}, {} says otherwise", self.source));
        self.say(&place.pointer, place, pointer, place.json().clone(), outcome);
    }
}
