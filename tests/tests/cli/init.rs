//! `mde init`: three questions, and a profile.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::{Cases, Run, mde, settings};

const APP: &str = "11111111-1111-1111-1111-111111111111";

/// A folder in which nothing is configured, unless a test writes it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = mde(arguments);
        command.current_dir(self.0.path()).env("MDE_CONFIG", "mde/config.toml");
        command
    }

    fn write(&self, config: &str) {
        std::fs::create_dir_all(self.0.path().join("mde")).unwrap();
        std::fs::write(self.0.path().join("mde/config.toml"), config).unwrap();
    }

    /// The configuration; nothing where there is none.
    fn config(&self) -> String {
        std::fs::read_to_string(self.0.path().join("mde/config.toml")).unwrap_or_default()
    }
}

/// Runs it with these lines as the answers, then the end of the input.
fn answered(command: &mut Command, answers: &[&str]) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines: String = answers.iter().map(|answer| format!("{answer}\n")).collect();
    // It may have ended before it reads all.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap().into()
}

fn assert_text(name: &str, text: &str) {
    settings().bind(|| insta::assert_snapshot!(name, text));
}

/// Each way to sign in: what is printed, and what is then in the file.
#[test]
fn each_way_to_sign_in() {
    let ways: [(&str, &[&str]); 7] = [
        ("person", &["eu", "", "contoso.example", APP]),
        ("client-secret", &["", "client-secret", "contoso.example", APP]),
        ("certificate", &["gcc", "certificate", "contoso.example", APP, "app.pem"]),
        ("azure-cli", &["uk", "azure-cli", "contoso.example"]),
        ("managed-identity", &["", "managed-identity", "contoso.example", ""]),
        ("workload-identity", &["", "workload-identity", "contoso.example", APP]),
        ("environment", &["http://127.0.0.1:8080", "environment", "contoso.example"]),
    ];
    let mut table = Cases::default();
    for (way, answers) in ways {
        let home = Home::new();
        std::fs::write(home.0.path().join("app.pem"), "any content").unwrap();
        let run = answered(&mut home.command(&["init", "--profile", "lab"]), answers);
        assert_eq!(run.code, Some(0), "{way}: {}", run.err);
        let folder = home.0.path().canonicalize().unwrap();
        let text = format!("{}--- the file\n{}", run.out, home.config());
        table.add(way, &text.replace(&folder.display().to_string(), "FOLDER"));
        // What is written can be read.
        let shown = Run::from(home.command(&["config", "show"]).output().unwrap());
        assert_eq!(shown.code, Some(0), "{way}: {}", shown.err);
        assert!(shown.out.contains("profile lab"), "{}", shown.out);
    }
    assert_text("each-way", &table.0);
}

/// What a person reads on the way, with an answer to each question that is not valid, then one that is.
#[test]
fn a_question_is_repeated_until_its_answer_is_valid() {
    let home = Home::new();
    let answers = [
        "mars",
        "eu",
        "azurecli",
        "client-secret",
        "",
        "common",
        "contoso example",
        "contoso.example",
        "not-an-id",
        APP,
    ];
    let run = answered(&mut home.command(&["init"]), &answers);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_text("repeated", &run.text());
    assert!(home.config().contains("[profiles.default]"), "{}", home.config());
}

#[test]
fn a_program_that_answers_wrongly_for_ever_is_ended() {
    let home = Home::new();
    let run = answered(&mut home.command(&["init"]), &["mars"; 1_000]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.ends_with("none of 10 answers was valid; nothing is written\n"), "{}", run.err);
    assert_eq!(home.config(), "");
}

