//! Values, short enough to be read.

use serde_json::Value as Json;

use super::super::{Change, Side};

/// The most characters of a value that are shown.
const LONGEST: usize = 160;

/// A value in one line; a text in quotes, so that one can see where it ends.
pub(super) fn shown(value: Option<&Json>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Json::to_string);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Where a change stands.
pub(super) fn place(change: &Change) -> String {
    let Change { file, position, side, .. } = change;
    let of_base = if *side == Side::Base { " of the base" } else { "" };
    format!("{file}:{position}{of_base}")
}
