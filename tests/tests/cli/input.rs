//! What the command makes of its input: the files that are not text, and the report of invalid addresses. How each layout is
//! read is shown by `crates/input/tests/layouts`.

mod accounts;
mod hints;
mod hostile;
mod sources;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mde_sandbox::Sandbox;

use crate::{Cases, Run, mde, sandbox};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/input/cases");

/// The command among the cases, against a sandbox.
fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = mde(&[&["ip", "stats", "--format", "ndjson"], arguments].concat());
    command.current_dir(CASES).env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    command
}

/// Runs with a text on standard input.
fn run_with_input(command: &mut Command, text: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader may refuse it before its end.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap().into()
}

/// A line for each record: location, text and result.
fn read(out: &str) -> Vec<String> {
    let records = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    records
        .map(|record| {
            let came_of_it = record["ip"].as_str().or(record["error"]["message"].as_str()).unwrap();
            let (place, input) = (record["place"].as_str().unwrap(), record["input"].as_str().unwrap());
            match record["occurrences"].as_u64().unwrap() {
                1 => format!("{place}  {input:?}  {came_of_it}"),
                times => format!("{place}  {input:?}  {came_of_it}  ({times} times)"),
            }
        })
        .collect()
}

/// Every file among the cases: its records, and the report of invalid addresses.
#[tokio::test]
async fn every_case() {
    let mut names: Vec<_> =
        Path::new(CASES).read_dir().unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut cases = Cases::default();
    for name in names {
        // One for each, since all together would use up its quota.
        let sandbox = sandbox().start().await.unwrap();
        let strict = Run::from(command(&sandbox, &["-i", &name]).output().unwrap());
        let mut text = String::new();
        if strict.code != Some(0) {
            assert_eq!((strict.code, strict.out.as_str()), (Some(2), ""), "{name}: {}", strict.err);
            text = format!("exit code 2\n{}", strict.err);
        }
        let skipping = Run::from(command(&sandbox, &["--skip-invalid", "-i", &name]).output().unwrap());
        text.extend(read(&skipping.out).iter().map(|line| format!("{line}\n")));
        cases.add(&name, &text);
    }
    insta::assert_snapshot!("input-cases", cases.0);
}
