//! Replaces a file as a whole: whoever reads it sees the old content or the new one, never a part.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::open::expect_regular;

/// Who may read and write a new file on Unix, before the umask takes from it. One that is replaced keeps its own mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewFile<'a> {
    /// As any other new file.
    Usual,
    /// Nobody but its owner.
    OwnerOnly,
    /// As this other file, where it exists; also for one that is replaced.
    Like(&'a Path),
}

/// What a link leads to is replaced, not the link.
pub(crate) fn behind_links(mut path: PathBuf) -> PathBuf {
    // As many as systems follow.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(next) => path = folder(&path).join(next),
            Err(_) => break,
        }
    }
    path
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the same folder.
pub(crate) fn beside(path: &Path, new: NewFile<'_>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mde-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(match new {
        NewFile::Usual | NewFile::Like(_) => 0o666,
        NewFile::OwnerOnly => 0o600,
    }));
    #[cfg(not(unix))]
    let _ = new;
    // Without the path of the temporary file, which means nothing to the user.
    builder.tempfile_in(folder(path)).map_err(|error| error.kind().into())
}

/// Replaces a regular file, or creates it.
pub(crate) fn replace(path: &Path, new: NewFile<'_>, content: &mut dyn io::Read) -> io::Result<()> {
    let mut file = beside(path, new)?;
    if let Ok(replaced) = fs::metadata(path) {
        // It may have been replaced since it was looked at.
        expect_regular(replaced.file_type())?;
    }
    let like = if let NewFile::Like(other) = new { other } else { path };
    if let Ok(like) = fs::metadata(like) {
        file.as_file().set_permissions(like.permissions())?;
    }
    io::copy(content, &mut file)?;
    file.as_file().sync_all()?;
    let _: File = file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}
