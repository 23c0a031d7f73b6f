//! Escapes and shortens text from outside, so that it can be shown to people without side effects.
//!
//! What is escaped is decided in one place, [`is_plain`]: control characters, invisible characters, bidirectional
//! controls and unusual spaces are not plain.

use std::path::Path;

/// The number of characters that [`quote`] shows.
const MAX_QUOTED_CHARS: usize = 80;

/// The number of texts that [`quote_list`] names.
const MAX_LISTED: usize = 20;

/// Whether a character is visible and stands for itself, so that it can be shown unescaped.
pub fn is_plain(c: char) -> bool {
    // The standard library escapes these for the sake of string literals.
    matches!(c, '\\' | '\'' | '"') || c.escape_debug().len() == 1
}

/// The text with every character that is not [plain](is_plain) as an escape such as `\u{1b}` or `\n`.
///
/// Quotes and backslashes stay, so the result is for reading and cannot be parsed back.
///
/// ```
/// assert_eq!(mde_input::escape::escape("a\u{1b}[31m"), r"a\u{1b}[31m");
/// ```
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) { escaped.push(c) } else { escaped.extend(c.escape_debug()) }
    }
    escaped
}

/// A path, [escaped](escape). Bytes that are not UTF-8 show as U+FFFD.
pub fn escape_path(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

/// The text itself, or its first `max_chars` characters and an ellipsis if it has more. Nothing is escaped.
///
/// ```
/// assert_eq!(mde_input::escape::truncate("abcd".to_owned(), 3), "abc…");
/// ```
pub fn truncate(mut text: String, max_chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max_chars) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The text [escaped](escape), and then [truncated](truncate).
pub fn excerpt(text: &str, max_chars: usize) -> String {
    truncate(escape(text), max_chars)
}

/// The text as a string literal: in quotes, with quotes and backslashes escaped as well. A text of more than 80
/// characters ends in an ellipsis after the closing quote.
///
/// ```
/// assert_eq!(mde_input::escape::quote("say \"hi\"\n"), r#""say \"hi\"\n""#);
/// ```
pub fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The first 20 texts [quoted](quote) and separated by commas, and the number of the others.
pub(crate) fn quote_list<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> String {
    let others = texts.len().saturating_sub(MAX_LISTED);
    let named: Vec<_> = texts.take(MAX_LISTED).map(quote).collect();
    match others {
        0 => named.join(", "),
        _ => format!("{} and {others} more", named.join(", ")),
    }
}

/// The beginning of bytes of which only an excerpt is kept, unescaped.
pub(crate) fn decode_excerpt(bytes: &[u8]) -> String {
    // A character takes four bytes at most.
    const MAX_BYTES: usize = 4 * MAX_QUOTED_CHARS;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BYTES)]).into_owned();
    if text.chars().count() <= MAX_QUOTED_CHARS && bytes.len() > MAX_BYTES {
        return format!("{text}…");
    }
    truncate(text, MAX_QUOTED_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_not_plain_are_escaped() {
        let cases = [
            ("10.0.0.256 'x' \"y\" \\.", "10.0.0.256 'x' \"y\" \\."),
            ("\u{1b}[31m\n\t\0\u{9b}1m\u{7f}", "\\u{1b}[31m\\n\\t\\0\\u{9b}1m\\u{7f}"),
            ("\u{202e}1.1\u{2066}\u{200b}\u{feff}\u{ad}", "\\u{202e}1.1\\u{2066}\\u{200b}\\u{feff}\\u{ad}"),
            ("a\u{a0}b\u{2028}c", "a\\u{a0}b\\u{2028}c"),
            ("bücher.example 例え", "bücher.example 例え"),
        ];
        for (text, expected) in cases {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!([excerpt("éééé", 4), excerpt("ééééé", 4)], ["éééé", "éééé…"]);
        assert_eq!(excerpt("\u{202e}x", 4), "\\u{2…");
        assert_eq!(truncate("ééééé".to_owned(), 4), "éééé…");
        assert_eq!(quote(&"é".repeat(81)), format!("\"{}\"…", "é".repeat(80)));
    }

    #[test]
    fn an_excerpt_of_bytes_shows_that_more_follows() {
        assert_eq!(decode_excerpt(&[b'x'; 80]), "x".repeat(80));
        assert_eq!(decode_excerpt(&[b'x'; 81]), format!("{}…", "x".repeat(80)));
        // Characters of four bytes fill both limits at once.
        assert_eq!(decode_excerpt("😀".repeat(81).as_bytes()), format!("{}…", "😀".repeat(80)));
    }
}
