//! The file as the operating system has it: its parts, its identity, the lock on its folder, and the quarantine: renaming
//! damaged files, listing and deleting them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, io};

use chrono::{DateTime, Utc};

use crate::error::{DbError, unusable};

/// The suffixes of the files of one database: the database, its rollback journal, its write-ahead log, and the shared
/// memory of its users.
pub(crate) const PARTS: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// The path with a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The path of the file that this version uses where a newer one has the file at the path: `mde.v3.db` for `mde.db`.
pub(crate) fn of_version(path: &Path, version: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".v{version}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The path without symbolic links in its folder. A user may keep that folder elsewhere; the file itself is never one.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, DbError> {
    let folder = fs::canonicalize(folder_of(path)).map_err(unusable("cannot open its folder"))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether anything has this name, be it a link that leads nowhere.
pub(crate) fn has_name(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The size of a file and its write-ahead log, in bytes.
pub(crate) fn size(path: &Path) -> u64 {
    let metadata = ["", "-wal"].iter().filter_map(|part| fs::symlink_metadata(beside(path, part)).ok());
    metadata.map(|metadata| metadata.len()).sum()
}

fn remove_if_exists(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn rename_if_exists(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Which file it is, whatever its name. Other systems than Unix do not rename or delete an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl Identity {
    /// That of the file at a path. The file is not opened: closing it would release the locks that SQLite has on it.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self { device_and_inode: (metadata.dev(), metadata.ino()) })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        has_name(path).then_some(Self {})
    }
}

/// Creates the folder of a file, where it does not exist.
pub(crate) fn create_folder(path: &Path) -> Result<(), DbError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let created = owner_only_folder(&mut DirBuilder::new()).recursive(true).create(folder);
    created.map_err(unusable("cannot create its folder"))
}

/// Creates a file that only its owner can read. Fails if the path is taken, even by a link that leads nowhere.
pub(crate) fn create(path: &Path) -> Result<(), DbError> {
    let log = beside(path, "-wal");
    if !may_be_a_log(&log).map_err(unusable("cannot read the journal of an earlier file"))? {
        let log = log.display();
        return Err(DbError::Unusable(format!("{log} is not a write-ahead log of SQLite, so it is left as it is")));
    }
    // The log of a file that was deleted would be read into the new one.
    for part in &PARTS[1..] {
        remove_if_exists(&beside(path, part)).map_err(unusable("cannot delete the journal of an earlier file"))?;
    }
    match owner_only_file().create_new(true).open(path) {
        // By a process that could not lock the folder either.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(DbError::Locked),
        created => created.map(drop).map_err(unusable("cannot create the file")),
    }
}

/// Whether a file is missing, empty, or begins as SQLite's write-ahead logs do.
fn may_be_a_log(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(4).read_to_end(&mut start)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    // The last bit is the order of the bytes in its checksums.
    Ok(start.is_empty() || matches!(start[..], [0x37, 0x7f, 0x06, 0x82 | 0x83]))
}

#[cfg(unix)]
fn owner_only_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700)
}

#[cfg(not(unix))]
fn owner_only_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

fn owner_only_file() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// An advisory lock on the folder of a file. While a process holds it, no other opens the file or renames it, so `-wal` and
/// `-shm` always belong to the file beside them. Dropping it unlocks.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _folder: File,
}

impl FolderLock {
    /// Waits for the lock, as long as `wait` says. None where the system or the file system has no such locks: the caller
    /// goes on, for SQLite has locks of its own and [`Identity`] is compared.
    pub(crate) fn acquire(path: &Path, wait: impl Fn() -> bool) -> Result<Option<Self>, DbError> {
        let Ok(folder) = File::open(folder_of(path)) else { return Ok(None) };
        loop {
            match folder.try_lock() {
                Ok(()) => return Ok(Some(Self { _folder: folder })),
                Err(TryLockError::WouldBlock) if wait() => {}
                Err(TryLockError::WouldBlock) => return Err(DbError::Locked),
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }
}

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

/// A file that a newer `mde` wrote, which is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewerVersion {
    /// Its path, which is that of the store.
    pub path: PathBuf,
    /// The version of its schema.
    pub version: usize,
    /// The file beside it, which this version uses.
    pub used: PathBuf,
}

/// A sentence. The paths are printed as they are: escape them before they go to a terminal.
impl fmt::Display for NewerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, version, used } = self;
        let (path, used) = (path.display(), used.display());
        write!(
            f,
            "{path} was written by a newer mde (version {version} of its schema) and is left as it is; {used} is used, so \
             the two versions share neither answers nor the quota"
        )
    }
}

