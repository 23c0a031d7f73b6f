//! The evidence for the contract: what is documented and recorded about the service, source by source.
//!
//! Each folder under `documented` is a source. Its `source.yaml` says what it is and what it states. `SHA256SUMS` beside
//! the folders lists the SHA-256 of every file in them, so that no evidence is edited by accident. [`check_sources`]
//! finds what is not as it was attested, and what a source contradicts in itself; [`attest`] records a deliberate change.
//! [`check_pages`] looks up what a source states in its page, where somebody has it. [`Evidence`] compares a contract
//! with all of it. The files come as a [`Tree`]; nothing here touches the disk.
//!
//! Each file imports only from those before it: `form`, `checksums`, `sources`; `words`, `standards`, `statements`,
//! `consistency`, `shown`, `pages`; `names`, `elements`, `contract`, `outside`, `claims`, `requests`, `exchanges`, `examples`,
//! `facts`, `rulings`, `descriptions`, `verdict`, `witnesses`, and this one last.

mod checksums;
mod claims;
mod consistency;
mod contract;
mod descriptions;
mod elements;
mod examples;
mod exchanges;
mod facts;
mod form;
mod names;
mod outside;
mod pages;
mod requests;
mod rulings;
mod shown;
mod sources;
mod standards;
mod statements;
mod verdict;
mod witnesses;
mod words;

use std::sync::Arc;

use mde_codegen::{Document, Finding};

pub use checksums::{AttestError, Attested, SOURCES, SUMS_FILE, Tree, attest};
pub use form::RULES;
pub use pages::{Pages, PagesReport, check_pages};
pub use sources::SOURCE_FILE;
pub use witnesses::{Witness, WitnessKind, Witnesses};

use claims::Claim;
use names::Named;
use sources::EvidenceSource;

/// The elements of a contract by their names, as sources and rulings speak of them.
pub struct Elements<'a>(Named<'a>);

impl<'a> Elements<'a> {
    /// Reads the elements of a contract. It need not be sound, so that a mistake in it hides nothing.
    pub fn read(contract: &'a Document) -> Self {
        Self(elements::elements(contract))
    }
}

/// Finds what is wrong with the sources alone: a missing or malformed description, a file that is not as attested, a
/// source that contradicts itself or a standard, and words that say what no fact beside them does.
///
/// `root` is how findings call the folder that the tree was read from.
pub fn check_sources(root: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = sources::check_files(root, tree);
    let names: Vec<_> = sources::names(tree).collect();
    for source in names.iter().filter_map(|name| sources::read(root, tree, name)) {
        findings.extend(statements::check(&source));
        findings.extend(outside::check_successor(&source, &names));
        let mut of_source = consistency::check(&source);
        shown::check(&mut of_source);
        findings.append(&mut of_source.found);
    }
    findings.sort();
    findings.dedup();
    findings
}

/// What is documented and recorded about the service, and what is held where that leaves something open.
pub struct Evidence {
    /// How findings call the folder that the tree was read from.
    root: String,
    sources: Vec<Arc<EvidenceSource>>,
    rulings: Option<Arc<Document>>,
    /// Why the rulings cannot be read.
    rulings_findings: Vec<Finding>,
}

/// What all sources claim about one contract.
pub struct Claims<'a> {
    contract: &'a Elements<'a>,
    sources: Vec<Arc<SourceClaims<'a>>>,
}

/// What one source claims about a contract, and what cannot be compared with it.
struct SourceClaims<'a> {
    source: &'a EvidenceSource,
    claims: Vec<Claim<'a>>,
    findings: Vec<Finding>,
}

impl Evidence {
    /// Reads the sources and the rulings of a tree. `root` is how findings call the folder that it was read from.
    ///
    /// What cannot be read is left out, and reported by [`Self::check`]; whether the sources have their form and are as
    /// they were attested is reported by [`check_sources`].
    pub fn read(root: &str, tree: &Tree) -> Self {
        let sources = sources::names(tree).filter_map(|name| sources::read(root, tree, name)).map(Arc::new);
        let mut rulings_findings = Vec::new();
        let rulings = rulings::document(root, tree, &mut rulings_findings);
        Self { root: root.to_owned(), sources: sources.collect(), rulings: rulings.map(Arc::new), rulings_findings }
    }

