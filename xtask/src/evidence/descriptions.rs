//! Descriptions are our words, and yet they must not contradict the contract. Each number, host, JSON name, unit and proper
//! noun in one is an element of the contract, or held by the `words` of a ruling; and the words of a ruling are there.
//! What no program can read, such as a negation, is shown to the reviewer by `cargo xtask diff`.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::form::DESCRIPTION;
use crate::evidence::names::Named;
use crate::evidence::rulings::{Ruling, Subject};

/// Words that change what a description states, in the singular: units, and words that have an opposite.
const DECISIVE: &[&str] = &[
    "byte",
    "commercial",
    "connection",
    "current",
    "day",
    "decimal",
    "deprecated",
    "device",
    "distinct",
    "earlier",
    "empty",
    "first",
    "government",
    "hour",
    "last",
    "latest",
    "local",
    "machine",
    "maximum",
    "millisecond",
    "minimum",
    "minute",
    "month",
    "newest",
    "null",
    "oldest",
    "optional",
    "required",
    "second",
    "user",
    "utc",
    "week",
    "year",
];

const NUMBERS: &[&str] =
    &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// Levels below an element that are other elements, whose values its description does not speak of.
const OTHER_ELEMENTS: &[&str] = &["parameters", "successes", "errors", "headers", "properties", "body", "examples"];

/// A finding for each statement of a description that nothing supports, and for each that is held and missing.
pub(crate) fn check(contract: &Named<'_>, rulings: &[Ruling<'_>]) -> Vec<Finding> {
    let mut descriptions = Vec::new();
    collect(contract.root(), &Pointer::root(), &mut descriptions);
    let mut names = BTreeSet::new();
    keys_below(contract.root(), &mut names);
    let mut held: Held<'_> = BTreeMap::new();
    for (ruling, subject) in rulings.iter().flat_map(|ruling| ruling.words.iter().map(move |words| (ruling.id, words)))
    {
        let locations: BTreeSet<_> = subject.pointers.iter().map(|pointer| contract.origin(pointer)).collect();
        for location in locations {
            held.entry(location).or_default().push((ruling, subject));
        }
    }
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for pointer in descriptions {
        // What several operations or statuses share is described once.
        if seen.insert(contract.origin(&pointer)) {
            Description::of(contract, &pointer, &held, &names).check(&mut findings);
        }
    }
    findings
}

/// The pointer of each description.
fn collect(value: &Json, pointer: &Pointer, descriptions: &mut Vec<Pointer>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let below = pointer.child(key);
        if key == "description" && value.is_string() && pointer.last() != "properties" {
            descriptions.push(below);
        } else if key != "examples" {
            collect(value, &below, descriptions);
        }
    }
}

fn keys_below<'a>(value: &'a Json, names: &mut BTreeSet<&'a str>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        names.insert(key);
        keys_below(value, names);
    }
}

/// The words that rulings hold, each with the id of the ruling, by where their element stands.
type Held<'a> = BTreeMap<Pointer, Vec<(&'a str, &'a Subject<'a>)>>;

struct Description<'a> {
    contract: &'a Named<'a>,
    pointer: &'a Pointer,
    text: String,
    /// What rulings hold that the description has.
    held: Vec<(&'a str, &'a Subject<'a>)>,
    /// What the element itself says, in lower case.
    support: BTreeSet<String>,
    /// Whole values of the element.
    values: Vec<String>,
    /// Every name of the contract.
    names: &'a BTreeSet<&'a str>,
}

impl<'a> Description<'a> {
    fn of(contract: &'a Named<'a>, pointer: &'a Pointer, held: &Held<'a>, names: &'a BTreeSet<&'a str>) -> Self {
        let element = pointer.parent();
        let held = held.get(&contract.origin(&element)).cloned().unwrap_or_default();
        let mut description = Self {
            contract,
            pointer,
            text: contract.text(pointer).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
            held,
            support: BTreeSet::new(),
            values: Vec::new(),
            names,
        };
        for word in words_of(&element.last()) {
            description.support.insert(word);
        }
        description.take(contract.get(&element).unwrap_or(&Json::Null));
        let phrases = description.held.iter().flat_map(|(_, subject)| phrases(subject)).collect::<Vec<_>>();
        for phrase in phrases {
            description.support.extend(words_of(phrase));
            description.values.push(phrase.to_owned());
        }
        description
    }