/// A damaged file is called so until the rows of its ledger are in the new one, and then [`DAMAGED`].
const MOVING: &str = "moving";
const DAMAGED: &str = "damaged";
/// Earlier versions renamed files that stayed locked.
const LOCKED: &str = "locked";

/// Renames a damaged file with its parts to a name that is free, and returns that. [`finish`] completes it.
pub(crate) fn begin_quarantine(path: &Path, now: SystemTime) -> io::Result<PathBuf> {
    let time = DateTime::<Utc>::from(now).format("%Y-%m-%dT%H-%M-%SZ");
    let mut suffixes = (1_u64..).map(|number| match number {
        1 => time.to_string(),
        _ => format!("{time}-{number}"),
    });
    let name = |kind: &str, suffix: &str| beside(path, &format!(".{kind}-{suffix}"));
    let is_free = |suffix: &String| {
        [MOVING, DAMAGED].iter().all(|kind| PARTS.iter().all(|part| !has_name(&beside(&name(kind, suffix), part))))
    };
    let suffix = suffixes.find(is_free).ok_or(io::ErrorKind::AlreadyExists)?;
    let moving = name(MOVING, &suffix);
    for part in PARTS {
        rename_if_exists(&beside(path, part), &beside(&moving, part))?;
    }
    Ok(moving)
}

/// The damaged files whose ledger a process that was killed did not carry over. Takes up the quarantine where it ended.
pub(crate) fn unfinished(path: &Path) -> io::Result<Vec<PathBuf>> {
    let moving = listed(path, &[MOVING]);
    // The database was renamed, and its log not yet.
    if let Some(last) = moving.last().filter(|_| !has_name(path)) {
        for part in PARTS.iter().filter(|part| !has_name(&beside(last, part))) {
            rename_if_exists(&beside(path, part), &beside(last, part))?;
        }
    }
    Ok(moving)
}

/// Gives a damaged file its last name. The database comes last: until then the quarantine is not finished.
pub(crate) fn finish(path: &Path, moving: &Path) -> io::Result<PathBuf> {
    let prefix = |kind: &str| format!("{}.{kind}-", path.file_name().unwrap_or_default().to_string_lossy());
    let name = moving.file_name().unwrap_or_default().to_string_lossy();
    let suffix = name.strip_prefix(&prefix(MOVING)).unwrap_or(&name);
    let damaged = path.with_file_name(prefix(DAMAGED) + suffix);
    for part in PARTS.iter().rev() {
        rename_if_exists(&beside(moving, part), &beside(&damaged, part))?;
    }
    Ok(damaged)
}

/// The quarantined files of a path, without their `-wal` and `-shm`.
pub(crate) fn quarantined(path: &Path) -> Vec<PathBuf> {
    listed(path, &[DAMAGED, LOCKED, MOVING])
}

fn listed(path: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return Vec::new() };
    let prefixes: Vec<_> = kinds.iter().map(|kind| format!("{name}.{kind}-")).collect();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))) else {
            continue;
        };
        // Neither a folder nor a link was made by us.
        if entry.file_type().is_ok_and(|file| file.is_file()) {
            let part = PARTS.iter().rev().find_map(|part| name.strip_suffix(part));
            files.insert(path.with_file_name(part.unwrap_or(name)));
        }
    }
    files.into_iter().collect()
}

/// Deletes a file with its parts.
pub(crate) fn delete(file: &Path) -> io::Result<()> {
    PARTS.iter().try_for_each(|part| remove_if_exists(&beside(file, part)))
}
