//! A file that only its user can read, in a folder that only its user can open.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use mde_input::escape::escape_path;
use tempfile::NamedTempFile;

use crate::open::expect_regular;
#[cfg(unix)]
use crate::phrase::shell_word;

/// In bytes. A refresh token has some thousands.
const LARGEST: u64 = 64 * 1024;

/// The file with one secret. It may not exist.
#[derive(Clone, Debug)]
pub(super) struct PrivateFile {
    folder: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    pub(super) fn new(folder: PathBuf, name: &str) -> Self {
        let path = folder.join(name);
        Self { folder, path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; nothing where it does not exist.
    ///
    /// # Errors
    /// Also where somebody else could have read it or written it.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        if !self.exists()? {
            return Ok(None);
        }
        self.check_folder()?;
        let file = self.open()?;
        let metadata = file.metadata()?;
        expect_regular(metadata.file_type())?;
        expect_private(&self.path, &metadata)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(io::Error::other(format!("it is larger than {} KiB", LARGEST / 1024))),
            false => Ok(Some(bytes)),
        }
    }

    /// Replaces what it holds, all at once. A link at its path is replaced, not followed.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temporary()?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        let _: File = file.persist(&self.path).map_err(|failed| failed.error)?;
        Ok(())
    }

    /// Makes the folder, and fails where [`write`](Self::write) would.
    pub(super) fn prepare(&self) -> io::Result<()> {
        self.temporary().map(drop)
    }

    /// A new file in the folder, of mode 0600.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        create_folder(&self.folder)?;
        self.check_folder()?;
        NamedTempFile::new_in(&self.folder)
    }

    /// Whether there was one.
    pub(super) fn delete(&self) -> io::Result<bool> {
        match self.exists()? {
            true => fs::remove_file(&self.path).map(|()| true),
            false => Ok(false),
        }
    }

    /// Also true for a link, wherever it leads.
    fn exists(&self) -> io::Result<bool> {
        match fs::symlink_metadata(&self.path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn check_folder(&self) -> io::Result<()> {
        let link = fs::symlink_metadata(&self.folder)?;
        expect_own(&self.folder, &link)?;
        let folder = fs::metadata(&self.folder)?;
        match folder.is_dir() {
            true => expect_private(&self.folder, &folder),
            false => Err(io::Error::other(format!("{} is not a folder", escape_path(&self.folder)))),
        }
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        }
        let link = fs::symlink_metadata(&self.path)?.is_symlink();
        match link {
            true => Err(io::Error::other("it is a link: remove it")),
            false => options.open(&self.path),
        }
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Refuses what others can open, naming the command that changes it.
#[cfg(unix)]
fn expect_private(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    expect_own(path, metadata)?;
    let mode = metadata.permissions().mode() & 0o7777;
    match mode & OTHERS {
        0 => Ok(()),
        _ => {
            let (shown, word) = (escape_path(path), shell_word(&path.to_string_lossy()));
            Err(io::Error::other(format!("other users can open {shown} (mode {mode:04o}): run chmod go= {word}")))
        }
    }
}

/// Refuses what somebody else could have put there.
#[cfg(unix)]
fn expect_own(path: &Path, metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    match metadata.uid() == rustix::process::geteuid().as_raw() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{} belongs to another user", escape_path(path)))),
    }
}

/// The folder of the user's data is the user's alone there.
#[cfg(not(unix))]
fn expect_private(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn expect_own(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}
