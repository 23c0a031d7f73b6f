//! How a verb ends: with an [`Outcome`], or with a [`Failure`] of the tool itself.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The result of a verb that did its work; each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Fine,
    Stale,
    PersonMustDecide,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Stale => 3,
            Outcome::PersonMustDecide => 4,
        })
    }
}

/// Why a verb cannot do its work: a failure of the tool or of the disk, or a [`UsageError`].
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The command line asks for something impossible. Exit code 2.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Whether the reader of the output closed it, as `head` does.
pub(crate) fn is_broken_pipe(failure: &Failure) -> bool {
    failure.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
