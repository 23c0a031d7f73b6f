//! What changed in the evidence: sources and rulings that were added, changed or removed, and in which files.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

use super::change::Side;
use crate::evidence::{SOURCE_FILE, SOURCES, SUMS_FILE, Tree, WitnessKind};

/// The file of the rulings within a [`Tree`].
const RULINGS: &str = "rulings.yaml";

/// What became of a source, a ruling or a file. The order is that of reports: what is lost comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happened {
    /// Only the base has it.
    Removed,
    /// Both have it, not in the same form.
    Changed,
    /// Only the new evidence has it.
    Added,
}

impl Happened {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Removed => "deleted",
            Self::Changed => "changed",
            Self::Added => "added",
        }
    }
}

/// A source or a ruling that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvidenceChange {
    /// What became of it.
    pub happened: Happened,
    /// Which of the two it is.
    pub kind: WitnessKind,
    /// The folder of the source, or the id of the ruling.
    pub name: String,
    /// The title of the source, or what is held by the ruling; that of the base for what is gone. Empty where it cannot be
    /// read.
    pub about: String,
    /// The evidence that [`Self::file`] belongs to: the base for what is gone.
    pub side: Side,
    /// Where it is written, as findings name the file.
    pub file: String,
    /// The line there, counted from 1.
    pub line: usize,
    /// Of a source, the files that differ and what became of each, its description with the keys that differ; of a ruling
    /// that changed, the keys that differ.
    pub parts: Vec<String>,
}

/// Compares two trees of evidence, each with how findings call its folder. `None` where the base has no evidence at all,
/// so that there is nothing to compare with.
///
/// Findings of the check, such as a file that is not as it was attested, are not repeated here.
pub fn evidence_changes(base: (&str, &Tree), new: (&str, &Tree)) -> Option<Vec<EvidenceChange>> {
    let is_evidence = |path: &String| path == RULINGS || path.starts_with(&format!("{SOURCES}/"));
    if !base.1.keys().any(is_evidence) {
        return None;
    }
    let sides = Sides { base, new };
    let mut changes = sides.sources();
    changes.extend(sides.rulings());
    changes.sort();
    Some(changes)
}

struct Sides<'a> {
    base: (&'a str, &'a Tree),
    new: (&'a str, &'a Tree),
}

/// The files of each source, by its folder.
type Sources<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a [u8]>>;

/// Each ruling by its id, with where it stands and what it says.
type Rulings = BTreeMap<String, (usize, Json)>;

impl Sides<'_> {
    fn sources(&self) -> Vec<EvidenceChange> {
        let (base, new) = (sources(self.base.1), sources(self.new.1));
        let names: BTreeSet<_> = base.keys().chain(new.keys()).collect();
        let none = BTreeMap::new();
        let changes = names.into_iter().filter_map(|name| {
            let (old, now) = (base.get(name), new.get(name));
            let parts = parts(old.unwrap_or(&none), now.unwrap_or(&none));
            if parts.is_empty() {
                return None;
            }
            let happened = happened(old.is_some(), now.is_some());
            let (side, root) = self.side(happened);
            let description = now.or(old).and_then(|files| parsed(files.get(SOURCE_FILE)?));
            let about = description.as_ref().and_then(|document| document.root().get("title")?.as_str());
            Some(EvidenceChange {
                happened,
                kind: WitnessKind::Source,
                name: (*name).to_owned(),
                about: about.unwrap_or_default().to_owned(),
                side,
                file: format!("{root}/{SOURCES}/{name}/{SOURCE_FILE}"),
                line: 1,
                parts,
            })
        });
        changes.collect()
    }

    fn rulings(&self) -> Vec<EvidenceChange> {
        let (base, new) = (rulings(self.base.1), rulings(self.new.1));
        let ids: BTreeSet<_> = base.keys().chain(new.keys()).collect();
        let changes = ids.into_iter().filter_map(|id| {
            let (old, now) = (base.get(id), new.get(id));
            let (line, ruling) = now.or(old)?;
            let parts = match (old, now) {
                (Some((_, old)), Some((_, now))) if old == now => return None,
                (Some((_, old)), Some((_, now))) => keys_that_differ(old, now),
                _ => Vec::new(),
            };
            let happened = happened(old.is_some(), now.is_some());
            let (side, root) = self.side(happened);
            Some(EvidenceChange {
                happened,
                kind: WitnessKind::Ruling,
                name: id.clone(),
                about: ruling.get("we-hold").and_then(Json::as_str).unwrap_or_default().trim().to_owned(),
                side,
                file: format!("{root}/{RULINGS}"),
                line: *line,
                parts,
            })
        });
        changes.collect()
    }

    /// Where one can read what something is, or was.
    fn side(&self, happened: Happened) -> (Side, &str) {
        if happened == Happened::Removed { (Side::Base, self.base.0) } else { (Side::New, self.new.0) }
    }
}

