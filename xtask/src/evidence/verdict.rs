//! The contract, the claims of the sources and the rulings, held against each other; and coverage: the parts of the
//! contract that no source states and no ruling holds.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Finding, Note, Pointer};
use serde_json::Value as Json;

use crate::evidence::claims::{Agreement, Claim};
use crate::evidence::form::{CONTRADICTED, COVERS_NOTHING, HOLDS, MISSING, Node, UNWITNESSED, shown};
use crate::evidence::names::{Named, item_name};
use crate::evidence::rulings::{Citation, Kind, Ruling, SOURCE_LEVELS, Subject};

/// Every disagreement.
pub(crate) fn verdict(contract: &Named<'_>, claims: &[&Claim<'_>], rulings: &[Ruling<'_>]) -> Vec<Finding> {
    let witnessed = claims.iter().filter(|claim| claim.agreement == Agreement::Witnessed).map(|claim| &claim.pointer);
    let mut review = Review {
        contract,
        claims,
        rulings,
        witnessed: witnessed.collect(),
        used: BTreeSet::new(),
        gaps: BTreeMap::new(),
        reported: BTreeSet::new(),
    };
    let mut findings = review.contradictions();
    findings.extend(review.values());
    review.subjects();
    findings.extend(review.missing());
    findings.extend(review.idle_rulings());
    let coverage = Coverage { covered: review.covered(), own: review.own(), reported: review.reported };
    findings.extend(uncovered(contract, &coverage));
    findings
}

struct Review<'a> {
    contract: &'a Named<'a>,
    claims: &'a [&'a Claim<'a>],
    rulings: &'a [Ruling<'a>],
    /// The elements that a source states as the contract has them.
    witnessed: BTreeSet<&'a Pointer>,
    /// The citations that overrule a claim: the pointer of the citation, and the element.
    used: BTreeSet<(Pointer, Pointer)>,
    /// What requires each element that the contract lacks.
    gaps: BTreeMap<Pointer, Gap>,
    /// The elements that have a finding already.
    reported: BTreeSet<Pointer>,
}

/// A missing element of the contract.
struct Gap {
    pointer: Pointer,
    /// The message of a source that states this very element.
    message: Option<String>,
    notes: Vec<Note>,
}

