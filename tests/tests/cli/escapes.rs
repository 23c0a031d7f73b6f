//! No text from outside acts on a terminal, or hides there, on whatever way it gets to one.

use mde_tests::{Scripted, Step};

use crate::doctor::{ask, doctor};
use crate::{Run, Variables, mde, run_fast};

/// It would turn what follows, clear the screen, ring, hide, and begin a line of its own.
const HOSTILE: &str = "x\u{202e}y\u{1b}[2Jz\u{7}a\u{200b}b\u{2066}c\u{ad}d\u{fe0f}e\u{3164}f\u{e0041}g\r\nmde: h";

/// One line of the like, for what cannot hold several.
const LINE: &str = "x\u{202e}y\u{1b}[2Jz\u{7}a\u{200b}b\u{2066}c\u{ad}d\u{fe0f}e\u{3164}f\u{e0041}g";

fn assert_harmless(path: &str, run: &Run) {
    for text in [&run.out, &run.err] {
        let acting = |c: &char| (c.is_control() && *c != '\n') || LINE.contains(*c) && !c.is_ascii();
        assert_eq!(text.chars().find(acting), None, "{path}: {text:?}");
        assert!(!text.lines().any(|line| line.starts_with("mde: h")), "{path}: {text}");
    }
    assert!(run.out.contains('y') || run.err.contains('y'), "{path} shows it: {}{}", run.out, run.err);
}

#[tokio::test]
async fn what_a_service_says() {
    let envelope = |status: u16| {
        let error = serde_json::json!({"error": {"code": HOSTILE, "message": HOSTILE, "target": HOSTILE}});
        Step::answer(&format!("{status} No"), &[], error.to_string())
    };
    let address = serde_json::json!({"ipAddress": HOSTILE, "organizationPrevalence": 0}).to_string();
    let count = serde_json::json!({"ipAddress": "192.0.2.1", "organizationPrevalence": HOSTILE}).to_string();
    let time = serde_json::json!({"ipAddress": "192.0.2.1", "organizationPrevalence": 0, "orgLastSeen": HOSTILE});
    let steps = [
        ("400", envelope(400)),
        ("403", envelope(403)),
        ("500", envelope(500)),
        ("address", Step::json(address)),
        ("count", Step::json(count)),
        ("time", Step::json(time.to_string())),
    ];
    for (name, step) in steps {
        let server = Scripted::start(vec![step; 40]).await.unwrap();
        for format in ["table", "json", "ndjson", "csv", "markdown", "html"] {
            let run = run_fast(&["ip", "stats", "192.0.2.1", "--format", format], server.url()).await;
            assert_harmless(&format!("{name}, {format}"), &run);
        }
        let mut command = doctor(&[]);
        command.env("MDE_ENDPOINT", server.url()).env("MDE_TOKEN", "an-opaque-token");
        assert_harmless(&format!("{name}, doctor"), &ask(command).await);
        let mut command = mde(&["ip", "stats", "192.0.2.1", "-vv"]);
        command.env("MDE_ENDPOINT", server.url()).env("MDE_TOKEN", "an-opaque-token");
        if name == "400" {
            assert_harmless("400, log", &ask(command).await);
        }
    }
}

#[tokio::test]
async fn what_is_given_to_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(LINE);
    std::fs::write(&file, "{").unwrap();
    let file = file.to_str().unwrap();
    let option = format!("--{LINE}");
    let (colored, in_folder) = (["--color", "always"], format!("{file}/below"));
    let cases: [(&str, Vec<&str>, Variables<'_>); 15] = [
        ("a command", vec![LINE], &[]),
        ("an option", vec!["ip", "stats", &option], &[]),
        ("an option, in colours", [&["ip", "stats", option.as_str()][..], &colored].concat(), &[]),
        ("a value", vec!["ip", "stats", "8.8.8.8", "--format", HOSTILE], &[]),
        ("an address", vec!["ip", "stats", HOSTILE], &[]),
        ("a file", vec!["ip", "stats", "-i", LINE], &[]),
        ("a file of records", vec!["ip", "stats", "8.8.8.8", "--sandbox", "-o", &in_folder], &[]),
        ("a column", vec!["ip", "stats", "-i", file, "--input-format", "csv", "--column", LINE], &[]),
        (
            "a store",
            vec!["ip", "stats", "8.8.8.8", "--store", file],
            &[("MDE_ENDPOINT", "http://127.0.0.1:1"), ("MDE_TOKEN", "x")],
        ),
        ("a store, doctor", vec!["doctor", "--sandbox", "--store", file], &[]),
        ("a store, stats", vec!["store", "stats", "--store", file], &[]),
        ("a profile", vec!["config", "show", "--profile", LINE], &[]),
        ("an endpoint", vec!["config", "show"], &[("MDE_ENDPOINT", HOSTILE)]),
        ("a tenant", vec!["config", "show"], &[("AZURE_TENANT_ID", LINE)]),
        ("events of a sandbox", vec!["sandbox", "--events", file], &[]),
    ];
    for (name, arguments, variables) in cases {
        let mut command = mde(&arguments);
        command.envs(variables.iter().copied());
        let mut run = ask(command).await;
        if arguments.contains(&"--color") {
            // Colours of ours.
            run.err = run
                .err
                .split("\u{1b}[")
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';'))
                .collect();
        }
        assert_harmless(name, &run);
    }
}
