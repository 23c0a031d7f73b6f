//! What is not a regular file, in each place that takes a file: nothing is waited for, nothing endless is read into memory,
//! and no device and no FIFO is replaced.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::gate::Gate;
use crate::{Cases, Run, Running, fresh_folder, mde, settings};

/// Far longer than anything takes, so that a test fails rather than hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder with one of each, and a configuration that names a file.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        assert!(Command::new("mkfifo").arg(folder.path("fifo")).status().unwrap().success());
        drop(UnixListener::bind(folder.path("socket")).unwrap());
        symlink("nothing", folder.path("link")).unwrap();
        fs::create_dir(folder.path("folder")).unwrap();
        symlink("/dev/zero", folder.path("zero")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn mde(&self, place: &str, file: &str, gate: &Gate) -> Command {
        let path = self.path(file);
        let path = path.to_str().unwrap();
        let of_app = "endpoint = \"eu\"\ntenant = \"contoso.example\"\napp = \"an-app\"\n";
        let (arguments, config) = match place {
            "configuration" => (vec!["config", "show"], String::new()),
            "secret" => (vec!["ip", "stats", "8.8.8.8"], format!("{of_app}client-secret = {{ file = {path:?} }}\n")),
            "federated token" => {
                (vec!["ip", "stats", "8.8.8.8"], format!("{of_app}credential = \"workload-identity\"\n"))
            }
            "input" => (vec!["ip", "stats", "-i", path], String::new()),
            "output" => (vec!["ip", "stats", "8.8.8.8", "-f", "csv", "-o", path], String::new()),
            "events" => (vec!["sandbox", "--events", path], String::new()),
            "certificate of an app" => (vec!["sandbox", "--app-certificate", path], String::new()),
            "certificate of the sandbox" => (vec!["sandbox", "--tls", "--tls-ca", path], String::new()),
            other => panic!("{other}"),
        };
        let mut command = mde(&arguments);
        fs::write(self.path("config.toml"), config).unwrap();
        match place {
            "configuration" => command.env("MDE_CONFIG", path),
            "federated token" => {
                command.env("MDE_CONFIG", self.path("config.toml")).env("AZURE_FEDERATED_TOKEN_FILE", path)
            }
            "secret" => command.env("MDE_CONFIG", self.path("config.toml")),
            _ => gate.ask(&mut command),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What it printed, in which a sandbox that runs is stopped.
    fn run(&self, place: &str, file: &str, gate: &Gate) -> Run {
        let mut running = Running::of(&mut self.mde(place, file, gate));
        let begun = Instant::now();
        while running.0.try_wait().unwrap().is_none() {
            if begun.elapsed() > LIMIT {
                running.0.kill().unwrap();
                panic!("{place}: {file}: it hangs");
            }
            thread::sleep(Duration::from_millis(2));
        }
        let (mut out, mut err) = (String::new(), String::new());
        std::io::Read::read_to_string(&mut running.0.stdout.take().unwrap(), &mut out).unwrap();
        std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut err).unwrap();
        let text = |text: String| text.replace(self.0.path().to_str().unwrap(), "FOLDER");
        Run { out: text(out), err: text(err), code: running.0.wait().unwrap().code() }
    }
}

/// Streams are meant as input, and devices as output; the rest is refused.
#[test]
fn each_place_and_each_kind() {
    let gate = Gate::open();
    let mut table = Cases::default();
    for place in [
        "configuration",
        "secret",
        "federated token",
        "input",
        "output",
        "events",
        "certificate of an app",
        "certificate of the sandbox",
    ] {
        let mut rows = String::new();
        for file in ["fifo", "zero", "folder", "socket", "link"] {
            // A stream, which a user may wait for; and a file that is created.
            if matches!((place, file), ("input" | "events", "fifo") | ("certificate of the sandbox", "link")) {
                continue;
            }
            let folder = Folder::new();
            let kind = |name| fs::symlink_metadata(folder.path(name)).unwrap().file_type();
            let run = folder.run(place, file, &gate);
            assert!(kind("fifo").is_fifo() && kind("socket").is_socket() && kind("zero").is_symlink(), "{place}");
            let first = run.err.lines().next().unwrap_or_default();
            rows += &format!("{file}: {} {first}\n", run.code.unwrap());
        }
        table.add(place, &rows);
    }
    settings().bind(|| insta::assert_snapshot!(table.0));
}

/// One that waits for whoever writes ends at Ctrl-C, before and after somebody has opened it.
#[tokio::test]
async fn a_stream_that_nothing_comes_from_ends_at_ctrl_c() {
    let gate = Gate::open();
    for place in ["input", "events"] {
        let folder = Folder::new();
        let mut running = Running::of(&mut folder.mde(place, "fifo", &gate));
        let writer = reader_has_come(&folder.path("fifo"));
        interrupt(&running);
        // A shell shows 130 for the signal itself.
        use std::os::unix::process::ExitStatusExt;
        let status = running.0.wait().unwrap();
        assert!(status.signal() == Some(2) || status.code() == Some(130), "{place}: {status}");
        drop(writer);
    }
}

/// What a shell makes of `<(…)` is a pipe, and read as one.
#[test]
fn an_input_from_a_pipe() {
    let gate = Gate::open();
    let mut command = mde(&["ip", "stats", "-f", "csv", "-i", "/dev/stdin"]);
    gate.ask(&mut command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"8.8.8.8\n").unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.out.lines().count(), run.err.as_str()), (Some(0), 2, ""));
}

