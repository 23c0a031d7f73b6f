//! The contract, the claims of the sources and the rulings, held against each other; and coverage: the parts of the
//! contract that no source states and no ruling holds.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Finding, Note, Pointer};
use serde_json::Value as Json;

use crate::evidence::claims::{Agreement, Claim};
use crate::evidence::form::{CONTRADICTED, COVERS_NOTHING, HOLDS, MISSING, UNWITNESSED, key, shown};
use crate::evidence::rulings::{Citation, Ruling};

/// Every disagreement.
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
    // A missing element is reported at its parent.
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
    /// The citations that overrule a claim: the pointer of the citation, and the element.
    used: BTreeSet<(Pointer, Pointer)>,
    /// What requires each element that the contract lacks.
    gaps: BTreeMap<Pointer, Gap>,
}

/// A missing element of the contract.
#[derive(Default)]
struct Gap {
    /// The message of a source that states this very element.
    message: Option<String>,
    notes: Vec<Note>,
}

impl Review<'_> {
    /// The claims against the contract, one finding per element.
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
                "correct the contract; or add a ruling on this element to rulings.yaml that cites {fact} of {source} with `overruled: {stated}`"
            );
            let finding = self.contract.finding(CONTRADICTED, pointer, *message, help);
            let notes = reported.iter().map(|(claim, _)| claim.note());
            Some(noted(finding, notes.collect()))
        });
        findings.collect()
    }

    /// The pointer of the citation that overrules exactly this claim.
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
                let note = node.note(format!("the ruling {} holds {}", ruling.id, shown(node.json)));
                match self.contract.get(pointer) {
                    Some(value) if value == node.json => {}
                    Some(value) => {
                        let message = format!(
                            "the contract says {}, but the ruling {} holds {}",
                            shown(value),
                            ruling.id,
                            shown(node.json)
                        );
                        let help = "correct the contract; or change the ruling and its reason";
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

    /// Records what requires a missing element, at its topmost missing ancestor.
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
            let help = "add it to the contract; or, if it was removed on purpose, correct what requires it";
            noted(self.contract.finding(MISSING, &pointer, message, help), notes)
        });
        findings.collect()
    }

    /// Rulings, and parts of rulings, that are not needed.
    fn idle_rulings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ruling in self.rulings.iter().filter(|ruling| !ruling.about.is_empty()) {
            let citations = self.idle_citations(ruling);
            // With a wrong citation it is unknown what the ruling would settle.
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
            let message = format!("the ruling {} is not needed for {pointer}", ruling.id);
            let help =
                "the sources state this element, and no source that the ruling cites disagrees: remove the pointer";
            node.document.finding(COVERS_NOTHING, &node.pointer, message, help)
        });
        idle.collect()
    }

    fn idle_citations(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let overruling = ruling.citations.iter().filter(|citation| citation.overruled.is_some());
        let idle = overruling.filter(|citation| !self.used.iter().any(|(used, _)| *used == citation.node.pointer));
        let findings = idle.map(|Citation { node, source, .. }| {
            let message =
                format!("the ruling {} overrules a claim that {source} does not make against the contract", ruling.id);
            let help =
                "cite the exact fact and the exact value that the contract does not follow, or remove `overruled`";
            node.document.finding(COVERS_NOTHING, &node.pointer, message, help)
        });
        findings.collect()
    }

    /// Whether an element needs the ruling: no source states it, the ruling overrules a claim, or the cited sources
    /// disagree.
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
            descend(node.json, pointer, &mut covered);
        }
        covered
    }
}

/// Adds the pointer of a value and of everything below it.
fn descend(value: &Json, pointer: &Pointer, covered: &mut BTreeSet<Pointer>) {
    covered.insert(pointer.clone());
    for (key, value) in value.as_object().into_iter().flatten() {
        descend(value, &pointer.child(key), covered);
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        descend(value, &pointer.child(index), covered);
    }
}

