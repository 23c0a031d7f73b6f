//! Each case changes one thing of a contract; the report says who breaks by it, on the wire and in Rust.

use xtask::diff::{Comparison, Wire, compare};

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

/// What one may do without when it is not there, but not when it is taken away.
const ONE_WAY: [&str; 8] = [
    "server-added",
    "server-removed",
    "server-url-changed",
    "header-added",
    "header-removed",
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