/// The name for standard output is what it leads to: a file that a shell has opened is written to, not replaced.
#[test]
fn standard_output_by_its_name() {
    let gate = Gate::open();
    let folder = fresh_folder();
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("answers.csv");
    fs::write(&path, "before\n").unwrap();
    let file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let mut command = mde(&["ip", "stats", "8.8.8.8", "-f", "csv", "-o", "/dev/stdout"]);
    let run = Run::from(gate.ask(&mut command).stdout(file).output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let lines = fs::read_to_string(&path).unwrap();
    assert!(lines.starts_with("before\ninput,") && lines.lines().count() == 3, "{lines}");
}

/// What a shell makes of `>(…)` is a pipe, too.
#[test]
fn an_output_that_is_a_pipe() {
    let gate = Gate::open();
    let mut command = mde(&["ip", "stats", "8.8.8.8", "-q", "-f", "csv", "-o", "/dev/stderr"]);
    let run = Run::from(gate.ask(&mut command).output().unwrap());
    assert_eq!((run.code, run.err.lines().count(), run.out.as_str()), (Some(0), 2, ""), "{}", run.err);
}

/// As scripts write it.
#[test]
fn no_configuration_by_its_name() {
    let run = Run::from(mde(&["config", "show"]).env("MDE_CONFIG", "/dev/null").output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.starts_with("configuration  /dev/null\n"), "{}", run.out);
}

/// The certificates are read by the TLS library, which waits for who writes; a signal ends that, too.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn certificates_that_nothing_comes_from_end_at_ctrl_c() {
    let gate = Gate::open();
    let folder = Folder::new();
    let mut command = mde(&["ip", "stats", "8.8.8.8"]);
    gate.ask(&mut command).env("SSL_CERT_FILE", folder.path("fifo")).env_remove("SSL_CERT_DIR");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::of(&mut command);
    let writer = reader_has_come(&folder.path("fifo"));
    interrupt(&running);
    assert_eq!(running.0.wait().unwrap().code(), Some(130));
    drop(writer);
}

/// Waits until a FIFO has been opened to read from it: then it can be opened to write into it.
fn reader_has_come(fifo: &Path) -> tokio::net::unix::pipe::Sender {
    let begun = Instant::now();
    loop {
        match tokio::net::unix::pipe::OpenOptions::new().open_sender(fifo) {
            Ok(writer) => return writer,
            Err(_) => thread::sleep(Duration::from_millis(2)),
        }
        assert!(begun.elapsed() < LIMIT, "it is not read");
    }
}

fn interrupt(running: &Running) {
    let kill = format!("kill -INT {}", running.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Who reads from a FIFO learns that nothing comes, where the list is not complete.
#[test]
fn a_reader_is_not_left_waiting() {
    let folder = Folder::new();
    let fifo = folder.path("fifo");
    let reader = {
        let fifo = fifo.clone();
        thread::spawn(move || fs::read_to_string(fifo).unwrap())
    };
    // Without a credential.
    let run = Run::from(mde(&["ip", "stats", "8.8.8.8", "-o", fifo.to_str().unwrap()]).output().unwrap());
    assert_eq!((run.code, reader.join().unwrap().as_str()), (Some(3), ""), "{}", run.err);
}

fn is_character_device(path: &Path) -> bool {
    fs::metadata(path).unwrap().file_type().is_char_device()
}

#[test]
fn a_device_is_not_replaced() {
    let gate = Gate::open();
    let mut command = mde(&["ip", "stats", "8.8.8.8", "-f", "csv", "-o", "/dev/null"]);
    let run = Run::from(gate.ask(&mut command).output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), "mde: 1 record is in /dev/null\n"));
    assert!(is_character_device(Path::new("/dev/null")));
}
