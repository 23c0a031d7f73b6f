//! What a source claims about one element of the contract, and whether the contract agrees. A value that was seen on the
//! wire claims what its schema must admit: strictly, so that nothing it shows may be undeclared.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Note, Pointer};
use regress::Regex;
use serde_json::{Value as Json, json};

use crate::evidence::contract::{Operation, Schema, keeps, operation_pointer, operations, type_of};
use crate::evidence::form::{Node, shown};
use crate::evidence::names::Named;
use crate::evidence::sources::EvidenceSource;

/// What one source says about one element of the contract.
#[derive(Clone, Debug)]
pub(crate) struct Claim<'a> {
    /// The folder of the source.
    pub(crate) source: &'a str,
    /// The description of the source.
    pub(crate) description: &'a Document,
    /// What a ruling cites: a pointer into the description of the source.
    pub(crate) fact: Pointer,
    /// The exact location of the claim, there or in a file beside it.
    pub(crate) node: Node<'a>,
    /// What the source says.
    pub(crate) stated: Json,
    /// The element of the contract.
    pub(crate) pointer: Pointer,
    /// The pointer of the operation that the claim is about, if it is about one.
    pub(crate) operation: Option<Pointer>,
    pub(crate) agreement: Agreement,
}

impl Claim<'_> {
    /// What the source says, as a note below a finding.
    pub(crate) fn note(&self) -> Note {
        // A request does not state what it lacks.
        if self.stated.is_null() && !self.node.json.is_null() {
            return self.node.note(format!("{} shows this request", self.source));
        }
        self.node.note(format!("{} says {}", self.source, shown(&self.stated)))
    }
}

/// How a claim compares with the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The contract says the same, so this source states the element.
    Witnessed,
    /// The contract allows what the source says, but does not say the same.
    Allowed,
    /// The contract says otherwise, or does not say it.
    Contradicted(String),
}

/// Collects the claims of a source.
pub(crate) struct Claimant<'a> {
    pub(crate) contract: &'a Named<'a>,
    pub(crate) source: &'a str,
    description: &'a Document,
    pub(crate) operation: Option<Pointer>,
    pub(crate) claims: Vec<Claim<'a>>,
}

impl<'a> Claimant<'a> {
    pub(crate) fn new(contract: &'a Named<'a>, source: &'a EvidenceSource) -> Self {
        Self { contract, source: &source.name, description: &source.description, operation: None, claims: Vec::new() }
    }

    /// Records a claim about an element. `fact` is the pointer that a ruling cites for it.
    pub(crate) fn claim(
        &mut self,
        fact: &Pointer,
        node: &Node<'a>,
        pointer: Pointer,
        stated: Json,
        agreement: Agreement,
    ) {
        self.claims.push(Claim {
            source: self.source,
            description: self.description,
            fact: fact.clone(),
            node: node.clone(),
            stated,
            pointer,
            operation: self.operation.clone(),
            agreement,
        });
    }

    /// The element must have exactly this value.
    pub(crate) fn equals(&mut self, fact: &Pointer, node: &Node<'a>, pointer: Pointer, stated: Json) {
        let agreement = self.compared(&pointer, &stated, &format!("says {}", shown(&stated)));
        self.claim(fact, node, pointer, stated, agreement);
    }

    /// How an element compares with the value that it must have. `verb` is what the source does, such as `says 30`.
    pub(crate) fn compared(&self, pointer: &Pointer, value: &Json, verb: &str) -> Agreement {
        match self.contract.get(pointer) {
            Some(known) if known == value => Agreement::Witnessed,
            Some(known) => {
                Agreement::Contradicted(format!("the contract says {}, but {} {verb}", shown(known), self.source))
            }
            None => {
                Agreement::Contradicted(format!("the contract has no `{}`, but {} {verb}", pointer.last(), self.source))
            }
        }
    }

    /// The value of a fact is that of the element.
    pub(crate) fn same(&mut self, node: &Node<'a>, pointer: Pointer) {
        self.equals(&node.pointer, node, pointer, node.json.clone());
    }

    /// The element must exist, with any value.
    pub(crate) fn exists(&mut self, fact: &Pointer, node: &Node<'a>, pointer: Pointer) {
        let agreement = match self.contract.get(&pointer) {
            Some(_) => Agreement::Witnessed,
            None => {
                Agreement::Contradicted(format!("the contract has no `{}`, but {} has it", pointer.last(), self.source))
            }
        };
        self.claim(fact, node, pointer, node.json.clone(), agreement);
    }