impl Review<'_> {
    /// The claims against the contract, one finding per element.
    fn contradictions(&mut self) -> Vec<Finding> {
        // What several operations or statuses share is one element that is wrong once.
        let mut by_location: BTreeMap<Pointer, Vec<(&Claim<'_>, &str)>> = BTreeMap::new();
        for claim in self.claims {
            let Agreement::Contradicted(message) = &claim.agreement else { continue };
            if let Some(citation) = self.overruling(claim) {
                self.used.insert((citation, claim.pointer.clone()));
            } else if self.contract.get(&claim.pointer).is_none() {
                self.gap(&claim.pointer, Some(message), claim.note());
            } else {
                self.reported.insert(claim.pointer.clone());
                by_location.entry(self.contract.origin(&claim.pointer)).or_default().push((claim, message));
            }
        }
        let findings = by_location.into_values().filter_map(|reported| {
            let (first, message) = reported.first()?;
            let (element, source, stated) = (self.contract.name(&first.pointer), first.source, &first.stated);
            let fact = fact_name(first);
            let help = format!(
                "correct the contract; or add a ruling on {element} to rulings.yaml that cites {fact} of {source} with `overruled: {stated}`"
            );
            let finding = self.contract.finding(CONTRADICTED, &first.pointer, *message, help);
            let notes = reported.iter().map(|(claim, _)| claim.note());
            Some(noted(finding, notes.collect()))
        });
        findings.collect()
    }

    /// The pointer of the citation that overrules exactly this claim.
    fn overruling(&self, claim: &Claim<'_>) -> Option<Pointer> {
        let concerned = self
            .rulings
            .iter()
            .filter(|ruling| ruling.about.iter().any(|about| about.pointers.contains(&claim.pointer)));
        let citations =
            concerned.flat_map(|ruling| &ruling.citations).filter(|citation| citation.source == claim.source);
        citations.filter_map(|citation| overruled(citation, claim)).next()
    }

    /// Values that the contract does not have as they are held.
    fn values(&mut self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut reported = BTreeSet::new();
        for ruling in self.rulings {
            for Subject { node, pointers, .. } in &ruling.values {
                for pointer in pointers {
                    for (pointer, held) in held_at(pointer, node) {
                        findings.extend(self.value(ruling.id, &pointer, &held, &mut reported));
                    }
                }
            }
        }
        findings
    }

    /// A finding where an element has not the value that is held for it.
    fn value(
        &mut self,
        ruling: &str,
        pointer: &Pointer,
        held: &Node<'_>,
        reported: &mut BTreeSet<(Pointer, Pointer)>,
    ) -> Option<Finding> {
        let note = held.note(format!("the ruling {ruling} holds {}", shown(held.json)));
        let Some(value) = self.contract.get(pointer) else {
            self.gap(pointer, None, note);
            return None;
        };
        if has(value, held.json) {
            return None;
        }
        self.reported.insert(pointer.clone());
        // What several operations or statuses share is one element that is wrong once.
        if !reported.insert((self.contract.origin(pointer), held.pointer.clone())) {
            return None;
        }
        let message = format!("the contract says {}, but the ruling {ruling} holds {}", said(value), shown(held.json));
        let help = "correct the contract; or change the ruling and its reason";
        Some(self.contract.finding(HOLDS, pointer, message, help).with_note(note))
    }

    /// Every element that a ruling is about must be there.
    fn subjects(&mut self) {
        for ruling in self.rulings {
            for Subject { node, pointers, .. } in ruling.about.iter().filter(|subject| !ruling.has_value(subject.name))
            {
                for pointer in pointers.iter().filter(|pointer| self.contract.get(pointer).is_none()) {
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
        self.reported.insert(topmost.parent());
        let message = message.filter(|_| topmost == *pointer).cloned();
        let key = self.contract.visible(&topmost);
        let gap = self.gaps.entry(key).or_insert(Gap { pointer: topmost.clone(), message: None, notes: Vec::new() });
        // A source knows the level that a name leaves out.
        if topmost.as_str().len() > gap.pointer.as_str().len() {
            gap.pointer = topmost;
        }
        gap.message = gap.message.take().or(message);
        gap.notes.push(note);
    }

    fn missing(&mut self) -> Vec<Finding> {
        let mut reported = BTreeSet::new();
        let mut findings = Vec::new();
        for Gap { pointer, message, notes } in std::mem::take(&mut self.gaps).into_values() {
            // What several operations or statuses share lacks it once.
            if !reported.insert(self.contract.origin(&pointer)) {
                continue;
            }
            let message = message.unwrap_or_else(|| format!("the contract has no `{}`", self.contract.name(&pointer)));
            let help = "add it to the contract; or, if it was removed on purpose, correct what requires it";
            findings.push(noted(self.contract.finding(MISSING, &pointer, message, help), notes));
        }
        findings
    }

    /// Rulings, and parts of rulings, that are not needed.
    fn idle_rulings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ruling in self.rulings.iter().filter(|ruling| !ruling.about.is_empty()) {
            let citations = self.idle_citations(ruling);
            // With a wrong citation it is unknown what the ruling would settle.
            if citations.is_empty() && ruling.cites_soundly && ruling.kind == Kind::Settles {
                findings.extend(self.idle_subjects(ruling));
            }
            findings.extend(citations);
            // A mapping binds its values to each other.
            let stated = |subject: &&Subject<'_>| {
                subject.node.entries().is_empty() && subject.pointers.iter().all(|pointer| self.is_witnessed(pointer))
            };
            for Subject { node, name, .. } in ruling.values.iter().filter(stated) {
                let message = format!("the ruling {} holds a value for {name} that a source states", ruling.id);
                findings.push(node.document.finding(COVERS_NOTHING, &node.pointer, message, "remove the value"));
            }
        }
        findings
    }

    fn idle_subjects(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let is_here = |pointer: &Pointer| self.contract.get(pointer).is_some();
        let here = ruling
            .about
            .iter()
            .filter(|subject| !ruling.has_value(subject.name) && subject.pointers.iter().all(is_here));
        let is_idle = |subject: &&Subject<'_>| subject.pointers.iter().all(|pointer| !self.settles(ruling, pointer));
        let idle = here.filter(is_idle).map(|Subject { node, name, .. }| {
            let message = format!("the ruling {} is not needed for {name}", ruling.id);
            let help = "the sources state this element, and no source that the ruling cites disagrees: remove the name";
            node.document.finding(COVERS_NOTHING, &node.pointer, message, help)
        });
        idle.collect()
    }

    fn idle_citations(&self, ruling: &Ruling<'_>) -> Vec<Finding> {
        let is_used = |pointer: &Pointer| self.used.iter().any(|(used, _)| used == pointer);
        let mut findings = Vec::new();
        for citation in &ruling.citations {
            let Some(node) = citation.node.get("overruled").filter(|_| !is_used(&citation.node.pointer)) else {
                continue;
            };
            let items = citation.node.items("overruled");
            let of_a_list = items.iter().any(|item| is_used(&item.pointer));
            let idle: Vec<_> = items.into_iter().filter(|item| !is_used(&item.pointer)).collect();
            for node in if of_a_list { idle } else { vec![node] } {
                let (id, source, value) = (ruling.id, citation.source, shown(node.json));
                let message =
                    format!("the ruling {id} overrules {value}, which {source} does not claim against the contract");
                let help =
                    "cite the exact fact and the exact value that the contract does not follow, or remove `overruled`";
                findings.push(node.document.finding(COVERS_NOTHING, &node.pointer, message, help));
            }
        }
        findings
    }

    /// Whether an element needs the ruling: no source states it, the ruling overrules a claim, or the cited sources
    /// disagree.
    fn settles(&self, ruling: &Ruling<'_>, pointer: &Pointer) -> bool {
        let overrules = ruling.citations.iter().any(|citation| {
            self.used.iter().any(|(used, about)| about == pointer && used.is_within(&citation.node.pointer))
        });
        overrules || !self.is_witnessed(pointer) || self.diverge(&ruling.citations, pointer)
    }

    fn is_witnessed(&self, pointer: &Pointer) -> bool {
        self.witnessed.contains(pointer)
    }

    fn diverge(&self, citations: &[Citation<'_>], pointer: &Pointer) -> bool {
        let stated = |citation: &Citation<'_>| -> BTreeSet<_> {
            let claims = self.claims.iter().filter(|claim| {
                claim.source == citation.source
                    && claim.fact.is_within(&citation.fact)
                    && claim.pointer.is_within(pointer)
            });
            claims.map(|claim| (&claim.pointer, claim.stated.to_string())).collect()
        };
        citations.iter().map(stated).collect::<BTreeSet<_>>().len() > 1
    }

    /// The elements that a source states, or that a ruling names without `*`: what is shared is known of one operation and
    /// need not hold for the next.
    fn own(&self) -> BTreeSet<Pointer> {
        let values = self.rulings.iter().flat_map(|ruling| &ruling.values);
        let held = values.filter(|subject| !subject.name.contains('*')).flat_map(|subject| {
            let below = |pointer| held_at(pointer, &subject.node).into_iter().map(|(pointer, _)| pointer);
            subject.pointers.iter().flat_map(below).collect::<Vec<_>>()
        });
        self.witnessed.iter().copied().cloned().chain(held).collect()
    }

    /// Where every element stands whose value a source states or a ruling holds.
    fn covered(&self) -> BTreeSet<Pointer> {
        let mut covered: BTreeSet<_> = self.witnessed.iter().copied().cloned().collect();
        for Subject { node, pointers, .. } in self.rulings.iter().flat_map(|ruling| &ruling.values) {
            for pointer in pointers {
                descend(node.json, pointer, &mut covered);
            }
        }
        // What several operations or statuses share is covered where it is for one of them.
        covered.iter().map(|pointer| self.contract.origin(pointer)).collect()
    }
}

/// The part of a citation that overrules exactly this claim: all of it, or the item of its list that is the value.
fn overruled(citation: &Citation<'_>, claim: &Claim<'_>) -> Option<Pointer> {
    let overruled = citation.overruled?;
    if citation.fact == claim.fact && *overruled == claim.stated {
        return Some(citation.node.pointer.clone());
    }
    let index = overruled.as_array()?.iter().position(|item| *item == claim.stated)?;
    claim.fact.is_within(&citation.fact).then(|| citation.node.pointer.child("overruled").child(index))
}

/// What a ruling cites for a claim.
fn fact_name(claim: &Claim<'_>) -> String {
    let description = claim.description;
    let names = Named::of(description, SOURCE_LEVELS);
    match names.elements_at(&claim.fact).first() {
        Some(fact) => names.name(fact),
        None => claim.fact.to_string(),
    }
}

/// The elements that a ruling holds values for: of a mapping, each of its entries.
fn held_at<'a>(pointer: &Pointer, node: &Node<'a>) -> Vec<(Pointer, Node<'a>)> {
    let entries = node.entries();
    if entries.is_empty() {
        return vec![(pointer.clone(), node.clone())];
    }
    entries.into_iter().flat_map(|(key, node)| held_at(&pointer.child(key), &node)).collect()
}

