//! The rulings: what is held where the sources disagree or are silent, and the behaviour that follows for the client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::checksums::Tree;
use crate::evidence::form::Form::{Anything, List, Mapping, Table, Text};
use crate::evidence::form::{CITES, Field, Form, Node, RULING, needed, optional};
use crate::evidence::names::{Levels, Named, Resolved};
use crate::evidence::sources::EvidenceSource;

/// The file of the rulings within a [`Tree`].
pub(crate) const FILE: &str = "rulings.yaml";

/// One ruling; it may be incomplete where a finding has said so.
pub(crate) struct Ruling<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: Kind,
    /// The elements of the contract that it concerns.
    pub(crate) about: Vec<Subject<'a>>,
    pub(crate) citations: Vec<Citation<'a>>,
    /// Whether everything that it cites is there.
    pub(crate) cites_soundly: bool,
    /// What the contract must have, and where.
    pub(crate) values: Vec<Subject<'a>>,
    /// What descriptions may use because of it, and where.
    pub(crate) words: Vec<Subject<'a>>,
}

impl Ruling<'_> {
    /// Whether it gives a value for what it names so.
    pub(crate) fn has_value(&self, name: &str) -> bool {
        self.values.iter().any(|value| value.name == name)
    }
}

/// What a ruling is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It settles what the sources leave open.
    Settles,
    /// It holds how the client behaves, or what a fact means; the sources may agree.
    Behaviour,
}

/// What a ruling names.
pub(crate) struct Subject<'a> {
    /// Where the ruling names it; the value is what the ruling gives for it.
    pub(crate) node: Node<'a>,
    /// Its name.
    pub(crate) name: &'a str,
    /// The elements that have the name; the location of the missing one where none has.
    pub(crate) pointers: Vec<Pointer>,
}

/// What a ruling cites of a source.
pub(crate) struct Citation<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) source: &'a str,
    pub(crate) fact: Pointer,
    /// What the source says and the contract does not follow.
    pub(crate) overruled: Option<&'a Json>,
}

/// How the levels of a description of a source take part in names.
pub(crate) const SOURCE_LEVELS: Levels =
    Levels { hidden: &["facts", "exchanges"], collections: &[], written: str::to_owned };

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
    contract: &Named<'_>,
    sources: &'a [Arc<EvidenceSource>],
    findings: &mut Vec<Finding>,
) -> Vec<Ruling<'a>> {
    findings.extend(FORM.check(document, RULING));
    let mut reader = Reader { contract, sources, names: BTreeMap::new(), ids: BTreeMap::new(), findings };
    let root = Node::root(document);
    let settles = root.items("rulings").into_iter().map(|node| (node, Kind::Settles));
    let behaviour = root.items("behaviour").into_iter().map(|node| (node, Kind::Behaviour));
    settles.chain(behaviour).filter_map(|(node, kind)| reader.ruling(&node, kind)).collect()
}

struct Reader<'a, 'b> {
    contract: &'b Named<'b>,
    sources: &'a [Arc<EvidenceSource>],
    /// The facts of the sources that were cited, by their names.
    names: BTreeMap<&'a str, Named<'a>>,
    ids: BTreeMap<&'a str, Pointer>,
    findings: &'b mut Vec<Finding>,
}

