//! Refangs: makes `192[.]0[.]2[.]1` the address that it stands for.

use std::borrow::Cow;

const BRACKETS: [(u8, u8); 4] = [(b'[', b']'), (b'(', b')'), (b'{', b'}'), (b'<', b'>')];

/// What brackets may hide, and what it stands for. The longest come first.
const SEPARATORS: [(&str, &str); 12] = [
    (":\\\\", "://"),
    ("punto", "."),
    ("punkt", "."),
    ("ponto", "."),
    ("point", "."),
    ("://", "://"),
    ("dot", "."),
    ("d0t", "."),
    ("::", "::"),
    (":", ":"),
    (".", "."),
    ("/", "/"),
];

/// How often a text is refanged: brackets within brackets are removed one after the other.
const MAX_PASSES: usize = 8;

/// Refangs an indicator, so that `192[.]0[.]2[.]1` becomes `192.0.2.1`: the text without the brackets around its dots,
/// colons and slashes, and without the backslashes before them. Of a dot, one of the two brackets may be missing.
///
/// Nothing else is removed, so that two addresses never become one.
pub(crate) fn refang(text: &str) -> Cow<'_, str> {
    let may_be_defanged = |text: &str| {
        text.bytes().any(|byte| bracket(byte).is_some() || byte == b'\\')
            || text.contains("dot")
            || text.contains("DOT")
    };
    if !may_be_defanged(text) {
        return Cow::Borrowed(text);
    }
    let mut plain = refang_once(text);
    for _ in 1..MAX_PASSES {
        if !may_be_defanged(&plain) {
            break;
        }
        let further = refang_once(&plain);
        if further == plain {
            break;
        }
        plain = further;
    }
    Cow::Owned(plain)
}

fn refang_once(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let found = match c {
            // By far the most common.
            '[' if rest.starts_with("[.]") => Some((".", &rest[3..])),
            '[' | '(' | '{' | '<' => hidden_separator(rest, &plain).or_else(|| opened_dot(rest, &plain)),
            '.' | 'd' | 'D' | 'p' | 'P' => closed_dot(rest, &plain).or_else(|| bare_dot(rest, &plain)),
            _ => None,
        };
        if let Some((meant, after)) = found {
            plain.push_str(meant);
            rest = after;
        } else {
            if !(c == '\\' && is_escape(rest)) {
                plain.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    plain
}

/// The opening and the closing bracket of the pair that a byte belongs to.
fn bracket(byte: u8) -> Option<(u8, u8)> {
    BRACKETS.into_iter().find(|(open, close)| byte == *open || byte == *close)
}

fn closing(byte: u8) -> Option<u8> {
    BRACKETS.into_iter().find(|(open, _)| *open == byte).map(|(_, close)| close)
}

/// Whether the backslash at the start of a text escapes the next character.
fn is_escape(text: &str) -> bool {
    text.as_bytes().get(1).is_some_and(|byte| matches!(byte, b'.' | b':' | b'/') || bracket(*byte).is_some())
}

/// The separator at the start of a text, and the text after it.
fn separator(text: &str) -> Option<(&'static str, &str)> {
    SEPARATORS.into_iter().find_map(|(hidden, meant)| {
        let is_there = text.as_bytes().get(..hidden.len())?.eq_ignore_ascii_case(hidden.as_bytes());
        is_there.then(|| (meant, &text[hidden.len()..]))
    })
}

/// The separator in the brackets at the start of a text, and the text after them.
fn hidden_separator<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    let bytes = text.as_bytes();
    let depth = bytes.iter().take_while(|byte| closing(**byte).is_some()).count();
    if depth == 0 {
        return None;
    }
    let (meant, after) = separator(&text[depth..])?;
    // Alone in brackets, it is the unspecified address.
    if meant == "::" && !before.ends_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let closes = bytes[..depth].iter().rev().filter_map(|byte| closing(*byte));
    let is_closed = after.len() >= depth && closes.eq(after.bytes().take(depth));
    is_closed.then(|| (meant, &after[depth..]))
}

/// A dot between digits at the start of a text, behind a bracket that is not closed, or by one of another kind: `192[.0`,
/// `192[.)0`.
fn opened_dot<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    text.bytes().next().and_then(closing)?;
    let (meant, after) = separator(&text[1..])?;
    let after = after.strip_prefix([']', ')', '}', '>']).unwrap_or(after);
    (meant == "." && ends_in_digit(before) && begins_with_digit(after)).then_some((meant, after))
}

/// A dot between digits at the start of a text, before a bracket that was not opened: `192.]0`. Where there is an opening
/// one, it may be the address that ends there.
fn closed_dot<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    if !ends_in_digit(before) {
        return None;
    }
    let (meant, after) = separator(text)?;
    let (open, close) = bracket(after.bytes().next()?)?;
    let after = after.strip_prefix(char::from(close))?;
    let is_open = before.matches(char::from(open)).count() > before.matches(char::from(close)).count();
    (meant == "." && !is_open && begins_with_digit(after)).then_some((meant, after))
}

/// The word for a dot between digits, without brackets: `192dot0`.
fn bare_dot<'a>(text: &'a str, before: &str) -> Option<(&'static str, &'a str)> {
    let after = text.strip_prefix("dot").or_else(|| text.strip_prefix("DOT"))?;
    (ends_in_digit(before) && begins_with_digit(after)).then_some((".", after))
}

fn ends_in_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
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
            ("1<.>1<dot>1[d0t]1", "1.1.1.1"),
            ("1[punto]1(punkt)1[ponto]1[point]1", "1.1.1.1.1"),
            ("1[[.]]1[({.})]1", "1.1.1"),
            ("1\\[.\\]1\\\\[.\\\\]1[\\.]1", "1.1.1.1"),
            ("hxxp[:]//1[.]2[.]3[.]4[:]80/", "hxxp://1.2.3.4:80/"),
            ("hxxps[://]1.2.3.4[/]x", "hxxps://1.2.3.4/x"),
            ("hxxp[:\\\\]1.2.3.4", "hxxp://1.2.3.4"),
            ("2001[:]db8[:][:]1", "2001:db8::1"),
            ("2001:db8[::]1", "2001:db8::1"),
            ("http:\\/\\/1.1.1.1\\/x", "http://1.1.1.1/x"),
        ];
        for (text, expected) in cases {
            assert_eq!(refang(text), expected, "of {text}");
        }
    }

    #[test]
    fn one_bracket_of_a_dot_may_be_missing() {
        let cases = [
            ("1[.1[.1[.1", "1.1.1.1"),
            ("1.]1.]1.]1", "1.1.1.1"),
            ("1(.1.)1<.1", "1.1.1.1"),
            ("1[dot1{dot1dot]1", "1.1.1.1"),
            ("1[.)1(.]1\\[.1", "1.1.1.1"),
            ("1.1.1[.1]", "1.1.1.1]"),
            ("1dot1DOT1.1", "1.1.1.1"),
        ];
        for (text, expected) in cases {
            assert_eq!(refang(text), expected, "of {text}");
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "[::1]:80",
            "[::]",
            "[2001:db8::1]",
            // The address may end where the bracket closes.
            "[2001:db8::]443",
            "[192.0.2.]1",
            "192.0.2.1].198.51.100.2",
            "a[.1",
            "adot1",
            "1dot",
            "1.]x",
            "1].1",
            "1[:1",
            "a\\b",
            "(x)",
            "[",
            "[.",
            "é[ü]",
        ] {
            assert_eq!(refang(text), text);
        }
    }
}
