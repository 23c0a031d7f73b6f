//! `mde login` and `mde logout`, as an analyst uses them, against a sandbox.

mod device_code;
mod kept;
mod profile;
mod refusals;

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mde_sandbox::Sandbox;
use mde_tests::sign_in_on_page;

use crate::{Run, mde, settings};

/// May ask.
const AVERY: &str = "avery@sandbox.example";
/// Lacks 'View Data'.
const ROBIN: &str = "robin@sandbox.example";
/// Has not consented.
const KIM: &str = "kim@sandbox.example";

const ASK: [&str; 6] = ["ip", "stats", "10.209.67.177", "--format", "csv", "--no-store"];

/// A machine on which nothing is configured.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command without a browser, and without a keychain: its refresh tokens are files.
    fn mde(&self, arguments: &[&str]) -> Command {
        let mut command = mde(arguments);
        for name in ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "MDE_CREDENTIAL"] {
            command.env_remove(name);
        }
        command.env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
        command.env("MDE_CONFIG", self.path("config.toml")).env("MDE_CREDENTIALS", self.path("credentials"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.mde(arguments).output().unwrap().into()
    }

    /// Signs in to a sandbox as one of its users.
    fn login(&self, sandbox: &Sandbox, user: &str, arguments: &[&str]) -> Run {
        let arguments =
            [&login_to(sandbox)[..], &arguments.iter().map(ToString::to_string).collect::<Vec<_>>()].concat();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut login = Login::start(&mut self.mde(&arguments));
        sign_in_on_page(&login.line(), Some(user)).unwrap();
        login.end()
    }

    fn config(&self) -> String {
        std::fs::read_to_string(self.path("config.toml")).unwrap()
    }

    /// The files with refresh tokens.
    fn tokens(&self) -> Vec<PathBuf> {
        files(&self.path("credentials"))
    }

    /// A text without what differs from run to run.
    fn text(&self, text: &str) -> String {
        let text = text.replace(&self.0.path().display().to_string(), "MACHINE");
        let file = text.split(['/', ' ', '\n', ',']).find(|word| word.len() == 37 && word.ends_with(".json"));
        match file.map(str::to_owned) {
            Some(file) => text.replace(&file, "TOKEN.json"),
            None => text,
        }
    }

    fn assert_text(&self, name: &str, text: &str) {
        let mut filters = settings();
        filters.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]");
        filters.add_filter(r"(localhost%3A)\d{4,5}", "${1}PORT");
        filters.add_filter(r"(state|code_challenge)=[\w-]+", "$1=[random]");
        filters.add_filter(r"http://localhost:\d{4,5}", "http://localhost:PORT");
        filters.bind(|| insta::assert_snapshot!(name, self.text(text)));
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The arguments to sign in to a sandbox.
fn login_to(sandbox: &Sandbox) -> Vec<String> {
    let app = sandbox.public_clients()[0].client_id();
    let arguments = ["login", "--endpoint", sandbox.url(), "--tenant", sandbox.tenant(), "--app", app];
    arguments.map(str::to_owned).to_vec()
}

/// A sign-in that waits for its person.
struct Login {
    child: Child,
    out: BufReader<ChildStdout>,
    read: String,
    err: Arc<Mutex<String>>,
    errors: Option<JoinHandle<()>>,
}

impl Login {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (stream, err) = (BufReader::new(child.stderr.take().unwrap()), Arc::<Mutex<String>>::default());
        let text = Arc::clone(&err);
        let errors = thread::spawn(move || {
            stream.lines().for_each(|line| *text.lock().unwrap() += &(line.unwrap() + "\n"));
        });
        Self { child, out, read: String::new(), err, errors: Some(errors) }
    }

    /// The next line of its standard output, such as the page to open.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        self.read += &line;
        line.trim_end().to_owned()
    }

    /// Its standard error so far, once a line with this text is there.
    fn note(&self, text: &str) -> String {
        eventually(|| {
            let err = self.err.lock().unwrap();
            err.lines().any(|line| line.contains(text)).then(|| err.clone())
        })
    }

    /// Waits until it ends.
    fn end(mut self) -> Run {
        self.out.read_to_string(&mut self.read).unwrap();
        let code = self.child.wait().unwrap().code();
        self.errors.take().unwrap().join().unwrap();
        let err = std::mem::take(&mut *self.err.lock().unwrap());
        Run { out: std::mem::take(&mut self.read), err, code }
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What there is sooner or later. Only a failing test waits long.
fn eventually<T>(find: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match find() {
            Some(found) => return found,
            None => assert!(Instant::now() < deadline, "waited for too long"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// How many requests for a token were made.
fn token_requests(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path_and_query.ends_with("/token")).count()
}

#[tokio::test]
async fn a_person_signs_in_and_the_next_command_works() {
    let (sandbox, machine) = (Sandbox::start().await.unwrap(), Machine::new());
    let login = machine.login(&sandbox, AVERY, &[]);
    assert_eq!(login.code, Some(0), "{}", login.err);
    let mut text = format!("# mde login\n{}\n# config.toml\n{}\n", login.text(), machine.config());
    assert_eq!(token_requests(&sandbox), 1);

    // Each command is a process of its own, which has the refresh token and nothing else.
    let stats = machine.run(&ASK);
    assert_eq!((stats.code, stats.err.as_str()), (Some(0), ""));
    assert!(stats.out.contains("10.209.67.177"), "{}", stats.out);
    assert_eq!(token_requests(&sandbox), 2);

    text += &format!("# mde login --status\n{}\n", machine.run(&["login", "--status"]).text());
    text += &format!("# mde logout\n{}\n", machine.run(&["logout"]).text());
    assert!(machine.tokens().is_empty(), "{:?}", machine.tokens());
    text += &format!("# mde logout, again\n{}\n", machine.run(&["logout"]).text());
    text += &format!("# mde ip stats\n{}\n", machine.run(&ASK).text());
    text += &format!("# mde login --status\n{}\n", machine.run(&["login", "--status"]).text());
    machine.assert_text("login", &text);
}
