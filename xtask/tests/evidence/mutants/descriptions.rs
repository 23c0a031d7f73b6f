//! Lies in descriptions: each decisive word of each, replaced by one that makes it wrong.

use mde_codegen::{Document, Pointer};
use serde_json::{Value as Json, json};
use xtask::evidence::Evidence;

use super::mutation::{elements, filter_map_in_parallel, real_tree};

/// Words, and what makes a description with them wrong.
const OPPOSITES: [(&str, &str); 26] = [
    ("first", "last"),
    ("last", "first"),
    ("devices", "connections"),
    ("device", "user"),
    ("distinct", "all"),
    ("connection", "request"),
    ("connections", "devices"),
    ("hours", "days"),
    ("Seconds", "Minutes"),
    ("second", "minute"),
    ("current", "earlier"),
    ("earlier", "current"),
    ("UTC", "local time"),
    ("null", "empty"),
    ("valid", "unknown"),
    ("expired", "begun"),
    ("decimal", "hexadecimal"),
    ("audience", "tenant"),
    ("permission", "licence"),
    ("licence", "permission"),
    ("tenant", "user"),
    ("not", ""),
    ("no", "an"),
    ("none", "all"),
    ("zero", "one"),
    ("seven", "six"),
];

struct Lie {
    pointer: Pointer,
    text: String,
    name: String,
}

/// The word without what stands around it.
fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '@' | '/' | '$' | '.')).trim_end_matches('.')
}

/// What a word of a description is replaced by.
fn others(word: &str) -> Vec<String> {
    let opposites = OPPOSITES.iter().filter(|(known, _)| *known == word).map(|(_, other)| (*other).to_owned());
    let mut others: Vec<_> = opposites.collect();
    if let Ok(number) = word.parse::<u64>() {
        others.push((number + 1).to_string());
    }
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if capitals > 0 && word.starts_with(char::is_lowercase) {
        others.push("orgFirstSeenAt".to_owned());
    } else if capitals > 1 {
        others.push("XYZ".to_owned());
    }
    others
}

fn lies(contract: &Json) -> Vec<Lie> {
    let is_description = |pointer: &Pointer| pointer.last() == "description" && pointer.parent().last() != "properties";
    let mut lies = Vec::new();
    for (pointer, value) in elements(contract) {
        let Some(text) = value.as_str().filter(|_| is_description(&pointer)) else { continue };
        let tokens: Vec<_> = text.split_whitespace().collect();
        for (index, token) in tokens.iter().enumerate() {
            let word = bare(token);
            for other in others(word) {
                let mut changed: Vec<_> = tokens.iter().map(|token| (*token).to_owned()).collect();
                changed[index] = token.replacen(word, &other, 1);
                changed.retain(|token| !token.is_empty());
                let name = format!("{pointer}: {word:?} -> {other:?}, word {}", index + 1);
                lies.push(Lie { pointer: pointer.clone(), text: changed.join(" "), name });
            }
        }
    }
    lies
}

/// A word outside of these lists can still change what a description states: `cargo xtask diff` shows each changed
/// description beside the evidence for its element, so that a reviewer sees it.
#[test]
fn every_lie_in_a_description_is_found_where_it_is() {
    let contract = Document::parse("mde.yaml", mde_openapi::CONTRACT).unwrap().root().clone();
    let evidence = Evidence::read("openapi", &real_tree());
    let lies = lies(&contract);
    assert!(lies.len() > 70, "only {} lies", lies.len());
    let survivors = filter_map_in_parallel(&lies, |lie| {
        let mut changed = contract.clone();
        *changed.pointer_mut(lie.pointer.as_str()).unwrap() = json!(lie.text);
        let changed = Document::parse("mde.yaml", &changed.to_string()).unwrap();
        let findings = evidence.check(&changed);
        let found = findings.iter().any(|finding| finding.pointer == lie.pointer);
        (!found).then(|| lie.name.clone())
    });
    assert!(survivors.is_empty(), "{survivors:#?}");
}
