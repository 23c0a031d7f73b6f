//! What people call an element of a contract, and which sources and rulings hold it: for reports that a reviewer reads
//! beside the evidence.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::Pointer;

use crate::evidence::claims::{Agreement, Claim};
use crate::evidence::names::Named;
use crate::evidence::rulings::Ruling;

/// What holds an element of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WitnessKind {
    /// A folder under `documented`.
    Source,
    /// An entry of `rulings.yaml`.
    Ruling,
}

impl WitnessKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Ruling => "ruling",
        }
    }
}

/// A source that states an element of the contract, or shows a value of it; or a ruling about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Witness {
    /// Which of the two it is.
    pub kind: WitnessKind,
    /// The folder of the source, or the id of the ruling.
    pub name: String,
    /// The file in which it is written, as findings name it.
    pub file: String,
    /// The line there, counted from 1.
    pub line: usize,
}

/// The names of the elements of one contract, and what holds each.
#[derive(Clone, Debug)]
pub struct Witnesses {
    /// The elements at each location of the contract; several where operations or statuses share it.
    elements: BTreeMap<Pointer, Vec<Pointer>>,
    names: BTreeMap<Pointer, String>,
    /// Each element that something holds.
    held: BTreeSet<(Pointer, Witness)>,
}

/// Each element that a ruling is about.
fn held_by(ruling: &Ruling<'_>) -> Vec<(Pointer, Witness)> {
    let Some(first) = ruling.about.first() else { return Vec::new() };
    // What a ruling names stands two levels below it.
    let own = first.node.pointer.parent().parent();
    let witness = Witness {
        kind: WitnessKind::Ruling,
        name: ruling.id.to_owned(),
        file: first.node.document.name().to_owned(),
        line: first.node.document.position(&own).line,
    };
    let pointers = ruling.about.iter().flat_map(|subject| &subject.pointers);
    pointers.map(|pointer| (pointer.clone(), witness.clone())).collect()
}

impl Witnesses {
    /// The claims that the contract agrees with, and the rulings.
    pub(crate) fn new<'a>(
        contract: &Named<'_>,
        claims: impl IntoIterator<Item = &'a Claim<'a>>,
        rulings: &[Ruling<'_>],
    ) -> Self {
        let agreed = claims.into_iter().filter(|claim| !matches!(claim.agreement, Agreement::Contradicted(_)));
        let stated = agreed.map(|claim| {
            let (note, kind, name) = (claim.note(), WitnessKind::Source, claim.source.to_owned());
            (claim.pointer.clone(), Witness { kind, name, file: note.file, line: note.position.line })
        });
        let held = stated.chain(rulings.iter().flat_map(held_by)).collect();
        let mut elements: BTreeMap<Pointer, Vec<Pointer>> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (element, location) in contract.locations() {
            elements.entry(location.clone()).or_default().push(element.clone());
            names.insert(element.clone(), contract.name(element));
        }
        Self { elements, names, held }
    }

    /// What holds an element or anything within it, references followed: each source and each ruling once, the nearest
    /// first, sources before rulings.
    pub fn of(&self, location: &Pointer) -> Vec<Witness> {
        let at = self.elements.range(location..).take_while(|(known, _)| known.is_within(location));
        let elements: Vec<_> =
            at.flat_map(|(known, elements)| elements.iter().map(move |it| (known == location, it))).collect();
        let mut ranked = BTreeSet::new();
        for (is_exact, element) in elements {
            let from = self.held.iter().skip_while(|(held, _)| held < element);
            for (held, witness) in from.take_while(|(held, _)| held.as_str().starts_with(element.as_str())) {
                if held.is_within(element) {
                    ranked.insert((!(is_exact && held == element), witness));
                }
            }
        }
        let mut seen = BTreeSet::new();
        let distinct = ranked.into_iter().filter(|(_, witness)| seen.insert((witness.kind, witness.name.as_str())));
        distinct.map(|(_, witness)| witness.clone()).collect()
    }

    /// What people call an element, such as `getIPStatistics.lookBackHours.maximum` or `servers.eu.url`. What several
    /// operations or statuses share is called by the name of the shared part.
    pub fn name(&self, location: &Pointer) -> String {
        if *location == Pointer::root() {
            return "the contract".to_owned();
        }
        match self.elements.get(location).map(Vec::as_slice) {
            Some([only]) => self.names.get(only).cloned().unwrap_or_default(),
            Some([first, ..]) if !location.as_str().starts_with("/components/") => {
                self.names.get(first).cloned().unwrap_or_default()
            }
            _ => {
                let parent = location.parent();
                let is_holder =
                    |key: &str| ["properties", "schemas", "components", "headers", "responses", "allOf"].contains(&key);
                let before = if parent == Pointer::root() { String::new() } else { self.name(&parent) };
                let own = location.last();
                let own = own.strip_prefix("x-mde-").unwrap_or(&own);
                match (before.as_str(), is_holder(own)) {
                    (_, true) => before,
                    ("", _) => own.to_owned(),
                    (before, _) => format!("{before}.{own}"),
                }
            }
        }
    }
}
