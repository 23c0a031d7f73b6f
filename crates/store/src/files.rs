//! The file as the system sees it: who may read it, which one it is, and who is opening it.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::aside::beside;
use crate::patience::Patience;
use crate::trouble::{Trouble, hopeless};

/// Which file it is, whatever its name is by now. Where the system does not say, an open file cannot be renamed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device_and_number: (u64, u64),
}

impl Identity {
    /// That of the file at a path. It is not opened, for closing it would give up the locks that SQLite has on it.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        Some(Self { device_and_number: (metadata.dev(), metadata.ino()) })
    }

    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        path.exists().then_some(Self {})
    }
}

/// Makes the folder of a file, where it is not there.
pub(crate) fn make_folder(path: &Path) -> Result<(), Trouble> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let made = for_owner_only(&mut DirBuilder::new()).recursive(true).create(folder);
    made.map_err(hopeless("its folder cannot be made"))
}

/// Makes a file that only its owner can read, where it is not there.
pub(crate) fn make(path: &Path) -> Result<(), Trouble> {
    match owners_file().create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => existing(path),
        Err(error) => Err(hopeless("the file cannot be made")(error)),
    }
}

fn existing(path: &Path) -> Result<(), Trouble> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Trouble::Damaged("is a folder".to_owned()));
    }
    // Of a file that somebody else owns they stay as they are.
    let _ = take_from_others(path);
    Ok(())
}

#[cfg(unix)]
fn take_from_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(permissions.mode() & 0o700);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn take_from_others(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn for_owner_only(builder: &mut DirBuilder) -> &mut DirBuilder {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700)
}

#[cfg(not(unix))]
fn for_owner_only(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

fn owners_file() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Held while a file is opened or set aside, lest two processes set aside each other's.
#[derive(Debug)]
pub(crate) struct Opening {
    file: Option<File>,
}

impl Opening {
    /// Waits until nobody else opens the file at this path. Where that takes long, or the file system has no locks, it
    /// goes on without: SQLite has its own, and what is left are two damages within the same instant.
    pub(crate) fn of(path: &Path, patience: &Patience<'_>) -> Self {
        let Ok(file) = owners_file().create(true).truncate(false).open(beside(path, ".lock")) else {
            return Self { file: None };
        };
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if !patience.waits() {
                return Self { file: None };
            }
        }
        Self { file: Some(file) }
    }

    /// Whether nobody else is at it, as far as the file system has locks.
    pub(crate) fn excludes_others(&self) -> bool {
        self.file.is_some()
    }
}
