//! Where the memory is.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The file in a folder. What the sandboxes on this machine say is kept apart from what the service says.
pub(crate) fn path(folder: &Path, is_sandbox: bool) -> PathBuf {
    folder.join(if is_sandbox { "sandbox.db" } else { "mde.db" })
}

/// The folder where the platform has the data of programs; none where it does not know whose.
pub(crate) fn platform_folder() -> Option<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(strategy.data_dir().join("mde"))
}
