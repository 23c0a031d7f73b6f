//! The contract, the claims of the sources and the rulings, held against each other.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Finding, Note, Pointer};

use crate::evidence::claims::{Agreement, Claim};
use crate::evidence::coverage::uncovered;
use crate::evidence::form::{key, shown};
use crate::evidence::rules::{CONTRADICTED, COVERS_NOTHING, HOLDS, MISSING};
use crate::evidence::rulings::{Citation, Ruling};

/// Everything that does not agree.
pub(crate) fn verdict(contract: &Document, claims: &[&Claim<'_>], rulings: &[Ruling<'_>]) -> Vec<Finding> {
    let witnessed = claims.iter().filter(|claim| claim.agreement == Agreement::Witnessed).map(|claim| &claim.pointer);
    let mut review = Review {
        contract,
        claims,
        rulings,
        witnessed: witnessed.collect(),
        used: BTreeSet::new(),
        gaps: BTreeMap::new(),
    };
    let mut findings = review.contradictions();
    findings.extend(review.values());
    review.subjects();
    findings.extend(review.missing());
    findings.extend(review.idle_rulings());
    let of_contract = findings.iter().filter(|finding| finding.file == contract.name());
    // What is not there is reported where it would stand.
    let reported = of_contract.map(|Finding { pointer, .. }| match contract.get(pointer) {
        Some(_) => pointer.clone(),
        None => pointer.parent(),
    });
    let reported: BTreeSet<_> = reported.collect();
    findings.extend(uncovered(contract, &review.covered(), &reported));
    findings
}

struct Review<'a> {
    contract: &'a Document,
    claims: &'a [&'a Claim<'a>],
    rulings: &'a [Ruling<'a>],
    /// The elements that a source states as the contract has them.
    witnessed: BTreeSet<&'a Pointer>,
    /// The citations that overrule something, by where they stand, with the element.
    used: BTreeSet<(Pointer, Pointer)>,
    /// What asks for each element that the contract lacks.
    gaps: BTreeMap<Pointer, Gap>,
}

/// An element that the contract lacks.
#[derive(Default)]
struct Gap {
    /// How a source that states this very element puts it.
    message: Option<String>,
    notes: Vec<Note>,
}

