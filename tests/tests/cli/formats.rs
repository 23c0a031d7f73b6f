//! Each format, for people and for programs.

use std::io::Read;
use std::process::Stdio;

use crate::{mde, run, run_against, sandbox, settings};

const ADDRESSES: [&str; 5] = ["203.0.113.7", "192.168.1.1", "2001:0db8:0:0::8:42", "203.0.113.7", "10.0.0.256"];

#[tokio::test]
async fn every_format() {
    for format in ["table", "json", "ndjson", "csv", "markdown"] {
        let sandbox = sandbox().start().await.unwrap();
        let arguments = [&["ip", "stats", "--skip-invalid", "--format", format], &ADDRESSES[..]].concat();
        let run = run_against(&sandbox, &arguments);
        settings().bind(|| insta::assert_snapshot!(format!("format-{format}"), run.out));
        assert_eq!(run.code, Some(1), "{format}: one argument was skipped");
        assert_eq!(sandbox.requests().len(), 3, "{format}: each distinct address is asked about once");
    }
}

#[tokio::test]
async fn json_is_a_document_and_ndjson_a_record_a_line() {
    let sandbox = sandbox().start().await.unwrap();
    let all = run_against(&sandbox, &["ip", "stats", "203.0.113.7", "192.168.1.1", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    let lines = run_against(&sandbox, &["ip", "stats", "203.0.113.7", "192.168.1.1", "--format", "ndjson"]);
    let mut lines: Vec<serde_json::Value> = lines.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut records = all["records"].as_array().unwrap().clone();
    for record in records.iter_mut().chain(&mut lines) {
        let answered_at = record.as_object_mut().unwrap().remove("answeredAt").unwrap();
        assert!(answered_at.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{answered_at}");
    }
    assert_eq!(records, lines);
    assert_eq!(all["summary"]["seen"], 1);
    assert_eq!(lines[1]["orgFirstSeen"], serde_json::Value::Null);
    assert!(lines[1].as_object().is_some_and(|record| record.contains_key("orgFirstSeen")), "null is written");
}

/// The prevalence is computed from the events of the window that is asked for.
#[tokio::test]
async fn the_prevalence_follows_the_look_back() {
    let sandbox = sandbox().start().await.unwrap();
    for (arguments, devices, effective) in [
        (&["--look-back-hours", "24"][..], 1, 24),
        (&["--look-back-hours", "48"], 2, 48),
        (&["--look-back-hours", "720"], 3, 720),
        (&[], 3, 720),
    ] {
        let run = run_against(&sandbox, &[&["ip", "stats", "203.0.113.7", "--format", "ndjson"], arguments].concat());
        let record: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(record["organizationPrevalence"], devices, "{arguments:?}");
        assert_eq!(record["lookBackHours"], effective, "{arguments:?}");
        assert_eq!((record["status"].as_str(), record["source"].as_str()), (Some("seen"), Some("sandbox")));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "results only, and nothing to remark");
    }
    let asked: Vec<_> = sandbox.requests().into_iter().map(|request| request.path_and_query).collect();
    insta::assert_debug_snapshot!(asked);
}

/// The main job, as the README shows it, on the embedded sandbox and its synthetic events.
#[test]
fn the_embedded_sandbox() {
    let run = run(&["ip", "stats", "10.209.67.177", "--look-back-hours", "48", "--sandbox"]);
    let mut settings = settings();
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[date and time]   ");
    settings.bind(|| insta::assert_snapshot!(format!("{}\n{}", run.err, run.out)));
    assert_eq!(run.code, Some(0));
}

/// A list longer than the quota's tightest window is announced, and asked about to its end.
#[tokio::test]
async fn a_list_beyond_the_quota() {
    let sandbox = sandbox().start().await.unwrap();
    let addresses: Vec<_> = (0..7).map(|last| format!("198.51.100.{last}")).collect();
    let arguments: Vec<_> = addresses.iter().map(String::as_str).collect();
    let arguments = [&["ip", "stats", "--format", "csv", "--quota", "3/1s"], &arguments[..]].concat();
    let run = run_against(&sandbox, &arguments);
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 8));
    insta::assert_snapshot!(run.err, @"
    mde: the quota of 3/1s replaces the contract's 100/1m,1500/1h: the endpoint is on this machine
    mde: 7 calls to make; ETA about 2 s, by the quota of 3/1s
    ");
}

/// On this machine the quota of the caller takes the place of the contract's, which is said once, and with the settings.
#[tokio::test]
async fn the_windows_that_hold_on_this_machine_are_named() {
    let sandbox = sandbox().start().await.unwrap();
    let replaced = "mde: the quota of 200/1m replaces the contract's 100/1m,1500/1h: the endpoint is on this machine\n";
    for (options, expected) in
        [(&["--quota", "200/1m"][..], replaced), (&["--quota", "200/1m", "--quiet"], ""), (&[], "")]
    {
        let run = run_against(&sandbox, &[&["ip", "stats", "198.51.100.1"], options].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), expected), "{options:?}");
    }
    let shown = run_against(&sandbox, &["config", "show", "--quota", "200/1m"]);
    assert!(shown.out.contains(" 200/1m, in place of 100/1m,1500/1h "), "{}", shown.out);
}

/// The reader closes the pipe, as `head` does.
#[tokio::test]
async fn a_broken_pipe_is_no_error() {
    let sandbox = sandbox().start().await.unwrap();
    let mut command = mde(&["ip", "stats", "203.0.113.7", "192.168.1.1", "--format", "ndjson"]);
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}
