//! Where a file goes that cannot be used.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
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

/// A file, and what SQLite keeps beside it. The file itself is moved first: where it is there, all of it is.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Words for what was wrong with a file.
pub(crate) const DAMAGED: &str = "damaged";
pub(crate) const LOCKED: &str = "locked";

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

/// The files that were set aside from a path, without what SQLite has beside them.
pub(crate) fn files_set_aside(path: &Path) -> Vec<PathBuf> {
    let Some((folder, name)) = path.parent().zip(path.file_name().and_then(OsStr::to_str)) else { return Vec::new() };
    let begins = [DAMAGED, LOCKED].map(|fault| format!("{name}.{fault}-"));
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| begins.iter().any(|begin| name.starts_with(begin))) else {
            continue;
        };
        // A folder that was in the way is somebody else's.
        if entry.file_type().is_ok_and(|file| file.is_file()) {
            let part = PARTS.iter().rev().find_map(|part| name.strip_suffix(part));
            files.insert(folder.join(part.unwrap_or(name)));
        }
    }
    files.into_iter().collect()
}

/// Deletes a file with what SQLite has beside it.
pub(crate) fn delete(file: &Path) -> io::Result<()> {
    for part in PARTS {
        match fs::remove_file(beside(file, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A path with something after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