impl<'a> Reader<'a, '_> {
    fn ruling(&mut self, node: &Node<'a>, kind: Kind) -> Option<Ruling<'a>> {
        let (id, id_node) = node.get_text("id")?;
        if let Some(first) = self.ids.insert(id, id_node.pointer.clone()) {
            self.find(RULING, &id_node, format!("duplicate id {id}, also at {first}"), "give each ruling a unique id");
        }
        let named: Vec<_> = node.items("about").into_iter().filter_map(|item| Some((item.text()?, item))).collect();
        self.distinct(&named);
        let entries = |key| node.get(key).map(|table| table.entries()).unwrap_or_default();
        let values = entries("values").into_iter();
        let values: Vec<_> =
            values.filter_map(|(name, node)| self.subject(name, node, self.contract.resolve_each(name))).collect();
        let words = self.subjects(entries("words"));
        let servers = Pointer::root().child("servers");
        for Subject { node, name, pointers } in &values {
            let is_server = pointers.iter().any(|pointer| pointer.parent() == servers);
            if is_server && node.get("name").is_some() && node.get("url").is_none() {
                let message = format!("the ruling {id} holds the name of {name} without its `url`");
                self.find(RULING, node, message, "hold the two together, so that a name stays that of its host");
            }
        }
        let mut about = self.subjects(named);
        for subject in values
            .iter()
            .chain(&words)
            .filter(|subject| about.iter().all(|known| known.name != subject.name))
            .collect::<Vec<_>>()
        {
            about.push(Subject { node: subject.node.clone(), name: subject.name, pointers: subject.pointers.clone() });
        }
        if about.is_empty() {
            let about = Node { pointer: node.pointer.child("about"), ..node.clone() };
            let help = "name each element of the contract that it concerns, or remove the ruling";
            self.find(RULING, &about, format!("the ruling {id} is about nothing"), help);
        }
        let cited = node.items("sources");
        let count = cited.len();
        let citations: Vec<_> = cited.into_iter().filter_map(|item| self.citation(item)).collect();
        let cites_soundly = citations.len() == count;
        Some(Ruling { id, kind, about, citations, cites_soundly, values, words })
    }

    fn find(&mut self, rule: &'static str, node: &Node<'_>, message: String, help: &str) {
        self.findings.push(node.document.finding(rule, &node.pointer, message, help));
    }

    fn distinct(&mut self, about: &[(&str, Node<'a>)]) {
        let mut seen = BTreeSet::new();
        for (name, node) in about {
            if !seen.insert(name) {
                self.find(RULING, node, format!("duplicate name {name}"), "remove one of the two");
            }
        }
    }

    fn subjects(&mut self, named: Vec<(&'a str, Node<'a>)>) -> Vec<Subject<'a>> {
        named.into_iter().filter_map(|(name, node)| self.subject(name, node, self.contract.resolve(name))).collect()
    }

    fn subject(&mut self, name: &'a str, node: Node<'a>, found: Resolved) -> Option<Subject<'a>> {
        match found {
            Resolved::Elements(pointers) => Some(Subject { node, name, pointers }),
            Resolved::Missing(pointer) => Some(Subject { node, name, pointers: vec![pointer] }),
            Resolved::Ambiguous(pointers) => {
                let names: Vec<_> = pointers.iter().map(|pointer| self.contract.name(pointer)).collect();
                let message = format!("{name} is the name of more than one element");
                self.find(RULING, &node, message, &format!("write one of {}", names.join(", ")));
                None
            }
        }
    }

    fn citation(&mut self, node: Node<'a>) -> Option<Citation<'a>> {
        let (source, source_node) = node.get_text("source")?;
        let (fact, fact_node) = node.get_text("fact")?;
        let Some(cited) = self.sources.iter().find(|known| known.name == source) else {
            let help = "use the name of a folder under documented";
            self.find(CITES, &source_node, format!("unknown source {source}"), help);
            return None;
        };
        let names = self.names.entry(source).or_insert_with(|| Named::of(&cited.description, SOURCE_LEVELS));
        let found = match names.resolve(fact) {
            Resolved::Elements(pointers) => pointers.first().map(|pointer| names.origin(pointer)),
            Resolved::Missing(_) => None,
            Resolved::Ambiguous(pointers) => {
                let full: Vec<_> = pointers.iter().map(|pointer| names.name(pointer)).collect();
                let message = format!("{source} has more than one fact {fact}");
                self.find(CITES, &fact_node, message, &format!("write one of {}", full.join(", ")));
                return None;
            }
        };
        let Some(fact) = found else {
            let message = format!("{} has no {fact}", cited.description.name());
            self.find(CITES, &fact_node, message, "name what the source states, in its source.yaml");
            return None;
        };
        let overruled = node.get("overruled").map(|node| node.json);
        Some(Citation { node, source, fact, overruled })
    }
}

/// What a ruling is made of.
const PARTS: &[Field] = &[
    needed("id", Text),
    optional("about", List(&Text)),
    optional(
        "sources",
        List(&Mapping(&[
            needed("source", Text),
            needed("fact", Text),
            optional("overruled", Anything),
            needed("says", Text),
        ])),
    ),
    optional("values", Table(&Anything)),
    optional("words", Table(&List(&Text))),
    needed("we-hold", Text),
    needed("because", Text),
];

const FORM: Form = Mapping(&[needed("rulings", List(&Mapping(PARTS))), optional("behaviour", List(&Mapping(PARTS)))]);
