//! How the tool is called, and what it says where it cannot do its work.

use std::fs;

use crate::support::Copy;

#[test]
fn help_lists_the_verbs_and_the_exit_codes() {
    Copy::new().run(&["--help"]).assert_snapshot("usage-help");
    Copy::new().run(&["diff", "--help"]).assert_snapshot("usage-help-diff");
}

#[test]
fn a_wrong_call_exits_2() {
    let copy = Copy::new();
    for arguments in
        [&[][..], &["mend"], &["check", "--out", "x"], &["check", "more"], &["attest"], &["regen", "--out"]]
    {
        let run = copy.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains("help"), "{arguments:?}: {}", run.stderr);
    }
    copy.run(&["mend"]).assert_snapshot("usage-unknown-verb");
}

#[test]
fn a_folder_that_cannot_be_read_exits_1_and_is_named() {
    let copy = Copy::new();
    for verb in [&["check", "--openapi", "nowhere"][..], &["regen", "--openapi", "nowhere", "--out", "out"]] {
        let run = copy.run(verb);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{verb:?}");
        assert!(run.stderr.starts_with("xtask: nowhere/mde.yaml cannot be read: "), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1);
    }
    assert!(!copy.path("out").exists());
}

#[test]
fn a_contract_that_is_not_text_exits_1_and_is_named() {
    let copy = Copy::new();
    copy.write("openapi/mde.yaml", b"openapi: \xff\n");
    let run = copy.run(&["check", "--openapi", "openapi"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("xtask: openapi/mde.yaml cannot be read: "), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_piece_of_evidence_that_cannot_be_read_exits_1_and_is_named() {
    let copy = Copy::new();
    let link = "openapi/documented/endpoint-catalogue/link.json";
    std::os::unix::fs::symlink("nowhere", copy.path(link)).unwrap();
    let run = copy.run(&["check", "--openapi", "openapi"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with(&format!("xtask: {link} cannot be read: ")), "{}", run.stderr);
}

#[test]
fn a_folder_without_evidence_is_read() {
    let copy = Copy::new();
    fs::remove_dir_all(copy.path("openapi/documented")).unwrap();
    let run = copy.run(&["check", "--openapi", "openapi"]);
    assert_eq!(run.code, 4);
    assert!(run.stdout.contains("error[element-unwitnessed]: no source states `getIPStatistics`"), "{}", run.stdout);
}
