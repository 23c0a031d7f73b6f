//! The table of the kinds of change.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use xtask::diff::{Bump, DIFF_RULES};

use crate::lenient;

#[test]
fn every_kind_of_change_is_shown_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff/cases");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let reports: String = paths.map(|path| fs::read_to_string(path).unwrap()).collect();
    let not_shown: Vec<_> = DIFF_RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !reports.contains(&format!("  {id} · ")) && !lenient::RULES.contains(id))
        .collect();
    assert!(not_shown.is_empty(), "{not_shown:?}");
}

#[test]
fn each_is_in_the_table_once_and_in_kebab_case() {
    let ids: BTreeSet<_> = DIFF_RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), DIFF_RULES.len());
    for rule in DIFF_RULES {
        assert!(rule.id.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())));
        assert!(rule.summary.ends_with('.') && rule.summary.starts_with(|c: char| c.is_uppercase()), "{}", rule.id);
        assert!([Bump::Patch, Bump::Minor].contains(&rule.harmless_bump), "{}", rule.id);
    }
}
