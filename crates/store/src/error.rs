//! What the caller gets when the store cannot be used, and what SQLite and the file system report inside it.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

use rusqlite::ErrorCode;

/// Why a store cannot be used. The text contains the path as it is: escape it before it goes to a terminal.
#[derive(Debug, thiserror::Error)]
#[error("{}{problem}", prefix(.path.as_deref()))]
pub struct StoreError {
    /// None for a store in memory.
    path: Option<PathBuf>,
    problem: String,
    is_locked: bool,
}

impl StoreError {
    pub(crate) fn new(path: Option<&Path>, problem: impl fmt::Display) -> Self {
        Self { path: path.map(Path::to_owned), problem: problem.to_string(), is_locked: false }
    }

    pub(crate) fn locked(path: Option<&Path>, wait: Duration) -> Self {
        let problem = format!("it is locked by another program, for longer than {wait:?}");
        Self { is_locked: true, ..Self::new(path, problem) }
    }

    /// Whether another program has the file locked, so that the same call may succeed later.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }
}

fn prefix(path: Option<&Path>) -> String {
    path.map(|path| format!("{}: ", path.display())).unwrap_or_default()
}

/// Why a job failed, by what to do next.
#[derive(Debug)]
pub(crate) enum DbError {
    /// The file is ours, and has to be quarantined: a predicate whose subject is the file.
    Damaged(String),
    /// A newer `mde` wrote the file, with this version of the schema.
    Newer(usize),
    /// Another connection holds a lock.
    Locked,
    /// Another file would not help: a sentence.
    Unusable(String),
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(text) => write!(f, "it {text}"),
            Self::Newer(version) => write!(f, "it was written by a newer mde: its schema is version {version}"),
            Self::Unusable(text) => f.write_str(text),
            Self::Locked => f.write_str("it is locked by another program"),
        }
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error;
        match &error {
            Error::SqliteFailure(failure, _) => from_failure(failure.code, failure.extended_code, &error),
            // The statements are constants, so a table or column is missing or holds the wrong type.
            Error::SqlInputError { .. }
            | Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
            | Error::QueryReturnedNoRows => Self::Damaged(format!("has unexpected contents: {error}")),
            _ => Self::Unusable(error.to_string()),
        }
    }
}

/// `SQLITE_IOERR_SHORT_READ`, `SQLITE_IOERR_CORRUPTFS` and `SQLITE_CANTOPEN_ISDIR`.
const DAMAGED_FILE: [i32; 3] = [10 | 2 << 8, 10 | 33 << 8, 14 | 2 << 8];

fn from_failure(code: ErrorCode, extended: i32, error: &rusqlite::Error) -> DbError {
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => DbError::Locked,
        ErrorCode::DatabaseCorrupt => DbError::Damaged("is damaged".to_owned()),
        ErrorCode::NotADatabase => DbError::Damaged("is not a SQLite database".to_owned()),
        // The statements are constants, so the schema is not ours.
        ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => {
            DbError::Damaged(format!("has unexpected contents: {error}"))
        }
        _ if DAMAGED_FILE.contains(&extended) => DbError::Damaged("is damaged".to_owned()),
        ErrorCode::DiskFull => DbError::Unusable("the disk is full".to_owned()),
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            DbError::Unusable("the file cannot be written".to_owned())
        }
        _ => DbError::Unusable(error.to_string()),
    }
}

/// Adds what failed to an error of the file system.
pub(crate) fn unusable(what: &str) -> impl Fn(io::Error) -> DbError {
    move |error| DbError::Unusable(format!("{what}: {error}"))
}
