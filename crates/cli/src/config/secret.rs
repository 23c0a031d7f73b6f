//! Fetches a secret from its source. No error shows any part of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::console::Environment;
use crate::open::read_regular;
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
    /// In a regular file, which holds nothing else.
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
    pub(crate) async fn fetch(&self, environment: &Environment) -> Result<String, String> {
        match self {
            Self::Environment(name) => {
                environment.get(name).ok_or_else(|| format!("the variable {} is not set", escape(name)))
            }
            Self::File(path) => of_file(path),
            Self::Command(words) => of_command(words, LIMIT).await,
        }
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let file = |problem: &str| format!("the file {} {problem}", escape_path(path));
    let bytes = read_regular(path, LARGEST).map_err(|error| file(&format!("cannot be read: {error}")))?;
    one_line(&bytes).map_err(|what| file(&format!("holds {what}")))
}

/// Runs a program without a shell, with nothing on its standard input, and its standard error shown to the user. Where this
/// is dropped, the program is stopped.
async fn of_command(words: &[String], limit: Duration) -> Result<String, String> {
    let command = |problem: &str| format!("{} {problem}", program_text(words));
    let Some((program, arguments)) = words.split_first() else { return Err(command("is empty")) };
    let mut run = Command::new(program);
    run.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    let started = run.spawn().map_err(|error| command(&format!("cannot be run: {error}")))?;
    let (bytes, status) =
        end(started, limit).await.map_err(|error| command(&format!("could not be waited for: {error}")))?;
    match status {
        // The program may fail because we stopped reading its output.
        _ if is_too_long(&bytes) => Err(command(&format!("printed {TOO_MUCH}"))),
        None => Err(command(&format!("was stopped, because it took longer than {} s", limit.as_secs()))),
        Some(status) if !status.success() => Err(command(&format!("did not succeed ({status})"))),
        Some(_) => one_line(&bytes).map_err(|what| command(&format!("printed {what}"))),
    }
}

/// The output of a program and its exit status; no status if it was stopped because it printed too much or ran too long.
async fn end(mut running: Child, limit: Duration) -> io::Result<(Vec<u8>, Option<ExitStatus>)> {
    let mut output = running.stdout.take().ok_or_else(|| io::Error::other("its output is not there"))?;
    let mut bytes = Vec::new();
    let ended = timeout(limit, wait(&mut running, &mut output, &mut bytes)).await;
    let status = ended.unwrap_or(Ok(None))?;
    if status.is_none() {
        running.kill().await?;
    }
    Ok((bytes, status))
}

/// Waits for the end of a program, and reads what it prints; no status if that is too much.
async fn wait(running: &mut Child, output: &mut ChildStdout, bytes: &mut Vec<u8>) -> io::Result<Option<ExitStatus>> {
    /// A background process may keep the output open. After this long, none of the program's own output is missing.
    const DRAIN_TIMEOUT: Duration = Duration::from_millis(250);
    let status = tokio::select! {
        biased;
        read = read_all(output, bytes) => {
            read?;
            if is_too_long(bytes) { None } else { Some(running.wait().await?) }
        }
        status = running.wait() => {
            let status = status?;
            if let Ok(read) = timeout(DRAIN_TIMEOUT, read_all(output, bytes)).await {
                read?;
            }
            Some(status)
        }
    };
    Ok(status)
}

/// Reads up to the end, or until it is too much. What it has read when it is dropped is kept.
async fn read_all(output: &mut ChildStdout, bytes: &mut Vec<u8>) -> io::Result<()> {
    while !is_too_long(bytes) && output.read_buf(bytes).await? > 0 {}
    Ok(())
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

    #[tokio::test]
    async fn a_command_that_takes_too_long_is_stopped() {
        let words = ["sleep", "3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::ZERO).await.err().unwrap_or_default();
        assert_eq!(problem, "the command \"sleep\" with 1 argument was stopped, because it took longer than 0 s");
        // One that closes its output is still running.
        let words = ["sh", "-c", "exec >&-; exec sleep 3600"].map(str::to_owned);
        let problem = of_command(&words, Duration::from_millis(50)).await.err().unwrap_or_default();
        assert!(problem.contains("was stopped"), "{problem}");
    }

    async fn of_shell(script: &str) -> Result<String, String> {
        of_command(&["sh", "-c", script].map(str::to_owned), LIMIT).await
    }

    #[tokio::test]
    async fn too_much_output_is_reported_however_the_program_ends() {
        for script in ["yes my-secret", "head -c 70000 /dev/zero; exit 3", "trap '' PIPE; yes 2>&-; exec sleep 3600"] {
            let problem = of_shell(script).await.err().unwrap_or_default();
            assert_eq!(problem, "the command \"sh\" with 2 arguments printed more than a secret can be", "{script}");
        }
    }

    #[tokio::test]
    async fn what_a_program_leaves_running_is_not_waited_for() {
        let begun = std::time::Instant::now();
        assert_eq!(of_shell("echo my-secret; sleep 20 2>&- & exit 0").await, Ok("my-secret".to_owned()));
        assert!(begun.elapsed() < LIMIT / 2);
    }
}
