//! Fetches a secret from its source. No error shows any part of it.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::console::Environment;
use crate::phrase::plural;
use mde_input::escape::{escape, escape_path};

/// How long a program may run: it may ask its user for a password.
const LIMIT: Duration = Duration::from_secs(30);

/// No secret is larger than this many bytes.
const LARGEST: u64 = 64 * 1024;

const TOO_MUCH: &str = "more than a secret can be";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretRef {
    /// In an environment variable.
    Environment(String),
    /// In a file, which holds nothing else.
    File(PathBuf),
    /// On the standard output of a program: its name, and its arguments.
    Command(Vec<String>),
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "in the variable {}", escape(name)),
            Self::File(path) => write!(f, "in the file {}", escape_path(path)),
            Self::Command(words) => write!(f, "from {}", program_text(words)),
        }
    }
}

/// A command by its program. Its arguments are not shown: a secret may be among them.
fn program_text(words: &[String]) -> String {
    let program = words.first().map(String::as_str).unwrap_or_default();
    let program = format!("the command \"{}\"", escape(program));
    match words.len().saturating_sub(1) {
        0 => program,
        count => format!("{program} with {}", plural(count, "argument", "arguments")),
    }
}

impl SecretRef {
    /// The secret, or why it cannot be fetched, as a sentence.
    pub(crate) fn fetch(&self, environment: &Environment) -> Result<String, String> {
        match self {
            Self::Environment(name) => {
                environment.get(name).ok_or_else(|| format!("the variable {} is not set", escape(name)))
            }
            Self::File(path) => of_file(path),
            Self::Command(words) => of_command(words, LIMIT),
        }
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let file = |problem: &str| format!("the file {} {problem}", escape_path(path));
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| file(&format!("cannot be read: {error}")))?;
    one_line(&bytes).map_err(|what| file(&format!("holds {what}")))
}

/// Runs a program without a shell, with nothing on its standard input, and its standard error shown to the user.
fn of_command(words: &[String], limit: Duration) -> Result<String, String> {
    let command = |problem: &str| format!("{} {problem}", program_text(words));
    let Some((program, arguments)) = words.split_first() else { return Err(command("is empty")) };
    let mut run = Command::new(program);
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let started = run.spawn().map_err(|error| command(&format!("cannot be run: {error}")))?;
    let (bytes, status) = end(started, limit).map_err(|error| command(&format!("could not be waited for: {error}")))?;
    match status {
        // The program may fail because we stopped reading its output.
        _ if is_too_long(&bytes) => Err(command(&format!("printed {TOO_MUCH}"))),
        None => Err(command(&format!("was stopped, because it took longer than {} s", limit.as_secs()))),
        Some(status) if !status.success() => Err(command(&format!("did not succeed ({status})"))),
        Some(_) => one_line(&bytes).map_err(|what| command(&format!("printed {what}"))),
    }
}

/// The output of a program and its exit status; no status if it was stopped because it printed too much or ran too long.
fn end(mut running: Child, limit: Duration) -> io::Result<(Vec<u8>, Option<ExitStatus>)> {
    const POLL_INTERVAL: Duration = Duration::from_millis(5);
    /// A background process may keep the output open. After this long, none of the program's own output is missing.
    const DRAIN_TIMEOUT: Duration = Duration::from_millis(250);
    let deadline = Instant::now() + limit;
    let output = running.stdout.take().ok_or_else(|| io::Error::other("its output is not there"))?;
    let (printed, mut bytes) = (read_in_thread(output), Vec::new());
    loop {
        let status = running.try_wait()?;
        match printed.recv_timeout(if status.is_some() { DRAIN_TIMEOUT } else { POLL_INTERVAL }) {
            Ok(part) => bytes.extend(part?),
            Err(_) if status.is_some() => return Ok((bytes, status)),
            Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL_INTERVAL),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if is_too_long(&bytes) || Instant::now() >= deadline {
            running.kill()?;
            running.wait()?;
            return Ok((bytes, None));
        }
    }
}

/// The output of a program, in chunks. The thread ends with the output, whether or not the caller still waits.
fn read_in_thread(mut output: ChildStdout) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut part = [0; 4096];
        loop {
            let read = match output.read(&mut part) {
                Ok(0) => return,
                Ok(length) => Ok(part[..length].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            if read.is_err() | sender.send(read).is_err() {
                return;
            }
        }
    });
    printed
}

fn is_too_long(bytes: &[u8]) -> bool {
    bytes.len() as u64 > LARGEST
}

/// The one line of a text, without its line end, or what is wrong with the text.
fn one_line(bytes: &[u8]) -> Result<String, &'static str> {
    if is_too_long(bytes) {
        return Err(TOO_MUCH);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "something that is not UTF-8")?.trim();
    match text {
        "" => Err("nothing"),
        text if text.contains(char::is_control) => Err("more than one line: it must be the secret alone"),
        text => Ok(text.to_owned()),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_takes_too_long_is_stopped() {
        let words = ["sleep", "3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::ZERO).err().unwrap_or_default();
        assert_eq!(problem, "the command \"sleep\" with 1 argument was stopped, because it took longer than 0 s");
        // One that closes its output is still running.
        let words = ["sh", "-c", "exec >&-; exec sleep 3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::from_millis(50)).err().unwrap_or_default();
        assert!(problem.contains("was stopped"), "{problem}");
    }

    fn of_shell(script: &str) -> Result<String, String> {
        of_command(&["sh", "-c", script].map(str::to_owned), LIMIT)
    }

    #[test]
    fn too_much_output_is_reported_however_the_program_ends() {
        for script in ["yes my-secret", "head -c 70000 /dev/zero; exit 3", "trap '' PIPE; yes 2>&-; exec sleep 3600"] {
            let problem = of_shell(script).err().unwrap_or_default();
            assert_eq!(problem, "the command \"sh\" with 2 arguments printed more than a secret can be", "{script}");
        }
    }

    #[test]
    fn what_a_program_leaves_running_is_not_waited_for() {
        let begun = Instant::now();
        assert_eq!(of_shell("echo my-secret; sleep 20 2>&- & exit 0"), Ok("my-secret".to_owned()));
        assert!(begun.elapsed() < LIMIT / 2);
    }
}
