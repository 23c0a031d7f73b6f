//! `attest` records a deliberate change of the evidence.

use std::fs;
use std::process::Command;

use crate::support::{Copy, assert_runs};

const CHECK: [&str; 3] = ["check", "--openapi", "openapi"];
const LIST: &str = "openapi/documented/SHA256SUMS";
const FOLDER: &str = "openapi/documented/endpoint-catalogue";
const EVIDENCE: &str = "openapi/documented/endpoint-catalogue/answer.json";

/// The SHA-256 of `abc`, which the standard gives.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A folder of sources of its own, with one file and the list of it.
fn one_source(list: impl AsRef<[u8]>) -> Copy {
    let copy = Copy::new();
    copy.write("sources/page/a.json", "abc");
    copy.write("sources/SHA256SUMS", list);
    copy
}

#[test]
fn a_changed_file_is_in_order_once_it_is_attested() {
    let copy = Copy::new();
    let before = copy.read(LIST);
    // Another space is as good an answer, except where somebody has its page.
    copy.edit(EVIDENCE, "\"ipAddress\": ", "\"ipAddress\":  ");
    assert_eq!(copy.run(&CHECK).code, 4);
    let first = copy.run(&["attest", EVIDENCE]);
    copy.run(&CHECK).assert_silent();
    let after = copy.read(LIST);
    let changed = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    assert_eq!((changed.count(), before.lines().count()), (1, after.lines().count()));
    assert_runs("attest-changed", [("first", first), ("again", copy.run(&["attest", EVIDENCE]))]);
    assert_eq!(copy.read(LIST), after);
}

#[test]
fn the_description_of_a_source_is_evidence_too() {
    let copy = Copy::new();
    let description = format!("{FOLDER}/source.yaml");
    copy.write(&description, format!("{}# Another line.\n", copy.read(&description)));
    assert_eq!(copy.run(&CHECK).code, 4);
    let run = copy.run(&["attest", &description]);
    assert_eq!((run.code, run.stdout), (0, format!("{description}: attested\n")));
    copy.run(&CHECK).assert_silent();
}

#[test]
fn a_new_and_a_removed_file_are_recorded_in_one_run() {
    let copy = Copy::new();
    fs::remove_file(copy.path(EVIDENCE)).unwrap();
    copy.write(&format!("{FOLDER}/more.json"), "{}\n");
    copy.run(&["attest", EVIDENCE, &format!("{FOLDER}/more.json")]).assert_snapshot("attest-new-and-removed");
    let list = copy.read(LIST);
    let lines: Vec<_> = list.lines().filter_map(|line| line.split_once("  endpoint-catalogue/")).collect();
    let names: Vec<_> = lines.iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["more.json", "request.http", "shape.json", "source.yaml"]);
}

#[test]
fn a_source_that_is_gone_is_recorded_file_by_file() {
    let copy = one_source(format!("{ABC}  page/a.json\n{ABC}  page/source.yaml\n"));
    fs::remove_dir_all(copy.path("sources/page")).unwrap();
    let run = copy.run(&["attest", "sources/page/a.json", "sources/page/source.yaml"]);
    assert_eq!((run.code, run.stdout.matches("attested as removed").count()), (0, 2));
    assert_eq!(copy.read("sources/SHA256SUMS"), "");
}

#[test]
fn a_file_is_found_from_wherever_it_is_named() {
    let absolute = |copy: &Copy| copy.path("sources/page/a.json").display().to_string();
    for (folder, file) in [
        ("sources/page", "a.json"),
        ("sources/page", "./a.json"),
        ("sources", "page/a.json"),
        ("openapi", "../sources/page/a.json"),
        ("openapi", "absolute"),
    ] {
        let copy = one_source("");
        let file = if file == "absolute" { absolute(&copy) } else { file.to_owned() };
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.args(["attest", &file]).current_dir(copy.path(folder)).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{file}: attested\n"), "{output:?}");
        assert_eq!(copy.read("sources/SHA256SUMS"), format!("{ABC}  page/a.json\n"), "{folder} {file}");
    }
}

#[test]
fn what_is_no_evidence_is_a_wrong_call() {
    let copy = Copy::new();
    copy.write("elsewhere/page/a.json", "abc");
    copy.write(&format!("{FOLDER}/old/a.json"), "abc");
    let before = copy.contents("");
    let calls = [
        ("a file elsewhere", "elsewhere/page/a.json".to_owned()),
        ("the contract", "openapi/mde.yaml".to_owned()),
        ("the list", LIST.to_owned()),
        ("in a folder within a source", format!("{FOLDER}/old/a.json")),
        ("a file that does not exist", format!("{FOLDER}/nothing.json")),
        ("a folder", FOLDER.to_owned()),
        ("a path without a name", format!("{FOLDER}/nowhere/..")),
    ];
    assert_runs("attest-wrong-calls", calls.map(|(name, file)| (name, copy.run(&["attest", &file]))));
    assert!(copy.contents("") == before);
}

#[cfg(unix)]
#[test]
fn a_name_that_the_list_cannot_hold_is_a_wrong_call() {
    let copy = one_source("");
    copy.write("sources/page/a\\b.json", "abc");
    copy.run(&["attest", "sources/page/a\\b.json"]).assert_snapshot("attest-unlistable");
    assert_eq!(copy.read("sources/SHA256SUMS"), "");
}

#[test]
fn what_was_recorded_before_a_wrong_call_stays_recorded() {
    let copy = one_source("");
    let run = copy.run(&["attest", "sources/page/a.json", "sources/page/nothing.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, "sources/page/a.json: attested\n"));
    assert_eq!(copy.read("sources/SHA256SUMS"), format!("{ABC}  page/a.json\n"));
}

#[test]
fn a_list_that_cannot_be_read_is_for_a_person_to_mend() {
    let copy = one_source("<<<<<<< ours\n");
    copy.write("sources/page/b.json", "abc");
    copy.run(&["attest", "sources/page/a.json", "sources/page/b.json"]).assert_snapshot("attest-unreadable");
    assert_eq!(copy.read("sources/SHA256SUMS"), "<<<<<<< ours\n");
    let run = one_source(b"\xff").run(&["attest", "sources/page/a.json"]);
    assert_eq!((run.code, run.stdout.matches("the list is not UTF-8").count()), (4, 1));
}
