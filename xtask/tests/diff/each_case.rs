//! Each case changes one thing of a contract; the report says who breaks by it, on the wire and in Rust. Every rule of the
//! comparison is shown by a case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use xtask::diff::{Bump, Comparison, DIFF_RULES, Wire, compare};

use crate::lenient;
use crate::support::{BASE, base, contract, report};
use crate::tables::{Files, Tables};

/// The cases, each of which changes one thing of the base contract.
pub(crate) fn tables() -> Tables<'static> {
    let base = Files::from([("contract.yaml".to_owned(), BASE.to_owned())]);
    Tables { folder: "tests/diff/cases", base, main: "contract.yaml" }
}

#[test]
fn every_case_finds_what_its_table_says() {
    let base = base();
    tables().check(|files| {
        let new = contract("contract.yaml", &files["contract.yaml"]);
        let (comparison, back) = (compare(&base, &new), compare(&new, &base));
        assert_eq!(comparison.changes.is_empty(), back.changes.is_empty(), "seen one way round only");
        assert_eq!(
            mirrored(&breaks(&comparison)),
            breaks(&back),
            "the other way round it is not the other side's break"
        );
        if comparison.changes.is_empty() { String::new() } else { report(&comparison, &base, &new).text() }
    });
}

#[test]
fn the_diffs_come_last() {
    let base = base();
    let new = contract("contract.yaml", &BASE.replace("maximum: 30", "maximum: 20"));
    let comparison = compare(&base, &new);
    let mut report = report(&comparison, &base, &new);
    report.generated_diff = Some("-MAX: 30\n+MAX: 20\n".to_owned());
    report.wire_diff = Some("-days=30\n+days=20\n".to_owned());
    insta::assert_snapshot!(report.text());
}

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

/// What one may do without when it is not there, but not when it is taken away.
const ONE_WAY: [&str; 11] = [
    "server-added",
    "server-removed",
    "server-url-changed",
    "header-added",
    "header-removed",
    "status-added",
    "status-removed",
    "default-server-changed",
    "optional-property-added",
    "required-property-added",
    "property-removed",
];

/// Who breaks by any of the changes that are the same thing both ways round.
fn breaks(comparison: &Comparison) -> Wire {
    let changes = comparison.changes.iter().filter(|change| !ONE_WAY.contains(&change.rule.id));
    changes.fold(Wire::Nobody, |wire, change| wire.and(change.wire))
}

fn mirrored(wire: &Wire) -> Wire {
    match wire {
        Wire::Callers => Wire::Servers,
        Wire::Servers => Wire::Callers,
        same => *same,
    }
}
