//! `mde ip extract`: the addresses of any text, and nothing else.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use crate::{Cases, Run, mde, run};

/// A file of its own for each test.
fn file(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

const LOG: &str = "\
Jan  5 12:30:45 web-1 sshd[7]: Failed password for root from 192.0.2.1 port 51234 ssh2
Jan  5 12:30:46 web-1 sshd[7]: Accepted publickey for anna from 8.8.8.8 port 22 ssh2
Jan  5 12:30:47 web-1 sshd[7]: Received disconnect from 192.0.2.1 port 51234:11: Bye
";

#[test]
fn each_address_with_its_location_and_nothing_else() {
    let (folder, path) = file("auth.log", LOG);
    let mut cases = Cases::default();
    for options in [&[][..], &["--every-line"], &["--public-only"], &["--extract", "--skip-invalid"]] {
        let run = run(&[&["ip", "extract", "-i", &path], options].concat());
        cases.add(
            &["extract", &options.join(" ")].join(" "),
            &run.text().replace(folder.path().to_str().unwrap(), "FOLDER"),
        );
    }
    insta::assert_snapshot!(cases.0);
}

#[test]
fn arguments_and_standard_input_are_texts_as_well() {
    let mut command = mde(&["ip", "extract", "src=192.0.2.1 dst=198.51.100.7", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"mail from [2001:db8::1] ::ffff:192.0.2.9\n").unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    insta::assert_snapshot!(run.text());
}

#[test]
fn what_may_be_a_damaged_address_is_reported() {
    let (folder, path) = file("notes.txt", "blocked 999.1.1.1 and 192.0.2.1, not 1.2.3\n");
    let run = run(&["ip", "extract", "-i", &path]);
    assert_eq!(run.code, Some(1));
    insta::assert_snapshot!(run.text().replace(folder.path().to_str().unwrap(), "FOLDER"));
}

#[test]
fn a_text_without_an_address_is_no_error() {
    let (_folder, path) = file("notes.txt", "nothing to see here\n");
    let run = run(&["ip", "extract", "-i", &path]);
    insta::assert_snapshot!(run.text());
}

/// Neither a configuration nor a store nor a credential is needed, whatever is wrong with them.
#[test]
fn nothing_but_the_sources_is_read() {
    let (folder, path) = file("auth.log", LOG);
    let config = folder.path().join("mde.toml");
    fs::write(&config, "this is no configuration").unwrap();
    let store = folder.path().join("store");
    let mut command = mde(&["ip", "extract", "-i", &path]);
    let run = Run::from(command.env("MDE_CONFIG", &config).env("MDE_STORE", &store).output().unwrap());
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 2), "{}", run.err);
    assert!(!store.exists());
}

#[test]
fn columns_and_fields_are_texts() {
    let (_a, csv) = file("events.csv", "id,message\n1,login from 192.0.2.1\n2,version 1.2.3.4 and 198.51.100.7:22\n");
    let (_b, json) =
        file("events.jsonl", "{\"message\":\"login from 192.0.2.1\"}\n{\"message\":\"bye 2001:db8::1\"}\n");
    let addresses = |arguments: &[&str]| {
        let run = run(&[&["ip", "extract"], arguments].concat());
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&["-i", &csv, "--column", "message"]), ["192.0.2.1", "198.51.100.7"]);
    assert_eq!(addresses(&["-i", &json, "--field", "message"]), ["192.0.2.1", "2001:db8::1"]);
    assert_eq!(addresses(&["-i", &csv, "-i", &json]), ["192.0.2.1", "198.51.100.7", "2001:db8::1"]);
}

/// As `head` does.
#[test]
fn a_closed_pipe_ends_it_quietly() {
    let text: String = (0..50_000).map(|n| format!("from 10.{}.{}.7 port 22\n", n / 250, n % 250)).collect();
    let (_folder, path) = file("auth.log", text);
    let mut command = mde(&["ip", "extract", "-i", &path]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("10.0.0.7\t"), "{line}");
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

/// The name of a file may be hostile, too.
#[cfg(unix)]
#[test]
fn a_location_is_escaped() {
    let (_folder, path) = file("a\u{1b}[31m.log", LOG);
    let run = run(&["ip", "extract", "-i", &path]);
    assert!(run.out.contains("a\\u{1b}[31m.log:1:62") && !run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn mistakes_of_usage() {
    let mut cases = Cases::default();
    for arguments in [&[][..], &["-i", "missing.log"], &["8.8.8.8", "--format", "csv"]] {
        let run = run(&[&["ip", "extract"], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        cases.add(&["extract", &arguments.join(" ")].join(" "), &run.err);
    }
    insta::assert_snapshot!(cases.0);
}

/// What the refusal says of the flag holds, word for word.
#[test]
fn a_log_that_is_taken_for_a_list_is_refused_in_one_line() {
    let (folder, path) = file("auth.log", LOG);
    let refused = run(&["ip", "stats", "--sandbox", "-i", &path]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    let expected =
        "mde: FOLDER/auth.log: at least half of its words are no addresses; --extract would find 2 addresses\n";
    assert_eq!(refused.err.replace(folder.path().to_str().unwrap(), "FOLDER"), expected);

    let extracted = run(&["ip", "stats", "--sandbox", "-f", "ndjson", "--extract", "-i", &path]);
    assert_eq!((extracted.code, extracted.out.lines().count()), (Some(0), 2), "{}", extracted.err);
}
