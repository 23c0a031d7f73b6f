//! Text of others, fit to be shown.

/// As much of a text as a line of a terminal holds.
const SHOWN: usize = 80;

/// The beginning of a text, in quotes, with everything escaped that a terminal would not show as it is.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// What is kept of a text that is only shown.
pub(super) fn beginning(bytes: &[u8]) -> String {
    // Four bytes are the most that a character takes.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]).into_owned();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if bytes.len() > 4 * SHOWN => format!("{text}…"),
        None => text,
    }
}

/// Several of them, and how many there are beside those that are named.
pub(super) fn list<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> String {
    const NAMED: usize = 20;
    let others = texts.len().saturating_sub(NAMED);
    let named: Vec<_> = texts.take(NAMED).map(quoted).collect();
    match others {
        0 => named.join(", "),
        _ => format!("{} and {others} more", named.join(", ")),
    }
}