fn happened(was_there: bool, is_there: bool) -> Happened {
    match (was_there, is_there) {
        (true, false) => Happened::Removed,
        (false, true) => Happened::Added,
        _ => Happened::Changed,
    }
}

/// The files of each source. The list of checksums follows from them.
fn sources(tree: &Tree) -> Sources<'_> {
    let mut sources = Sources::new();
    for (path, bytes) in tree {
        let within = path.strip_prefix(SOURCES).and_then(|path| path.strip_prefix('/'));
        if let Some((name, file)) = within.filter(|path| *path != SUMS_FILE).and_then(|path| path.split_once('/')) {
            sources.entry(name).or_default().insert(file, bytes);
        }
    }
    sources
}

/// The files of one source that differ.
fn parts(base: &BTreeMap<&str, &[u8]>, new: &BTreeMap<&str, &[u8]>) -> Vec<String> {
    let files: BTreeSet<_> = base.keys().chain(new.keys()).copied().collect();
    let differ = files.into_iter().filter(|file| base.get(file) != new.get(file));
    let parts = differ.map(|file| {
        let (old, now) = (base.get(file), new.get(file));
        let word = happened(old.is_some(), now.is_some()).word();
        let both = old.and_then(|bytes| parsed(bytes)).zip(now.and_then(|bytes| parsed(bytes)));
        let keys = both.filter(|_| file == SOURCE_FILE).map(|(old, now)| keys_that_differ(old.root(), now.root()));
        match keys.filter(|keys| !keys.is_empty()) {
            Some(keys) => format!("`{file}` {word}: {}", keys.join(", ")),
            None => format!("`{file}` {word}"),
        }
    });
    parts.collect()
}

/// The keys of two mappings whose values differ, those of `facts` one by one.
fn keys_that_differ(old: &Json, new: &Json) -> Vec<String> {
    let keys = |value: &Json| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let all: BTreeSet<String> = keys(old).into_iter().chain(keys(new)).collect();
    let differ = all.into_iter().filter(|key| old.get(key) != new.get(key));
    let named = differ.flat_map(|key| match (old.get(&key), new.get(&key)) {
        (Some(old), Some(new)) if key == "facts" && old.is_object() && new.is_object() => {
            keys_that_differ(old, new).into_iter().map(|fact| format!("facts.{}", fact.replace('`', ""))).collect()
        }
        _ => vec![key],
    });
    named.map(|key| format!("`{key}`")).collect()
}

fn rulings(tree: &Tree) -> Rulings {
    let Some(document) = tree.get(RULINGS).and_then(|bytes| parsed(bytes)) else { return Rulings::new() };
    let mut rulings = Rulings::new();
    for list in ["rulings", "behaviour"].map(|list| Pointer::root().child(list)) {
        let items = document.get(&list).and_then(Json::as_array).into_iter().flatten().enumerate();
        rulings.extend(items.filter_map(|(index, ruling)| {
            let line = document.position(&list.child(index)).line;
            Some((ruling.get("id")?.as_str()?.to_owned(), (line, ruling.clone())))
        }));
    }
    rulings
}

/// A file as YAML; what is none is for the check to report.
fn parsed(bytes: &[u8]) -> Option<Document> {
    Document::parse("", std::str::from_utf8(bytes).ok()?).ok()
}
