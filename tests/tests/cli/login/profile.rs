//! The profile that a sign-in writes: what was given, and nothing else.

use mde_sandbox::Sandbox;

use super::{ASK, AVERY, Login, Machine, ROBIN, eventually, login_to};
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

/// The environment names the tenant in another way than the profile, which has its id.
#[tokio::test]
async fn a_tenant_of_the_environment_is_found_with_it_and_without() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    let app = sandbox.public_clients()[0].client_id();
    let arguments = ["login", "--endpoint", sandbox.url(), "--app", app];
    let mut login = Login::start(machine.mde(&arguments).env("AZURE_TENANT_ID", "organizations"));
    mde_tests::sign_in_on_page(&login.line(), Some(AVERY)).unwrap();
    let run = login.end();
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains(&format!("tenant       {}\n", sandbox.tenant())), "{}", run.out);
    let asked = machine.run(&ASK);
    assert_eq!((asked.code, asked.err.as_str()), (Some(0), ""));
    let logout = machine.mde(&["logout"]).env("AZURE_TENANT_ID", "organizations").output().unwrap();
    assert_eq!(logout.status.code(), Some(0));
    assert!(machine.tokens().is_empty(), "{:?}", machine.tokens());
}

/// Two profiles with the same tenant and app are two people, and neither loses a sign-in to the other.
#[tokio::test]
async fn each_profile_has_its_own_person() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    for (profile, user) in [("a", AVERY), ("b", ROBIN)] {
        assert_eq!(machine.login(&sandbox, user, &["--profile", profile]).code, Some(0));
    }
    for (profile, user) in [("a", AVERY), ("b", ROBIN)] {
        let status = machine.run(&["login", "--status", "--profile", profile]);
        assert!(status.out.contains(user), "{}", status.text());
    }
    // Nothing is left of what a profile had before.
    let other = Sandbox::start().await.unwrap();
    assert_eq!(machine.login(&other, AVERY, &["--profile", "a"]).code, Some(0));
    assert_eq!(machine.tokens().len(), 2, "{:?}", machine.tokens());
    assert_eq!(machine.run(&["logout", "--profile", "a"]).code, Some(0));
    assert_eq!(machine.tokens().len(), 1, "{:?}", machine.tokens());
}

/// Nobody signs in for nothing: what cannot be kept is refused before the page is shown, and the profile stays.
#[tokio::test]
async fn what_cannot_be_kept_is_refused_first() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    std::fs::create_dir(machine.path("credentials")).unwrap();
    std::fs::set_permissions(machine.path("credentials"), PermissionsExt::from_mode(0o755)).unwrap();
    let arguments = login_to(&sandbox);
    let run = machine.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((run.code, run.out.as_str()), (Some(3), ""), "{}", run.err);
    assert!(run.err.contains("run chmod go= "), "{}", run.err);
    assert!(!machine.path("config.toml").exists());
}

/// Signing out needs nothing, and no other credential stands in its way.
#[test]
fn signing_out_where_nobody_signed_in() {
    let machine = Machine::new();
    std::fs::write(machine.path("config.toml"), "").unwrap();
    for credential in ["", "persn", "certificate"] {
        let run = crate::Run::from(machine.mde(&["logout"]).env("MDE_CREDENTIAL", credential).output().unwrap());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "nobody was signed in\n", ""));
    }
    let status = machine.run(&["login", "--status"]);
    assert_eq!((status.code, status.out.as_str()), (Some(3), ""), "{}", status.err);
    assert!(status.err.starts_with("mde: nobody is signed in\nto sign in takes"), "{}", status.err);
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
