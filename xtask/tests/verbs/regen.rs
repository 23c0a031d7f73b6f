//! `regen` rewrites stale files, and nothing else.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::support::{Copy, assert_runs, of_the_workspace};

const REGEN: [&str; 5] = ["regen", "--openapi", "openapi", "--out", "out"];
const CLIENT: &str = "out/crates/client/src/generated.rs";
const FILES: &str = "out/openapi/src/files.rs";
const JSON: &str = "out/openapi/mde.json";

#[test]
fn every_file_is_written_once_and_named() {
    let copy = Copy::new();
    let first = copy.run(&REGEN);
    assert_eq!(copy.files("out"), [CLIENT, JSON, FILES]);
    assert_eq!(copy.read(CLIENT), of_the_workspace("crates/client/src/generated.rs"));
    assert_eq!(copy.read(JSON), of_the_workspace("openapi/mde.json"));
    assert_eq!(copy.read(FILES), of_the_workspace("openapi/src/files.rs"));

    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for file in [CLIENT, JSON, FILES] {
        File::options().append(true).open(copy.path(file)).unwrap().set_modified(long_ago).unwrap();
    }
    assert_runs("regen", [("first", first), ("again", copy.run(&REGEN))]);
    for file in [CLIENT, JSON, FILES] {
        assert_eq!(fs::metadata(copy.path(file)).unwrap().modified().unwrap(), long_ago, "{file}");
    }
}

#[test]
fn only_what_is_stale_is_written() {
    let copy = Copy::new();
    copy.run(&REGEN);
    copy.edit("openapi/mde.yaml", "description: The address that was asked about.", "description: The address.");
    copy.run(&REGEN).assert_snapshot("regen-stale");
    assert!(copy.read(CLIENT).contains("/// The address.\n"));
}

#[test]
fn a_file_with_windows_line_ends_is_stale() {
    let copy = Copy::new();
    copy.run(&REGEN);
    let code = copy.read(CLIENT);
    copy.write(CLIENT, code.replace('\n', "\r\n"));
    let run = copy.run(&REGEN);
    assert_eq!(
        run.stdout,
        "written   crates/client/src/generated.rs\nunchanged openapi/mde.json\nunchanged openapi/src/files.rs\n"
    );
    assert_eq!(copy.read(CLIENT), code);
}

#[test]
fn a_broken_contract_leaves_everything_as_it_is() {
    let copy = Copy::new();
    copy.run(&REGEN);
    let code = copy.read(CLIENT);
    copy.edit("openapi/mde.yaml", "operationId: getIPStatistics", "operationId: builder");
    copy.run(&REGEN).assert_snapshot("regen-broken-contract");
    assert_eq!(copy.read(CLIENT), code);
}

/// Whether the evidence is as it was attested is for `check` to say.
#[test]
fn changed_evidence_does_not_keep_from_writing_and_is_not_attested() {
    let copy = Copy::new();
    copy.write("openapi/documented/endpoint-catalogue/answer.json", "{}\n");
    let list = copy.read("openapi/documented/SHA256SUMS");
    assert_eq!(copy.run(&REGEN).code, 0);
    assert_eq!(copy.read("openapi/documented/SHA256SUMS"), list);
}

#[test]
fn nothing_half_written_stays_where_nothing_can_be_written() {
    let copy = Copy::new();
    copy.write("out/crates", "a file in the place of the folder");
    let run = copy.run(&REGEN);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("xtask: out/crates/client/src/generated.rs cannot be written: "), "{}", run.stderr);
    assert_eq!(copy.files("out"), ["out/crates"]);

    let copy = Copy::new();
    copy.write("out/crates/client/src/generated.rs/in-the-way", "");
    let run = copy.run(&REGEN);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_eq!(copy.files("out"), ["out/crates/client/src/generated.rs/in-the-way"]);
}

#[test]
fn another_contract_is_not_written_into_the_workspace_unawares() {
    let run = Copy::new().run(&["regen", "--openapi", "openapi"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--out"), "{}", run.stderr);
}
