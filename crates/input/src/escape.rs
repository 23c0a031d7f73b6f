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
///
/// By the standard library's tables of Unicode, none of these is: controls (Cc), formats (Cf, among them what is
/// bidirectional or of no width), private use (Co), separators (Zl, Zp, Zs) but the space, what is not assigned (Cn), and
/// marks that are drawn over another character, among them variation selectors.
pub fn is_plain(c: char) -> bool {
    // The standard library escapes these for the sake of string literals.
    matches!(c, '\\' | '\'' | '"') || (c.escape_debug().len() == 1 && !is_blank(c))
}

/// Whether it is a letter or a symbol by Unicode, and shows nothing all the same.
fn is_blank(c: char) -> bool {
    // The fillers of Hangul, the empty pattern of Braille, and the empty note head.
    matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' | '\u{1d159}')
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
        push_escaped(&mut escaped, c);
    }
    escaped
}

/// The text [escaped](escape) but for its line feeds, for one of several lines of ours.
///
/// ```
/// assert_eq!(mde_input::escape::escape_lines("a\r\nb\u{7}"), "a\\r\nb\\u{7}");
/// ```
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

fn push_escaped(escaped: &mut String, c: char) {
    match c {
        _ if is_plain(c) => escaped.push(c),
        // The standard library takes a blank for visible.
        _ if is_blank(c) => escaped.extend(c.escape_unicode()),
        _ => escaped.extend(c.escape_debug()),
    }
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
    let end = text.char_indices().nth(MAX_QUOTED_CHARS).map(|(end, _)| end);
    let mut quoted = String::from('"');
    for c in text[..end.unwrap_or(text.len())].chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        push_escaped(&mut quoted, c);
    }
    quoted.push('"');
    if end.is_some() {
        quoted.push('…');
    }
    quoted
}

/// The first 20 texts [quoted](quote) and separated by commas, and the number of the others.
pub fn quote_list<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> String {
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
            assert_eq!(quote(text), format!("\"{}\"", expected.replace("\\.", "\\\\.").replace("\"y\"", "\\\"y\\\"")));
        }
    }

    /// One of each kind that acts on a terminal, or is not seen there.
    #[test]
    fn nothing_that_acts_or_hides_is_plain() {
        let cases = [
            ("controls", "\u{0}\u{7}\u{8}\u{1b}\u{7f}\u{85}\u{9b}\r\n\t"),
            (
                "bidirectional",
                "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}",
            ),
            ("of no width", "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{180e}\u{34f}"),
            ("invisible operators", "\u{2061}\u{2062}\u{2063}\u{2064}\u{206a}\u{206f}"),
            ("tags and annotations", "\u{e0001}\u{e0041}\u{e007f}\u{fff9}\u{fffa}\u{fffb}"),
            ("variation selectors", "\u{fe00}\u{fe0f}\u{e0100}\u{180b}"),
            ("separators", "\u{2028}\u{2029}\u{a0}\u{2003}\u{202f}\u{3000}"),
            ("private use, not assigned", "\u{e000}\u{f8ff}\u{10ffff}\u{378}\u{fdd0}"),
            ("marks", "\u{301}\u{20dd}"),
            ("blanks", "\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}\u{1d159}"),
        ];
        for (kind, characters) in cases {
            for c in characters.chars() {
                assert!(!is_plain(c), "{kind}: {c:?}");
                for shown in [escape(&c.to_string()), quote(&format!("a{c}")), excerpt(&format!("b{c}"), 20)] {
                    assert!(
                        shown.starts_with(['\\', '"', 'b']) && shown.is_ascii() && !shown.contains(c),
                        "{kind}: {shown}"
                    );
                }
            }
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
