//! `check` reports stale files and findings, and writes nothing.

use crate::support::{Copy, Run, assert_runs, of_the_workspace};

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
    let changed: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.contains("--- current") && !line.contains("+++ expected"))
        .collect();
    // The documentation of the field, its text in the JSON schema, and one line of the contract in JSON.
    assert!(changed.len() < 16, "{}", run.stdout);
    run.assert_snapshot("check-stale");
}

#[test]
fn a_description_that_the_client_does_not_show_is_not_reworded_unawares() {
    let copy = Copy::new();
    copy.edit(
        "openapi/mde.yaml",
        "description: Seconds to wait before the next call.",
        "description: Seconds to wait before the next call is sent.",
    );
    let run = copy.run(&CHECK);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.starts_with("openapi/mde.json is stale: run `cargo xtask regen`\n"), "{}", run.stdout);
}

#[test]
fn a_generated_file_that_is_not_there_is_stale_from_its_first_line_on() {
    let copy = Copy::new();
    let run = Run::of(copy.command(&["check"]).env("CARGO_MANIFEST_DIR", copy.path("xtask")));
    assert_eq!(run.code, 3, "{}", run.stdout);
    let first = "--- current\n+++ expected\n@@ -0,0 +1,";
    assert!(
        run.stdout.starts_with(&format!("crates/client/src/generated.rs is stale: run `cargo xtask regen`\n{first}"))
    );
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
    // The schema begins six lines above its upper bound.
    let place = format!("--> openapi/mde.yaml:{}:5\n", line - 6);
    assert!(run.stdout.contains(&place), "{place}\n{}", run.stdout);
    run.assert_snapshot("check-broken-contract");
}

#[test]
fn a_contract_that_is_no_yaml_is_one_finding_at_its_line() {
    let copy = Copy::new();
    let line = copy.edit("openapi/mde.yaml", SUMMARY, "summary: [");
    let run = copy.run(&CHECK);
    assert_eq!(run.code, 4);
    let (_, place) = run.stdout.split_once("--> openapi/mde.yaml:").unwrap();
    let place: usize = place.split(':').next().unwrap().parse().unwrap();
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
    assert!(run.stdout.contains("answer.json differs from what was attested"));
}

#[test]
fn a_broken_contract_and_broken_evidence_are_reported_in_one_run() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", "openapi: 3.0.3", "openapi: 3.1.0");
    copy.write(EVIDENCE, "{}\n");
    copy.write("openapi/rulings.yaml", b"\xff");
    copy.run(&CHECK).assert_snapshot("check-all-broken");
}

#[test]
fn nothing_is_written() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", "description: The address that was asked about.", "description: The address.");
    let (before, code) = (copy.contents(""), of_the_workspace("crates/client/src/generated.rs"));
    assert_eq!(copy.run(&CHECK).code, 3);
    assert!(copy.contents("") == before);
    assert!(of_the_workspace("crates/client/src/generated.rs") == code);
}

#[test]
fn machines_get_one_document_whatever_there_is_to_say() {
    let copy = Copy::new();
    let json = [&CHECK[..], &["--format", "json"]].concat();
    let fine = copy.run(&json);
    assert_eq!(fine.code, 0);
    let nothing = serde_json::json!({ "findings": [], "stale": [] });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&fine.stdout).unwrap(), nothing);
    copy.edit("openapi/mde.yaml", "description: The address that was asked about.", "description: The address.");
    let stale = copy.run(&json);
    let line = copy.edit("openapi/mde.yaml", "openapi: 3.0.3", "openapi: 3.1.0");
    let run = copy.run(&json);
    assert!(run.stdout.contains(&format!("\"line\": {line},\n      \"column\": 10,")), "{}", run.stdout);
    assert_runs("check-json", [("a stale file", stale), ("a finding", run)]);
}

#[test]
fn a_list_of_accepted_breaks_is_held_to_its_form() {
    let copy = Copy::new();
    for (list, rule, place) in [
        (&b"accepted-breaks: [\n"[..], "readable-yaml", "2:1"),
        (b"accepted-breaks: none\n", "accepted-break-form", "1:18"),
        (b"accepted-breaks: []\nmore: 1\n", "accepted-break-form", "2:7"),
        (b"\xff", "evidence-is-text", "1:1"),
    ] {
        copy.write("openapi/accepted-breaks.yaml", list);
        let run = copy.run(&CHECK);
        assert_eq!(run.code, 4);
        let title = format!("error[{rule}]");
        assert_eq!(run.stdout.matches(&title).count(), 1, "{}", run.stdout);
        assert!(run.stdout.contains(&format!("--> openapi/accepted-breaks.yaml:{place}\n")), "{}", run.stdout);
    }
}

#[test]
fn a_folder_without_the_pages_verifies_nothing_and_fails_nothing() {
    let copy = Copy::new();
    copy.write("pages/other.txt", "A page of something else.\n");
    let run = copy.run(&["check", "--openapi", "openapi", "--pages", "pages"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    run.assert_snapshot("check-pages");
}

#[test]
fn a_statement_that_is_not_on_its_page_is_a_finding_at_its_line() {
    let copy = Copy::new();
    // The SHA-256 of nothing, which has no statement in it.
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let source = "openapi/documented/microsoft-learn-errors/source.yaml";
    copy.edit(source, "kind: documentation\n", &format!("kind: documentation\npage: {{sha256: {nothing}}}\n"));
    copy.write("pages/empty.txt", "");
    copy.run(&["attest", source]);
    let run = copy.run(&["check", "--openapi", "openapi", "--pages", "pages", "--format", "json"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stdout.contains("\"rule\": \"statement-on-page\""), "{}", run.stdout);
    assert!(run.stdout.contains("\"microsoft-learn-errors: 0 of 2 statements are in empty.txt\""), "{}", run.stdout);
}

#[test]
fn a_folder_of_pages_that_does_not_exist_is_an_error() {
    let run = Copy::new().run(&["check", "--openapi", "openapi", "--pages", "no-such-folder"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("xtask: no-such-folder cannot be read: "), "{}", run.stderr);
}
