//! First guesses: where somebody asks without the name of the command, the error names it, and nothing is run.

use crate::{Cases, run};

#[test]
fn the_command_is_named() {
    let mut cases = Cases::default();
    for arguments in [
        &["8.8.8.8"][..],
        &["8.8.8.8", "1.1.1.1", "--format", "csv"],
        &["--color", "never", "8.8.8.8", "-q"],
        &["hxxp://8[.]8[.]8[.]8/a"],
        &["ip", "8.8.8.8", "--sandbox"],
        &["stats", "8.8.8.8"],
        &["ip", "stat", "8.8.8.8"],
        &["lookup", "8.8.8.8", "--look-back-hours", "48"],
        &["lookup"],
        &["stats", "--help"],
        &["help", "stats"],
        &["-i", "it's a list.txt", "--public-only"],
        &["ip", "--sandbox", "-i", "list.txt"],
        &["lookup", "evil.example"],
        &["8.8.8.8", "--help"],
        &["help", "8.8.8.8"],
        &["ip", "help", "stat"],
        &["8.8.8.8", "--formt", "json"],
        &["8.8.8.0/24"],
        &["extract", "-i", "auth.log"],
        &["signout"],
        &["sign-in", "--profile", "x"],
        &["--profile", "x", "ip", "stats", "8.8.8.8"],
        &["ip", "--sandbox", "stats", "8.8.8.8"],
    ] {
        let run = run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        cases.add(&arguments.join(" "), &run.err);
    }
    insta::assert_snapshot!(cases.0);
}

/// What may be a command, misspelt, is not taken for something to ask about.
#[test]
fn a_misspelt_command_is_none() {
    for (arguments, suggested) in [
        (&["sandbx"][..], Some("'sandbox'")),
        (&["doctr", "8.8.8.8"], Some("'doctor'")),
        (&["stroe", "stats"], Some("'store'")),
        (&["ip", "extrct", "8.8.8.8"], Some("'extract'")),
        (&["nonsense", "8.8.8.8"], None),
        (&["--sandbx"], None),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}");
        assert!(!run.err.contains("to ask about"), "{arguments:?}: {}", run.err);
        assert!(suggested.is_none_or(|name| run.err.contains(name)), "{arguments:?}: {}", run.err);
    }
}

/// As each of its own commands has it.
#[test]
fn help_is_found_by_names() {
    let help = run(&["help", "ip", "stats"]);
    assert_eq!((help.code, help.out.as_str()), (Some(0), run(&["ip", "stats", "--help"]).out.as_str()));
}
