//! Each case changes one thing of a sound contract; the report says what is wrong with it and where.

use std::cell::RefCell;
use std::collections::BTreeSet;

use mde_codegen::{Contract, Document, LINT_RULES};

use crate::BASE;
use crate::tables::{Files, Tables};

/// What the code generator alone finds; its own tests show it.
const OF_THE_GENERATOR: [&str; 1] = ["generator-accepts"];

#[test]
fn every_case_finds_what_its_table_says_and_every_rule_has_one() {
    let broken = RefCell::new(BTreeSet::from(OF_THE_GENERATOR));
    let base = Files::from([("contract.yaml".to_owned(), BASE.to_owned())]);
    Tables { folder: "tests/lint/cases", base, main: "contract.yaml" }.check(|files| {
        let findings = match Document::parse("contract.yaml", &files["contract.yaml"]) {
            Ok(document) => Contract::read(&document).err().unwrap_or_default(),
            Err(finding) => vec![*finding],
        };
        broken.borrow_mut().extend(findings.iter().map(|finding| finding.rule));
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        findings.join("\n\n")
    });
    let rules: BTreeSet<_> = LINT_RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(broken.into_inner(), rules);
}
