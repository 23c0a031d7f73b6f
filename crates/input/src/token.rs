//! What a token is: an address, several addresses, a missing value, punctuation, or none of these.

use std::net::IpAddr;

use crate::address::parse;
use crate::range::{Found, Range};
use crate::service::{is_number, is_service};

/// What a token is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Address(IpAddr),
    /// A network or a range.
    Range(Range),
    /// It says that there is no address.
    Missing,
    /// Brackets or arrows, which separate like blanks.
    Punctuation,
    /// What is wrong with it: a sentence without its subject.
    Invalid(String),
}

impl From<Result<Found, String>> for Token {
    fn from(found: Result<Found, String>) -> Self {
        match found {
            Ok(Found::One(address)) => Self::Address(address),
            Ok(Found::Several(range)) => Self::Range(range),
            Err(problem) => Self::Invalid(problem),
        }
    }
}

/// What programs write where a value is missing, in lower case. What has neither a letter nor a digit is missing as well.
#[rustfmt::skip]
const MISSING: [&str; 30] = [
    "n/a", "na", "n.a.", "n.a", "n/d", "n/v", "k.a.", "nan", "null", "nil", "none", "unknown", "undefined", "undef", "unset",
    "local", "empty", "blank", "missing", "\\n", "not available", "not applicable", "not set", "not found", "no data", "no ip",
    "no address", "no value", "nothing", "unspecified",
];

/// What a spreadsheet shows for a formula without a result.
const ERRORS: [&str; 8] = ["#n/a", "#na", "#ref!", "#value!", "#name?", "#null!", "#num!", "#div/0!"];

/// What a token is. White space around it does not count.
pub(crate) fn read_token(text: &str) -> Token {
    let text = text.trim();
    match parse(text) {
        Err(_) if is_punctuation(text) => Token::Punctuation,
        Err(_) if is_missing(text) => Token::Missing,
        found => found.into(),
    }
}

/// Whether a text, which is no address, says that there is none.
pub(crate) fn is_missing(text: &str) -> bool {
    let is_one_of = |names: &[&str], text: &str| names.iter().any(|name| name.eq_ignore_ascii_case(text));
    let has_sign = text.contains(char::is_alphanumeric);
    // More than one colon may be what is left of IPv6.
    let is_sign = !has_sign && text.matches(':').count() < 2;
    is_sign || is_one_of(&MISSING, within_brackets(text)) || is_one_of(&ERRORS, text) || is_any(text)
}

/// The text without a pair of brackets around it, as in `(null)`, `<none>`, `[unknown]`.
fn within_brackets(text: &str) -> &str {
    let pairs = [('(', ')'), ('<', '>'), ('[', ']'), ('{', '}')];
    let inner = pairs.into_iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    inner.unwrap_or(text)
}

/// Any address, as netstat writes it with a port: `*:443`, `*.https`, `*:*`.
fn is_any(text: &str) -> bool {
    let port = text.strip_prefix('*').and_then(|text| text.strip_prefix([':', '.']));
    port.is_some_and(|port| is_number(port) || is_service(port) || port == "*")
}

/// Whether it is nothing but brackets, quotes and arrows, with the punctuation marks behind them.
fn is_punctuation(text: &str) -> bool {
    // It introduces what it is about.
    let is_sign = matches!(text, "=" | "==" | ":=" | "\\");
    is_sign || (text.contains(is_enclosing) && text.chars().all(|c| is_enclosing(c) || "-=.,;:!?\\".contains(c)))
}

pub(crate) fn is_quote(c: char) -> bool {
    "\"'`“”„‟‘’‚‛«»‹›＂＇".contains(c)
}

/// Whether it is a bracket, a quotation mark or an arrow.
pub(crate) fn is_enclosing(c: char) -> bool {
    let is_bracket = "[](){}<>【】（）「」『』〈〉《》〔〕".contains(c);
    is_bracket || is_quote(c) || "→⇒➜➔⟶⟹←⇐↔⇔↦⮕".contains(c)
}

#[cfg(test)]
mod tests {
    use super::{Token, read_token};

    #[test]
    fn missing_values_are_known() {
        for text in [
            "",
            "-",
            "--",
            "---",
            "–",
            "—",
            ".",
            "...",
            "…",
            "?",
            "*",
            "/",
            "N/A",
            "n/a",
            "NA",
            "N.A.",
            "#N/A",
            "#REF!",
            "NaN",
            "null",
            "NULL",
            "(null)",
            "<null>",
            "[null]",
            "nil",
            "<nil>",
            "none",
            "None",
            "(none)",
            "<none>",
            "unknown",
            "<unknown>",
            "LOCAL",
            "(empty)",
            "\\N",
            "undefined",
            "not available",
            "(not set)",
            "*:443",
            "*:*",
            "*.https",
            "*.*",
            "🚩",
        ] {
            assert_eq!(read_token(text), Token::Missing, "of {text:?}");
        }
    }

    #[test]
    fn brackets_quotes_and_arrows_are_punctuation() {
        for text in
            ["[", "]", "],", ");", "{}", "<", ">", "->", "=>", "-->", "→", "“", "»", "[]", "【", "=", "\\", "[\\"]
        {
            assert_eq!(read_token(text), Token::Punctuation, "of {text:?}");
        }
    }

    #[test]
    fn other_words_are_invalid_and_addresses_are_none_of_these() {
        for text in ["google", "*.example.com", "443", ":::", "x", "localhost", "(see", "local.", "nope", "0"] {
            assert!(matches!(read_token(text), Token::Invalid(_)), "{text:?} is {:?}", read_token(text));
        }
        for text in ["::", "0.0.0.0", "255.255.255.255", "[::]:443", ":::22", ":::*", "0.0.0.0:*"] {
            assert!(matches!(read_token(text), Token::Address(_)), "{text:?} is {:?}", read_token(text));
        }
    }
}