    /// The element must not exist.
    pub(crate) fn absent(&mut self, fact: &Pointer, node: &Node<'a>, pointer: Pointer) {
        let agreement = match self.contract.get(&pointer) {
            None => Agreement::Allowed,
            Some(_) => Agreement::Contradicted(format!(
                "the contract has `{}`, but {} says there is none",
                pointer.last(),
                self.source
            )),
        };
        self.claim(fact, node, pointer, node.json.clone(), agreement);
    }

    /// A list of the contract must have this item.
    pub(crate) fn lists(&mut self, node: &Node<'a>, list: &Pointer) {
        let stated = node.json;
        match self.contract.entries(list).into_iter().find(|item| self.contract.get(item) == Some(stated)) {
            Some(item) => self.same(node, item),
            None => self.lacks(node, list.clone(), format!("`{}` has no {}", list.last(), shown(stated))),
        }
    }

    /// The contract lacks what a node says. `message` begins with what is missing.
    pub(crate) fn lacks(&mut self, node: &Node<'a>, pointer: Pointer, message: String) {
        let agreement = Agreement::Contradicted(format!("{message}, but {} says otherwise", self.source));
        self.claim(&node.pointer, node, pointer, node.json.clone(), agreement);
    }
}

/// The operations that a source speaks of: the one that it names, or else all.
pub(crate) fn subjects<'a>(claimant: &mut Claimant<'a>, source: &'a EvidenceSource) -> Vec<Operation> {
    let all = operations(claimant.contract);
    let Some((id, node)) = source.speaks_of() else { return all };
    match all.into_iter().find(|operation| operation.id == id) {
        Some(operation) => vec![operation],
        None => {
            let message = format!("the contract has no operation {id}");
            claimant.lacks(&node, operation_pointer(id), message);
            Vec::new()
        }
    }
}

/// Drops contradictions of a source about an operation that is not known, where it is right about at least one.
pub(crate) fn merged(claims: Vec<Claim<'_>>) -> Vec<Claim<'_>> {
    let origin = |claim: &Claim<'_>| (claim.node.document.name().to_owned(), claim.node.pointer.clone());
    let contradicted = |claim: &Claim<'_>| matches!(claim.agreement, Agreement::Contradicted(_));
    let mut wrong_about = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.operation.is_some()) {
        let operations: &mut BTreeMap<_, _> = wrong_about.entry(origin(claim)).or_default();
        *operations.entry(claim.operation.clone()).or_insert(false) |= contradicted(claim);
    }
    let is_right_elsewhere = |claim: &Claim<'_>| {
        let operations = wrong_about.get(&origin(claim)).filter(|_| claim.operation.is_some());
        operations.is_some_and(|operations| operations.values().any(|wrong| !wrong))
    };
    claims.into_iter().filter(|claim| !contradicted(claim) || !is_right_elsewhere(claim)).collect()
}

/// A value that was seen: in an answer, in a request, or alone.
pub(crate) struct Observation<'a, 'b> {
    /// What a ruling cites for it.
    pub(crate) fact: &'b Pointer,
    pub(crate) node: Node<'a>,
    pub(crate) value: Json,
    /// Places of the same document whose values the source did not really show.
    pub(crate) masked: &'b BTreeSet<Pointer>,
}

impl<'a> Claimant<'a> {
    /// Holds a value against a schema.
    pub(crate) fn observe(&mut self, pointer: &Pointer, seen: &Observation<'a, '_>) {
        let schema = Schema::at(self.contract, pointer);
        let Some(kind) = type_of(&seen.value) else {
            self.equals_seen(seen, schema.pointer().child("nullable"), json!(true));
            // OpenAPI 3.0.3 lets `nullable` have an effect only beside a `type`.
            let beside = schema.pointer().child("type");
            if self.contract.get(&beside).is_none() {
                let message =
                    format!("`nullable` without a `type` does not allow null, but {} shows null", self.source);
                self.refuse(seen, beside.clone(), message);
            }
            // Nor does it in spite of the `type` of a schema that it refers to.
            for (of_part, _) in schema.keyword("type").into_iter().filter(|(pointer, _)| *pointer != beside) {
                self.equals_seen(seen, of_part.parent().child("nullable"), json!(true));
            }
            return;
        };
        let types = schema.keyword("type");
        if types.is_empty() {
            self.equals_seen(seen, schema.pointer().child("type"), json!(kind));
        }
        for (pointer, _) in types {
            self.equals_seen(seen, pointer, json!(kind));
        }
        if seen.masked.contains(&seen.node.pointer) {
            return;
        }
        match &seen.value {
            Json::Object(_) => self.observe_object(&schema, seen),
            Json::Array(items) => self.observe_items(&schema, seen, items),
            value => self.observe_scalar(&schema, seen, value),
        }
    }

