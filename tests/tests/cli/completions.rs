//! Completions, by the shells that use them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{mde, run};

/// What is completed, and all that it may be, whatever the shell shows beside it.
const CASES: [(&[&str], &[&str]); 12] = [
    (&["sand"], &["sandbox"]),
    (&["ip", "stats", "--look"], &["--look-back-hours"]),
    (&["ip", "stats", "--endpoint", "e"], &["eu", "eu-legacy"]),
    (&["doctor", "--endpoint", "gcc"], &["gcc", "gcc-high"]),
    (&["ip", "stats", "--format", "nd"], &["ndjson"]),
    (&["sandbox", "--format", ""], &["text", "json"]),
    (&["ip", "stats", "--credential", "azure"], &["azure-cli"]),
    (PROFILES, &["contoso", "fabrikam"]),
    (&["store", "stats", "--profile", "fab"], &["fabrikam"]),
    (&["sandbox", "--set", "throttle-code=T"], &["throttle-code=TooManyRequests"]),
    (&["schema", "s"], &["summary"]),
    (&["man", "sand"], &["sandbox"]),
];

/// Offers all profiles.
const PROFILES: &[&str] = &["ip", "stats", "--profile", ""];

/// A folder with `mde` in it, and with a configuration of two profiles.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), "[profiles.contoso]\n[profiles.fabrikam]\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mde-under-test"), folder.path().join("mde")).unwrap();
    folder
}

/// The same variables, so that another program finds the command and its configuration.
fn with_mde<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", folder.display())).env("MDE_CONFIG", folder.join("config.toml"))
}

/// What the command itself offers for the last of the words.
fn offered(shell: &str, words: &[&str]) -> Vec<String> {
    let folder = folder();
    let mut command = mde(&[&["--", "mde"], words].concat());
    let output = with_mde(&mut command, folder.path())
        .env("MDE_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{shell} {words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // Behind a tab, or a colon, is a description.
    let end: &[char] = if shell == "zsh" { &['\t', ':'] } else { &['\t'] };
    text.lines().map(|line| line.split(end).next().unwrap().to_owned()).collect()
}

#[test]
fn every_shell_is_offered_the_same() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        for (words, expected) in CASES {
            assert_eq!(offered(shell, words), expected, "{shell} {words:?}");
        }
    }
}

#[test]
fn each_script_runs_the_command() {
    for (shell, proof) in [
        ("bash", "complete -o bashdefault -o nosort -F _mde mde"),
        ("zsh", "#compdef mde"),
        ("fish", "--command mde"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName mde"),
        ("elvish", "set edit:completion:arg-completer[mde]"),
    ] {
        let run = run(&["completions", shell]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{shell}");
        assert!(run.out.contains(proof) && run.out.contains("MDE_COMPLETE"), "{shell}: {}", run.out);
    }
}

/// A configuration that is broken is reported by the command, not by each completion.
#[test]
fn what_is_broken_completes_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("config.toml"), "[profiles").unwrap();
    let mut command = mde(&["--", "mde", "ip", "stats", "--profile", ""]);
    let output = with_mde(&mut command, folder.path()).env("MDE_COMPLETE", "fish").output().unwrap();
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b""[..], &b""[..]));

    let output = mde(&["--", "mde", ""]).env("MDE_COMPLETE", "tcsh").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r#"mde: MDE_COMPLETE: there are no completions for "tcsh": give one of bash, elvish, fish, powershell, zsh"#);
}

/// The words that a shell offers, by a script that gets the completions of `mde` as `$1`, and the words after it.
#[cfg(unix)]
fn of_shell(shell: &str, script: &str, words: &[&str]) -> Option<Vec<String>> {
    let folder = folder();
    let completions = run(&["completions", shell]).out;
    let mut command = Command::new(shell);
    command.args(["-c", script]);
    if shell != "fish" {
        command.arg(shell);
    }
    command.arg(completions).args(words).stdin(Stdio::null()).current_dir(folder.path());
    let output = with_mde(&mut command, folder.path()).env("HOME", folder.path()).output().ok()?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell} {words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect())
}

/// Loaded by the shell itself, with the words as it splits them.
#[cfg(unix)]
#[test]
#[ignore = "needs bash"]
fn bash_completes() {
    let script = r#"
        eval "$1"; shift
        printf '[profiles."two words"]\n' >>config.toml
        COMP_LINE="mde $*" COMP_POINT=${#COMP_LINE} COMP_WORDS=(mde)
        for word in "$@"; do
            while [[ $word =~ ^([^=:]*)([=:])(.+)$ ]]; do
                COMP_WORDS+=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}") word=${BASH_REMATCH[3]}
            done
            case $word in
            *[=:]) COMP_WORDS+=("${word%?}" "${word: -1}") ;;
            *) COMP_WORDS+=("$word") ;;
            esac
        done
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) current=${COMP_WORDS[COMP_CWORD]}
        case $current in [=:]) current= ;; [\"\']*) current=${current:1} ;; esac
        _mde mde "$current"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let more: [(&[&str], &[&str]); 6] = [
        (&["ip", "stats", "--format=cs"], &["csv"]),
        (&["sandbox", "--format="], &["text", "json"]),
        (&["sandbox", "--set", "throttle-code="], &["429", "TooManyRequests"]),
        (&["store", "stats", "--profile", "tw"], &["two\\ words"]),
        (&["store", "stats", "--profile", "\"tw"], &["two words"]),
        (&["store", "stats", "--profile=tw"], &["two\\ words"]),
    ];
    for (words, expected) in CASES.into_iter().filter(|(words, _)| *words != PROFILES).chain(more) {
        let offered = of_shell("bash", script, words).unwrap();
        let expected: Vec<_> = expected.iter().map(|value| value.rsplit('=').next().unwrap()).collect();
        assert_eq!(offered, expected, "{words:?}");
    }
}

#[cfg(unix)]
#[test]
#[ignore = "needs zsh"]
fn zsh_completes() {
    let script = r#"
        compdef() { }
        _describe() { print -rl -- "${(@P)3}" }
        eval "$1"; shift
        words=(mde "$@") CURRENT=$(($# + 1))
        _clap_dynamic_completer_mde
    "#;
    for (words, expected) in CASES {
        let offered = of_shell("zsh", script, words).unwrap();
        let offered: Vec<_> = offered.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(offered, expected, "{words:?}");
    }
}

#[cfg(unix)]
#[test]
#[ignore = "needs fish"]
fn fish_completes() {
    let script = r#"
        eval $argv[1]
        complete --do-complete "mde $argv[2..-1]"
    "#;
    for (words, expected) in CASES {
        let offered = of_shell("fish", script, words).unwrap();
        let offered: Vec<_> = offered.iter().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(offered, expected, "{words:?}");
    }
}