    /// The same with the rulings of another tree. The sources are shared, not read again.
    pub fn with_rulings(&self, tree: &Tree) -> Self {
        let mut rulings_findings = Vec::new();
        let rulings = rulings::document(&self.root, tree, &mut rulings_findings).map(Arc::new);
        Self { root: self.root.clone(), sources: self.sources.clone(), rulings, rulings_findings }
    }

    /// The same with another state of one source: the one whose folder has the file at `path`. Only the files of that
    /// source are read, the rest is shared.
    pub fn with_source_of(&self, tree: &Tree, path: &str) -> Self {
        let mut sources = self.sources.clone();
        if let Some(name) = sources::name_of(path) {
            sources.retain(|source| source.name != name);
            sources.extend(sources::read(&self.root, tree, name).map(Arc::new));
            sources.sort_by(|left, right| left.name.cmp(&right.name));
        }
        let rulings_findings = self.rulings_findings.clone();
        Self { root: self.root.clone(), sources, rulings: self.rulings.clone(), rulings_findings }
    }

    /// Compares a contract with the evidence and the rulings.
    ///
    /// Every request that a source shows must be a call of exactly one operation, and every answer must keep strictly to
    /// the schema of its status. Every fact must be what the contract says, and every element of the contract must be
    /// stated by a source; what is otherwise needs a ruling, and a ruling that settles nothing is a finding too.
    ///
    /// The contract need not be sound, so that a mistake in it hides nothing; what is wrong with it alone is reported by
    /// [`mde_codegen::Contract::read`].
    pub fn check(&self, contract: &Document) -> Vec<Finding> {
        self.verdict(&self.claims(&Elements::read(contract), None))
    }

    /// What every source claims about a contract. Of a source that `known` has already, for the same contract, the
    /// claims are taken from there.
    pub fn claims<'a>(&'a self, contract: &'a Elements<'a>, known: Option<&Claims<'a>>) -> Claims<'a> {
        let known = known.filter(|known| std::ptr::eq(known.contract, contract));
        let sources = self.sources.iter().map(|source| {
            let mut known = known.into_iter().flat_map(|known| &known.sources);
            let known = known.find(|known| std::ptr::eq(known.source, &raw const **source)).cloned();
            known.unwrap_or_else(|| Arc::new(SourceClaims::of(source, &contract.0)))
        });
        Claims { contract, sources: sources.collect() }
    }

    /// What the claims and the rulings find wrong with the contract, with the sources, and with each other.
    pub fn verdict(&self, claims: &Claims<'_>) -> Vec<Finding> {
        let mut findings = self.rulings_findings.clone();
        for source in &claims.sources {
            findings.extend_from_slice(&source.source.findings);
            findings.extend_from_slice(&source.findings);
        }
        findings.extend(examples::check(&claims.contract.0, &self.sources));
        // Without the rulings, everything that they settle would seem to be open.
        if let Some(document) = &self.rulings {
            let rulings = rulings::rulings(document, &claims.contract.0, &self.sources, &mut findings);
            let claims_of_all: Vec<_> = claims.sources.iter().flat_map(|source| &source.claims).collect();
            findings.extend(descriptions::check(&claims.contract.0, &rulings));
            findings.extend(verdict::verdict(&claims.contract.0, &claims_of_all, &rulings));
        }
        findings.sort();
        findings.dedup();
        findings
    }

    /// The names of the elements of a contract, be it sound or not, and what holds each.
    pub fn witnesses(&self, contract: &Document) -> Witnesses {
        let elements = Elements::read(contract);
        let claims = self.claims(&elements, None);
        let of_all = claims.sources.iter().flat_map(|source| &source.claims);
        // What is wrong with the rulings is for the check to report.
        let document = self.rulings.as_deref();
        let rulings = document.map(|document| rulings::rulings(document, &elements.0, &self.sources, &mut Vec::new()));
        Witnesses::new(&elements.0, of_all, &rulings.unwrap_or_default())
    }
}

impl<'a> SourceClaims<'a> {
    fn of(source: &'a EvidenceSource, contract: &'a Named<'a>) -> Self {
        if source.claims_nothing() {
            return Self { source, claims: Vec::new(), findings: outside::check(contract, source) };
        }
        let mut findings = Vec::new();
        let mut claims = facts::claims(contract, source);
        claims.extend(exchanges::claims(contract, source, &mut findings));
        Self { source, claims, findings }
    }
}
