//! The rulings: what is held where the sources disagree or are silent.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::place::Place;
use crate::evidence::source::{RULINGS, Source};
use crate::evidence::{CITES, RULING, Tree};

/// The file of the rulings within a [`Tree`].
pub(crate) const FILE: &str = "rulings.yaml";

/// One ruling; it may be incomplete where a finding has said so.
pub(crate) struct Ruling<'a> {
    pub(crate) id: &'a str,
    /// The elements of the contract that it concerns, each with where the ruling says so.
    pub(crate) about: Vec<(Pointer, Place<'a>)>,
    pub(crate) citations: Vec<Citation<'a>>,
    /// Whether everything that it cites is there.
    pub(crate) cites_soundly: bool,
    /// What the contract must have, and where.
    pub(crate) values: Vec<(Pointer, Place<'a>)>,
}

/// What a ruling cites of a source.
pub(crate) struct Citation<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) source: &'a str,
    pub(crate) fact: Pointer,
    /// What the source says and the contract does not follow.
    pub(crate) overruled: Option<&'a Json>,
}

/// Reads the file of the rulings, where there is one that is YAML.
pub(crate) fn document(root: &str, tree: &Tree, findings: &mut Vec<Finding>) -> Option<Document> {
    let name = format!("{root}/{FILE}");
    let Some(bytes) = tree.get(FILE) else {
        let help = "add one with `rulings: []`, and a ruling for each element that no source states";
        findings.push(Finding::of_file(name, RULING, "there is no file of rulings", help));
        return None;
    };
    let document = Document::parse(&name, std::str::from_utf8(bytes).ok()?);
    document.map_err(|finding| findings.push(*finding)).ok()
}

/// Reads every ruling of a document.
pub(crate) fn rulings<'a>(document: &'a Document, sources: &[Source], findings: &mut Vec<Finding>) -> Vec<Ruling<'a>> {
    findings.extend(RULINGS.check(document, RULING));
    let mut ids = BTreeMap::new();
    let mut rulings = Vec::new();
    for place in Place::root(document).items("rulings") {
        let Some((id, id_place)) = place.get_text("id") else { continue };
        if let Some(first) = ids.insert(id, id_place.pointer.clone()) {
            let message = format!("the id {id} is also that of {first}");
            findings.push(document.finding(RULING, &id_place.pointer, message, "give each ruling an id of its own"));
        }
        let about: Vec<_> = place.items("about").into_iter().filter_map(|item| pointer(&item, findings)).collect();
        if place.items("about").is_empty() {
            let help = "point at each element of the contract that it concerns, or remove the ruling";
            let finding = document.finding(
                RULING,
                &place.pointer.child("about"),
                format!("the ruling {id} is about nothing"),
                help,
            );
            findings.push(finding);
        }
        distinct(document, &about, findings);
        let values = place.get("values").map(|values| values.entries()).unwrap_or_default();
        let values = values.into_iter().map(|(key, place)| (of_text(key), place)).collect::<Vec<_>>();
        for (pointer, place) in &values {
            if !about.iter().any(|(about, _)| about == pointer) {
                let message = format!("the ruling gives a value for {pointer}, but is not about it");
                findings.push(document.finding(RULING, &place.pointer, message, "add the pointer to `about`"));
            }
        }
        let cited = place.items("sources");
        let count = cited.len();
        let citations: Vec<_> = cited.into_iter().filter_map(|item| citation(item, sources, findings)).collect();
        let cites_soundly = citations.len() == count;
        rulings.push(Ruling { id, about, citations, cites_soundly, values });
    }
    rulings
}

fn distinct(document: &Document, about: &[(Pointer, Place<'_>)], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (pointer, place) in about {
        if !seen.insert(pointer) {
            let message = format!("{pointer} is given twice");
            findings.push(document.finding(RULING, &place.pointer, message, "give it once"));
        }
    }
}

fn pointer<'a>(place: &Place<'a>, findings: &mut Vec<Finding>) -> Option<(Pointer, Place<'a>)> {
    let text = place.text()?;
    if !text.starts_with('/') {
        let message = format!("{text:?} is no JSON pointer");
        findings.push(place.document.finding(RULING, &place.pointer, message, "begin it with a slash"));
        return None;
    }
    Some((of_text(text), place.clone()))
}

/// A JSON pointer, as it is written.
pub(crate) fn of_text(text: &str) -> Pointer {
    Pointer::of_reference(&format!("#{text}")).unwrap_or_default()
}

fn citation<'a>(place: Place<'a>, sources: &[Source], findings: &mut Vec<Finding>) -> Option<Citation<'a>> {
    let (source, source_place) = place.get_text("source")?;
    let (fact, fact_place) = place.get_text("fact")?;
    let Some(cited) = sources.iter().find(|known| known.name == source) else {
        let message = format!("there is no source {source}");
        let help = "name a folder under documented";
        findings.push(place.document.finding(CITES, &source_place.pointer, message, help));
        return None;
    };
    let fact = of_text(fact);
    if fact == Pointer::root() || cited.description.get(&fact).is_none() {
        let message = format!("{} has nothing at {fact}", cited.description.name());
        let help = "point at what the source states, in its source.yaml";
        findings.push(place.document.finding(CITES, &fact_place.pointer, message, help));
        return None;
    }
    let overruled = place.get("overruled").map(|place| place.json());
    Some(Citation { place, source, fact, overruled })
}
