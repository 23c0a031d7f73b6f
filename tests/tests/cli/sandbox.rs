//! `mde sandbox`

use std::io::Write;
use std::net::IpAddr;
use std::process::Stdio;

use mde_client::Client;

use crate::{Run, Running, mde, run, settings};

/// A sandbox in a process of its own.
fn start(arguments: &[&str]) -> Running {
    let arguments = [&["sandbox"], arguments].concat();
    Running::of(mde(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()))
}

fn client(line: &str) -> Client {
    let running: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| running[key].as_str().unwrap().to_owned();
    Client::builder().endpoint(text("url")).token(text("token")).build().unwrap()
}

#[tokio::test]
async fn json_is_one_line_to_use_it_by() {
    let mut sandbox = start(&["--format", "json", "--quota", "1/1h"]);
    let client = client(&sandbox.lines(1)[0]);
    let ip: IpAddr = "10.209.67.177".parse().unwrap();
    let answer = client.get_ip_statistics(ip).look_back_hours(48).send().await.unwrap();
    assert!(answer.organization_prevalence > 0);
    let error = client.get_ip_statistics(ip).send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "the quota is that of the command line");
}

#[tokio::test]
async fn figures_of_ones_own() {
    let mut events = tempfile::NamedTempFile::new().unwrap();
    let now = chrono::Utc::now();
    for device in ["a", "b", "a"] {
        writeln!(events, r#"{{"device":"{device}","ip":"192.0.2.9","time":"{}"}}"#, now.to_rfc3339()).unwrap();
    }
    let mut sandbox = start(&["--format", "json", "--events", events.path().to_str().unwrap()]);
    let client = client(&sandbox.lines(1)[0]);
    let answer = client.get_ip_statistics("192.0.2.9".parse::<IpAddr>().unwrap()).send().await.unwrap();
    assert_eq!(answer.organization_prevalence, 2);
}

#[test]
fn text_says_what_one_needs() {
    let mut sandbox = start(&[]);
    let lines = sandbox.lines(5).join("\n");
    let mut settings = settings();
    settings.add_filter(r"eyJ[\w.-]+", "TOKEN");
    settings.bind(|| insta::assert_snapshot!(lines));
}

#[test]
fn it_does_not_start() {
    let bad_line = tempfile::NamedTempFile::new().unwrap();
    let line = |ip: &str| format!(r#"{{"device":"a","ip":"{ip}","time":"2026-01-01T00:00:00Z"}}"#);
    std::fs::write(bad_line.path(), line("192.0.2.9") + "\n" + &line("192.0.2.900")).unwrap();
    let path = bad_line.path().to_str().unwrap();
    let cases: [(&str, &[&str]); 5] = [
        ("all-interfaces", &["--listen", "0.0.0.0:8080"]),
        ("no-port", &["--listen", "127.0.0.1"]),
        ("bad-quota", &["--quota", "100"]),
        ("bad-event", &["--events", path]),
        ("no-events", &["--events", "no-such-file.jsonl"]),
    ];
    for (name, arguments) in cases {
        let Run { out, err, code } = run(&[&["sandbox"], arguments].concat());
        assert_eq!((out.as_str(), code), ("", Some(2)), "{name}");
        insta::assert_snapshot!(format!("sandbox-{name}"), err.replace(path, "FILE"));
    }
}
