//! What can be wrong with a file, and what then to do.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use rusqlite::ErrorCode;

/// Why a memory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", place(.path.as_deref()))]
pub struct StoreError {
    /// None where it is no file.
    path: Option<PathBuf>,
    problem: String,
}

impl StoreError {
    pub(crate) fn new(path: Option<&Path>, problem: impl fmt::Display) -> Self {
        Self { path: path.map(Path::to_owned), problem: problem.to_string() }
    }
}

fn place(path: Option<&Path>) -> String {
    path.map(|path| format!("{}: ", shown(path))).unwrap_or_default()
}

/// A path as a terminal may see it.
pub(crate) fn shown(path: &Path) -> String {
    let visible = |letter: char| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter };
    path.display().to_string().chars().map(visible).collect()
}

/// What came in the way of a job.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The file is not what it should be: a sentence without its subject.
    Damaged(String),
    /// Somebody else has it.
    Locked,
    /// Another file would be no better: a sentence.
    Hopeless(String),
}

/// A sentence, or one without its subject.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(text) | Self::Hopeless(text) => f.write_str(text),
            Self::Locked => f.write_str("is locked"),
        }
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;
        match &error {
            Error::SqliteFailure(failure, _) => of_failure(failure.code, failure.extended_code, &error),
            // The statements are ours: what they do not find is not there.
            Error::SqlInputError { .. }
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
            | Error::QueryReturnedNoRows => Self::Damaged(format!("is not as it should be: {error}")),
            _ => Self::Hopeless(error.to_string()),
        }
    }
}

/// `SQLITE_IOERR_SHORT_READ`, `SQLITE_IOERR_CORRUPTFS` and `SQLITE_CANTOPEN_ISDIR`.
const BROKEN_OFF: [i32; 3] = [10 | 2 << 8, 10 | 33 << 8, 14 | 2 << 8];

fn of_failure(code: ErrorCode, extended: i32, error: &rusqlite::Error) -> Trouble {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Trouble::Locked,
        ErrorCode::DatabaseCorrupt => Trouble::Damaged("is damaged".to_owned()),
        ErrorCode::NotADatabase => Trouble::Damaged("is no memory of mde".to_owned()),
        // Where a statement fails that is ours, a table of ours is not there.
        ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => {
            Trouble::Damaged(format!("is not as it should be: {error}"))
        }
        _ if BROKEN_OFF.contains(&extended) => Trouble::Damaged("is damaged".to_owned()),
        ErrorCode::DiskFull => Trouble::Hopeless("the disk is full".to_owned()),
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            Trouble::Hopeless("the file cannot be written".to_owned())
        }
        _ => Trouble::Hopeless(error.to_string()),
    }
}

/// Says what could not be done, in the words of the system.
pub(crate) fn hopeless(what: &str) -> impl Fn(io::Error) -> Trouble {
    move |error| Trouble::Hopeless(format!("{what}: {error}"))
}