/// Whether an element has the value that is held for it. A list is the names of its items.
fn has(value: &Json, held: &Json) -> bool {
    match (value, held) {
        (Json::Object(entries), Json::Array(items)) => {
            let mut names: Vec<_> = items.iter().enumerate().map(|(index, item)| item_name(item, index)).collect();
            names.sort();
            entries.keys().eq(names.iter())
        }
        _ => value == held,
    }
}

/// An element as messages show it: a list by the names of its items.
fn said(value: &Json) -> String {
    match value {
        Json::Object(entries) => shown(&entries.keys().cloned().collect::<Vec<_>>().into()),
        value => shown(value),
    }
}

/// Adds the pointer of a value and of everything below it.
fn descend(value: &Json, pointer: &Pointer, covered: &mut BTreeSet<Pointer>) {
    covered.insert(pointer.clone());
    for (key, value) in value.as_object().into_iter().flatten() {
        descend(value, &pointer.child(key), covered);
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        descend(value, &pointer.child(item_name(value, index)), covered);
    }
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

/// The parts of a contract that are known.
struct Coverage {
    /// Where elements stand whose values are known.
    covered: BTreeSet<Pointer>,
    /// The elements that are known themselves, and not only what they share with others.
    own: BTreeSet<Pointer>,
    /// The elements that have a finding already.
    reported: BTreeSet<Pointer>,
}

impl Coverage {
    /// Whether an entry of a collection is known itself. `proof` is the part of it that shows this.
    fn is_own(&self, pointer: &Pointer, proof: &str) -> bool {
        let shown = if proof.is_empty() { pointer.clone() } else { pointer.child(proof) };
        let next_reported = self.reported.range(pointer..).next();
        self.own.contains(&shown) || next_reported.is_some_and(|first| first.is_within(pointer))
    }
}

/// The collections whose entries must be known themselves, and the part of an entry that shows it; empty for the entry.
const ENTRIES: [(&str, &str); 6] = [
    ("operations", "path"),
    ("parameters", "name"),
    ("successes", ""),
    ("errors", ""),
    ("headers", ""),
    ("properties", ""),
];

/// A finding for each largest part of the contract of which nothing is covered.
fn uncovered(contract: &Named<'_>, coverage: &Coverage) -> Vec<Finding> {
    let mut search = Search { contract, coverage, uncovered: Vec::new() };
    search.visit(contract.root(), &Pointer::root());
    let mut found = BTreeSet::new();
    let mut findings = Vec::new();
    for pointer in search.uncovered {
        let (pointer, value) = narrowed(contract, pointer);
        if !found.insert(contract.origin(&pointer)) {
            continue;
        }
        let what = if value.is_object() { String::new() } else { format!(" ({})", shown(value)) };
        let message = format!("no source states `{}`{what}, and no ruling holds it", contract.name(&pointer));
        let help = "add a source that states it under documented; or add a ruling on this element with its value under `values`";
        findings.push(contract.finding(UNWITNESSED, &pointer, message, help));
    }
    findings
}

/// The element, or its only descendant, so that the finding points at one value.
fn narrowed<'a>(contract: &'a Named<'_>, mut pointer: Pointer) -> (Pointer, &'a Json) {
    const NOTHING: Json = Json::Null;
    let mut value = contract.get(&pointer).unwrap_or(&NOTHING);
    while let Some((key, only)) =
        value.as_object().filter(|entries| entries.len() == 1).and_then(|entries| entries.iter().next())
    {
        pointer = pointer.child(key);
        value = only;
    }
    (pointer, value)
}