    fn observe_object(&mut self, schema: &Schema<'a>, seen: &Observation<'a, '_>) {
        for (name, node) in seen.node.entries() {
            let property = schema.pointer_of_property(name);
            self.exists(seen.fact, &node, property.clone());
            if schema.property(name).is_some() {
                let value = node.json.clone();
                self.observe(&property, &Observation { node, value, ..*seen });
            }
        }
        for (pointer, names) in schema.keyword("required") {
            for (key, name) in names.as_object().into_iter().flatten() {
                let absent = name.as_str().filter(|name| seen.value.get(name).is_none());
                if let Some(name) = absent {
                    self.refuse(
                        seen,
                        pointer.child(key),
                        format!("`{name}` is required, but {} shows an answer without it", self.source),
                    );
                }
            }
        }
    }

    fn observe_items(&mut self, schema: &Schema<'a>, seen: &Observation<'a, '_>, items: &[Json]) {
        let Some((pointer, _)) = schema.keyword("items").into_iter().next() else {
            if schema.text("type") == Some("array") {
                let message = format!("the list has no `items`, but {} shows some", self.source);
                self.refuse(seen, schema.pointer().child("items"), message);
            }
            return;
        };
        for (index, value) in items.iter().enumerate() {
            let node = seen.node.item(index);
            self.observe(&pointer, &Observation { node, value: value.clone(), ..*seen });
        }
    }

    fn observe_scalar(&mut self, schema: &Schema<'a>, seen: &Observation<'a, '_>, value: &Json) {
        // A value of another type is reported already, and has no format.
        let formats = if schema.text("type") == type_of(value) { schema.keyword("format") } else { Vec::new() };
        for (pointer, format) in formats {
            if format.as_str().and_then(|format| keeps(value, format)) == Some(false) {
                self.refuse(
                    seen,
                    pointer,
                    format!("the contract says {}, but {} shows {}", shown(format), self.source, shown(value)),
                );
            }
        }
        for (pointer, alternatives) in schema.keyword("oneOf") {
            self.observe_alternatives(seen, &pointer, alternatives, value);
        }
        for (key, fits) in BOUNDS {
            for (pointer, bound) in schema.keyword(key) {
                if !fits(value, bound) {
                    self.refuse(
                        seen,
                        pointer,
                        format!(
                            "the contract's `{key}` is {}, but {} shows {}",
                            shown(bound),
                            self.source,
                            shown(value)
                        ),
                    );
                }
            }
        }
    }

    /// A value must be of the format of exactly one alternative, which it then witnesses.
    fn observe_alternatives(
        &mut self,
        seen: &Observation<'a, '_>,
        pointer: &Pointer,
        alternatives: &Json,
        value: &Json,
    ) {
        let alternatives = alternatives.as_object().into_iter().flatten();
        let formats = alternatives.map(|(key, part)| (key, part.get("format").and_then(Json::as_str)));
        let fitting: Vec<_> =
            formats.filter(|(_, format)| format.and_then(|format| keeps(value, format)) == Some(true)).collect();
        match fitting.as_slice() {
            [(key, Some(format))] => {
                self.equals_seen(seen, pointer.child(key).child("format"), json!(format));
            }
            _ => {
                let which = if fitting.is_empty() { "no alternative" } else { "more than one alternative" };
                let message = format!("{which} matches {}, which {} shows", shown(value), self.source);
                self.refuse(seen, pointer.clone(), message);
            }
        }
    }

    fn equals_seen(&mut self, seen: &Observation<'a, '_>, pointer: Pointer, stated: Json) {
        let agreement = self.compared(&pointer, &stated, &format!("shows {}", shown(&seen.value)));
        self.claim(seen.fact, &seen.node, pointer, seen.value.clone(), agreement);
    }

    fn refuse(&mut self, seen: &Observation<'a, '_>, pointer: Pointer, message: String) {
        self.claim(seen.fact, &seen.node, pointer, seen.value.clone(), Agreement::Contradicted(message));
    }
}

/// Whether a value keeps to a bound.
type Fits = fn(&Json, &Json) -> bool;

/// The keywords that limit a single value.
const BOUNDS: [(&str, Fits); 4] = [
    ("minimum", |value, bound| value.as_f64().zip(bound.as_f64()).is_none_or(|(value, bound)| value >= bound)),
    ("maximum", |value, bound| value.as_f64().zip(bound.as_f64()).is_none_or(|(value, bound)| value <= bound)),
    ("enum", |value, known| known.as_object().is_none_or(|known| known.values().any(|known| known == value))),
    ("pattern", |value, pattern| {
        let regex = pattern.as_str().and_then(|pattern| Regex::new(pattern).ok());
        regex.zip(value.as_str()).is_none_or(|(regex, text)| regex.find(text).is_some())
    }),
];
