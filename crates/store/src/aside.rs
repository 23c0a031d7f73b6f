//! Where a file goes that cannot be used.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, fs, io};

use chrono::{DateTime, Utc};

use crate::trouble::shown;

/// A file that could not be used, and where it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is.
    pub moved_to: PathBuf,
    /// What was wrong with it: a sentence without its subject.
    pub reason: String,
}

/// A sentence for people.
impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, moved_to) = (shown(&self.path), shown(&self.moved_to));
        write!(f, "{path} {}; it is now {moved_to}, and a new one was begun", self.reason)
    }
}

/// What SQLite keeps beside a file. The last part of it to be moved is the file itself, so that what is broken off half
/// way is met again and not taken for a part of the next one.
const PARTS: [&str; 3] = ["-wal", "-shm", ""];

/// Renames a file and what belongs to it, so that nothing is overwritten. `fault` is a word for what was wrong.
pub(crate) fn set_aside(path: &Path, fault: &str, reason: String, now: SystemTime) -> io::Result<SetAside> {
    let time = DateTime::<Utc>::from(now).format("%Y-%m-%dT%H-%M-%SZ");
    let names = (1_u64..).map(|number| match number {
        1 => beside(path, &format!(".{fault}-{time}")),
        _ => beside(path, &format!(".{fault}-{time}-{number}")),
    });
    let is_free = |name: &PathBuf| PARTS.iter().all(|part| fs::symlink_metadata(beside(name, part)).is_err());
    let moved_to = names.into_iter().find(is_free).ok_or(io::ErrorKind::AlreadyExists)?;
    for part in PARTS {
        match fs::rename(beside(path, part), beside(&moved_to, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(SetAside { path: path.to_owned(), moved_to, reason })
}

/// A path with something after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
