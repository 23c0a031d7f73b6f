//! `cargo xtask regen`

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::folder::{Folder, workspace_root};
use crate::outputs::outputs;
use crate::render::print_findings;
use crate::{Failure, Outcome};

/// Rewrites every generated file that is not as it should be, and names each.
pub(crate) fn regen(openapi: Option<PathBuf>, root: Option<PathBuf>, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let folder = Folder::read(openapi)?;
    let root = root.unwrap_or_else(workspace_root);
    let outputs = match outputs(&folder) {
        Ok(outputs) => outputs,
        Err(findings) => {
            print_findings(&findings, &|file| folder.text(file), out)?;
            return Ok(Outcome::PersonMustDecide);
        }
    };
    for output in outputs {
        let path = root.join(output.path);
        if fs::read(&path).is_ok_and(|current| current == output.contents.as_bytes()) {
            writeln!(out, "unchanged {}", output.path)?;
        } else {
            write_atomically(&path, &output.contents)?;
            writeln!(out, "written   {}", output.path)?;
        }
    }
    Ok(Outcome::Fine)
}

/// Nobody ever sees half of a file.
pub(crate) fn write_atomically(path: &Path, contents: &str) -> Result<(), Failure> {
    replace(path, contents).map_err(|error| format!("{} cannot be written: {error}", path.display()).into())
}

fn replace(path: &Path, contents: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    let mut file = temporary_file(folder)?;
    file.write_all(contents.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A temporary file is for its owner only; this one becomes a file of the project, which the umask alone restricts.
#[cfg(unix)]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}
