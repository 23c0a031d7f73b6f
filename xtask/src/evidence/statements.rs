//! The words beside the facts: what a source says in its own, under `as-stated`, and what we say about it. Whatever a
//! program can read in them must be a value of the facts, and a fact with a statement must be stated.

use mde_codegen::{Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::form::{Node, STATEMENT, shown};
use crate::evidence::sources::EvidenceSource;
use crate::evidence::words::{Quantity, Stated, contains_words, stated, unit_of, words};

/// The key of the source's own words.
pub(crate) const AS_STATED: &str = "as-stated";

/// Keys with words of ours.
const OURS: [&str; 5] = ["title", "about", "when", "meaning", "notes"];

/// Keys whose values are our way to write what a source says, so that no statement has them to the letter. `values` may
/// be shown by an answer instead.
const OUR_FORM: [&str; 14] = [
    "in",
    "of",
    "type",
    "format",
    "required",
    "body",
    "unit",
    "values",
    "fragments",
    "limited-by",
    "more-codes",
    "request-body",
    "odata-query-options",
    "addresses",
];

/// What a source calls the type of a value, as it is in OpenAPI: its type, and its format where the word implies one.
const TYPE_WORDS: [(&str, &str, Option<&str>); 7] = [
    ("int32", "integer", Some("int32")),
    ("int64", "integer", Some("int64")),
    ("integer", "integer", None),
    ("string", "string", None),
    ("text", "string", None),
    ("boolean", "boolean", None),
    ("object", "object", None),
];

/// One value among the facts, with the key that it has or that its list has.
struct Value<'a> {
    key: &'a str,
    json: &'a Json,
    unit: Option<u64>,
}

impl Value<'_> {
    fn quantity(&self) -> Option<Quantity> {
        self.json.as_u64().map(|number| Quantity { number, unit: self.unit })
    }
}

/// Everything in the words of a source, and in ours about it, that the facts do not say.
pub(crate) fn check(source: &EvidenceSource) -> Vec<Finding> {
    let mut findings = Vec::new();
    visit(&Node::root(&source.description).entry("facts"), &mut findings);
    check_our_words(source, &mut findings);
    findings
}

/// The statements within a node.
fn visit(node: &Node<'_>, findings: &mut Vec<Finding>) {
    for (_, child) in node.entries() {
        visit(&child, findings);
        for index in 0..child.json.as_array().map_or(0, Vec::len) {
            visit(&child.item(index), findings);
        }
    }
    if node.get(AS_STATED).is_some() {
        check_statements(node, findings);
    }
}

/// Compares the statements about a fact with its values, in both directions.
fn check_statements(fact: &Node<'_>, findings: &mut Vec<Finding>) {
    let mut values = Vec::new();
    collect(fact.json, "", None, false, &mut values);
    let statements = fact.items(AS_STATED);
    for statement in &statements {
        let Some(text) = statement.text() else { continue };
        for stated in stated(text) {
            if let Some(what) = unfounded(&stated, &values) {
                let message = format!("the source says {what} in {text:?}, which is no value of the fact beside it");
                let help = "correct the one that is wrong; of a statement, keep only the words that decide this fact";
                findings.push(fact.document.finding(STATEMENT, &statement.pointer, message, help));
            }
        }
    }
    let texts: Vec<_> = statements.iter().filter_map(Node::text).collect();
    let unsaid = values.iter().filter(|value| !OUR_FORM.contains(&value.key) && !is_said(value, &texts));
    for value in unsaid {
        let message = format!("no statement beside it says that `{}` is {}", value.key, shown(value.json));
        let help = "quote the words of the source that say so, or correct the value";
        findings.push(fact.document.finding(STATEMENT, &fact.pointer, message, help));
    }
    check_types(fact, &texts, findings);
}

