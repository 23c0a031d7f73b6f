//! The answers and the single values that the evidence has.

use std::collections::BTreeSet;

use mde_tests::{Source, sources};
use serde_json::Value as Json;

use crate::contract::{bodies, contract, has_property, is_address, resolved, schema};

/// Takes the place of an address that a source did not show: one that is reserved for documentation.
const SOME_ADDRESS: &str = "192.0.2.1";

/// A body of an answer, to be read as the type that its status has.
#[derive(Clone)]
pub(crate) struct Answer {
    /// Where it is from, and what was put into it.
    pub(crate) name: String,
    /// The operation that its source is about, if it is about one.
    pub(crate) operation: Option<String>,
    /// The status that it was sent with.
    pub(crate) status: String,
    /// The body.
    pub(crate) text: String,
}

impl Answer {
    /// The same answer with another value of a property; `path` is as in the facts, with a slash between names.
    pub(crate) fn with(&self, path: &str, value: &Json) -> Self {
        let mut body: Json = serde_json::from_str(&self.text).unwrap();
        let place = path.split('/').fold(&mut body, |within, name| &mut within[name]);
        *place = value.clone();
        Self { name: format!("{} with {path} {value}", self.name), text: body.to_string(), ..self.clone() }
    }

    /// The schemas that it may have.
    pub(crate) fn bodies<'a>(&self, contract: &'a Json) -> BTreeSet<&'a str> {
        bodies(contract, self.operation.as_deref(), &self.status)
    }

    /// Whether it is what a fact is about, a `success` or an `error`.
    fn is(&self, of: &str) -> bool {
        match of {
            "success" => self.status.starts_with('2'),
            "error" => !self.status.starts_with('2'),
            other => panic!("a property of {other:?} is of no answer"),
        }
    }

    /// Whether what a source states of a property can be a value in it: no answer of another operation, and one that has
    /// the property, where the source is about the whole API.
    fn could_have(&self, source: &Source, path: &str) -> bool {
        match (&source.operation, &self.operation) {
            (Some(about), Some(of)) => about == of,
            _ => self.bodies(contract()).into_iter().any(|body| has_property(contract(), body, path)),
        }
    }
}

/// Every answer of an operation of the contract, and the files with an answer of something else.
pub(crate) fn answers() -> (Vec<Answer>, BTreeSet<String>) {
    let (mut answers, mut outside) = (Vec::new(), BTreeSet::new());
    for Source { folder, description, operation } in sources() {
        for exchange in items(&description["exchanges"]) {
            let Some(file) = exchange.get("answer").and_then(Json::as_str) else { continue };
            let name = format!("{folder}/{file}");
            if exchange["route"] == "outside" || description["route"] == "outside" {
                outside.insert(name);
                continue;
            }
            let file = mde_openapi::FILES.iter().find(|file| file.path == name);
            let text = file.unwrap_or_else(|| panic!("{folder} names an answer {name} that is not there")).text;
            let (operation, status) = (operation.clone(), exchange["status"].to_string());
            let answer = Answer { name, operation, status, text: text.to_owned() };
            answers.push(filled(answer, exchange));
        }
    }
    (answers, outside)
}

/// The answer with an address for each address that is a placeholder or was left out. All other values stay as they
/// are, for every text is one.
fn filled(answer: Answer, exchange: &Json) -> Answer {
    let contract = contract();
    let pointers = items(&exchange["placeholders"]).chain(items(&exchange["elided"]));
    pointers.fold(answer, |answer, pointer| {
        let path = pointer.as_str().unwrap().trim_start_matches('/');
        let of_address = answer.bodies(contract).into_iter().any(|body| {
            let property = &schema(contract, body)["properties"][path];
            is_address(resolved(contract, property))
        });
        if of_address {
            Answer { name: answer.name.clone(), ..answer.with(path, &SOME_ADDRESS.into()) }
        } else {
            answer
        }
    })
}

/// Every value of a property that a source states alone, in each answer that could have it.
pub(crate) fn single_values(answers: &[Answer]) -> Vec<Answer> {
    let mut found = Vec::new();
    for source in sources() {
        for property in items(&source.description["facts"]["properties"]) {
            let (path, of) = (property["name"].as_str().unwrap(), property["of"].as_str().unwrap());
            for value in items(&property["values"]) {
                let of_kind = answers.iter().filter(|answer| answer.is(of) && answer.could_have(&source, path));
                let with = of_kind.map(|answer| answer.with(path, value)).collect::<Vec<_>>();
                assert!(!with.is_empty(), "{}: no answer can have the {path} {value}", source.folder);
                found.extend(with);
            }
        }
    }
    found
}

/// Every address that a source states alone, in each answer as each property that is an address.
pub(crate) fn addresses(answers: &[Answer]) -> Vec<Answer> {
    let sources = sources();
    let addresses = sources.iter().flat_map(|source| items(&source.description["facts"]["addresses"]));
    addresses.flat_map(|address| with_each(answers, is_address, address)).collect()
}

/// A value in each answer as each property that is of a kind.
pub(crate) fn with_each(answers: &[Answer], kind: fn(&Json) -> bool, value: &Json) -> Vec<Answer> {
    let contract = contract();
    let mut found = Vec::new();
    for answer in answers {
        for body in answer.bodies(contract) {
            let properties = schema(contract, body)["properties"].as_object().unwrap();
            let of_kind = properties.iter().filter(|(_, property)| kind(resolved(contract, property)));
            found.extend(of_kind.map(|(name, _)| answer.with(name, value)));
        }
    }
    assert!(!found.is_empty(), "no answer can have {value}");
    found
}

fn items(list: &Json) -> impl Iterator<Item = &Json> {
    list.as_array().into_iter().flatten()
}
