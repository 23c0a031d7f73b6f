//! A file with results, which is complete or does not exist, and the one beside it with what is known of a list that is not
//! complete.

use std::fs::{self, File, FileType};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use mde_input::escape::escape_path;
use tempfile::SpooledTempFile;

use crate::atomic::{NewFile, behind_links, beside, folder, replace};
use crate::exit::{Exit, Stop};
use crate::open::{IN_MEMORY, special, to_write};

/// What the name of a file with a part of the list ends in.
pub(crate) const PARTIAL: &str = ".partial";

/// A file that is written when the list is complete.
pub(crate) struct OutputFile {
    /// As the user knows it.
    name: String,
    target: Target,
    /// What is written where the list is not complete. Not for a stream, whose reader could not tell it from the whole.
    partial: Option<PathBuf>,
    content: SpooledTempFile,
}

enum Target {
    /// Where the file is, which a link may lead to.
    File(PathBuf),
    /// A device or a pipe, which is written to and never replaced. It is opened before the first call, so that who reads
    /// from it learns when the run is over.
    Stream(File),
}

impl OutputFile {
    /// Checks that the file can be written, before any of the quota is used.
    pub(crate) fn prepare(path: &Path) -> Result<Self, Stop> {
        let name = escape_path(path);
        let target = target(path).map_err(|problem| Stop::usage(format!("cannot write {name}: {problem}")))?;
        let content = match &target {
            // The folder that needs space for the file anyway.
            Target::File(path) => SpooledTempFile::new_in(IN_MEMORY, folder(path)),
            Target::Stream(_) => SpooledTempFile::new(IN_MEMORY),
        };
        let partial = matches!(target, Target::File(_)).then(|| partial(path));
        Ok(Self { name, target, partial, content })
    }

    /// As the user knows it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn writer(&mut self) -> impl Write + use<'_> {
        Named { name: &self.name, content: &mut self.content }
    }

    /// Writes what there is to the file for a list that is not complete, atomically, and returns its name. Whoever may read
    /// the file that is not written may read this one.
    pub(crate) fn keep_partial(&mut self) -> Result<Option<String>, String> {
        let (Target::File(path), Some(partial)) = (&self.target, &self.partial) else { return Ok(None) };
        let name = escape_path(partial);
        let written = self.content.rewind();
        let written =
            written.and_then(|()| replace(&behind_links(partial.clone()), NewFile::Like(path), &mut self.content));
        written.map(|()| Some(name.clone())).map_err(|error| format!("cannot write {name}: {}", without_path(&error)))
    }

    /// Whether there is a file for a list that is not complete. It is never deleted, for nothing shows who wrote it.
    pub(crate) fn partial_is_there(&self) -> bool {
        self.partial.as_deref().is_some_and(|partial| fs::symlink_metadata(partial).is_ok())
    }

    /// Writes the file atomically.
    pub(crate) fn complete(mut self) -> Result<(), Stop> {
        let name = self.name;
        let written = self.content.rewind().and_then(|()| match &mut self.target {
            Target::File(path) => replace(path, NewFile::Usual, &mut self.content),
            Target::Stream(stream) => io::copy(&mut self.content, stream).and_then(|_| stream.flush()),
        });
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Output(error),
            _ => Stop::Failed {
                exit: Exit::Incomplete,
                message: format!("cannot write {name}: {}", without_path(&error)),
            },
        })
    }
}

/// Without the path of a temporary file, which means nothing to the user.
fn without_path(error: &io::Error) -> String {
    match error.get_ref() {
        Some(_) if error.kind() != io::ErrorKind::Other => error.kind().to_string(),
        _ => error.to_string(),
    }
}

/// Where what is known is kept of a list that is not complete.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PARTIAL);
    name.into()
}

/// Content whose errors name the file.
struct Named<'a> {
    name: &'a str,
    content: &'a mut SpooledTempFile,
}

impl Named<'_> {
    fn name(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {}", self.name, without_path(error)))
    }
}

impl Write for Named<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.content.write(bytes).map_err(|error| self.name(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.content.flush().map_err(|error| self.name(&error))
    }
}

fn target(path: &Path) -> Result<Target, String> {
    match fs::metadata(path) {
        Ok(there) if is_stream(there.file_type()) => {
            to_write(path).map(Target::Stream).map_err(|error| error.to_string())
        }
        Ok(there) if !there.is_file() => Err(format!("it is {}", special(there.file_type()).unwrap_or_default())),
        Ok(there) if there.permissions().readonly() => Err("it is read-only".to_owned()),
        _ => {
            let path = behind_links(path.to_owned());
            if path.file_name().is_none() {
                return Err("it is not a file name".to_owned());
            }
            // A temporary file that is deleted at once.
            beside(&path, NewFile::Usual).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
                _ => error.to_string(),
            })?;
            Ok(Target::File(path))
        }
    }
}

/// A FIFO or a character device. A disk is neither.
#[cfg(unix)]
fn is_stream(file_type: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    file_type.is_fifo() || file_type.is_char_device()
}

#[cfg(not(unix))]
fn is_stream(file_type: FileType) -> bool {
    !file_type.is_file() && !file_type.is_dir()
}
