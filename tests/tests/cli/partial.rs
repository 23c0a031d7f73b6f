//! What is known of a list that is not complete, in a file beside the one that is not written.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::gate::Gate;
use crate::interrupting::{command, end, signal, with_calls_in_flight};
use crate::{Run, Running, fresh_folder};

/// Of 20 addresses, eleven are answered when it ends.
fn interrupted(gate: &Gate, command: &mut Command) -> Run {
    let before = gate.asked();
    let mut running = Running::of(command);
    gate.lets(3);
    gate.is_asked(before + 3 + 8);
    signal(&running.0, "INT");
    running.first_note();
    gate.lets(8);
    end(&mut running)
}

fn statuses(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let records = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    records.map(|record| record["status"].as_str().unwrap().to_owned()).collect()
}

/// A file must not look complete when the list is not.
#[test]
fn an_interrupted_list_is_kept_beside_the_file() {
    let gate = Gate::start();
    let folder = tempfile::tempdir().unwrap();
    let (file, partial) = (folder.path().join("answers.ndjson"), folder.path().join("answers.ndjson.partial"));
    for is_there in [false, true] {
        if is_there {
            fs::write(&file, "of yesterday").unwrap();
            fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
            fs::write(&partial, "of yesterday").unwrap();
        }
        let run = interrupted(&gate, &mut command(&gate, &["--output", file.to_str().unwrap()]));
        assert_eq!((run.code, run.out.as_str()), (Some(130), ""));
        insta::allow_duplicates!(insta::assert_snapshot!(run.err.replace(file.to_str().unwrap(), "FILE"), @r"
        mde: interrupted: 11 of 20 records are known
        FILE is not written, because the list is not complete; what is known is in FILE.partial
        run the same command again to resume: 11 answers are cached, 9 calls to go
        "));
        assert_eq!(statuses(&partial), ["seen"; 11]);
        match is_there {
            false => assert!(!file.exists()),
            true => {
                assert_eq!(fs::read_to_string(&file).unwrap(), "of yesterday");
                let mode = fs::metadata(&partial).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "who may not read the file may not read a part of it");
            }
        }
    }
}

/// The file of the part is not ours to delete: nothing shows who wrote it.
#[test]
fn the_same_command_completes_the_file() {
    let (gate, store, folder) = (Gate::start(), fresh_folder(), tempfile::tempdir().unwrap());
    let file = folder.path().join("answers.ndjson");
    let command = || {
        let mut command = command(&gate, &["--output", file.to_str().unwrap()]);
        command.env("MDE_STORE", &store);
        command
    };
    interrupted(&gate, &mut command());
    gate.lets(100);
    let run = Run::from(command().output().unwrap());
    assert_eq!((run.code, gate.asked(), statuses(&file).len()), (Some(0), 20, 20));
    assert_eq!(
        run.err.replace(file.to_str().unwrap(), "FILE"),
        "mde: 20 records are in FILE; FILE.partial of an earlier run is still there\n"
    );
    assert_eq!(statuses(&folder.path().join("answers.ndjson.partial")).len(), 11);
}

/// Whatever stands where the part would be, and is no file, stays, and so does the message of how to resume.
#[test]
fn a_part_that_cannot_be_written_is_reported() {
    let (gate, folder) = (Gate::start(), tempfile::tempdir().unwrap());
    let file = folder.path().join("answers.ndjson");
    fs::create_dir(folder.path().join("answers.ndjson.partial")).unwrap();
    let run = interrupted(&gate, &mut command(&gate, &["--output", file.to_str().unwrap()]));
    assert_eq!(run.code, Some(130));
    insta::assert_snapshot!(run.err.replace(file.to_str().unwrap(), "FILE"), @r"
    mde: cannot write FILE.partial: it is a folder, not a regular file
    mde: interrupted: 11 of 20 records are known
    FILE is not written, because the list is not complete
    run the same command again to resume: 11 answers are cached, 9 calls to go
    ");
}

/// Its reader could not tell a part from the whole, and nothing is written beside a device.
#[test]
fn a_stream_gets_no_part() {
    let gate = Gate::start();
    let run = interrupted(&gate, &mut command(&gate, &["--output", "/dev/null"]));
    assert_eq!((run.code, Path::new("/dev/null.partial").exists()), (Some(130), false));
    assert!(run.err.contains("/dev/null is not written, because the list is not complete\n"), "{}", run.err);
}

#[test]
fn a_second_signal_writes_nothing_more() {
    let (gate, folder) = (Gate::start(), tempfile::tempdir().unwrap());
    let file = folder.path().join("answers.ndjson");
    let mut running = with_calls_in_flight(&gate, &mut command(&gate, &["--output", file.to_str().unwrap()]));
    signal(&running.0, "INT");
    running.first_note();
    signal(&running.0, "INT");
    let run = end(&mut running);
    assert_eq!(run.code, Some(130));
    assert!(run.err.starts_with("mde: stopped at once\n"), "{}", run.err);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
