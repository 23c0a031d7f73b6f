//! Each case changes one thing of a contract, of the evidence for it, or of the rulings on it, all of which agree.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mde_codegen::{Contract, Document, Finding};
use xtask::evidence::{Evidence, RULES, Tree, check_sources};

use crate::tables::{Files, Tables};

/// The rule on the list of digests; the base has no list, and other tests show the rule.
const ATTESTED: &str = "evidence-attested";

/// The rule on the pages of a reviewer, which the base has none of; other tests show it.
const ON_PAGE: &str = "statement-on-page";

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

/// Every file below a folder of the package, by its path within the folder.
fn files(folder: &str) -> Files {
    let mut files = Files::new();
    let mut folders = vec![(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else {
                files.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

#[test]
fn every_case_finds_what_its_table_says_and_every_rule_has_one() {
    let broken = RefCell::new(BTreeSet::from([ATTESTED, ON_PAGE]));
    Tables { folder: "tests/evidence/cases", base: files("tests/evidence/base"), main: "mde.yaml" }.check(|files| {
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
    let text = include_str!("base/mde.yaml");
    let contract = Contract::read(&Document::parse("mde.yaml", text).unwrap());
    assert_eq!(contract.err(), None);
}
