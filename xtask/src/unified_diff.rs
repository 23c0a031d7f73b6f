//! What changed in a text, for a reviewer.

use similar::TextDiff;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 1;

/// The difference of two texts, each by the name that the header gives it; `None` where there is none.
pub(crate) fn unified_diff(old_name: &str, old: &str, new_name: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let diff = TextDiff::from_lines(old, new);
    Some(diff.unified_diff().context_radius(CONTEXT).header(old_name, new_name).to_string())
}
