//! Takes away what keeps an indicator from being clicked on.

use std::borrow::Cow;

const BRACKETS: [(u8, u8); 3] = [(b'[', b']'), (b'(', b')'), (b'{', b'}')];

/// What may be hidden in brackets, and what it stands for. The longest come first.
const HIDDEN: [(&str, &str); 6] = [("://", "://"), ("::", "::"), ("dot", "."), (":", ":"), (".", "."), ("/", "/")];

/// The text with its brackets around dots, colons and slashes taken away, and its backslashes before them.
///
/// It never takes away more than that, and so never makes one address of two.
pub(super) fn refang(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'[' | b'(' | b'{' | b'\\')) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((meant, after)) = disguised(rest, &plain) {
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

/// Whether the backslash that a text begins with is there for the sake of what follows it.
fn is_escape(text: &str) -> bool {
    matches!(text.as_bytes().get(1), Some(b'.' | b':' | b'/' | b'[' | b']' | b'(' | b')' | b'{' | b'}'))
}

/// What the brackets that a text begins with hide, and what comes after them.
fn disguised<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    let bytes = text.as_bytes();
    let closing = |byte: u8| BRACKETS.iter().find(|(open, _)| *open == byte).map(|(_, close)| *close);
    let depth = bytes.iter().take_while(|byte| closing(**byte).is_some()).count();
    if depth == 0 {
        return None;
    }
    let inner = &text[depth..];
    let (hidden, meant) = HIDDEN.into_iter().find(|(hidden, _)| {
        inner.as_bytes().get(..hidden.len()).is_some_and(|b| b.eq_ignore_ascii_case(hidden.as_bytes()))
    })?;
    // Alone in brackets, that is the unspecified address.
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
    fn every_disguise_is_taken_off() {
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
    fn nothing_else_is() {
        for text in ["[::1]:80", "[::]", "[2001:db8::1]", "1[.1", "1.]1", "1[.)1", "a\\b", "(x)", "[", "[.", "é[ü]"] {
            assert_eq!(refang(text), text);
        }
    }
}
