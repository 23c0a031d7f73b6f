//! How a run ends.

use std::io;
use std::process::ExitCode;

use crate::Console;

/// What the exit code of a run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked was answered.
    Success = 0,
    /// Some addresses were not answered, or the output could not be written.
    Incomplete = 1,
    /// The command line, an address or the configuration is not valid.
    Usage = 2,
    /// Nothing was answered, for want of a token or a permission.
    Credential = 3,
    /// Nothing was answered, because of the service or the network.
    Unavailable = 4,
    /// The user pressed Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a run stops before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Standard output takes no more.
    Output(io::Error),
    /// The user has to be told something.
    Told {
        exit: Exit,
        /// A sentence for people, and lines of advice after it where there are any.
        message: String,
    },
}

impl Stop {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Told { exit: Exit::Usage, message: message.into() }
    }

    /// Tells the user, and ends the run.
    pub(crate) fn report(self, console: &mut Console) -> Exit {
        match self {
            // Whoever reads has read enough, as `head` does.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
            Self::Output(error) => {
                console.say(format_args!("the output cannot be written: {error}"));
                Exit::Incomplete
            }
            Self::Told { exit, message } => {
                console.say(message);
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
