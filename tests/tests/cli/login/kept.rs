//! Where the refresh token is kept: in a file that only its user can read, or in the keychain of the session.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mde_sandbox::Sandbox;

use super::{ASK, AVERY, Login, Machine, files, login_to};
use crate::{Cases, Run};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

async fn signed_in(settings: &[&str]) -> (Sandbox, Machine, PathBuf) {
    let settings = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let (sandbox, machine) = (Sandbox::builder().quirks(settings).start().await.unwrap(), Machine::new());
    let login = machine.login(&sandbox, AVERY, &[]);
    assert_eq!(login.code, Some(0), "{}", login.err);
    let [token] = &machine.tokens()[..] else { panic!("one file: {:?}", machine.tokens()) };
    let token = token.clone();
    (sandbox, machine, token)
}

#[tokio::test]
async fn only_its_user_can_read_the_file() {
    let (_sandbox, machine, token) = signed_in(&[]).await;
    assert_eq!((mode(&token), mode(token.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&machine.path("config.toml")), 0o600);
}

/// Each is refused with what to do, and the token stays where it is.
#[tokio::test]
async fn a_file_that_others_could_have_read_or_written_is_refused() {
    let (_sandbox, machine, token) = signed_in(&[]).await;
    let folder = token.parent().unwrap().to_owned();
    let set = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let content = fs::read(&token).unwrap();
    let mut cases = Cases::default();
    let mut refused = |name: &str| {
        let run = machine.run(&ASK);
        assert_eq!(run.code, Some(3), "{name}: {}", run.err);
        cases.add(name, &run.err);
    };
    set(&token, 0o644);
    refused("a file that all can read");
    set(&token, 0o600);
    set(&folder, 0o755);
    refused("a folder that all can open");
    set(&folder, 0o700);
    fs::rename(&token, machine.path("elsewhere")).unwrap();
    symlink(machine.path("elsewhere"), &token).unwrap();
    refused("a link");
    fs::remove_file(&token).unwrap();
    fs::create_dir(&token).unwrap();
    refused("a folder in place of the file");
    fs::remove_dir(&token).unwrap();
    fs::write(&token, "{\"refreshToken\":7}").unwrap();
    set(&token, 0o600);
    refused("a file of somebody else");
    machine.assert_text("refused-files", &cases.0);
    fs::write(&token, content).unwrap();
    assert_eq!(machine.run(&ASK).code, Some(0));
}

/// A link at the path of the file is replaced, not followed.
#[tokio::test]
async fn a_link_is_not_written_through() {
    let (sandbox, machine, token) = signed_in(&[]).await;
    fs::write(machine.path("elsewhere"), "untouched").unwrap();
    fs::remove_file(&token).unwrap();
    symlink(machine.path("elsewhere"), &token).unwrap();
    assert_eq!(machine.login(&sandbox, AVERY, &[]).code, Some(0));
    assert_eq!(fs::read_to_string(machine.path("elsewhere")).unwrap(), "untouched");
    assert!(fs::symlink_metadata(&token).unwrap().is_file());
    assert_eq!(mode(&token), 0o600);
}

/// Where a refresh token is good for one use, it is replaced, and commands that run at the same time do not lose it.
#[tokio::test]
async fn two_commands_at_once_share_a_token_that_is_good_once() {
    let (_sandbox, machine, token) = signed_in(&["refresh-tokens=replaced"]).await;
    let first = fs::read(&token).unwrap();
    let start = || machine.mde(&ASK).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for running in [start(), start()] {
        let run = Run::from(running.wait_with_output().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    }
    assert_ne!(fs::read(&token).unwrap(), first, "replaced");
    assert_eq!(files(token.parent().unwrap()).len(), 1, "nothing else is left there");
    assert_eq!(machine.run(&ASK).code, Some(0));
}

/// A machine with a home, where nothing says that there is to be no keychain.
fn at_home(machine: &Machine, arguments: &[&str]) -> Command {
    let mut command = machine.mde(arguments);
    command.env_remove("MDE_CREDENTIALS").env_remove("DBUS_SESSION_BUS_ADDRESS").env_remove("XDG_RUNTIME_DIR");
    command.env("HOME", machine.path("home")).env("XDG_DATA_HOME", machine.path("data"));
    command
}

fn login_at_home(machine: &Machine, sandbox: &Sandbox, bus: Option<&str>) -> Login {
    let arguments = login_to(sandbox);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut command = at_home(machine, &arguments);
    if let Some(bus) = bus {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    let mut login = Login::start(&mut command);
    mde_tests::sign_in_on_page(&login.line(), Some(AVERY)).unwrap();
    login
}

/// Over SSH there is no session bus, and a stale address leads nowhere.
#[tokio::test]
async fn without_a_keychain_a_file_is_used_after_a_notice() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut cases = Cases::default();
    for (name, bus) in [("no session bus", None), ("a bus that is gone", Some("unix:path=/nonexistent/bus"))] {
        let machine = Machine::new();
        let run = login_at_home(&machine, &sandbox, bus).end();
        assert_eq!(run.code, Some(0), "{}", run.err);
        let notice = run.err.split("mde: ").find(|note| note.contains("keychain")).unwrap_or_default();
        cases.add(name, &machine.text(notice));
        let [token] = &files(&machine.path("data/mde/credentials"))[..] else { panic!("{}", run.err) };
        assert_eq!(mode(token), 0o600);
        // The file is found whether there is a keychain later or not.
        let run = Run::from(at_home(&machine, &ASK).output().unwrap());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
        let run = Run::from(at_home(&machine, &["logout"]).output().unwrap());
        assert_eq!(run.code, Some(0), "{}", run.err);
        let run = Run::from(at_home(&machine, &ASK).output().unwrap());
        assert_eq!(run.code, Some(3));
        cases.add("after mde logout", &machine.text(&run.err));
    }
    crate::settings().bind(|| insta::assert_snapshot!("no-keychain", cases.0));
}

/// A keychain that waits for its user, as one does that is locked: the wait is shown, and Ctrl-C ends it.
#[tokio::test]
async fn a_keychain_that_does_not_answer() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    let socket = machine.path("bus");
    let _bus = UnixListener::bind(&socket).unwrap();
    let login = login_at_home(&machine, &sandbox, Some(&format!("unix:path={}", socket.display())));
    login.note("waiting for the keychain, which may ask you to unlock it");
    let kill = format!("kill -INT {}", login.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let run = login.end();
    assert_eq!(run.code, Some(130), "{}", run.err);
    assert!(!machine.path("data").exists());
}

/// The whole way, with the Secret Service of GNOME: the token is there, and in no file.
#[tokio::test]
#[ignore = "needs a session bus and an unlocked keychain: dbus-run-session and gnome-keyring-daemon"]
async fn the_keychain_of_the_session() {
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    let at_home = |arguments: &[&str]| {
        let mut command = at_home(&machine, arguments);
        Run::from(command.env("DBUS_SESSION_BUS_ADDRESS", &bus).output().unwrap())
    };
    for _ in 0..2 {
        let login = login_at_home(&machine, &sandbox, Some(&bus)).end();
        assert_eq!(login.code, Some(0), "{}", login.err);
        assert!(login.out.contains("the keychain of this session (Secret Service)"), "{}", login.text());
        assert!(!machine.path("data/mde/credentials").exists());
        let asked = at_home(&ASK);
        assert_eq!((asked.code, asked.err.as_str()), (Some(0), ""));
    }
    let status = at_home(&["login", "--status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.contains("(Secret Service), since 2"), "{}", status.out);
    let logout = at_home(&["logout"]);
    assert!(logout.out.contains("deleted from the keychain of this session"), "{}", logout.text());
    assert_eq!(at_home(&ASK).code, Some(3));
    assert_eq!(at_home(&["logout"]).out, "nobody was signed in\n");
}
