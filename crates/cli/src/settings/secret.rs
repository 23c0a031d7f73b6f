//! Fetches a secret from where it is. No error shows anything of it.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::SecretSource;
use super::source::shown;
use crate::Environment;
use crate::printable::printable;

/// How long a program may take, which may ask its user for a password.
const LIMIT: Duration = Duration::from_secs(30);

/// Larger than any secret: whatever is larger is something else.
const LARGEST: u64 = 64 * 1024;

impl SecretSource {
    /// The secret, or a sentence that says why there is none.
    pub(super) fn fetch(&self, environment: &Environment) -> Result<String, String> {
        match self {
            Self::Environment(name) => {
                environment.get(name).ok_or_else(|| format!("the variable {} is not set", printable(name)))
            }
            Self::File(path) => of_file(path),
            Self::Command(words) => of_command(words, LIMIT),
        }
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let file = |problem: &str| format!("the file {} {problem}", shown(path));
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| file(&format!("cannot be read: {error}")))?;
    one_line(&bytes).map_err(|what| file(&format!("holds {what}")))
}

/// Runs a program without a shell, with nothing on its standard input, and its standard error shown to the user.
fn of_command(words: &[String], limit: Duration) -> Result<String, String> {
    let command = |problem: &str| format!("the command \"{}\" {problem}", printable(&words.join(" ")));
    let Some((program, arguments)) = words.split_first() else { return Err(command("is empty")) };
    let mut run = Command::new(program);
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let started = run.spawn().map_err(|error| command(&format!("cannot be run: {error}")))?;
    match end(started, limit).map_err(|error| command(&format!("was lost sight of: {error}")))? {
        None => Err(command(&format!("was stopped, because it took longer than {} s", limit.as_secs()))),
        Some((status, _)) if !status.success() => Err(command(&format!("did not succeed ({status})"))),
        Some((_, bytes)) => one_line(&bytes).map_err(|what| command(&format!("printed {what}"))),
    }
}

/// How a program ends and what it printed; nothing where it does not end in time, and is stopped.
fn end(mut running: Child, limit: Duration) -> io::Result<Option<(ExitStatus, Vec<u8>)>> {
    const GLANCE: Duration = Duration::from_millis(5);
    let deadline = Instant::now() + limit;
    let printed = running.stdout.take().map(read_aside);
    let printed = printed.and_then(|printed| printed.recv_timeout(limit).ok());
    if let Some(printed) = printed {
        loop {
            if let Some(status) = running.try_wait()? {
                return Ok(Some((status, printed?)));
            }
            if Instant::now() >= deadline {
                break;
            }
            thread::sleep(GLANCE);
        }
    }
    running.kill()?;
    running.wait()?;
    Ok(None)
}

/// What a program prints, once it prints no more. Who does not wait for it leaves the thread to itself.
fn read_aside(output: ChildStdout) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (tell, printed) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(LARGEST + 1).read_to_end(&mut bytes);
        // Nobody may be waiting any more.
        let _ = tell.send(read.map(|_| bytes));
    });
    printed
}

/// The one line of a text, without its end, or what there is in its place.
fn one_line(bytes: &[u8]) -> Result<String, &'static str> {
    if bytes.len() as u64 > LARGEST {
        return Err("more than a secret can be");
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "something else than text in UTF-8")?.trim();
    match text {
        "" => Err("nothing"),
        text if text.contains(char::is_control) => Err("more than one line: let it be the secret alone"),
        text => Ok(text.to_owned()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_takes_too_long_is_stopped() {
        let words = ["sleep", "3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::ZERO).err().unwrap_or_default();
        assert_eq!(problem, "the command \"sleep 3600\" was stopped, because it took longer than 0 s");
        // One that closes its output is still running.
        let words = ["sh", "-c", "exec >&-; exec sleep 3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::from_millis(50)).err().unwrap_or_default();
        assert!(problem.contains("was stopped"), "{problem}");
    }
}
