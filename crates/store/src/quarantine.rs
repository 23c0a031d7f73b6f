//! Damaged and locked files: renaming them out of the way, listing and deleting them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, fs, io};

use chrono::{DateTime, Utc};

use crate::file::{PARTS, beside, remove_if_exists};

/// A file that could not be used, and its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The path of the store.
    pub path: PathBuf,
    /// The new name of the file.
    pub moved_to: PathBuf,
    /// What was wrong with it: a predicate such as `is damaged`, whose subject is the file.
    pub reason: String,
}

/// A sentence. The paths are printed as they are: escape them before they go to a terminal.
impl fmt::Display for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, moved_to) = (self.path.display(), self.moved_to.display());
        write!(f, "{path} {}; it was renamed to {moved_to}, and a new file was created", self.reason)
    }
}

/// The part of the new name that says what was wrong.
pub(crate) const DAMAGED: &str = "damaged";
pub(crate) const LOCKED: &str = "locked";

/// Renames a file, with its `-wal` and `-shm`, to a name that is free. `kind` is [`DAMAGED`] or [`LOCKED`].
pub(crate) fn quarantine(path: &Path, kind: &str, reason: String, now: SystemTime) -> io::Result<Quarantined> {
    let time = DateTime::<Utc>::from(now).format("%Y-%m-%dT%H-%M-%SZ");
    let mut names = (1_u64..).map(|number| match number {
        1 => beside(path, &format!(".{kind}-{time}")),
        _ => beside(path, &format!(".{kind}-{time}-{number}")),
    });
    let is_free = |name: &PathBuf| PARTS.iter().all(|part| fs::symlink_metadata(beside(name, part)).is_err());
    let moved_to = names.find(is_free).ok_or(io::ErrorKind::AlreadyExists)?;
    for part in PARTS {
        match fs::rename(beside(path, part), beside(&moved_to, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(Quarantined { path: path.to_owned(), moved_to, reason })
}

/// The quarantined files of a path, without their `-wal` and `-shm`.
pub(crate) fn list(path: &Path) -> Vec<PathBuf> {
    let Some((folder, name)) = path.parent().zip(path.file_name().and_then(OsStr::to_str)) else { return Vec::new() };
    let prefixes = [DAMAGED, LOCKED].map(|kind| format!("{name}.{kind}-"));
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) else {
            continue;
        };
        // A folder that was at the path was not made by us.
        if entry.file_type().is_ok_and(|file| file.is_file()) {
            let part = PARTS.iter().rev().find_map(|part| name.strip_suffix(part));
            files.insert(folder.join(part.unwrap_or(name)));
        }
    }
    files.into_iter().collect()
}

/// Deletes a file with its `-wal` and `-shm`.
pub(crate) fn delete(file: &Path) -> io::Result<()> {
    PARTS.iter().try_for_each(|part| remove_if_exists(&beside(file, part)))
}
