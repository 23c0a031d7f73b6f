//! `attest` records a deliberate change of the evidence.

use std::fs;

use crate::support::Copy;

const CHECK: [&str; 3] = ["check", "--openapi", "openapi"];
const FOLDER: &str = "openapi/documented/endpoint-catalogue";
const EVIDENCE: &str = "openapi/documented/endpoint-catalogue/answer.json";

#[test]
fn a_changed_file_is_in_order_once_it_is_attested() {
    let copy = Copy::new();
    let before = copy.read(&format!("{FOLDER}/source.yaml"));
    copy.write(EVIDENCE, "{}\n");
    assert_eq!(copy.run(&CHECK).code, 4);
    copy.run(&["attest", EVIDENCE]).assert_snapshot("attest-changed");
    copy.run(&CHECK).assert_silent();
    let after = copy.read(&format!("{FOLDER}/source.yaml"));
    let changed = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    assert_eq!((changed.count(), before.lines().count()), (1, after.lines().count()));
    copy.run(&["attest", EVIDENCE]).assert_snapshot("attest-unchanged");
}

#[test]
fn a_new_and_a_removed_file_are_recorded_in_one_run() {
    let copy = Copy::new();
    fs::remove_file(copy.path(EVIDENCE)).unwrap();
    copy.write(&format!("{FOLDER}/more.json"), "{}\n");
    copy.run(&["attest", EVIDENCE, &format!("{FOLDER}/more.json")]).assert_snapshot("attest-new-and-removed");
    // What is left is the list of the files, which regen mends.
    assert_eq!(copy.run(&CHECK).code, 3);
}

#[test]
fn a_file_is_found_from_within_its_folder() {
    let copy = Copy::new();
    copy.write("source.yaml", "title: T\nfiles: {}\n");
    copy.write("a.json", "{}\n");
    let run = copy.run(&["attest", "a.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "a.json: attested\n"));
    assert!(copy.read("source.yaml").starts_with("title: T\nfiles:\n  a.json: "));
}

#[test]
fn what_is_no_evidence_is_a_wrong_call() {
    let copy = Copy::new();
    let cases = [
        ("attest-without-source", "openapi/mde.yaml".to_owned()),
        ("attest-the-description", format!("{FOLDER}/source.yaml")),
        ("attest-nothing", format!("{FOLDER}/nothing.json")),
        ("attest-a-folder", FOLDER.to_owned()),
        ("attest-no-name", "openapi/..".to_owned()),
    ];
    for (name, file) in cases {
        copy.run(&["attest", &file]).assert_snapshot(name);
    }
    copy.run(&CHECK).assert_silent();
}

#[test]
fn a_description_that_cannot_be_read_is_for_a_person_to_mend() {
    let copy = Copy::new();
    copy.write("source/source.yaml", "title: [\n");
    copy.write("source/a.json", "{}\n");
    copy.run(&["attest", "source/a.json"]).assert_snapshot("attest-unreadable");
    copy.write("source/source.yaml", "title: T\n");
    copy.run(&["attest", "source/a.json"]).assert_snapshot("attest-no-list");
    assert_eq!(copy.read("source/source.yaml"), "title: T\n");
}
