//! Where the memory is.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder that the platform has for it, where there is one.
pub(crate) fn platform_folder() -> Option<PathBuf> {
    let platform = etcetera::choose_base_strategy().ok()?;
    Some(platform.data_dir().join("mde"))
}