    /// Takes the values of the element as support.
    fn take(&mut self, value: &Json) {
        match value {
            Json::Object(entries) => {
                for (key, value) in entries.iter().filter(|(key, _)| !OTHER_ELEMENTS.contains(&key.as_str())) {
                    match (key.as_str(), value) {
                        ("description", _) => {}
                        ("nullable", Json::Bool(true)) => drop(self.support.insert("null".to_owned())),
                        (flag, Json::Bool(true)) => drop(self.support.insert(flag.to_owned())),
                        _ => self.take(value),
                    }
                }
            }
            Json::String(text) => {
                self.support.extend(words_of(text));
                self.values.push(text.clone());
            }
            Json::Number(number) => drop(self.support.insert(number.to_string())),
            _ => {}
        }
    }

    fn check(&self, findings: &mut Vec<Finding>) {
        let element = self.contract.name(&self.pointer.parent());
        let mut reported = BTreeSet::new();
        let mut starts_sentence = true;
        for token in self.text.split(' ') {
            let word = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '`' | '@' | '/' | '$'));
            let word = word.trim_end_matches('.');
            if !word.is_empty() && !self.is_supported(word, starts_sentence) && reported.insert(word) {
                let message = format!("the description of {element} says {word:?}, which nothing supports");
                let help = format!(
                    "correct it; or state the fact in the contract; or add a ruling with `words` for {element}"
                );
                findings.push(self.contract.finding(DESCRIPTION, self.pointer, message, help));
            }
            starts_sentence = token.ends_with(['.', ':', '?']);
        }
        let text = self.text.to_lowercase();
        for (ruling, subject) in &self.held {
            for phrase in phrases(subject).filter(|phrase| !contains_words(&text, &phrase.to_lowercase())) {
                let message = format!("the description of {element} lacks {phrase:?}, which the ruling {ruling} holds");
                let help = "correct the description; or change the ruling and its reason";
                let note = subject.node.note(format!("the ruling {ruling} holds it"));
                findings.push(self.contract.finding(DESCRIPTION, self.pointer, message, help).with_note(note));
            }
        }
    }

    fn is_supported(&self, word: &str, starts_sentence: bool) -> bool {
        let plain = word.trim_matches('`');
        let in_a_value = || self.values.iter().any(|value| value.contains(plain));
        let is_host = plain.split('.').filter(|label| !label.is_empty()).count() > 1 && !plain.contains('/');
        let capitals = plain.chars().filter(|c| c.is_uppercase()).count();
        let begins_small = plain.starts_with(|c: char| c.is_lowercase());
        if plain.starts_with(|c: char| c.is_ascii_digit()) {
            self.support.contains(&plain.replace(',', ""))
        } else if word.starts_with('`') || plain.contains('@') || (begins_small && capitals > 0) {
            self.names.contains(plain) || in_a_value()
        } else if is_host {
            in_a_value()
        } else if capitals > 1 || (capitals == 1 && !begins_small && !starts_sentence) {
            parts(plain).all(|part| self.support.contains(&singular(part)))
        } else {
            parts(plain).all(|part| {
                let part = singular(part);
                let number = NUMBERS.iter().skip(2).chain(&NUMBERS[..1]).any(|number| *number == part);
                !(number || DECISIVE.contains(&part.as_str())) || self.support.contains(&part)
            })
        }
    }
}

/// What a ruling holds of the description.
fn phrases<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a str> {
    subject.node.json.as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// Whether a text has some words one behind the other, whole.
fn contains_words(text: &str, words: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(words).any(|(start, _)| {
        is_edge(text[..start].chars().next_back()) && is_edge(text[start + words.len()..].chars().next())
    })
}

fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(['-', '/']).filter(|part| !part.is_empty())
}

/// A word in lower case, without the ending of a plural.
fn singular(word: &str) -> String {
    let word = word.to_lowercase();
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word,
    }
}

/// The words of a name in camel or kebab case, or of a text.
fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let is_edge = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if is_edge {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.push(c);
        }
        before = c;
    }
    let whole = text.to_lowercase();
    words.iter().filter(|word| !word.is_empty()).map(|word| singular(word)).chain([whole]).collect()
}