/// Whether a pointer equals another or is below it.
fn is_within(pointer: &Pointer, outer: &Pointer) -> bool {
    pointer.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A finding with at most four notes, the rest counted.
fn noted(mut finding: Finding, mut notes: Vec<Note>) -> Finding {
    const MOST: usize = 4;
    notes.sort();
    notes.dedup();
    let more = notes.len().saturating_sub(MOST);
    notes.truncate(MOST);
    if let Some(last) = notes.last_mut().filter(|_| more > 0) {
        last.message.push_str(&format!("; and {more} more"));
    }
    finding.notes = notes;
    finding
}

/// A finding for each largest part of the contract of which nothing is covered. `reported` are elements that have a
/// finding already.
fn uncovered(contract: &Document, covered: &BTreeSet<Pointer>, reported: &BTreeSet<Pointer>) -> Vec<Finding> {
    let mut search = Search { covered, reported, uncovered: Vec::new() };
    search.visit(contract.root(), &Pointer::root());
    let findings = search.uncovered.into_iter().map(|pointer| {
        let (pointer, value) = narrowed(contract, pointer);
        let what = if value.is_object() || value.is_array() { String::new() } else { format!(" ({})", shown(value)) };
        let message = format!("no source states `{}`{what}, and no ruling holds it", key(contract, &pointer));
        let help = "add a source that states it under documented; or add a ruling on this element with its value under `values`";
        contract.finding(UNWITNESSED, &pointer, message, help)
    });
    findings.collect()
}

/// The element, or its only descendant, so that the finding points at one value.
fn narrowed(contract: &Document, mut pointer: Pointer) -> (Pointer, &Json) {
    let mut value = contract.get(&pointer).unwrap_or(&Json::Null);
    while let Some((key, only)) = only_child(value) {
        pointer = pointer.child(key);
        value = only;
    }
    (pointer, value)
}

fn only_child(value: &Json) -> Option<(String, &Json)> {
    match value {
        Json::Object(entries) if entries.len() == 1 => entries.iter().next().map(|(key, value)| (key.clone(), value)),
        Json::Array(items) if items.len() == 1 => items.first().map(|value| ("0".to_owned(), value)),
        _ => None,
    }
}

struct Search<'a> {
    covered: &'a BTreeSet<Pointer>,
    reported: &'a BTreeSet<Pointer>,
    uncovered: Vec<Pointer>,
}

/// The coverage of a part of the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It states nothing about the service.
    Exempt,
    /// Nothing in it is covered.
    Uncovered,
    /// Something in it is covered, or reported already.
    Covered,
}

impl Search<'_> {
    fn visit(&mut self, value: &Json, pointer: &Pointer) -> Part {
        if is_exempt(pointer) {
            return Part::Exempt;
        }
        let children: Vec<_> = match value {
            Json::Object(entries) => entries.iter().map(|(key, value)| (pointer.child(key), value)).collect(),
            Json::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (pointer.child(index), value)).collect()
            }
            _ => Vec::new(),
        };
        if children.is_empty() {
            let known = self.covered.contains(pointer) || self.reported.contains(pointer);
            return if known { Part::Covered } else { Part::Uncovered };
        }
        let parts: Vec<_> = children.iter().map(|(pointer, value)| (pointer, self.visit(value, pointer))).collect();
        if parts.iter().all(|(_, part)| *part == Part::Exempt) {
            return if self.covered.contains(pointer) { Part::Covered } else { Part::Uncovered };
        }
        let known = self.covered.contains(pointer) || self.reported.contains(pointer);
        if known || parts.iter().any(|(_, part)| *part == Part::Covered) {
            let uncovered = parts.into_iter().filter(|(_, part)| *part == Part::Uncovered);
            self.uncovered.extend(uncovered.map(|(pointer, _)| pointer.clone()));
            return Part::Covered;
        }
        Part::Uncovered
    }
}

/// Whether an element states nothing about the service: descriptions are for people, the version counts our changes.
fn is_exempt(pointer: &Pointer) -> bool {
    let describes = pointer.last() == "description" && pointer.parent().last() != "properties";
    describes || pointer.as_str() == "/info/version"
}
