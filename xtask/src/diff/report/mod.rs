//! The report on two contracts and their evidence: the verdict, then each change, as text, Markdown or JSON.
//!
//! What people read calls elements by their names, and has beside each change what holds the element. The files import
//! one way: `links` and `words`, which make text fit for Markdown; this one, with the verdict; and the forms `text`,
//! `markdown` and `json`.

mod json;
mod links;
mod markdown;
mod text;
mod words;

use mde_codegen::Pointer;
use serde_json::Value as Json;

use super::change::{Change, Comparison, Side};
use super::evidence_changes::{EvidenceChange, Happened};
use super::rules::{self, RustSource};
use crate::evidence::{Witness, WitnessKind, Witnesses};

pub use links::Links;

/// The versions of one thing: as it was, as it is, and as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version with the base.
    pub base: String,
    /// The version now.
    pub new: String,
    /// The least version that the changes ask for; the same as [`Self::new`] where that is enough.
    pub needed: String,
}

impl Versions {
    /// Whether the version has been raised as far as the changes ask for.
    pub fn are_enough(&self) -> bool {
        self.new == self.needed
    }
}

/// A comparison, with what is reported beside it.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What is shown.
    pub comparison: &'a Comparison,
    /// How the base is called, such as a revision.
    pub base: &'a str,
    /// How the new contract is called.
    pub new: &'a str,
    /// The names of the elements of the base, and what held them.
    pub base_witnesses: Witnesses,
    /// The names of the elements of the new contract, and what holds them.
    pub new_witnesses: Witnesses,
    /// What changed in the evidence; `None` where the base has none.
    pub evidence: Option<Vec<EvidenceChange>>,
    /// The versions of the contract.
    pub contract: Versions,
    /// The versions of `mde-client`.
    pub client: Versions,
    /// Where the files can be read.
    pub links: Links,
    /// The unified diff of the evidence and the rulings.
    pub evidence_diff: Option<String>,
    /// The unified diff of the generated code.
    pub generated_diff: Option<String>,
    /// The unified diff of the snapshots of what goes over the wire.
    pub wire_diff: Option<String>,
}

impl Report<'_> {
    /// The diffs that say something, each with what it is of.
    fn diffs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let diffs = [
            ("The evidence, line by line", &self.evidence_diff),
            ("generated.rs", &self.generated_diff),
            ("What goes over the wire", &self.wire_diff),
        ];
        let diffs = diffs.into_iter().filter_map(|(title, diff)| Some((title, diff.as_deref()?.trim_end())));
        diffs.filter(|(_, diff)| !diff.is_empty())
    }

    fn witnesses(&self, side: Side) -> &Witnesses {
        if side == Side::Base { &self.base_witnesses } else { &self.new_witnesses }
    }

    /// What people call the element that changed; of a text, the element that it describes.
    fn name(&self, change: &Change) -> String {
        self.witnesses(change.side).name(&element(change))
    }

    /// What holds the element that changed; or held it, if it is gone.
    fn held_by(&self, change: &Change) -> Vec<Witness> {
        self.witnesses(change.side).of(&element(change))
    }

    /// The sources that are deleted.
    fn deleted_sources(&self) -> impl Iterator<Item = &EvidenceChange> {
        let changes = self.evidence.iter().flatten();
        changes.filter(|change| change.happened == Happened::Removed && change.kind == WitnessKind::Source)
    }
}

/// Whether a change is one of words alone, which no program can judge.
fn is_prose(change: &Change) -> bool {
    change.rule.id == rules::DESCRIPTION_CHANGED.id
}

fn element(change: &Change) -> Pointer {
    if is_prose(change) { change.pointer.parent() } else { change.pointer.clone() }
}

impl Report<'_> {
    /// One word for what follows, and the sentence that says why.
    fn verdict(&self) -> (&'static str, String) {
        let changes = &self.comparison.changes;
        if changes.is_empty() {
            return ("no change", format!("the contracts have the same meaning{}", self.evidence_in_short()));
        }
        let (accepted, breaking): (Vec<_>, Vec<_>) =
            changes.iter().filter(|change| change.is_breaking()).partition(|change| change.accepted.is_some());
        let rest = format!("; {}", self.versions());
        if !breaking.is_empty() {
            let verb = if breaking.len() == 1 { "breaks" } else { "break" };
            let mut sentence = format!("{} of {} {verb} {}", breaking.len(), counted(changes.len()), whom(&breaking));
            if !accepted.is_empty() {
                let were = if accepted.len() == 1 { "was" } else { "were" };
                sentence += &format!(", and {} more {were} accepted", accepted.len());
            }
            return ("breaking", sentence + &rest);
        }
        if !accepted.is_empty() {
            let (verb, were) = if accepted.len() == 1 { ("breaks", "was") } else { ("break", "were") };
            let (count, all) = (accepted.len(), counted(changes.len()));
            let sentence = format!("{count} of {all} {verb} {} and {were} accepted", whom(&accepted));
            return ("breaking, accepted", sentence + &rest);
        }
        ("not breaking", counted(changes.len()) + &rest)
    }

    /// What became of the evidence, for the verdict on a contract that did not change.
    fn evidence_in_short(&self) -> String {
        let changes = self.evidence.as_deref().unwrap_or_default();
        let parts = [WitnessKind::Source, WitnessKind::Ruling].into_iter().flat_map(|kind| {
            let of_kind = move |happened| {
                changes.iter().filter(|change| change.kind == kind && change.happened == happened).count()
            };
            let all = [Happened::Removed, Happened::Changed, Happened::Added].into_iter();
            all.map(move |happened| (kind, happened, of_kind(happened)))
        });
        let parts = parts.filter(|(.., count)| *count > 0).map(|(kind, happened, count)| {
            let (plural, verb) = if count == 1 { ("", "is") } else { ("s", "are") };
            format!("{count} {}{plural} {verb} {}", kind.word(), happened.word())
        });
        let parts: Vec<_> = parts.collect();
        if parts.is_empty() { String::new() } else { format!("; in the evidence, {}", parts.join(", ")) }
    }

    fn versions(&self) -> String {
        let text = |what: &str, versions: &Versions| match versions.are_enough() {
            true => format!("{what} {} is enough", versions.new),
            false => format!("{what} {} must become {}", versions.new, versions.needed),
        };
        format!("{}, {}", text("the contract", &self.contract), text("mde-client", &self.client))
    }
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}

fn whom(changes: &[&Change]) -> &'static str {
    let callers = changes.iter().any(|change| change.wire.breaks_callers());
    let users = changes.iter().any(|change| change.rust == RustSource::Breaking);
    match (callers, users) {
        (true, true) => "callers and users of mde-client",
        (true, false) => "callers",
        (false, _) => "users of mde-client",
    }
}

/// A value in one line, of at most so many characters; a text in quotes, so that one can see where it ends.
fn shown(value: Option<&Json>, longest: usize) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Json::to_string);
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Where a change stands.
fn place(change: &Change) -> String {
    let Change { file, position, side, .. } = change;
    let of_base = if *side == Side::Base { " of the base" } else { "" };
    format!("{file}:{position}{of_base}")
}