/// The values within a fact. A statement is not about a fact that has statements of its own, nor about a list of facts,
/// unless all of them are asked for.
fn collect<'a>(json: &'a Json, key: &'a str, unit: Option<u64>, all: bool, values: &mut Vec<Value<'a>>) {
    match json {
        Json::Object(entries) => {
            // lookBackHours counts hours.
            let name = entries.get("name").and_then(Json::as_str).unwrap_or_default();
            let of_name = unit_of(
                name.rsplit_once(|c: char| c.is_ascii_uppercase()).map_or(name, |(before, _)| &name[before.len()..]),
            );
            for (key, value) in entries {
                if key == AS_STATED || OURS.contains(&key.as_str()) {
                    continue;
                }
                let is_other_fact = value.get(AS_STATED).is_some()
                    || value.as_array().is_some_and(|items| items.iter().any(Json::is_object));
                if all || !is_other_fact {
                    collect(value, key, unit_of_key(key).or(of_name), all, values);
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, key, unit, all, values)),
        json => values.push(Value { key, json, unit }),
    }
}

fn unit_of_key(key: &str) -> Option<u64> {
    if key.ends_with("expires-in") { Some(1) } else { unit_of(key.rsplit('-').next().unwrap_or_default()) }
}

/// How a thing that was read is called, if no value has it.
fn unfounded(stated: &Stated, values: &[Value<'_>]) -> Option<String> {
    let texts = || values.iter().filter_map(|value| value.json.as_str());
    match stated {
        Stated::Quantity(quantity) => {
            let same = |value: &Value<'_>| value.quantity().is_some_and(|value| value.is(*quantity));
            let known = values.iter().any(same) || texts().any(|text| says(text, *quantity));
            (!known).then(|| quantity.shown())
        }
        Stated::Date(date) => (!texts().any(|text| text == date)).then(|| date.clone()),
        Stated::Name(name) => {
            let bare = name.trim_start_matches("https://").trim_matches('/');
            let known =
                texts().any(|text| contains_words(text, name) || (!bare.is_empty() && contains_words(text, bare)));
            (!known).then(|| name.clone())
        }
    }
}

/// Whether a text says a quantity, in digits or in words.
fn says(text: &str, quantity: Quantity) -> bool {
    stated(text).iter().any(|stated| matches!(stated, Stated::Quantity(found) if found.is(quantity)))
}

/// Whether one of the texts says a value.
fn is_said(value: &Value<'_>, texts: &[&str]) -> bool {
    match value.json {
        Json::String(text) => {
            // The name of what is within another begins with that of the other.
            let squeezed = squeezed(text.rsplit('/').next().unwrap_or_default());
            let is_said = |stated: &&str| {
                stated.contains(text.as_str()) || (value.key == "name" && self::squeezed(stated).contains(&squeezed))
            };
            texts.iter().any(is_said)
        }
        _ => value.quantity().is_none_or(|quantity| texts.iter().any(|text| says(text, quantity))),
    }
}

/// "Org first seen" is a way to write orgFirstSeen.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Compares what the statements call a type, required or optional with the fact, where it gives any of these.
fn check_types(fact: &Node<'_>, texts: &[&str], findings: &mut Vec<Finding>) {
    const KEYS: [&str; 3] = ["type", "format", "required"];
    if KEYS.iter().all(|key| fact.get(key).is_none()) {
        return;
    }
    let words: Vec<String> = texts.iter().flat_map(|text| words(text)).map(str::to_lowercase).collect();
    let types = TYPE_WORDS.iter().filter(|(word, _, _)| words.iter().any(|known| known == word));
    let mut expected: Vec<(&str, Json)> = Vec::new();
    for (_, kind, format) in types {
        expected.push(("type", Json::from(*kind)));
        expected.extend(format.map(|format| ("format", Json::from(format))));
    }
    for (word, required) in [("required", true), ("optional", false)] {
        if words.iter().any(|known| known == word) {
            expected.push(("required", Json::from(required)));
        }
    }
    for key in KEYS {
        let said: Vec<_> = expected.iter().filter(|(of, _)| *of == key).map(|(_, value)| value).collect();
        let node = fact.get(key);
        let given = node.as_ref().map(|node| node.json);
        if said.iter().all(|said| Some(*said) == given) && (given.is_none() || !said.is_empty()) {
            continue;
        }
        let message = match (given, said.first()) {
            (Some(given), Some(said)) => format!("`{key}` is {given}, but the statement beside it says {said}"),
            (None, Some(said)) => format!("the statement says that `{key}` is {said}, which the fact lacks"),
            _ => format!("no statement beside it says what `{key}` is"),
        };
        let help = "correct the one that is wrong; quote the words of the source that decide it";
        let pointer = node.map_or_else(|| fact.pointer.clone(), |node| node.pointer);
        findings.push(fact.document.finding(STATEMENT, &pointer, message, help));
    }
}

/// The numbers, the spans of time, the dates and the names in words of ours.
fn check_our_words(source: &EvidenceSource, findings: &mut Vec<Finding>) {
    let mut values = Vec::new();
    let root = source.description.root();
    // The year of a date can stand alone.
    let date = root.get("date").and_then(Json::as_str).unwrap_or_default();
    let parts: Vec<Json> = date.split('-').map(Json::from).collect();
    parts.iter().for_each(|part| collect(part, "date", None, true, &mut values));
    for key in ["date", "facts", "exchanges"] {
        if let Some(json) = root.get(key) {
            collect(json, key, None, true, &mut values);
        }
    }
    let shown = source.answers.values().map(mde_codegen::Document::root);
    shown.for_each(|answer| collect(answer, "", None, true, &mut values));
    let requests: Vec<Json> = source.requests.values().map(|request| Json::from(request.text.as_str())).collect();
    requests.iter().for_each(|request| collect(request, "", None, true, &mut values));
    let mut ours = Vec::new();
    our_words(root, &Pointer::root(), &mut ours);
    for (pointer, text) in ours {
        for what in stated(text).into_iter().filter_map(|stated| unfounded(&stated, &values)) {
            let message = format!("our words say {what}, which the source neither states nor shows");
            let help = "correct the words, or add the fact that they are about";
            findings.push(source.description.finding(STATEMENT, &pointer, message, help));
        }
    }
}

/// Every text of ours within a description.
fn our_words<'a>(json: &'a Json, pointer: &Pointer, found: &mut Vec<(Pointer, &'a str)>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        let pointer = pointer.child(key);
        match value {
            Json::String(text) if OURS.contains(&key.as_str()) => found.push((pointer, text)),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Json::String(text) if OURS.contains(&key.as_str()) => found.push((pointer.child(index), text)),
                        item => our_words(item, &pointer.child(index), found),
                    }
                }
            }
            value => our_words(value, &pointer, found),
        }
    }
}
