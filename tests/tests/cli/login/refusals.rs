//! What goes wrong with people: one who declines, one who may not, one whose sign-in is over, one who gives up.

use std::process::Command;

use mde_sandbox::{Sandbox, User};
use mde_tests::sign_in_on_page;

use super::{ASK, AVERY, KIM, Login, Machine, ROBIN, login_to};
use crate::{Cases, Run};

async fn both() -> (Sandbox, Machine) {
    (Sandbox::start().await.unwrap(), Machine::new())
}

fn start(machine: &Machine, sandbox: &Sandbox) -> Login {
    let arguments = login_to(sandbox);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    Login::start(&mut machine.mde(&arguments))
}

#[tokio::test]
async fn a_user_without_view_data() {
    let (sandbox, machine) = both().await;
    assert_eq!(machine.login(&sandbox, ROBIN, &[]).code, Some(0));
    let run = machine.run(&["ip", "stats", "10.209.67.177", "--no-store"]);
    assert_eq!(run.code, Some(3));
    // In our own words, too: those of the service may change.
    assert!(run.err.contains("the person who signed in also needs the role permission 'View Data'"), "{}", run.err);
}

#[tokio::test]
async fn a_person_who_declines_and_one_who_has_not_consented() {
    let (sandbox, machine) = both().await;
    let mut cases = Cases::default();
    for (name, user) in [("declines", None), ("has not consented", Some(KIM))] {
        let mut login = start(&machine, &sandbox);
        sign_in_on_page(&login.line(), user).unwrap();
        let run = login.end();
        let page = run.out.lines().next().unwrap_or_default().to_owned();
        cases.add(name, &run.text().replace(&page, "[page]"));
    }
    machine.assert_text("refused", &cases.0);
}

/// The sign-in works, and each call would be refused: that is shown at once.
#[tokio::test]
async fn a_permission_that_the_token_lacks() {
    let user = User::new().named("lee@sandbox.example").with_scope("Machine.Read");
    let (sandbox, machine) = (Sandbox::builder().user(user).start().await.unwrap(), Machine::new());
    let run = machine.login(&sandbox, "lee@sandbox.example", &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("\npermissions  Machine.Read\n"), "{}", run.out);
    assert!(run.err.contains("the token lacks the permission Ip.Read.All, so calls will be refused"), "{}", run.err);
}

/// The administrator ends all sessions: nothing but signing in again helps, and the error names the command.
#[tokio::test]
async fn a_refresh_token_that_is_revoked() {
    let (sandbox, machine) = both().await;
    assert_eq!(machine.login(&sandbox, AVERY, &[]).code, Some(0));
    sandbox.revoke_refresh_tokens();
    let mut cases = Cases::default();
    for arguments in [&ASK[..], &["login", "--status"]] {
        let run = machine.run(arguments);
        assert_eq!(run.code, Some(3), "{}", run.err);
        cases.add(&arguments.join(" "), &run.err);
    }
    let doctor = machine.run(&["doctor"]);
    assert_eq!(doctor.code, Some(3), "{}", doctor.out);
    let token = doctor.out.find("fail  token").unwrap();
    cases.add("doctor", doctor.out[token..].split("\nskip").next().unwrap());
    machine.assert_text("revoked", &cases.0);
    // What is left of it is no obstacle to the next sign-in.
    assert_eq!(machine.login(&sandbox, AVERY, &[]).code, Some(0));
    assert_eq!(machine.run(&ASK).code, Some(0));
}

#[tokio::test]
async fn ctrl_c_ends_the_wait_and_leaves_nothing() {
    let (sandbox, machine) = both().await;
    let mut login = start(&machine, &sandbox);
    let page = login.line();
    let kill = format!("kill -INT {}", login.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let run: Run = login.end();
    assert_eq!(run.code, Some(130), "{}", run.err);
    assert!(run.err.ends_with("mde: interrupted\n"), "{}", run.err);
    assert!(!machine.path("config.toml").exists() && machine.tokens().is_empty());
    // Nobody listens any more where the browser would come back to.
    assert!(sign_in_on_page(&page, Some(AVERY)).is_err());
}
