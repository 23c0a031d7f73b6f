//! The whole check.

use mde_codegen::{Document, Finding};

use crate::evidence::source::Source;
use crate::evidence::verdict::verdict;
use crate::evidence::{Tree, exchange, facts, ruling, source};

/// What is documented and recorded about the service, and what is held where that leaves something open.
pub struct Evidence {
    sources: Vec<Source>,
    rulings: Option<Document>,
    findings: Vec<Finding>,
}

impl Evidence {
    /// Reads the sources and the rulings of a tree. `root` is how findings call the folder that it was read from.
    ///
    /// What cannot be read is left out, and told by [`Self::check`]; whether the sources have their form and are as they
    /// were attested is told by [`crate::evidence::check_sources`].
    pub fn read(root: &str, tree: &Tree) -> Self {
        let mut findings = Vec::new();
        let sources = source::read(root, tree, &mut findings);
        let rulings = ruling::document(root, tree, &mut findings);
        Self { sources, rulings, findings }
    }

    /// Holds a contract against the evidence and the rulings.
    ///
    /// Every request that a source shows must be a call of exactly one operation, and every answer must keep strictly to
    /// the schema of its status. Every fact must be what the contract says, and every element of the contract must be
    /// stated by a source; what is otherwise needs a ruling, and a ruling that settles nothing is a finding too.
    ///
    /// The contract need not be sound, so that a mistake in it hides nothing; what is wrong with it alone is told by
    /// [`mde_codegen::Contract::read`].
    pub fn check(&self, contract: &Document) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        let mut statements = Vec::new();
        for source in &self.sources {
            statements.extend(facts::statements(contract, source));
            statements.extend(exchange::statements(contract, source, &mut findings));
        }
        // Without the rulings, everything that they settle would seem to be open.
        if let Some(document) = &self.rulings {
            let rulings = ruling::rulings(document, &self.sources, &mut findings);
            findings.extend(verdict(contract, &statements, &rulings));
        }
        findings.sort();
        findings.dedup();
        findings
    }
}
