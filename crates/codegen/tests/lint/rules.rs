//! The table of the rules, and the page of each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mde_codegen::{Contract, Document, Finding, LINT_RULES};

use crate::BASE;
use crate::pages::{examples, merged};

/// Whose bad examples are found by the code generator alone, which knows what it can parse and which patterns are regular
/// expressions. Its tests hold every page against it.
const OF_THE_GENERATOR: [&str; 2] = ["generator-accepts", "text-pattern"];

/// What is found in the base contract with an excerpt merged into it, or in the excerpt where it is no YAML.
fn findings(excerpt: &str) -> Vec<Finding> {
    let read = |text: String| Contract::read(&Document::parse("contract.yaml", &text).unwrap());
    match merged(BASE, excerpt) {
        Ok(contract) => read(contract).err().unwrap_or_default(),
        Err(finding) => vec![*finding],
    }
}

#[test]
fn the_rules_are_ordered_by_name_and_each_is_there_once() {
    let ids: Vec<_> = LINT_RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|first, second| first < second), "{ids:?}");
    let kebab = |id: &str| id.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
    assert!(ids.iter().all(|id| kebab(id)), "{ids:?}");
}

#[test]
fn each_page_is_that_of_its_rule() {
    for rule in LINT_RULES {
        let beginning = format!("# {}\n\n{}\n\n", rule.id, rule.summary);
        let why = rule.page.strip_prefix(&beginning).and_then(|rest| rest.split("\n\n").next());
        assert!(why.is_some_and(|why| why.ends_with('.')), "the page of {} begins with\n{beginning}", rule.id);
    }
}

#[test]
fn no_page_is_without_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<_> = files.filter_map(|file| file.strip_suffix(".md").map(str::to_owned)).collect();
    let ids: BTreeSet<_> = LINT_RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(pages, ids);
}

#[test]
fn the_bad_example_breaks_the_rule_and_the_good_one_breaks_none() {
    for rule in LINT_RULES {
        let [bad, good] = examples(rule.page);
        let of_bad: BTreeSet<_> = findings(bad).iter().map(|finding| finding.rule).collect();
        let expected = if OF_THE_GENERATOR.contains(&rule.id) { BTreeSet::new() } else { BTreeSet::from([rule.id]) };
        assert_eq!(of_bad, expected, "the bad example of {}", rule.id);
        assert_eq!(findings(good), [], "the good example of {}", rule.id);
    }
}
