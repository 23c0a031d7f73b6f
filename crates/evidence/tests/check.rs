//! Each case changes one thing of a contract, of the evidence for it, or of the rulings on it, all of which agree.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../contract/tests/support/cases.rs"]
mod cases;

use std::cell::RefCell;
use std::collections::BTreeSet;

use mde_contract::{Contract, Document, Finding};
use mde_evidence::{Evidence, RULES, Tree, check_sources};

use cases::Files;

/// The rule on the list of digests; the base has no list, and other tests show the rule.
const ATTESTED: &str = "evidence-attested";

/// The rule on every document that is no YAML, which is one of the contract as well.
const READABLE: &str = "readable-yaml";

fn contract(files: &Files) -> Document {
    Document::parse("openapi/mde.yaml", &files["mde.yaml"]).unwrap()
}

/// Everything that is found where the files are those of a folder `openapi`.
fn findings(files: &Files) -> Vec<Finding> {
    let tree: Tree = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    let mut findings = check_sources("openapi", &tree);
    findings.retain(|finding| finding.rule != ATTESTED);
    findings.extend(Evidence::read("openapi", &tree).check(&contract(files)));
    findings.sort();
    findings
}

#[test]
fn every_case_gives_the_report_beside_it_and_every_rule_has_one() {
    let broken = RefCell::new(BTreeSet::from([ATTESTED]));
    cases::run("check", |files| {
        let findings = findings(files);
        broken.borrow_mut().extend(findings.iter().map(|finding| finding.rule));
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        findings.join("\n\n")
    });
    let rules: BTreeSet<_> = RULES.iter().map(|rule| rule.id).chain([READABLE]).collect();
    assert_eq!(broken.into_inner(), rules);
}

#[test]
fn the_contract_of_the_base_is_sound() {
    let text = include_str!("cases/check/base/mde.yaml");
    let contract = Contract::read(&Document::parse("mde.yaml", text).unwrap());
    assert_eq!(contract.err(), None);
}
