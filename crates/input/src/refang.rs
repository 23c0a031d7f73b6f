//! Refangs: makes `192[.]0[.]2[.]1` the address that it stands for.

use std::borrow::Cow;

const BRACKETS: [(u8, u8); 3] = [(b'[', b']'), (b'(', b')'), (b'{', b'}')];

/// What brackets may hide, and what it stands for. The longest come first.
const SEPARATORS: [(&str, &str); 6] = [("://", "://"), ("::", "::"), ("dot", "."), (":", ":"), (".", "."), ("/", "/")];

/// Refangs an indicator, so that `192[.]0[.]2[.]1` becomes `192.0.2.1`: the text without the brackets around its dots, colons and slashes, and without the backslashes before them.
///
/// Nothing else is removed, so that two addresses never become one.
pub(crate) fn refang(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'[' | b'(' | b'{' | b'\\')) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((meant, after)) = hidden_separator(rest, &plain) {
            plain.push_str(meant);
            rest = after;
        } else {
            if !(c == '\\' && is_escape(rest)) {
                plain.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    Cow::Owned(plain)
}

/// Whether the backslash at the start of a text escapes the next character.
fn is_escape(text: &str) -> bool {
    matches!(text.as_bytes().get(1), Some(b'.' | b':' | b'/' | b'[' | b']' | b'(' | b')' | b'{' | b'}'))
}

/// The separator in the brackets at the start of a text, and the text after them.
fn hidden_separator<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    let bytes = text.as_bytes();
    let closing = |byte: u8| BRACKETS.iter().find(|(open, _)| *open == byte).map(|(_, close)| *close);
    let depth = bytes.iter().take_while(|byte| closing(**byte).is_some()).count();
    if depth == 0 {
        return None;
    }
    let inner = &text[depth..];
    let (hidden, meant) = SEPARATORS.into_iter().find(|(hidden, _)| {
        inner.as_bytes().get(..hidden.len()).is_some_and(|b| b.eq_ignore_ascii_case(hidden.as_bytes()))
    })?;
    // Alone in brackets, it is the unspecified address.
    if meant == "::" && !before.ends_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let after = &inner[hidden.len()..];
    let closes = bytes[..depth].iter().rev().filter_map(|byte| closing(*byte));
    let is_closed = after.len() >= depth && closes.eq(after.bytes().take(depth));
    is_closed.then(|| (meant, &after[depth..]))
}

#[cfg(test)]
mod tests {
    use super::refang;

    #[test]
    fn defanged_separators_are_restored() {
        let cases = [
            ("192[.]168[.]0[.]1", "192.168.0.1"),
            ("1.1.1[.]1", "1.1.1.1"),
            ("1(.)1{.}1[dot]1", "1.1.1.1"),
            ("1(DOT)1{Dot}1\\.1", "1.1.1.1"),
            ("1[[.]]1[({.})]1", "1.1.1"),
            ("hxxp[:]//1[.]2[.]3[.]4[:]80/", "hxxp://1.2.3.4:80/"),
            ("hxxps[://]1.2.3.4[/]x", "hxxps://1.2.3.4/x"),
            ("2001[:]db8[:][:]1", "2001:db8::1"),
            ("2001:db8[::]1", "2001:db8::1"),
            ("http:\\/\\/1.1.1.1\\/x", "http://1.1.1.1/x"),
        ];
        for (text, expected) in cases {
            assert_eq!(refang(text), expected, "of {text}");
        }
    }

    #[test]
    fn other_text_stays() {
        for text in ["[::1]:80", "[::]", "[2001:db8::1]", "1[.1", "1.]1", "1[.)1", "a\\b", "(x)", "[", "[.", "é[ü]"] {
            assert_eq!(refang(text), text);
        }
    }
}
