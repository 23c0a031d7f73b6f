//! Colours and the log of `-v`.

use std::process::{Command, Stdio};

use crate::{mde, run, run_against, sandbox};

fn output(command: &mut Command) -> crate::Run {
    command.output().unwrap().into()
}

/// The output of these tests is not a terminal.
#[tokio::test]
async fn colours_are_shown_where_they_are_wanted() {
    let sandbox = sandbox().start().await.unwrap();
    let colored = |arguments: &[&str], variable: Option<&str>| {
        let mut command = mde(&[&["ip", "stats", "203.0.113.7"], arguments].concat());
        command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
        if let Some(variable) = variable {
            command.env(variable, "1");
        }
        output(&mut command).out.contains('\u{1b}')
    };
    assert!(!colored(&[], None));
    assert!(colored(&["--color", "always"], None));
    assert!(colored(&["--color=always"], Some("NO_COLOR")), "the flag wins");
    assert!(colored(&["--color=always", "-v"], None), "the log is none of it");
    assert!(colored(&[], Some("CLICOLOR_FORCE")));
    assert!(!colored(&["--color", "never"], Some("CLICOLOR_FORCE")), "the flag wins");
}

/// Also for usage errors.
#[test]
fn usage_has_the_colours_that_are_asked_for() {
    let colored = |arguments: &[&str]| output(&mut mde(arguments)).err.contains('\u{1b}');
    assert!(!colored(&["ip", "stats", "--nonsense"]));
    assert!(colored(&["ip", "stats", "--nonsense", "--color", "always"]));
    assert!(colored(&["--color=always", "nonsense"]));
    assert!(!colored(&["--color=always", "nonsense", "--color=never"]), "the last one counts");
    assert!(!colored(&["nonsense", "--", "--color=always"]), "that is no flag");
    assert!(!colored(&["nonsense", "--color=sometimes"]));
    assert!(run(&["--color", "always", "--help"]).out.contains('\u{1b}'));
}

/// Each attempt with its status, and at the second `-v` the address and the waits; never a token.
#[tokio::test]
async fn verbose_logs_calls() {
    for (name, flag) in [("verbose", "-v"), ("very-verbose", "-vv")] {
        let faulty = sandbox().fault("503 next=1".parse().unwrap()).start().await.unwrap();
        let run = run_against(&faulty, &["ip", "stats", "203.0.113.7", flag, "--format", "ndjson"]);
        assert_eq!((run.code, run.out.lines().count()), (Some(0), 1), "the result is beside it");
        assert!(!run.err.contains("Bearer") && !run.err.contains("eyJ"), "{}", run.err);
        assert_eq!(run.err.contains("203.0.113.7"), name == "very-verbose", "{}", run.err);
        let filters = [
            (r"\d{4}-\d\d-\d\dT\S+Z", "TIME"),
            (r"time\.(busy|idle)=\S+", "time.$1=…"),
            (r"wait_ms=\d+", "wait_ms=…"),
            (r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"),
        ];
        insta::with_settings!({ filters => filters }, { insta::assert_snapshot!(name, run.err) });
    }
}

#[test]
fn a_reader_that_has_read_enough() {
    let mut command = mde(&["completions", "bash"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(running.stdout.take());
    let output = running.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn help() {
    let commands: [(&str, &[&str]); 4] = [
        ("config-show", &["config", "show", "--help"]),
        ("completions", &["completions", "--help"]),
        ("login", &["login", "--help"]),
        ("logout", &["logout", "--help"]),
    ];
    for (name, arguments) in commands {
        insta::assert_snapshot!(format!("help-{name}"), run(arguments).out);
    }
}
