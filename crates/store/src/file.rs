//! The file as the operating system has it: its permissions, its identity, the lock on its folder, and the quarantine:
//! renaming damaged and locked files, listing and deleting them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fmt, io};

use chrono::{DateTime, Utc};

use crate::error::{DbError, unusable};

/// The suffixes of the files of one database: the database, its write-ahead log, and the shared memory of its users.
pub(crate) const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// The path with a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The size of a file and its write-ahead log, in bytes.
pub(crate) fn size(path: &Path) -> u64 {
    ["", "-wal"].iter().filter_map(|part| fs::metadata(beside(path, part)).ok()).map(|metadata| metadata.len()).sum()
}

pub(crate) fn remove_if_exists(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
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
        let metadata = fs::metadata(path).ok()?;
        Some(Self { device_and_inode: (metadata.dev(), metadata.ino()) })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        path.exists().then_some(Self {})
    }
}

/// Creates the folder of a file, where it does not exist.
pub(crate) fn create_folder(path: &Path) -> Result<(), DbError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let created = owner_only_folder(&mut DirBuilder::new()).recursive(true).create(folder);
    created.map_err(unusable("cannot create its folder"))
}

/// Creates a file that only its owner can read, or restricts one that exists.
pub(crate) fn create(path: &Path) -> Result<(), DbError> {
    match owner_only_file().create_new(true).open(path) {
        // A write-ahead log without its database would be read into the new one.
        Ok(_) => PARTS[1..]
            .iter()
            .try_for_each(|part| remove_if_exists(&beside(path, part)))
            .map_err(unusable("cannot delete the write-ahead log of an earlier file")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_existing(path),
        Err(error) => Err(unusable("cannot create the file")(error)),
    }
}

fn check_existing(path: &Path) -> Result<(), DbError> {
    let metadata = fs::metadata(path).map_err(unusable("cannot open the file"))?;
    if metadata.is_dir() {
        return Err(DbError::Damaged("is a folder".to_owned()));
    }
    // SQLite would open it read-only, and fail at the first write.
    if metadata.permissions().readonly() {
        return Err(DbError::Unusable("the file is read-only".to_owned()));
    }
    // Fails where the file belongs to another user, who decides about its mode.
    let _ = restrict_to_owner(path);
    Ok(())
}

#[cfg(unix)]
fn restrict_to_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() & 0o700);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn restrict_to_owner(_: &Path) -> io::Result<()> {
    Ok(())
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
    /// Waits for the lock, as long as `wait` says. None where the system or the file system has no such locks, or another
    /// process holds it for too long: the caller goes on, for SQLite has locks of its own and [`Identity`] is compared.
    pub(crate) fn acquire(path: &Path, wait: impl Fn() -> bool) -> Option<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = File::open(folder).ok()?;
        loop {
            match folder.try_lock() {
                Ok(()) => return Some(Self { _folder: folder }),
                Err(TryLockError::WouldBlock) if wait() => {}
                Err(_) => return None,
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
pub(crate) fn quarantined(path: &Path) -> Vec<PathBuf> {
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
