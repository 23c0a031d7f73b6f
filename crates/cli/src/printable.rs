//! Text of the user's, as a terminal may have it.

use std::path::Path;

/// Without what would move the cursor or change its colours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The same of a path.
pub(crate) fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
