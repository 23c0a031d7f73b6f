//! Near misses: texts that may be a damaged address, in contrast to words.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::look_alike;
use crate::refang::refang;

/// Whether a text that is no address may be a damaged one, or hold an address beside something else. If not, it is certainly
/// a word: a name, a version number, a date, a time.
///
/// A text of three numbers, such as `1.2.3`, may be either: it is a near miss unless something shows that it is a version.
pub(crate) fn is_near_miss(text: &str) -> bool {
    if !text.contains(['.', ':']) && text.is_ascii() {
        return false;
    }
    let text = refang(text);
    let text = if text.is_ascii() { text } else { Cow::Owned(look_alike::as_it_looks(&text)) };
    let mut before = ' ';
    let pieces = text.split_inclusive(|c: char| !is_of_piece(c));
    pieces.into_iter().any(|piece| {
        let after = piece.chars().next_back().filter(|c| !is_of_piece(*c));
        let bare = piece.strip_suffix(|c: char| !is_of_piece(c)).unwrap_or(piece);
        let before = std::mem::replace(&mut before, after.unwrap_or(' '));
        is_piece_near_miss(bare.trim_matches(['.', '-']), before)
    }) || is_cut_by_brackets(&text)
}

/// Names and versions stay in one piece, so that the numbers in them are not taken for addresses.
fn is_of_piece(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | ':' | '_' | '-')
}

fn is_piece_near_miss(piece: &str, before: char) -> bool {
    if piece.split('-').any(|part| part.trim_end_matches(':').parse::<IpAddr>().is_ok()) {
        return true;
    }
    // A name stands before the number of its version: curl/7.81.0, lodash@4.17.21.
    let is_version = matches!(before, '/' | '@');
    let host = piece.split_once(':').map_or(piece, |(host, _)| host);
    is_like_ipv4(host, is_version) || is_like_ipv6(piece)
}

fn is_like_ipv4(text: &str, is_version: bool) -> bool {
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = |part: &&str| part.len() <= 3;
    let parts: Vec<_> = text.split('.').take(9).collect();
    let Some((last, others)) = parts.split_last() else { return false };
    let are_numbers = parts.iter().all(is_number);
    match parts.len() {
        3 => are_numbers && parts.iter().all(is_short) && !is_version,
        // The number of a port may be glued to its end. Versions have long parts elsewhere.
        4 | 5 if are_numbers => others.iter().all(is_short) && last.len() <= 8,
        4 | 5 if parts.iter().all(|part| part.is_empty() || is_number(part)) => parts.iter().all(is_short),
        4 => misread_letter(text).is_some(),
        // Two addresses, without anything in between.
        8 => are_numbers && parts.iter().all(|part| part.parse::<u8>().is_ok()),
        _ => false,
    }
}

/// The first letter that stands for a digit in an IPv4 address: `l` and `I` for 1, `O` for 0, as text recognition confuses
/// them.
pub(crate) fn misread_letter(text: &str) -> Option<char> {
    let parts: Vec<_> = text.split('.').take(5).collect();
    let is_like_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'l' | b'I' | b'O' | b'o');
    let is_like_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(is_like_digit);
    let numbers = parts.iter().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count();
    let is_misread = parts.len() == 4 && numbers >= 2 && parts.iter().all(is_like_number);
    text.chars().find(|c| is_misread && c.is_ascii_alphabetic())
}

fn is_like_ipv6(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    if is_misread_ipv6(text) {
        return true;
    }
    if !text.bytes().all(is_hex) || !text.contains(|c: char| c.is_ascii_hexdigit()) {
        return false;
    }
    let groups: Vec<_> = text.split(':').take(12).collect();
    let long = groups.iter().filter(|group| group.len() >= 3).count();
    // Groups of two are a time or the address of a network card.
    match groups.len() {
        0..=2 => false,
        _ if text.contains("::") => long > 0,
        5..=11 => long >= 2,
        3..=4 => long >= 2 && text.contains(|c: char| c.is_ascii_alphabetic()),
        _ => false,
    }
}

