//! Arguments, files and standard input, in any mix, and what the options change.

use std::process::Command;

use mde_sandbox::Sandbox;

use super::{read, run_with_input};
use crate::{Run, fresh_folder, sandbox};

/// The files that the tests name.
const FILES: [(&str, &str); 7] = [
    ("comma.csv", "first_seen,src_ip,note\n2026-01-01,8.8.8.8,a\n"),
    ("semicolon.csv", "Name;IP Address\nresolver;8.8.8.8\nother;1[.]1[.]1[.]1\n"),
    ("tab.tsv", "note\tindicator\nx\t8.8.8.8\ny\t1.1.1.1 1.0.0.1\n"),
    ("two-columns.csv", "src_ip,dest_ip\n8.8.8.8,1.1.1.1\n"),
    ("duplicates.txt", "2001:DB8:0::1\n8.8.8.8\n2001:db8::1 8[.]8.8.8\n::ffff:8.8.8.8\n"),
    ("jsonl-by-content.txt", "{\"ip\":\"8.8.8.8\"}\n{\"ip\":\"1.1.1.1\"}\n"),
    ("two-fields.jsonl", "{\"src_ip\":\"8.8.8.8\",\"dest_ip\":\"1.1.1.1\"}\n"),
];

/// The command among these files, against a sandbox.
fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let folder = fresh_folder();
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut command = super::command(sandbox, arguments);
    command.current_dir(folder);
    command
}

#[tokio::test]
async fn sources_mix_in_their_order() {
    let sandbox = sandbox().start().await.unwrap();
    let arguments = ["9.9.9.9,1.1.1.1 8.8.4.4", "-", "-i", "jsonl-by-content.txt", "-i", "semicolon.csv"];
    let run = run_with_input(&mut command(&sandbox, &arguments), "203.0.113.7\n8.8.8.8\n");
    insta::assert_snapshot!(read(&run.out).join("\n"), @r#"
    argument 1  "9.9.9.9"  9.9.9.9
    argument 1  "1.1.1.1"  1.1.1.1  (3 times)
    argument 1  "8.8.4.4"  8.8.4.4
    standard input:1:1  "203.0.113.7"  203.0.113.7
    standard input:2:1  "8.8.8.8"  8.8.8.8  (3 times)
    "#);
    assert_eq!((run.code, sandbox.requests().len()), (Some(0), 5));
}

#[tokio::test]
async fn every_line_has_a_record_of_its_own() {
    let sandbox = sandbox().start().await.unwrap();
    let run = Run::from(command(&sandbox, &["--every-line", "-i", "duplicates.txt"]).output().unwrap());
    insta::assert_snapshot!(read(&run.out).join("\n"), @r#"
    duplicates.txt:1:1  "2001:DB8:0::1"  2001:db8::1
    duplicates.txt:2:1  "8.8.8.8"  8.8.8.8
    duplicates.txt:3:1  "2001:db8::1"  2001:db8::1
    duplicates.txt:3:13  "8[.]8.8.8"  8.8.8.8
    duplicates.txt:4:1  "::ffff:8.8.8.8"  8.8.8.8
    "#);
    assert_eq!(sandbox.requests().len(), 2, "each is asked about once");
}

#[tokio::test]
async fn public_ones_only() {
    let sandbox = sandbox().start().await.unwrap();
    let run = Run::from(command(&sandbox, &["--public-only", "10.0.0.1", "8.8.8.8", "fe80::1"]).output().unwrap());
    assert_eq!(read(&run.out), ["argument 2  \"8.8.8.8\"  8.8.8.8"]);

    let run = Run::from(command(&sandbox, &["--public-only", "10.0.0.1 10.0.0.1", "fe80::1"]).output().unwrap());
    let expected = "mde: nothing to ask: none of the 2 addresses is public, and --public-only leaves them out\n";
    assert!(run.err.contains(expected) && run.out.is_empty(), "{}", run.err);
    assert_eq!(sandbox.requests().len(), 1);
}

#[tokio::test]
async fn columns_and_fields_are_found_by_their_names() {
    let sandbox = sandbox().start().await.unwrap();
    for arguments in [
        ["-i", "two-columns.csv", "--column", "dest_ip"],
        ["-i", "two-columns.csv", "--column", "Dest IP"],
        ["-i", "two-columns.csv", "--column", "2"],
        ["-i", "two-fields.jsonl", "--field", "dest_ip"],
    ] {
        let run = Run::from(command(&sandbox, &arguments).output().unwrap());
        assert!(run.out.contains("\"ip\":\"1.1.1.1\"") && run.out.lines().count() == 1, "{arguments:?}: {}", run.err);
    }
}

/// As in the example of the help.
#[tokio::test]
async fn of_several_sources_a_column_is_for_those_that_are_csv() {
    let sandbox = sandbox().start().await.unwrap();
    let column = ["duplicates.txt", "two-columns.csv", "-", "jsonl-by-content.txt"];
    let cases: [(&[&str], &[&str]); 3] = [
        (&column, &["--column", "Dest IP"]),
        (&column, &["--column", "2"]),
        (&["two-fields.jsonl", "-"], &["--field", "dest_ip"]),
    ];
    let mut text = String::new();
    for (files, options) in cases {
        let files = files.iter().flat_map(|file| ["-i", file]);
        let arguments: Vec<_> = files.chain(options.iter().copied()).chain(["--every-line"]).collect();
        let standard_input = "note,dest_ip\n203.0.113.7,203.0.113.8\n";
        let run = run_with_input(&mut command(&sandbox, &arguments), standard_input);
        assert_eq!(run.code, Some(0), "{}", run.err);
        text += &format!("{options:?}\n{}\n\n", read(&run.out).join("\n"));
    }
    insta::assert_snapshot!("input-several-sources", text);
}

/// Inputs that cannot be read, or are ambiguous.
#[tokio::test]
async fn refusals() {
    let sandbox = sandbox().start().await.unwrap();
    let cases: [&[&str]; 16] = [
        &["-", "-i", "-"],
        &["-"],
        &["-i", "no-such-file.txt"],
        &["-i", "."],
        &["-i", "comma.csv", "--column", "ip"],
        &["-i", "comma.csv", "--column", "4"],
        &["-i", "comma.csv", "--column", "0"],
        &["-i", "two-fields.jsonl", "--field", "target.ip"],
        &["-i", "comma.csv", "--column", "src_ip", "--input-format", "lines"],
        &["-i", "two-fields.jsonl", "--field", "ip", "--input-format", "csv"],
        &["-i", "duplicates.txt", "-i", "two-columns.csv", "-i", "tab.tsv", "--column", "scr_ip"],
        &["-i", "duplicates.txt", "-i", "tab.tsv", "--column", "scr_ip"],
        &["-i", "duplicates.txt", "-i", "jsonl-by-content.txt", "--field", "scr_ip"],
        &["-i", "duplicates.txt", "-i", "comma.csv", "--column", "1", "--input-format", "jsonl"],
        &["", "# nothing", ","],
        &["1.1.1.1 256.1.1.1", "\u{1b}]0;title\u{7}"],
    ];
    let mut text = String::new();
    for arguments in cases {
        let run = run_with_input(&mut command(&sandbox, arguments), "");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        text += &format!("{arguments:?}\n{}\n", run.err);
    }
    crate::settings().bind(|| insta::assert_snapshot!("input-refusals", text));
    assert_eq!(sandbox.requests().len(), 0);
}
