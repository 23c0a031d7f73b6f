//! The report for machines.

use mde_codegen::Document;
use serde_json::Value as Json;
use xtask::diff::{AcceptedBreaks, compare};

use crate::support::{BASE, base, contract, report};

const ACCEPTED: &str = "
accepted-breaks:
  - {rule: operation-id-renamed, pointer: '/paths/~1hosts~1{host}/get/operationId', old: getHost, new: readHost,
     date: 2026-02-28, because: The service calls it so.}
";

#[test]
fn it_says_all_that_there_is_to_say() {
    let text = BASE.replace("operationId: getHost", "operationId: readHost");
    let text = text.replace("required: [host, at]", "required: [at]").replace("maximum: 3\n", "maximum: 4\n");
    let (base, new) = (base(), contract("contract.yaml", &text));
    let mut comparison = compare(&base, &new);
    let accepted = AcceptedBreaks::read(&Document::parse("accepted-breaks.yaml", ACCEPTED).unwrap()).unwrap();
    assert_eq!(comparison.accept(&accepted), []);
    let mut report = report(&comparison, &base, &new);
    report.generated_diff = Some("-old\n+new\n".to_owned());
    insta::assert_snapshot!(report.json());
    let read: Json = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(read["changes"].as_array().unwrap().len(), comparison.changes.len());
}

#[test]
fn no_change_is_said_in_every_form() {
    let base = base();
    let comparison = compare(&base, &base);
    let report = report(&comparison, &base, &base);
    insta::assert_snapshot!([report.text(), report.markdown(), report.json()].join("\n"));
}
