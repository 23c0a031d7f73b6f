//! Where the memory is.

use std::path::{Path, PathBuf};

/// Its file. The figures of a sandbox are made up, and have a file of their own.
pub(crate) fn path(folder: &Path, is_sandbox: bool) -> PathBuf {
    folder.join(if is_sandbox { "sandbox.db" } else { "mde.db" })
}
