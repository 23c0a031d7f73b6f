//! The table of the rules, and their pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mde_codegen::{Contract, Document, Finding, LINT_RULES};

use crate::BASE;
use crate::pages::{examples, merged};

/// The rules whose bad examples only the code generator finds: it parses OpenAPI and regular expressions. Its tests cover
/// the pages of these rules.
const OF_THE_GENERATOR: [&str; 2] = ["generator-accepts", "text-pattern"];

/// The findings in the base contract with an excerpt merged into it, or in the excerpt if it is not YAML.
fn findings(excerpt: &str) -> Vec<Finding> {
    let read = |text: String| Contract::read(&Document::parse("contract.yaml", &text).unwrap());
    match merged(BASE, excerpt) {
        Ok(contract) => read(contract).err().unwrap_or_default(),
        Err(finding) => vec![*finding],
    }
}

#[test]
fn rules_are_sorted_by_name_without_duplicates() {
    let ids: Vec<_> = LINT_RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|first, second| first < second), "{ids:?}");
    let kebab = |id: &str| id.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
    assert!(ids.iter().all(|id| kebab(id)), "{ids:?}");
}

#[test]
fn each_page_begins_with_the_name_and_the_summary_of_its_rule() {
    for rule in LINT_RULES {
        let beginning = format!("# {}\n\n{}\n\n", rule.id, rule.summary);
        let why = rule.page.strip_prefix(&beginning).and_then(|rest| rest.split("\n\n").next());
        assert!(why.is_some_and(|why| why.ends_with('.')), "the page of {} must begin with\n{beginning}", rule.id);
    }
}

#[test]
fn every_page_has_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<_> = files.filter_map(|file| file.strip_suffix(".md").map(str::to_owned)).collect();
    let ids: BTreeSet<_> = LINT_RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(pages, ids);
}

#[test]
fn the_bad_example_violates_its_rule_and_the_good_one_violates_none() {
    for rule in LINT_RULES {
        let [bad, good] = examples(rule.page);
        let of_bad: BTreeSet<_> = findings(bad).iter().map(|finding| finding.rule).collect();
        let expected = if OF_THE_GENERATOR.contains(&rule.id) { BTreeSet::new() } else { BTreeSet::from([rule.id]) };
        assert_eq!(of_bad, expected, "the bad example of {}", rule.id);
        assert_eq!(findings(good), [], "the good example of {}", rule.id);
    }
}