/// Wherever the input ends, as by Ctrl-D: nothing is written.
#[test]
fn the_end_of_the_input_leaves_everything_as_it_was() {
    let answers = ["eu", "certificate", "contoso.example", APP];
    for count in 0..=answers.len() {
        let home = Home::new();
        let run = answered(&mut home.command(&["init"]), &answers[..count]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{count}");
        let expected = "the input ended before all questions were answered; nothing is written\n";
        assert!(run.err.ends_with(expected), "{count}: {}", run.err);
        assert!(!home.0.path().join("mde").exists(), "{count}");
    }
}

/// A profile of this name is changed only where the user wants it, and what was not asked about stays.
#[test]
fn a_profile_that_is_there() {
    const BEFORE: &str = "# mine\nquota = \"5/1s\"\n\n[profiles.lab] # the lab\ntenant = 'fabrikam.example'\nmax-age = \"1h\"\n\
                          \n[profiles.other]\ntenant = \"x.example\"\n";
    for refusal in [&["no"][..], &[""], &[]] {
        let home = Home::new();
        home.write(BEFORE);
        let run = answered(&mut home.command(&["init", "--profile", "lab"]), refusal);
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.contains("nothing is written"), "{}", run.err);
        assert_eq!(home.config(), BEFORE);
    }
    let home = Home::new();
    home.write(BEFORE);
    // Its own tenant is the default.
    let run = answered(&mut home.command(&["init", "--profile", "lab"]), &["maybe", "yes", "uk", "azure-cli", ""]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let after = BEFORE
        .replace("'fabrikam.example'", "\"fabrikam.example\"")
        .replace("\"1h\"\n", "\"1h\"\nendpoint = \"uk\"\ncredential = \"azure-cli\"\n")
        .replace("\"5/1s\"\n", "\"5/1s\"\ndefault-profile = \"lab\"\n");
    assert_eq!(home.config(), after);
}

/// What the profile signs in with is offered, else what the environment names; a person may be of any organization.
#[test]
fn the_way_to_sign_in_has_a_default() {
    let secret = "[profiles.lab]\nclient-secret = { env = \"S\" }\n";
    for (config, variable, way, tenant) in [
        (secret, "azure-cli", "client-secret", "contoso.example"),
        ("", "managed-identity", "managed-identity", "contoso.example"),
        ("", "persn", "person", "organizations"),
    ] {
        let home = Home::new();
        home.write(config);
        let answers = if config.is_empty() { &[][..] } else { &["yes"] };
        let answers = [answers, &["", "", tenant, APP]].concat();
        let run = answered(home.command(&["init", "--profile", "lab"]).env("MDE_CREDENTIAL", variable), &answers);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(home.config().contains(&format!("credential = \"{way}\"\n")), "{}", home.config());
    }
}

/// What the environment knows is offered.
#[test]
fn the_environment_gives_defaults() {
    let home = Home::new();
    let mut command = home.command(&["init"]);
    let variables = [
        ("MDE_PROFILE", "a b"),
        ("MDE_ENDPOINT", "us"),
        ("AZURE_TENANT_ID", "contoso.example"),
        ("AZURE_CLIENT_ID", APP),
    ];
    let run = answered(command.envs(variables), &["", "", "", ""]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.ends_with("Next: mde login --profile 'a b'\nThen: mde doctor --profile 'a b'\n"), "{}", run.out);
    let expected = "default-profile = \"a b\"\n\n[profiles.\"a b\"]\nendpoint = \"us\"\ntenant = \"contoso.example\"\n\
                    credential = \"person\"\napp = \"11111111-1111-1111-1111-111111111111\"\n";
    assert_eq!(home.config(), expected);
}

/// Before the first question.
#[test]
fn what_cannot_be_written_is_reported_first() {
    let home = Home::new();
    home.write("[profiles.lab\n");
    let run = answered(&mut home.command(&["init"]), &["eu"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.starts_with("mde: mde/config.toml:1:14: this is not TOML"), "{}", run.err);
    let run = answered(&mut home.command(&["init", "--profile", ""]), &["eu"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_everything_as_it_was() {
    use std::os::unix::process::ExitStatusExt;
    let home = Home::new();
    let mut command = home.command(&["init"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"eu\n").unwrap();
    let mut asked = String::new();
    let mut err = std::io::BufReader::new(child.stderr.take().unwrap());
    while !asked.contains("2 of 3") {
        assert!(std::io::BufRead::read_line(&mut err, &mut asked).unwrap() > 0, "{asked}");
    }
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert!(!home.0.path().join("mde").exists());
}
