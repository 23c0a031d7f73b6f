//! The examples of the contract against what the sources show: each is named by its source, and its value is to the letter
//! that of an exchange of that source; and each value that a source shows is an example.

use std::collections::BTreeSet;
use std::sync::Arc;

use mde_codegen::{Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::claims::{Claimant, subjects};
use crate::evidence::contract::{Operation, operations};
use crate::evidence::form::{EXAMPLE, Node, shown as in_words};
use crate::evidence::names::Named;
use crate::evidence::requests::read;
use crate::evidence::sources::EvidenceSource;

/// A value that an exchange shows of an element that can have examples.
struct Shown<'a> {
    source: &'a str,
    /// The elements that it can be an example of. One of them is enough: a source that does not name its operation is
    /// right where it is right about one.
    elements: Vec<Pointer>,
    /// The value, or its text where it stands in a request.
    value: Value<'a>,
    node: Node<'a>,
}

enum Value<'a> {
    Json(&'a Json),
    Text(String),
}

impl Value<'_> {
    /// A number in a request is a text there.
    fn is(&self, example: &Json) -> bool {
        match self {
            Self::Json(value) => *value == example,
            Self::Text(text) => example.as_str().map_or_else(|| example.to_string(), str::to_owned) == *text,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Json(value) => in_words(value),
            Self::Text(text) => text.clone(),
        }
    }
}

/// What the examples of a contract and the exchanges of the sources do not have in common.
pub(crate) fn check(contract: &Named<'_>, sources: &[Arc<EvidenceSource>]) -> Vec<Finding> {
    let shown: Vec<_> = sources.iter().flat_map(|source| shown_by(contract, source)).collect();
    let mut findings = Vec::new();
    for element in elements(contract) {
        let examples = contract.get(&element.child("examples")).and_then(Json::as_object);
        for (name, example) in examples.into_iter().flatten() {
            let pointer = element.child("examples").child(name);
            // That each has a value is a rule of the contract alone.
            if let Some(value) = example.get("value") {
                let of_source = shown.iter().filter(|shown| shown.source == name && shown.elements.contains(&element));
                let of_source: Vec<_> = of_source.collect();
                let is_unread = |source: &Arc<EvidenceSource>| source.name == *name && is_unread(contract, source);
                if !of_source.is_empty() || !sources.iter().any(is_unread) {
                    findings.extend(differs(contract, &pointer, value, name, &of_source));
                }
            }
        }
    }
    findings.extend(shown.iter().filter_map(|shown| is_missing(contract, shown)));
    findings
}

/// The finding about an example that is no value of its source.
fn differs(contract: &Named<'_>, pointer: &Pointer, value: &Json, name: &str, shown: &[&Shown<'_>]) -> Option<Finding> {
    if shown.iter().any(|shown| shown.value.is(value)) {
        return None;
    }
    let Some(first) = shown.first() else {
        let message = format!("no source {name} shows a value for this element");
        let help = "name the example after the folder of the source that shows it, or remove it; what a source marks as a \
                    placeholder is no example";
        return Some(contract.finding(EXAMPLE, pointer, message, help));
    };
    let (at, example, stated) = first_difference(&pointer.child("value"), value, &first.value);
    let message = format!("the example is {example}, but {name} shows {stated}");
    let help = format!("write what {name} shows, to the letter");
    let finding = contract.finding(EXAMPLE, &at, message, help);
    Some(finding.with_note(first.node.note(format!("{name} shows it here"))))
}

/// Where an example first differs from what is shown, and both values there.
fn first_difference(pointer: &Pointer, example: &Json, shown: &Value<'_>) -> (Pointer, String, String) {
    if let (Json::Object(example), Value::Json(Json::Object(shown))) = (example, shown) {
        for key in shown.keys().chain(example.keys()) {
            match (example.get(key), shown.get(key)) {
                (Some(example), Some(shown)) if example != shown => {
                    return first_difference(&pointer.child(key), example, &Value::Json(shown));
                }
                (Some(example), None) => return (pointer.child(key), in_words(example), format!("no {key}")),
                (None, Some(shown)) => return (pointer.clone(), format!("without {key}"), in_words(shown)),
                _ => {}
            }
        }
    }
    (pointer.clone(), in_words(example), shown.words())
}

