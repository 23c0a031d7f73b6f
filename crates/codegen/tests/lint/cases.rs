//! Each case makes one change to a valid contract, and lists the findings it causes.

use std::cell::RefCell;
use std::collections::BTreeSet;

use mde_codegen::{Contract, Document, LINT_RULES};

use crate::tables::{Files, Tables};
use crate::{BASE, REQUESTS};

/// The rule that only the code generator checks; its own tests cover it.
const OF_THE_GENERATOR: [&str; 1] = ["generator-accepts"];

#[test]
fn every_case_has_the_findings_of_its_table_and_every_rule_has_a_case() {
    let broken = RefCell::new(BTreeSet::from(OF_THE_GENERATOR));
    for (folder, base) in [("tests/lint/cases", BASE), ("tests/lint/request_cases", REQUESTS)] {
        let base = Files::from([("contract.yaml".to_owned(), base.to_owned())]);
        Tables { folder, base, main: "contract.yaml" }.check(|files| {
            let findings = match Document::parse("contract.yaml", &files["contract.yaml"]) {
                Ok(document) => Contract::read(&document).err().unwrap_or_default(),
                Err(finding) => vec![*finding],
            };
            broken.borrow_mut().extend(findings.iter().map(|finding| finding.rule));
            let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
            findings.join("\n\n")
        });
    }
    let rules: BTreeSet<_> = LINT_RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(broken.into_inner(), rules);
}