struct Search<'a> {
    contract: &'a Named<'a>,
    coverage: &'a Coverage,
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
    fn is_known(&self, pointer: &Pointer) -> bool {
        self.coverage.covered.contains(&self.contract.origin(pointer)) || self.coverage.reported.contains(pointer)
    }

    fn visit(&mut self, value: &Json, pointer: &Pointer) -> Part {
        if is_exempt(pointer) {
            return Part::Exempt;
        }
        let level = pointer.parent().last();
        if let Some((_, proof)) = ENTRIES.iter().find(|(entries, _)| *entries == level)
            && !self.coverage.is_own(pointer, proof)
        {
            return Part::Uncovered;
        }
        let children: Vec<_> = match value {
            Json::Object(entries) => entries.iter().map(|(key, value)| (pointer.child(key), value)).collect(),
            _ => Vec::new(),
        };
        if children.is_empty() {
            return if self.is_known(pointer) { Part::Covered } else { Part::Uncovered };
        }
        let parts: Vec<_> = children.iter().map(|(pointer, value)| (pointer, self.visit(value, pointer))).collect();
        if parts.iter().all(|(_, part)| *part == Part::Exempt) {
            return if self.is_known(pointer) { Part::Covered } else { Part::Uncovered };
        }
        if self.is_known(pointer) || parts.iter().any(|(_, part)| *part == Part::Covered) {
            let uncovered = parts.into_iter().filter(|(_, part)| *part == Part::Uncovered);
            self.uncovered.extend(uncovered.map(|(pointer, _)| pointer.clone()));
            return Part::Covered;
        }
        Part::Uncovered
    }
}

/// Whether an element states nothing about the service: descriptions are for people, the version counts our changes.
fn is_exempt(pointer: &Pointer) -> bool {
    // An example states what its source shows, which `examples` checks; a property of that name is none.
    let below_properties = pointer.parent().last() == "properties";
    let for_people = matches!(pointer.last().as_str(), "description" | "examples") && !below_properties;
    for_people || matches!(pointer.as_str(), "/info/version")
}
