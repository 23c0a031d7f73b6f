//! The report for the first comment of a pull request, and for machines.

use mde_codegen::Document;
use serde_json::Value as Json;
use xtask::diff::{AcceptedBreaks, Comparison, compare};

use crate::support::{BASE, base, contract, report};

/// As many characters as GitHub takes.
const LONGEST: usize = 65_536;

#[test]
fn the_verdict_is_first_then_the_table_then_the_details() {
    let text = BASE.replace("operationId: getHost", "operationId: readHost").replace("maximum: 30", "maximum: 20");
    let text = text.replace("description: A number of days.", "description: How many days.");
    let new = contract("openapi/mde.yaml", &text);
    let mut comparison = compare(&base(), &new);
    let accepted = accepted("The service calls it so, says @someone | <b>.");
    assert_eq!(comparison.accept(&accepted), []);
    let diffs = ("--- generated.rs\n+++ generated.rs\n-MAX: 30\n+MAX: 20\n", "-get_host\n+read_host\n");
    insta::assert_snapshot!(markdown(&comparison, &new, diffs));
}

#[test]
fn nothing_of_a_contract_is_taken_for_markdown_or_html() {
    let text = BASE.replace("pattern: '^[a-z0-9.-]+$'", "pattern: '^(a|`b`|<b>|@c|\\*)+$'");
    let text = text.replace("title: Hosts and addresses", "title: '<script> | **bold** @someone [x](y) `code`'");
    let new = contract("contract.yaml", &text);
    let markdown = markdown(&compare(&base(), &new), &new, ("+```\n+````\n", ""));
    for row in markdown.lines().filter(|line| line.starts_with("| ")) {
        let cells = row.matches('|').count() - 1;
        assert!([3, 5].contains(&cells), "{row}");
    }
    assert!(!markdown.contains("<script>"));
    // Nobody is notified by what is in the type of code.
    let prose = markdown.split("<code>").map(|part| part.split("</code>").last().unwrap());
    assert!(prose.into_iter().all(|part| !part.contains("@someone")));
    insta::assert_snapshot!(markdown);
}

#[test]
fn it_is_never_longer_than_a_comment_may_be() {
    let new = contract("contract.yaml", &BASE.replace("maximum: 30", "maximum: 20"));
    let long: String = (0..20_000).map(|line| format!("+line {line} ☃\n")).collect();
    for diffs in [(long.as_str(), ""), ("", long.as_str()), (long.as_str(), long.as_str())] {
        let markdown = markdown(&compare(&base(), &new), &new, diffs);
        assert!(markdown.len() < LONGEST && markdown.len() > LONGEST * 9 / 10, "{}", markdown.len());
        assert!(markdown.contains("more lines do not fit here; `cargo xtask diff` shows them all."));
        assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
        assert_eq!(markdown.matches("```").count() % 2, 0);
    }
}

#[test]
fn of_very_many_changes_some_are_counted_only() {
    let servers = |kind: &str| -> String {
        let server = |number: usize| {
            format!(
                "  - url: https://{kind}{number}.example.com\n    description: One more host.\n    \
                 x-mde-name: {kind}-{number}\n    x-mde-authority: https://login.example.com\n    \
                 x-mde-audience: https://audience.example.com\n"
            )
        };
        (0..800).map(server).collect()
    };
    let [base, new] = ["old", "new"].map(|kind| BASE.replace("\ntags:\n", &format!("{}\ntags:\n", servers(kind))));
    let [base, new] = [contract("base.yaml", &base), contract("contract.yaml", &new)];
    let comparison = compare(&base, &new);
    assert_eq!(comparison.changes.len(), 1600);
    let markdown = markdown(&comparison, &new, ("+line\n", ""));
    assert!(markdown.len() < LONGEST, "{}", markdown.len());
    assert!(markdown.contains("more do not fit here; `cargo xtask diff` shows them all."));
    assert!(markdown.contains("+line"));
}

#[test]
fn json_has_every_change() {
    let text = BASE.replace("operationId: getHost", "operationId: readHost");
    let text = text.replace("required: [host, at]", "required: [at]").replace("maximum: 3\n", "maximum: 4\n");
    let (base, new) = (base(), contract("contract.yaml", &text));
    let mut comparison = compare(&base, &new);
    let accepted = accepted("The service calls it so.");
    assert_eq!(comparison.accept(&accepted), []);
    let mut report = report(&comparison, &base, &new);
    report.generated_diff = Some("-old\n+new\n".to_owned());
    insta::assert_snapshot!(report.json());
    let read: Json = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(read["changes"].as_array().unwrap().len(), comparison.changes.len());
}

#[test]
fn no_change_is_reported_in_every_form() {
    let base = base();
    let comparison = compare(&base, &base);
    let report = report(&comparison, &base, &base);
    insta::assert_snapshot!([report.text(), report.markdown(), report.json()].join("\n"));
}

/// An entry for an operation of another name.
fn accepted(because: &str) -> AcceptedBreaks {
    let entries = format!(
        "
accepted-breaks:
  - {{rule: operation-id-renamed, pointer: '/paths/~1hosts~1{{host}}/get/operationId', old: getHost, new: readHost,
     date: 2026-02-28, because: '{because}'}}
"
    );
    AcceptedBreaks::read(&Document::parse("accepted-breaks.yaml", &entries).unwrap()).unwrap()
}

fn markdown(comparison: &Comparison, new: &Document, (generated, wire): (&str, &str)) -> String {
    let mut report = report(comparison, new, new);
    report.generated_diff = Some(generated.to_owned());
    report.wire_diff = Some(wire.to_owned());
    report.markdown()
}
