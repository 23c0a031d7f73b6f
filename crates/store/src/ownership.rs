//! Whose a file is: what stands at the paths of a database, by `lstat`, before anything opens or changes it. Only a regular
//! file of this user that has no other name is used, and only one that is a database of ours is changed.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

use crate::error::{DbError, unusable};
use crate::file::{PARTS, beside};

/// Refuses what stands at the path of a database or of its journals, unless it may be ours. Returns whether the database is
/// there.
pub(crate) fn check(path: &Path) -> Result<bool, DbError> {
    for part in &PARTS[1..] {
        let part = beside(path, part);
        lstat(&part, &part.display().to_string())?;
    }
    Ok(lstat(path, "it")?.is_some())
}

/// Refuses a path where no file can be created.
pub(crate) fn check_place(path: &Path) -> Result<(), DbError> {
    let mut folders = path.ancestors().skip(1);
    // A path without a folder is in the current one, and so is the last ancestor of a relative path.
    let folder = folders.find(|folder| folder.exists()).filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let problem = match folder.is_dir() {
        true if is_writable(folder) => return Ok(()),
        true => "cannot be written",
        false => "is not a folder",
    };
    Err(DbError::Unusable(format!("there is no file, and {} {problem}", folder.display())))
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// Makes the files of a database readable for their owner only. They have to be known as ours.
#[cfg(unix)]
pub(crate) fn restrict_to_owner(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for part in PARTS {
        let part = beside(path, part);
        let Ok(Some(metadata)) = lstat(&part, "") else { continue };
        let mut permissions = metadata.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(permissions.mode() & 0o700);
            // Fails on file systems without modes.
            let _ = fs::set_permissions(&part, permissions);
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn restrict_to_owner(_: &Path) {}

/// The metadata of a file that may be ours. None if there is nothing.
fn lstat(path: &Path, subject: &str) -> Result<Option<Metadata>, DbError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable("cannot open the file")(error)),
    };
    match objection(&metadata) {
        Some(objection) => Err(DbError::Unusable(format!("{subject} {objection}, so it is left as it is"))),
        None => Ok(Some(metadata)),
    }
}

/// Why something is not a file that `mde` made.
fn objection(metadata: &Metadata) -> Option<String> {
    if metadata.file_type().is_symlink() {
        return Some("is a symbolic link, which is not followed".to_owned());
    }
    if metadata.is_dir() {
        return Some("is a folder, not a file".to_owned());
    }
    if !metadata.is_file() {
        return Some("is not a regular file, but a pipe, a socket or a device".to_owned());
    }
    objection_to_regular(metadata)
}

#[cfg(unix)]
fn objection_to_regular(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Some(format!("belongs to the user with the id {owner}, not to this one ({user})"));
    }
    // A file that was deleted meanwhile has none.
    let names = metadata.nlink();
    (names > 1).then(|| format!("has {names} names (hard links), of which a change would reach all"))
}

#[cfg(not(unix))]
fn objection_to_regular(_: &Metadata) -> Option<String> {
    None
}