impl Review<'_> {
    /// What sources say against the contract, reported once for each element.
    fn contradictions(&mut self) -> Vec<Finding> {
        let mut by_element: BTreeMap<&Pointer, Vec<(&Claim<'_>, &str)>> = BTreeMap::new();
        for claim in self.claims {
            let Agreement::Contradicted(message) = &claim.agreement else { continue };
            if let Some(citation) = self.overruling(claim) {
                self.used.insert((citation, claim.pointer.clone()));
            } else if self.contract.get(&claim.pointer).is_none() {
                self.gap(&claim.pointer, Some(message), claim.note());
            } else {
                by_element.entry(&claim.pointer).or_default().push((claim, message));
            }
        }
        let findings = by_element.into_iter().filter_map(|(pointer, reported)| {
            let (first, message) = reported.first()?;
            let (fact, source, stated) = (&first.fact, first.source, &first.stated);
            let help = format!(
                "correct the contract; or rule about this element in rulings.yaml, citing {fact} of {source} with `overruled: {stated}`"
            );
            let finding = self.contract.finding(CONTRADICTED, pointer, *message, help);
            let notes = reported.iter().map(|(claim, _)| claim.note());
            Some(noted(finding, notes.collect()))
        });
        findings.collect()
    }

    /// Where the citation stands that overrules exactly this statement.
    fn overruling(&self, claim: &Claim<'_>) -> Option<Pointer> {
        let concerned =
            self.rulings.iter().filter(|ruling| ruling.about.iter().any(|(about, _)| *about == claim.pointer));
        let mut citations = concerned.flat_map(|ruling| &ruling.citations);
        let fits = |citation: &&Citation<'_>| {
            citation.source == claim.source && citation.fact == claim.fact && citation.overruled == Some(&claim.stated)
        };
        citations.find(fits).map(|citation| citation.node.pointer.clone())
    }

    /// Values that the contract does not have as they are held.
    fn values(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ruling in self.rulings {
            for (pointer, node) in &ruling.values {
                let note = node.note(format!("the ruling {} holds {}", ruling.id, shown(node.json())));
                match self.contract.get(pointer) {
                    Some(value) if value == node.json() => {}
                    Some(value) => {
                        let message = format!(
                            "the contract says {}, the ruling {} holds {}",
                            shown(value),
                            ruling.id,
                            shown(node.json())
                        );
                        let help = "correct the contract; or change the ruling, and say why";
                        findings.push(self.contract.finding(HOLDS, pointer, message, help).with_note(note));
                    }
                    None => self.gap(pointer, None, note),
                }
            }
        }
        findings
    }

    /// Every element that a ruling is about must be there.
    fn subjects(&mut self) {
        for ruling in self.rulings {
            for (pointer, node) in &ruling.about {
                if self.contract.get(pointer).is_none() {
                    self.gap(pointer, None, node.note(format!("the ruling {} is about it", ruling.id)));
                }
            }
        }
    }

    /// Notes what asks for an element that is missing, at the topmost part of it that is.
    fn gap(&mut self, pointer: &Pointer, message: Option<&String>, note: Note) {
        let mut topmost = pointer.clone();
        while topmost != Pointer::root() && self.contract.get(&topmost.parent()).is_none() {
            topmost = topmost.parent();
        }
        let message = message.filter(|_| topmost == *pointer).cloned();
        let gap = self.gaps.entry(topmost).or_default();
        gap.message = gap.message.take().or(message);
        gap.notes.push(note);
    }

    fn missing(&mut self) -> Vec<Finding> {
        let gaps = std::mem::take(&mut self.gaps);
        let findings = gaps.into_iter().map(|(pointer, Gap { message, notes })| {
            let message = message.unwrap_or_else(|| format!("the contract has no `{}`", key(self.contract, &pointer)));
            let help = "add it to the contract; or, where it is gone for a reason, correct what asks for it";
            noted(self.contract.finding(MISSING, &pointer, message, help), notes)
        });
        findings.collect()
    }

    /// Rulings, and parts of rulings, that settle nothing.
    fn idle_rulings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ruling in self.rulings.iter().filter(|ruling| !ruling.about.is_empty()) {
            let citations = self.idle_citations(ruling);
            // While a citation is wrong, nobody can tell what the ruling would settle.
            if citations.is_empty() && ruling.cites_soundly {
                findings.extend(self.idle_subjects(ruling));
            }
            findings.extend(citations);
            for (pointer, node) in ruling.values.iter().filter(|(pointer, _)| self.is_witnessed(pointer)) {
                let message = format!("the ruling {} holds a value for {pointer} that a source states", ruling.id);
                findings.push(node.document.finding(COVERS_NOTHING, &node.pointer, message, "remove the value"));
            }
        }
        findings
    }

    fn idle_subjects(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let here = ruling.about.iter().filter(|(pointer, _)| self.contract.get(pointer).is_some());
        let idle = here.filter(|(pointer, _)| !self.settles(ruling, pointer)).map(|(pointer, node)| {
            let message = format!("the ruling {} settles nothing about {pointer}", ruling.id);
            let help =
                "the sources state this element, and none that the ruling cites says otherwise: remove the pointer";
            node.document.finding(COVERS_NOTHING, &node.pointer, message, help)
        });
        idle.collect()
    }

    fn idle_citations(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let overruling = ruling.citations.iter().filter(|citation| citation.overruled.is_some());
        let idle = overruling.filter(|citation| !self.used.iter().any(|(used, _)| *used == citation.node.pointer));
        let findings = idle.map(|Citation { node, source, .. }| {
            let message = format!("the ruling {} overrules what {source} does not say against the contract", ruling.id);
            let help =
                "cite the exact fact with the exact value that the contract does not follow, or remove `overruled`";
            node.document.finding(COVERS_NOTHING, &node.pointer, message, help)
        });
        findings.collect()
    }

    /// Whether a ruling is needed for an element: because no source states it, because the ruling overrules one, or
    /// because those that it cites do not say the same of it.
    fn settles(&self, ruling: &Ruling<'_>, pointer: &Pointer) -> bool {
        let overrules = ruling
            .citations
            .iter()
            .any(|citation| self.used.contains(&(citation.node.pointer.clone(), pointer.clone())));
        overrules || !self.is_witnessed(pointer) || self.diverge(&ruling.citations, pointer)
    }

    fn is_witnessed(&self, pointer: &Pointer) -> bool {
        self.witnessed.contains(pointer)
    }

    fn diverge(&self, citations: &[Citation<'_>], pointer: &Pointer) -> bool {
        let stated = |citation: &Citation<'_>| -> BTreeSet<_> {
            let claims = self.claims.iter().filter(|claim| {
                claim.source == citation.source
                    && is_within(&claim.fact, &citation.fact)
                    && is_within(&claim.pointer, pointer)
            });
            claims.map(|claim| (&claim.pointer, claim.stated.to_string())).collect()
        };
        citations.iter().map(stated).collect::<BTreeSet<_>>().len() > 1
    }

    /// Every element whose value a source states or a ruling holds.
    fn covered(&self) -> BTreeSet<Pointer> {
        let mut covered: BTreeSet<_> = self.witnessed.iter().copied().cloned().collect();
        for (pointer, node) in self.rulings.iter().flat_map(|ruling| &ruling.values) {
            descend(node.json(), pointer, &mut covered);
        }
        covered
    }
}

/// Adds the place of a value and of everything in it.
fn descend(value: &serde_json::Value, pointer: &Pointer, covered: &mut BTreeSet<Pointer>) {
    covered.insert(pointer.clone());
    for (key, value) in value.as_object().into_iter().flatten() {
        descend(value, &pointer.child(key), covered);
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        descend(value, &pointer.child(index), covered);
    }
}

/// Whether a pointer is another, or leads to something below it.
fn is_within(pointer: &Pointer, outer: &Pointer) -> bool {
    pointer.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A finding with as many notes as a person reads.
fn noted(mut finding: Finding, mut notes: Vec<Note>) -> Finding {
    const MOST: usize = 4;
    notes.sort();
    notes.dedup();
    let more = notes.len().saturating_sub(MOST);
    notes.truncate(MOST);
    if let Some(last) = notes.last_mut().filter(|_| more > 0) {
        last.message.push_str(&format!("; so do {more} more places"));
    }
    finding.notes = notes;
    finding
}
