//! The command, as its users run it: the binary, its output, its exit codes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod advice;
mod append;
mod cached_only;
mod caching;
mod completions;
mod console;
mod contradictions;
mod crowd;
mod doctor;
mod doctor_signing_in;
mod escapes;
mod extract;
mod failures;
mod files;
mod formats;
mod gate;
mod guesses;
mod init;
mod input;
mod interrupting;
// Signals, modes of files and D-Bus.
#[cfg(target_os = "linux")]
mod login;
mod long;
mod man;
mod output;
mod partial;
mod pauses;
mod sandbox;
mod schema;
mod settings;
#[cfg(target_os = "linux")]
mod signals;
mod soak;
mod special_files;
mod store;
mod texts;
mod together;
mod token_end;
mod waits;

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use mde_cli::{Console, Environment};
use mde_sandbox::{Clock, ConnectionEvent, Sandbox, SandboxBuilder};
use mde_tests::FastClock;

/// Variables of the environment, each with its value.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// What a run printed, and its exit code.
struct Run {
    out: String,
    err: String,
    code: Option<i32>,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
    }
}

impl Run {
    /// Exit code and output, for a snapshot.
    fn text(&self) -> String {
        format!("exit code: {:?}\n--- standard output\n{}--- standard error\n{}", self.code, self.out, self.err)
    }
}

/// Cases that a reviewer reads together, each under a heading, for one snapshot.
#[derive(Default)]
struct Cases(String);

impl Cases {
    fn add(&mut self, name: &str, text: &str) {
        self.0 += &format!("# {name}\n{}\n\n", text.trim_end());
    }
}

/// The command in an environment without any setting of ours, and with its own cache.
fn mde(arguments: &[&str]) -> Command {
    #[cfg(target_os = "linux")]
    signals::restore_defaults();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mde-under-test"));
    for name in ["MDE_TOKEN", "MDE_ENDPOINT", "MDE_PROFILE", "COLUMNS", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"] {
        command.env_remove(name);
    }
    for name in ["MDE_CREDENTIAL", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD"] {
        command.env_remove(name);
    }
    // Relative paths lead into a temporary folder, never into the source tree.
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    // Never the keychain of whoever runs the tests.
    command.env("MDE_CREDENTIALS", fresh_folder());
    command.args(arguments).env("MDE_CONFIG", empty_file()).env("MDE_STORE", fresh_folder()).env("TZ", "UTC");
    command
}

/// An empty configuration.
fn empty_file() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty.toml");
    std::fs::write(&path, "").unwrap();
    path
}

/// A folder of its own for each caller. It does not exist yet.
fn fresh_folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{}-{count}", std::process::id()));
    // One that another run left behind, whose process had the same number.
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn run(arguments: &[&str]) -> Run {
    mde(arguments).output().unwrap().into()
}

/// Runs the command against a sandbox, whose token must not show.
fn run_against(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    run_with_token(sandbox, sandbox.token(), arguments)
}

fn run_with_token(sandbox: &Sandbox, token: &str, arguments: &[&str]) -> Run {
    let mut command = mde(arguments);
    let run = Run::from(command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", token).output().unwrap());
    assert!(!run.out.contains(token) && !run.err.contains(token), "the token shows");
    run
}

/// The command in this process, with a clock that runs twenty times as fast, so that retries are not waited for.
async fn run_fast(arguments: &[&str], endpoint: &str) -> Run {
    let (out, err) = (Written::default(), Written::default());
    let mut console = Console::plain(out.clone(), err.clone());
    let store = fresh_folder().display().to_string();
    let environment = [("MDE_TOKEN", "x"), ("MDE_ENDPOINT", endpoint), ("MDE_STORE", &store)];
    let environment = Environment::from_iter(environment).with_client(|client| client.clock(FastClock::default()));
    let arguments = std::iter::once("mde").chain(arguments.iter().copied()).map(Into::into);
    let exit = mde_cli::run(arguments, &environment, &mut console).await;
    Run { out: out.text(), err: err.text(), code: Some(exit as i32) }
}

/// A writer whose text is read later.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The command in a process that goes on, and ends with the test.
struct Running(Child);

impl Running {
    fn of(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// The first lines of its standard output.
    fn lines(&mut self, count: usize) -> Vec<String> {
        let out = BufReader::new(self.0.stdout.as_mut().unwrap());
        out.lines().take(count).map(|line| line.unwrap()).collect()
    }

    /// The first line of its standard output, which is JSON.
    fn json(&mut self) -> serde_json::Value {
        serde_json::from_str(&self.lines(1)[0]).unwrap()
    }

    /// Its standard output up to the first line that begins so.
    fn lines_to(&mut self, start: &str) -> Vec<String> {
        let out = BufReader::new(self.0.stdout.as_mut().unwrap());
        let mut lines = Vec::new();
        for line in out.lines() {
            lines.push(line.unwrap());
            if lines.last().is_some_and(|line| line.starts_with(start)) {
                return lines;
            }
        }
        panic!("no line begins with {start:?}: {lines:?}")
    }

    /// The first lines of its standard error, read byte by byte, because the rest is read elsewhere.
    #[cfg(unix)]
    fn lines_of_errors(&mut self, count: usize) -> Vec<String> {
        use std::io::Read;
        let err = self.0.stderr.as_mut().unwrap();
        let mut text = String::new();
        while text.lines().count() < count || !text.ends_with('\n') {
            let mut byte = [0];
            err.read_exact(&mut byte).unwrap();
            text.push(char::from(byte[0]));
        }
        text.lines().map(str::to_owned).collect()
    }

    /// The first line of its standard error.
    fn first_note(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        line
    }

    /// Terminates it as a script or a container does, and waits for its end.
    #[cfg(unix)]
    fn terminate(&mut self) -> Option<i32> {
        let kill = format!("kill {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        if matches!(self.0.try_wait(), Ok(None)) {
            // By a signal that lets it delete its files, where there is one.
            #[cfg(unix)]
            let _ = self.terminate();
            #[cfg(not(unix))]
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

fn now() -> DateTime<Utc> {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// A sandbox at a fixed time with few events: three devices talked to 203.0.113.7, one of them within the last day.
fn sandbox() -> SandboxBuilder {
    let event = |device: &str, ip: &str, time: &str| ConnectionEvent {
        device: device.to_owned(),
        ip: ip.parse().unwrap(),
        time: time.parse().unwrap(),
    };
    let events = [
        event("laptop-1", "203.0.113.7", "2026-01-31T11:59:59.1234567Z"),
        event("laptop-1", "203.0.113.7", "2026-01-31T11:00:00Z"),
        event("laptop-2", "203.0.113.7", "2026-01-30T06:00:00Z"),
        event("server-9", "203.0.113.7", "2026-01-10T06:00:00.5Z"),
        event("server-9", "2001:db8::8:42", "2026-01-31T01:02:03Z"),
    ];
    Sandbox::builder().clock(Clock::fixed(now())).events(events.into_iter().collect())
}

/// Ports differ from run to run, and so do the times of this machine.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT");
    settings.add_filter(r#"("answeredAt": ?)"[^"]+""#, "$1\"[answered at]\"");
    settings.add_filter(r",[^,]+Z,(true|false),", ",[answered at],$1,");
    settings.add_filter(r"written \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "written [date and time]");
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.add_filter(r"\S+empty\.toml", "FOLDER/empty.toml");
    settings
}
