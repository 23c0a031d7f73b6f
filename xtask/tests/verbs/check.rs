//! `check` writes nothing; it says what is stale and what a person must mend.

use crate::support::{Copy, of_the_workspace};

const CHECK: [&str; 3] = ["check", "--openapi", "openapi"];
const SUMMARY: &str = "summary: Get IP statistics";
const EVIDENCE: &str = "openapi/documented/endpoint-catalogue/answer.json";

#[test]
fn the_workspace_is_in_order() {
    Copy::new().run(&["check"]).assert_silent();
}

#[test]
fn a_copy_of_the_folder_is_in_order_too() {
    let copy = Copy::new();
    copy.run(&CHECK).assert_silent();
    copy.run(&["check", "--openapi", "openapi/"]).assert_silent();
}

#[test]
fn windows_line_ends_in_the_contract_change_nothing() {
    let copy = Copy::new();
    copy.write("openapi/mde.yaml", copy.read("openapi/mde.yaml").replace('\n', "\r\n"));
    copy.run(&CHECK).assert_silent();
}

#[test]
fn a_changed_description_makes_the_client_stale() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", "description: The address that was asked about.", "description: The address.");
    let run = copy.run(&CHECK);
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("crates/client/src/generated.rs is stale: run `cargo xtask regen`\n"));
    let changed: Vec<_> =
        run.stdout.lines().filter(|line| line.starts_with(['+', '-']) && !line.contains("as it ")).collect();
    assert_eq!(changed.len(), 2, "{}", run.stdout);
    run.assert_snapshot("check-stale");
}

#[test]
fn a_new_piece_of_evidence_makes_the_list_stale_and_must_be_attested() {
    let copy = Copy::new();
    copy.write("openapi/documented/endpoint-catalogue/more.json", "{}\n");
    copy.run(&CHECK).assert_snapshot("check-new-evidence");
}

#[test]
fn a_broken_contract_is_a_finding_at_its_line() {
    let copy = Copy::new();
    let line = copy.edit("openapi/mde.yaml", "      maximum: 720\n", "      maximum: 0\n");
    let run = copy.run(&CHECK);
    // The schema begins four lines above its upper bound.
    let place = format!("openapi/mde.yaml:{}:5: no integer is within 1 to 0", line - 5);
    assert!(run.stdout.starts_with(&place), "{place}\n{}", run.stdout);
    run.assert_snapshot("check-broken-contract");
}

#[test]
fn a_contract_that_is_no_yaml_is_one_finding_at_its_line() {
    let copy = Copy::new();
    let line = copy.edit("openapi/mde.yaml", SUMMARY, "summary: [");
    let run = copy.run(&CHECK);
    assert_eq!(run.code, 4);
    let place = run.stdout.split(':').nth(1).and_then(|line| line.parse::<usize>().ok()).unwrap();
    assert!(place > line && place <= line + 2, "{}", run.stdout);
    assert!(run.stdout.ends_with("1 finding: a person must decide\n"), "{}", run.stdout);
}

#[test]
fn changed_evidence_is_for_a_person_to_decide() {
    let copy = Copy::new();
    copy.write(EVIDENCE, "{}\n");
    copy.run(&CHECK).assert_snapshot("check-changed-evidence");
}

#[test]
fn what_a_person_must_decide_wins_over_what_is_stale() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", SUMMARY, "summary: Get them");
    copy.write(EVIDENCE, "{}\n");
    let run = copy.run(&CHECK);
    assert_eq!(run.code, 4);
    assert!(run.stdout.contains("generated.rs is stale: run `cargo xtask regen`"));
    assert!(run.stdout.contains("answer.json is not what was attested"));
}

#[test]
fn a_broken_contract_and_broken_evidence_are_told_in_one_run() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", "openapi: 3.0.3", "openapi: 3.1.0");
    copy.write(EVIDENCE, "{}\n");
    copy.write("openapi/rulings.yaml", b"\xff");
    copy.run(&CHECK).assert_snapshot("check-all-broken");
}

#[test]
fn nothing_is_written() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", SUMMARY, "summary: Get them");
    let (before, code) = (copy.contents(""), of_the_workspace("crates/client/src/generated.rs"));
    assert_eq!(copy.run(&CHECK).code, 3);
    assert!(copy.contents("") == before);
    assert!(of_the_workspace("crates/client/src/generated.rs") == code);
}
