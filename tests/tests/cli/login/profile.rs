//! The profile that a sign-in writes: what was given, and nothing else.

use mde_sandbox::Sandbox;

use super::{ASK, AVERY, Login, Machine, eventually, login_to};
use crate::Cases;

/// Has comments, another order, and values that nobody gives.
const CONFIG: &str = "\
# Ours.
default-profile = \"other\"   # the usual one

[profiles.other]
credential = \"azure-cli\"

[profiles.lab]
# The lab asks slowly.
quota = \"5/1s\"
client-secret = { env = \"OLD\" } # until we sign in as people
";

#[tokio::test]
async fn a_profile_keeps_what_was_not_given() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    std::fs::write(machine.path("config.toml"), CONFIG).unwrap();
    let login = machine.login(&sandbox, AVERY, &["--profile", "lab"]);
    assert_eq!(login.code, Some(0), "{}", login.err);
    let mut cases = Cases::default();
    cases.add("into a profile that is there", &machine.config());
    let ask = [&ASK[..], &["--profile", "lab"]].concat();
    let run = machine.run(&ask);
    assert_eq!(run.code, Some(0), "{}", run.err);

    // Again, with nothing but the name: nothing is given, so nothing changes.
    let before = machine.config();
    let mut login = Login::start(&mut machine.mde(&["login", "--profile", "lab"]));
    mde_tests::sign_in_on_page(&login.line(), Some(AVERY)).unwrap();
    assert_eq!(login.end().code, Some(0));
    assert_eq!(machine.config(), before);

    let login = machine.login(&sandbox, AVERY, &["--profile", "new"]);
    assert_eq!(login.code, Some(0), "{}", login.err);
    cases.add("into a new profile", &machine.config());
    machine.assert_text("profile", &cases.0);
}

/// What is missing is reported before anybody signs in.
#[test]
fn without_an_app_it_is_explained_how_to_register_one() {
    let machine = Machine::new();
    let mut cases = Cases::default();
    let commands: [&[&str]; 4] = [
        &["login"],
        &["login", "--app", "an-app"],
        &["login", "--tenant", "contoso.example", "--profile", "contoso"],
        &["login", "--status"],
    ];
    for arguments in commands {
        let run = machine.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {}", run.err);
        cases.add(&arguments.join(" "), &run.err);
    }
    machine.assert_text("not-registered", &cases.0);
    assert!(!machine.path("config.toml").exists());
}

/// A token in the environment is what the next command takes, whoever has signed in.
#[tokio::test]
async fn what_overrides_the_sign_in_is_named() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    assert_eq!(machine.login(&sandbox, AVERY, &[]).code, Some(0));
    let status = machine.mde(&["login", "--status"]).env("MDE_TOKEN", "a-token").output().unwrap();
    let err = String::from_utf8(status.stderr).unwrap();
    assert!(err.contains("commands use the token in MDE_TOKEN"), "{err}");
    assert_eq!(status.status.code(), Some(0));
}

/// The browser is opened by a program, which gets the page; it is printed all the same, as the program may open nothing.
#[tokio::test]
async fn a_browser_is_opened_where_there_is_one() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    let (script, page) = (machine.path("browser"), machine.path("page"));
    let (partial, shown) = (page.with_extension("part"), page.display());
    let content = format!("#!/bin/sh\nprintf %s \"$1\" > {0} && mv {0} {shown}\n", partial.display());
    std::fs::write(&script, content).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = login_to(&sandbox);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let login = Login::start(machine.mde(&arguments).env("BROWSER", &script));
    let url = eventually(|| std::fs::read_to_string(&page).ok());
    mde_tests::sign_in_on_page(&url, Some(AVERY)).unwrap();
    let run = login.end();
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(run.out.lines().next(), Some(url.as_str()));
    machine.assert_text("browser", &run.err);
}