/// The finding about a value that a source shows, where no element has an example of that name.
fn is_missing(contract: &Named<'_>, shown: &Shown<'_>) -> Option<Finding> {
    let has = |element: &Pointer| contract.get(&element.child("examples").child(shown.source)).is_some();
    let element = shown.elements.first().filter(|_| !shown.elements.iter().any(has))?;
    let message = format!("{} shows {}, which is no example of this element", shown.source, shown.value.words());
    let help = format!("add it under `examples`, as `{}: {{value: …}}`", shown.source);
    let finding = contract.finding(EXAMPLE, &element.child("examples").child(shown.source), message, help);
    Some(finding.with_note(shown.node.note("it is shown here")))
}

/// Every element of the contract that can have examples, once.
fn elements(contract: &Named<'_>) -> BTreeSet<Pointer> {
    let all = operations(contract).into_iter().flat_map(|operation| {
        let responses = ["successes", "errors"].map(|level| contract.entries(&operation.pointer.child(level)));
        let media = responses.concat().into_iter().map(|response| response.child("content").child("application/json"));
        operation.parameters(contract).into_iter().chain(media).collect::<Vec<_>>()
    });
    all.collect()
}

/// Where the JSON body of a status stands, with its examples.
fn media(operation: &Operation, status: &str) -> Pointer {
    operation.response(status).child("content").child("application/json")
}

/// What the exchanges of a source show. One that cannot be read has findings of its own.
fn shown_by<'a>(contract: &'a Named<'a>, source: &'a EvidenceSource) -> Vec<Shown<'a>> {
    let mut shown = Vec::new();
    for exchange in source.exchanges().into_iter().filter(|exchange| exchange.get("route").is_none()) {
        let called = match exchange.get_text("request") {
            Some((file, node)) => {
                let Some((operation, values)) = called(contract, source, file) else { continue };
                shown.extend(in_request(contract, source, &operation, values, &node));
                vec![operation]
            }
            None => subjects(&mut Claimant::new(contract, source), source),
        };
        let answer = exchange.get_text("answer").and_then(|(file, _)| source.answers.get(file));
        let is_placeholder = !exchange.items("placeholders").is_empty();
        if let Some((answer, status)) = answer.zip(exchange.get("status")).filter(|_| !is_placeholder) {
            let media = called.iter().map(|operation| media(operation, &status.words()));
            let elements = media.filter(|element| contract.get(element).is_some()).collect();
            let (value, node) = (Value::Json(answer.root()), Node::root(answer));
            shown.push(Shown { source: &source.name, elements, value, node });
        }
    }
    shown
}

/// Whether a source has a request that is no call of one operation. What it shows is not known then.
fn is_unread(contract: &Named<'_>, source: &EvidenceSource) -> bool {
    let exchanges = source.exchanges().into_iter().filter(|exchange| exchange.get("route").is_none());
    let mut files = exchanges.filter_map(|exchange| exchange.get_text("request").map(|(file, _)| file));
    files.any(|file| called(contract, source, file).is_none())
}

/// The one operation that a request is a call of, and the values in it by the names of parameters.
fn called(contract: &Named<'_>, source: &EvidenceSource, file: &str) -> Option<(Operation, Vec<(String, String)>)> {
    let file = source.requests.get(file)?;
    let request = read(&file.name, &file.text).ok()?;
    let same_method = operations(contract).into_iter().filter(|operation| operation.method == request.method);
    let mut fitting = same_method.filter_map(|operation| Some((request.fit(&operation.path)?, operation)));
    let (mut values, operation) = fitting.next().filter(|_| fitting.next().is_none())?;
    values.extend(request.query);
    Some((operation, values))
}

/// The values in a request that are those of parameters.
fn in_request<'a>(
    contract: &Named<'_>,
    source: &'a EvidenceSource,
    operation: &Operation,
    values: Vec<(String, String)>,
    node: &Node<'a>,
) -> Vec<Shown<'a>> {
    let parameters = operation.parameters(contract);
    let shown = values.into_iter().filter_map(|(name, value)| {
        let of_name = |pointer: &&Pointer| contract.text(&pointer.child("name")) == Some(&name);
        let element = parameters.iter().find(of_name)?.clone();
        let request = node.text().and_then(|file| source.requests.get(file));
        let node = Node { request, ..node.clone() };
        Some(Shown { source: &source.name, elements: vec![element], value: Value::Text(value), node })
    });
    shown.collect()
}
