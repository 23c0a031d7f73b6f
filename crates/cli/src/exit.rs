//! Exit codes, and the errors that end a command early.

use std::error::Error as _;
use std::io;
use std::process::ExitCode;

use mde_client::{Error, ErrorKind};

use crate::console::Console;

/// The exit code of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every address was answered.
    Success = 0,
    /// Some addresses were not answered, or by an answer that contradicts itself, or the output could not be written.
    Incomplete = 1,
    /// The command line, an address or the configuration is not valid.
    Usage = 2,
    /// Nothing was answered, because a token or a permission is missing.
    Credential = 3,
    /// Nothing was answered, because of the service or the network.
    Unavailable = 4,
    /// The user pressed Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The exit code if this error applies to every call.
    pub(crate) fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Configuration => Self::Usage,
            ErrorKind::Credential | ErrorKind::Permission => Self::Credential,
            _ => Self::Unavailable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Standard output cannot be written.
    Output(io::Error),
    /// A failure to report.
    Failed {
        exit: Exit,
        /// A sentence for people, and lines of advice after it where there are any.
        message: String,
    },
}

impl Stop {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Failed { exit: Exit::Usage, message: message.into() }
    }

    /// The user pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::Failed { exit: Exit::Interrupted, message: "interrupted".to_owned() }
    }

    /// Reports it to the user, and returns the exit code.
    pub(crate) fn report(self, console: &mut Console) -> Exit {
        match self {
            // The reader has closed the pipe, as `head` does.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
            Self::Output(error) => {
                console.notify(format_args!("cannot write the output: {error}"));
                Exit::Incomplete
            }
            Self::Failed { exit, message } => {
                console.notify(message);
                exit
            }
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// An error in two parts.
#[derive(Debug)]
pub(crate) struct ErrorText {
    /// What happened, with its first cause, on one line and without advice.
    pub(crate) problem: String,
    /// What to do about it.
    pub(crate) advice: Option<String>,
}

impl ErrorText {
    pub(crate) fn of(error: &Error) -> Self {
        let problem = error.problem();
        // The cause of a sign-in that was refused is the refusal itself, in longer words.
        let refusal = error.message().filter(|_| error.status().is_none());
        let is_in = |cause: &str| problem.contains(cause) || refusal.is_some_and(|refusal| cause.contains(refusal));
        let problem = match first_cause(error) {
            Some(cause) if !is_in(&cause) => format!("{problem}: {cause}"),
            _ => problem.to_owned(),
        };
        let lines = problem.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        let problem = lines.collect::<Vec<_>>().join(" ");
        Self { problem, advice: error.advice().map(str::to_owned) }
    }
}

/// The innermost error: the outer ones only repeat that a request failed.
fn first_cause(error: &Error) -> Option<String> {
    let innermost = std::iter::successors(error.source(), |&cause| cause.source()).last()?;
    Some(match innermost.downcast_ref::<Error>() {
        // Its text would end with its advice, which the outer error gives.
        Some(error) => error.problem().to_owned(),
        None => innermost.to_string(),
    })
}

impl std::fmt::Display for ErrorText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.problem)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}
