//! The rulings: what is held where the sources disagree or are silent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::checksums::Tree;
use crate::evidence::form::Form::{Anything, List, Mapping, Table, Text};
use crate::evidence::form::{CITES, Form, Node, RULING, needed, optional};
use crate::evidence::sources::EvidenceSource;

/// The file of the rulings within a [`Tree`].
pub(crate) const FILE: &str = "rulings.yaml";

/// One ruling; it may be incomplete where a finding has said so.
pub(crate) struct Ruling<'a> {
    pub(crate) id: &'a str,
    /// The elements of the contract that it concerns, each with where the ruling says so.
    pub(crate) about: Vec<(Pointer, Node<'a>)>,
    pub(crate) citations: Vec<Citation<'a>>,
    /// Whether everything that it cites is there.
    pub(crate) cites_soundly: bool,
    /// What the contract must have, and where.
    pub(crate) values: Vec<(Pointer, Node<'a>)>,
}

/// What a ruling cites of a source.
pub(crate) struct Citation<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) source: &'a str,
    pub(crate) fact: Pointer,
    /// What the source says and the contract does not follow.
    pub(crate) overruled: Option<&'a Json>,
}

/// Reads the file of the rulings, where there is one that is YAML.
pub(crate) fn document(root: &str, tree: &Tree, findings: &mut Vec<Finding>) -> Option<Document> {
    let name = format!("{root}/{FILE}");
    let Some(bytes) = tree.get(FILE) else {
        let help = "create it with `rulings: []`, and add a ruling for each element that no source states";
        findings.push(Finding::of_file(name, RULING, "the file is missing", help));
        return None;
    };
    let document = Document::parse(&name, std::str::from_utf8(bytes).ok()?);
    document.map_err(|finding| findings.push(*finding)).ok()
}

/// Reads every ruling of a document.
pub(crate) fn rulings<'a>(
    document: &'a Document,
    sources: &[Arc<EvidenceSource>],
    findings: &mut Vec<Finding>,
) -> Vec<Ruling<'a>> {
    findings.extend(FORM.check(document, RULING));
    let mut ids = BTreeMap::new();
    let mut rulings = Vec::new();
    for node in Node::root(document).items("rulings") {
        let Some((id, id_node)) = node.get_text("id") else { continue };
        if let Some(first) = ids.insert(id, id_node.pointer.clone()) {
            let message = format!("duplicate id {id}, also at {first}");
            findings.push(document.finding(RULING, &id_node.pointer, message, "give each ruling a unique id"));
        }
        let about: Vec<_> = node.items("about").into_iter().filter_map(|item| pointer(&item, findings)).collect();
        if node.items("about").is_empty() {
            let help = "list the pointer of each element of the contract that it concerns, or remove the ruling";
            let finding = document.finding(
                RULING,
                &node.pointer.child("about"),
                format!("the `about` of the ruling {id} is empty"),
                help,
            );
            findings.push(finding);
        }
        distinct(document, &about, findings);
        let values = node.get("values").map(|values| values.entries()).unwrap_or_default();
        let values = values.into_iter().map(|(key, node)| (of_text(key), node)).collect::<Vec<_>>();
        for (pointer, node) in &values {
            if !about.iter().any(|(about, _)| about == pointer) {
                let message = format!("the ruling gives a value for {pointer}, which is not in its `about`");
                findings.push(document.finding(RULING, &node.pointer, message, "add the pointer to `about`"));
            }
        }
        let cited = node.items("sources");
        let count = cited.len();
        let citations: Vec<_> = cited.into_iter().filter_map(|item| citation(item, sources, findings)).collect();
        let cites_soundly = citations.len() == count;
        rulings.push(Ruling { id, about, citations, cites_soundly, values });
    }
    rulings
}

fn distinct(document: &Document, about: &[(Pointer, Node<'_>)], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (pointer, node) in about {
        if !seen.insert(pointer) {
            let message = format!("duplicate pointer {pointer}");
            findings.push(document.finding(RULING, &node.pointer, message, "remove one of the two"));
        }
    }
}

fn pointer<'a>(node: &Node<'a>, findings: &mut Vec<Finding>) -> Option<(Pointer, Node<'a>)> {
    let text = node.text()?;
    if !text.starts_with('/') {
        let message = format!("{text:?} is not a JSON pointer");
        findings.push(node.document.finding(RULING, &node.pointer, message, "start it with a slash"));
        return None;
    }
    Some((of_text(text), node.clone()))
}

/// A JSON pointer, as it is written.
pub(crate) fn of_text(text: &str) -> Pointer {
    Pointer::of_reference(&format!("#{text}")).unwrap_or_default()
}

fn citation<'a>(node: Node<'a>, sources: &[Arc<EvidenceSource>], findings: &mut Vec<Finding>) -> Option<Citation<'a>> {
    let (source, source_node) = node.get_text("source")?;
    let (fact, fact_node) = node.get_text("fact")?;
    let Some(cited) = sources.iter().find(|known| known.name == source) else {
        let message = format!("unknown source {source}");
        let help = "use the name of a folder under documented";
        findings.push(node.document.finding(CITES, &source_node.pointer, message, help));
        return None;
    };
    let fact = of_text(fact);
    if fact == Pointer::root() || cited.description.get(&fact).is_none() {
        let message = format!("{} has nothing at {fact}", cited.description.name());
        let help = "point at what the source states, in its source.yaml";
        findings.push(node.document.finding(CITES, &fact_node.pointer, message, help));
        return None;
    }
    let overruled = node.get("overruled").map(|node| node.json);
    Some(Citation { node, source, fact, overruled })
}

/// A ruling and what it is made of.
const FORM: Form = Mapping(&[needed(
    "rulings",
    List(&Mapping(&[
        needed("id", Text),
        needed("about", List(&Text)),
        needed(
            "sources",
            List(&Mapping(&[
                needed("source", Text),
                needed("fact", Text),
                optional("overruled", Anything),
                needed("says", Text),
            ])),
        ),
        optional("values", Table(&Anything)),
        needed("we-hold", Text),
        needed("because", Text),
    ])),
)]);