/// Whether it has the groups of an IPv6 address, and one of them has a letter that is no digit.
fn is_misread_ipv6(text: &str) -> bool {
    let is_hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let groups: Vec<_> = text.split(':').take(10).filter(|group| !group.is_empty()).collect();
    let has_digits =
        groups.iter().filter(|group| is_hex(group) && group.contains(|c: char| c.is_ascii_digit())).count();
    let is_long = groups.len() >= 5 || (groups.len() >= 3 && text.contains("::"));
    let is_group = |group: &&str| group.len() <= 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let misread = groups.iter().filter(|group| !is_hex(group)).count();
    is_long && misread == 1 && has_digits >= 2 && groups.iter().all(is_group)
}

/// Whether it is like an IPv4 address but for the brackets in it.
fn is_cut_by_brackets(text: &str) -> bool {
    let is_bracket = |c: char| "[](){}<>\\".contains(c);
    let inner = text.trim_matches(|c: char| !c.is_ascii_digit());
    inner.contains(is_bracket) && is_like_ipv4(&inner.replace(is_bracket, ""), true)
}

#[cfg(test)]
mod tests {
    use super::is_near_miss;

    #[test]
    fn damaged_addresses_are_near_misses() {
        for text in [
            "999.1.1.1",
            "src=999.1.1.1",
            "(999.1.1.1)",
            "999.1.1.1:443",
            "1.2.3",
            "src=1.2.3,",
            "1.2.3.4.5",
            "192.0.2.1.443",
            "192.0.2.1443",
            "192.0..1",
            "192.0.2.",
            "8.8.8.8.8.8.4.4",
            "010.0.0.1",
            "192・0・2・1",
            "192.0.2．1",
            "2001：db8::1",
            "192.0.2.1\u{200b}",
            "192.0.2.l",
            "I92.0.2.O",
            "192.0.2.1-192.0.2.9",
            "192.0.2.1-9",
            "192.0.2.0/24",
            "192.0.2.1x/192.0.2.1",
            "fe80::1%eth0",
            "2001:db8:::1",
            "2001:db8::1::2",
            "2001:db8:1:2:3:4:5",
            "2001:db8:1:2:3:4:5:6:7",
            "2001:db8::12345",
            "2001:db8::g1",
            "2O01:db8::1",
            "1.1[.)1[.)1",
            "192[0].2.1.9",
            "http://256.1.1.1/",
        ] {
            assert!(is_near_miss(text), "{text} is a near miss");
        }
    }

    #[test]
    fn other_texts_are_words() {
        for text in [
            "",
            "-",
            "google",
            "example.com",
            "www.example.com:443",
            "anna@example.com",
            "v1.2.3",
            "v1.2.3.4",
            "1.2.3-rc1",
            "1.2",
            "3.14",
            "curl/7.81.0",
            "Mozilla/5.0",
            "Chrome/120.0.6099.109",
            "lodash@4.17.21",
            "libfoo.so.1.2.3",
            "linux-5.15.0-91-generic",
            "10.0.19045.3803",
            "10.0.19045",
            "4.0.30319",
            "2026-11-27",
            "27.11.2026",
            "2026.11.27",
            "12:30:45",
            "12:30:45.123",
            "2026-11-27T12:30:45Z",
            "2026:11:27:10:00:00",
            "00:1a:2b:3c:4d:5e",
            "1.3.6.1.4.1.311",
            "std::vector",
            "a.b.c.d",
            "4.3.2.1.in-addr.arpa",
            "f(1.5)",
            "これは。",
            "日本・東京",
            "1,234.56",
            "[10:00:00]",
            "sha256:abcdef",
            "$1,000.00",
            "file.1.2.3.log",
            "443",
            "x",
        ] {
            assert!(!is_near_miss(text), "{text} is a word");
        }
    }
}
