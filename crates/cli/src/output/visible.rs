//! Texts of others, so that they show what they are and do nothing.

/// With what does not show, or would move a cursor or turn the direction of writing, as the name of its character.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) { shown.push(c) } else { shown.extend(c.escape_debug()) }
    }
    shown
}

/// The same, of a length that fits into a table.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let shown = visible(text);
    match shown.char_indices().nth(most) {
        None => shown,
        Some((end, _)) => format!("{}…", &shown[..end]),
    }
}

/// Whether it is a character that one sees, and that stands for itself.
pub(super) fn is_plain(c: char) -> bool {
    // These the standard library would escape for the sake of string literals.
    matches!(c, '\\' | '\'' | '"') || c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_named() {
        let cases = [
            ("10.0.0.256 'x' \"y\" \\.", "10.0.0.256 'x' \"y\" \\."),
            ("\u{1b}[31m\n\t\0\u{9b}1m\u{7f}", "\\u{1b}[31m\\n\\t\\0\\u{9b}1m\\u{7f}"),
            ("\u{202e}1.1\u{2066}\u{200b}\u{feff}\u{ad}", "\\u{202e}1.1\\u{2066}\\u{200b}\\u{feff}\\u{ad}"),
            ("a\u{a0}b\u{2028}c", "a\\u{a0}b\\u{2028}c"),
            ("bücher.example 例え", "bücher.example 例え"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!([shortened("éééé", 4), shortened("ééééé", 4)], ["éééé", "éééé…"]);
        assert_eq!(shortened("\u{202e}x", 4), "\\u{2…");
    }
}
