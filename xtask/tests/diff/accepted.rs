//! The breaks that a review accepted: each entry accepts one change, and no entry is unused.

use mde_codegen::Document;
use xtask::diff::{AcceptedBreaks, Comparison, compare};

use crate::support::{BASE, base, contract, report};

const TIGHTENED: &str = "
accepted-breaks:
  - rule: bound-tightened
    pointer: /components/schemas/DayCount/maximum
    old: 30
    new: 20
    date: 2026-02-28
    because: The service looks back no further.
";

#[test]
fn an_entry_accepts_its_change() {
    let (base, new) = (base(), tightened());
    let mut comparison = compare(&base, &new);
    assert!(comparison.breaking());
    assert_eq!(accept(&mut comparison, TIGHTENED), "");
    assert!(!comparison.breaking());
    insta::assert_snapshot!(report(&comparison, &base, &new).text());
}

#[test]
fn an_entry_accepts_nothing_else() {
    let (base, new) = (base(), tightened_and_renamed());
    let mut comparison = compare(&base, &new);
    assert_eq!(accept(&mut comparison, TIGHTENED), "");
    assert!(comparison.breaking());
    insta::assert_snapshot!(report(&comparison, &base, &new).text());
}

#[test]
fn what_is_accepted_still_raises_the_versions() {
    let mut comparison = compare(&base(), &tightened());
    let bumps = (comparison.contract_bump(), comparison.client_bump());
    assert_eq!(accept(&mut comparison, TIGHTENED), "");
    assert_eq!((comparison.contract_bump(), comparison.client_bump()), bumps);
}

#[test]
fn an_empty_list_is_content() {
    let mut comparison = compare(&base(), &tightened());
    assert_eq!(accept(&mut comparison, "accepted-breaks: []\n"), "");
    assert!(comparison.breaking());
}

#[test]
fn an_entry_in_vain_is_a_finding() {
    let twice = TIGHTENED.to_owned() + &TIGHTENED.replace("\naccepted-breaks:\n", "");
    let vain = [
        ("the change is gone", TIGHTENED.replace("DayCount/maximum", "DayCount/minimum")),
        ("the new value is another", TIGHTENED.replace("new: 20", "new: 21")),
        ("the old value is another", TIGHTENED.replace("old: 30", "old: 31")),
        ("the old value is not given", TIGHTENED.replace("    old: 30\n", "")),
        ("it is there twice", twice),
        (
            "it breaks nobody",
            "
accepted-breaks:
  - rule: description-changed
    pointer: /components/schemas/DayCount/description
    old: A number of days.
    new: How many days.
    date: 2026-02-28
    because: It reads better.
"
            .to_owned(),
        ),
    ];
    let mut report = String::new();
    for (what, entries) in vain {
        let mut comparison = compare(&base(), &tightened());
        report += &format!("{what}\n{}\n\n", accept(&mut comparison, &entries));
    }
    insta::assert_snapshot!(report.trim_end());
}

#[test]
fn the_form_is_kept_to() {
    let wrong = [
        "accepted: []",
        "accepted-breaks: none",
        "accepted-breaks: [bound-tightened]",
        "accepted-breaks: [{}]",
        &TIGHTENED.replace("bound-tightened", "bound-tightend"),
        &TIGHTENED.replace("because: ", "becuase: "),
        &TIGHTENED.replace("because: The service looks back no further.", "because: ''"),
        &TIGHTENED.replace("2026-02-28", "2026-02-29"),
        &TIGHTENED.replace("2026-02-28", "28.02.2026"),
        &TIGHTENED.replace("2026-02-28", "2026-2-28"),
        &TIGHTENED.replace("2026-02-28", "20260228"),
    ];
    let mut report = String::new();
    for text in wrong {
        let findings = AcceptedBreaks::read(&Document::parse("accepted-breaks.yaml", text).unwrap()).unwrap_err();
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        report += &format!("{}\n\n", findings.join("\n"));
    }
    insta::assert_snapshot!(report.trim_end());
}

#[test]
fn a_leap_day_is_a_day() {
    let document = Document::parse("accepted-breaks.yaml", &TIGHTENED.replace("2026-02-28", "2028-02-29")).unwrap();
    assert!(AcceptedBreaks::read(&document).is_ok());
}

/// A tighter bound, and other words for it.
fn tightened() -> Document {
    contract("contract.yaml", &tightened_text())
}

/// The same, and an operation of another name.
fn tightened_and_renamed() -> Document {
    contract("contract.yaml", &tightened_text().replace("operationId: getHost", "operationId: readHost"))
}

fn tightened_text() -> String {
    BASE.replace("maximum: 30", "maximum: 20").replace("description: A number of days.", "description: How many days.")
}

/// What is wrong with the entries.
fn accept(comparison: &mut Comparison, entries: &str) -> String {
    let accepted = AcceptedBreaks::read(&Document::parse("accepted-breaks.yaml", entries).unwrap()).unwrap();
    let findings: Vec<_> = comparison.accept(&accepted).iter().map(ToString::to_string).collect();
    findings.join("\n")
}
