//! Signing in by a device code, which a script approves.

use mde_sandbox::{Sandbox, SandboxBuilder};

use super::{ASK, AVERY, Login, Machine, login_to};
use crate::Run;

/// The seconds between two requests are those of a test.
fn sandbox() -> SandboxBuilder {
    Sandbox::builder().quirks(["polling-interval=1".parse().unwrap()].into_iter().collect())
}

/// What a device that signs in prints, where the person does `answer` with its code.
fn by_device_code(machine: &Machine, sandbox: &Sandbox, answer: impl FnOnce(&str)) -> Run {
    let arguments = login_to(sandbox);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).chain(["--device-code"]).collect();
    let login = Login::start(&mut machine.mde(&arguments));
    let shown = login.note("enter the code ");
    let code = shown.lines().next().unwrap().rsplit(' ').next().unwrap();
    answer(code);
    let run = login.end();
    Run { err: run.err.replace(code, "[code]"), ..run }
}

#[tokio::test]
async fn a_script_approves_the_code() {
    let (sandbox, machine) = (sandbox().start().await.unwrap(), Machine::new());
    let login = by_device_code(&machine, &sandbox, |code| {
        assert!(sandbox.approve_device_code(code, &sandbox.users()[0]));
    });
    assert_eq!(login.code, Some(0), "{}", login.err);
    assert!(login.out.contains(AVERY), "{}", login.out);
    machine.assert_text("device-code", &login.text());
    assert_eq!(machine.run(&ASK).code, Some(0));
}

#[tokio::test]
async fn the_person_declines() {
    let (sandbox, machine) = (sandbox().start().await.unwrap(), Machine::new());
    let login = by_device_code(&machine, &sandbox, |code| assert!(sandbox.decline_device_code(code)));
    machine.assert_text("device-code-declined", &login.text());
    assert!(!machine.path("config.toml").exists() && machine.tokens().is_empty());
}
