//! Diagnoses: what is wrong with a text that is not an IP address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::escape::quote;
use crate::look_alike::{self, LookAlike};
use crate::near_miss::{is_near_miss, misread_letter};

/// The diagnosis of a word, which is certainly no damaged address.
pub(crate) const WORD: &str = "is a word";

pub(crate) const HOST_NAME: &str = "looks like a host name: give the address of the host";

/// The diagnosis of a date or a time, alone or together.
pub(crate) const DATE: &str = "is a date or a time";

/// The diagnosis of a refanged text that is not an address: a sentence without its subject, which is the text.
pub(crate) fn diagnose(text: &str) -> String {
    let findings = [
        empty,
        wrapped,
        look_alike,
        email,
        date,
        network,
        zone,
        range,
        port,
        defanged,
        number,
        parts_of_ipv4,
        misread,
        ipv6,
        glued,
        host_name,
        word,
    ];
    findings
        .into_iter()
        .find_map(|finding| finding(text))
        .unwrap_or_else(|| "is neither an IPv4 nor an IPv6 address".to_owned())
}

/// The diagnosis of bytes that are not UTF-8.
pub(crate) fn not_utf_8(bytes: &[u8], valid: usize) -> String {
    let byte = bytes.get(valid).copied().unwrap_or_default();
    format!("is not UTF-8 (byte 0x{byte:02X}): save the text as UTF-8")
}

fn is<T: std::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

fn empty(text: &str) -> Option<String> {
    text.is_empty().then(|| "is empty".to_owned())
}

fn wrapped(text: &str) -> Option<String> {
    let is_wrapped = text.contains("=\n") || text.contains("=\r\n");
    is_wrapped.then(|| "is wrapped as in a mail: remove the = and the end of the line".to_owned())
}

/// Characters that look like those of an address, or are invisible.
fn look_alike(text: &str) -> Option<String> {
    let (c, kind) = text.chars().find_map(|c| Some((c, look_alike::kind(c)?)))?;
    let code = u32::from(c);
    Some(match kind {
        LookAlike::Dot => format!("has '{c}' (U+{code:04X}), which is not the dot of an address"),
        LookAlike::Colon => format!("has '{c}' (U+{code:04X}), which is not the colon of an address"),
        LookAlike::Digit => format!("has the digit '{c}' (U+{code:04X}), which is not one of 0 to 9"),
        LookAlike::Invisible => format!("contains the invisible character U+{code:04X}: remove it"),
    })
}

fn email(text: &str) -> Option<String> {
    let (name, host) = text.rsplit_once('@')?;
    let is_email = !name.is_empty() && !host.is_empty() && !host.contains(['/', ':']);
    is_email.then(|| "looks like an e-mail address".to_owned())
}

fn date(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let is_time = |text: &str| {
        let (hours, after) = text.split_once(':').unwrap_or_default();
        let is_pair = |text: &str| text.len() == 2 && is_decimal(text);
        is_pair(hours) && after.get(..2).is_some_and(is_pair) && !after.contains("::")
    };
    let is_date = |separator: char| {
        let parts: Vec<_> = date.split(separator).collect();
        let [first, middle, last] = parts[..] else { return false };
        let has_year = first.len() == 4 && last.len() <= 2 || first.len() <= 2 && last.len() == 4;
        has_year && middle.len() <= 2 && parts.iter().all(|part| is_decimal(part))
    };
    let is_known = ['-', '/', '.'].into_iter().any(is_date) && (time.is_empty() || is_time(time));
    let is_plain = |c: char| c.is_ascii_digit() || ":.,".contains(c);
    (is_known || is_time(text) && text.chars().all(is_plain)).then(|| DATE.to_owned())
}

fn network(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    let is_shortened = address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && address.contains('.');
    ((is_shortened || is::<IpAddr>(address)) && is::<u8>(bits))
        .then(|| "is a network: give single addresses".to_owned())
}

fn zone(text: &str) -> Option<String> {
    let (address, zone) = text.trim_start_matches('[').split_once('%')?;
    let zone = zone.split(']').next().unwrap_or_default();
    let suffix = quote(&format!("%{zone}"));
    is::<Ipv6Addr>(address).then(|| format!("has a zone, which is valid on one machine only: remove {suffix}"))
}

fn range(text: &str) -> Option<String> {
    let (first, _) = text.split_once(['-', '–', '—', '~', '…']).or_else(|| text.split_once(".."))?;
    is::<IpAddr>(first).then(|| "is a range, or an address with something after it: give single addresses".to_owned())
}

fn port(text: &str) -> Option<String> {
    let after_ipv4 = || text.split_once(':').is_some_and(|(address, _)| is::<Ipv4Addr>(address));
    let after_ipv6 = || text.strip_prefix('[')?.split_once("]:").map(|(address, _)| is::<Ipv6Addr>(address));
    let has_port = is::<SocketAddr>(text) || after_ipv4() || after_ipv6() == Some(true);
    has_port.then(|| "has a port that is not a number".to_owned())
}

fn defanged(text: &str) -> Option<String> {
    let has_bracket = text.contains(['[', ']', '(', ')', '{', '}', '\\']);
    let has_digits = text.contains(|c: char| c.is_ascii_digit()) && text.contains(['.', ':']);
    let allowed = |c: char| c.is_ascii_hexdigit() || "[](){}\\.:dotDOT".contains(c);
    (has_bracket && has_digits && text.chars().all(allowed))
        .then(|| "is defanged in an unknown way: write it plainly".to_owned())
}

fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if digits.is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok()) {
        return Some("is a hexadecimal number: write the address with dots or colons".to_owned());
    }
    if text.split('.').any(|part| part.starts_with("0x") || part.starts_with("0X")) {
        return Some("has a hexadecimal part: write the address with decimal ones".to_owned());
    }
    // No host has the address of a smaller number.
    let is_address = text.parse::<u32>().is_ok_and(|number| number >= 1 << 24) || text.len() > 10;
    let problem = if is_address { "is a plain number: write the address with dots" } else { "is a plain number" };
    is_decimal(text).then(|| problem.to_owned())
}

fn parts_of_ipv4(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('.').collect();
    if parts.len() < 2 || !parts.iter().all(|part| part.is_empty() || is_decimal(part)) {
        return None;
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Some("has a dot without a number beside it".to_owned());
    }
    if let [address @ .., port] = &parts[..]
        && is::<Ipv4Addr>(&address.join("."))
    {
        return Some(format!("has 5 parts: if the last is a port, remove {}", quote(&format!(".{port}"))));
    }
    if parts.len() != 4 {
        return Some(format!("has {} parts: an IPv4 address has four", parts.len()));
    }
    let leading_zero = parts.iter().find(|part| part.len() > 1 && part.starts_with('0'));
    if let Some(part) = leading_zero {
        return Some(format!("has a leading zero in {}, which some programs read as octal", quote(part)));
    }
    let too_large = parts.iter().find(|part| !is::<u8>(part))?;
    Some(format!("has the part {}, which is above 255", quote(too_large)))
}

fn misread(text: &str) -> Option<String> {
    let letter = misread_letter(text)?;
    Some(format!("has the letter '{letter}' in place of a digit"))
}

fn ipv6(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    (text.contains(':') && text.bytes().all(allowed)).then(|| "is not a complete IPv6 address".to_owned())
}

fn glued(text: &str) -> Option<String> {
    let mut pieces = text.split(|c: char| c.is_ascii_alphabetic()).filter(|piece| !piece.is_empty());
    let is_version = text.starts_with(['v', 'V']);
    (!is_version && text.contains('.') && pieces.all(is::<Ipv4Addr>))
        .then(|| "has letters beside an address: separate them".to_owned())
}

fn host_name(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || c == '_';
    let (name, port) = text.split_once(':').unwrap_or((text, "1"));
    let is_name = name.chars().all(allowed) && name.chars().any(char::is_alphabetic) && is_decimal(port);
    (is_name && (name.contains('.') || name.eq_ignore_ascii_case("localhost"))).then(|| HOST_NAME.to_owned())
}

fn word(text: &str) -> Option<String> {
    // With two colons it may be what a typing error made of IPv6.
    let is_word = text.contains(char::is_alphabetic) && !text.contains("::") && !is_near_miss(text);
    is_word.then(|| WORD.to_owned())
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::diagnose;

    #[test]
    fn common_mistakes_are_distinguished() {
        let cases = [
            ("", "is empty"),
            ("8.8.8．8", "has '．' (U+FF0E), which is not the dot of an address"),
            ("2001：db8::1", "has '：' (U+FF1A), which is not the colon of an address"),
            ("８.8.8.8", "has the digit '８' (U+FF18), which is not one of 0 to 9"),
            ("8.8.8.8\u{200b}", "contains the invisible character U+200B: remove it"),
            ("anna@example.com", "looks like an e-mail address"),
            ("10.0/16", "is a network: give single addresses"),
            ("fe80::1%eth0", "has a zone, which is valid on one machine only: remove \"%eth0\""),
            ("[fe80::1%eth0]:80", "has a zone, which is valid on one machine only: remove \"%eth0\""),
            ("fe80::1%\u{1b}[2J", "has a zone, which is valid on one machine only: remove \"%\\u{1b}[2J\""),
            ("8.8.8.8-8.8.8.9", "is a range, or an address with something after it: give single addresses"),
            ("8.8.8.8:dns", "has a port that is not a number"),
            ("[2001:db8::1]:", "has a port that is not a number"),
            ("1.1.1[.1", "is defanged in an unknown way: write it plainly"),
            ("134744072", "is a plain number: write the address with dots"),
            ("0x08080808", "is a hexadecimal number: write the address with dots or colons"),
            ("0x7f.0.0.1", "has a hexadecimal part: write the address with decimal ones"),
            ("443", "is a plain number"),
            ("8.8.8.l", "has the letter 'l' in place of a digit"),
            ("8.8.8", "has 3 parts: an IPv4 address has four"),
            (".8.8.8.8", "has a dot without a number beside it"),
            ("010.0.0.1", "has a leading zero in \"010\", which some programs read as octal"),
            ("256.1.1.1", "has the part \"256\", which is above 255"),
            ("2001:db8", "is not a complete IPv6 address"),
            ("example.com", "looks like a host name: give the address of the host"),
            ("münchen.example:443", "looks like a host name: give the address of the host"),
            ("localhost", "looks like a host name: give the address of the host"),
            ("8.8.8=\n.8", "is wrapped as in a mail: remove the = and the end of the line"),
            ("IP8.8.8.8", "has letters beside an address: separate them"),
            ("8.8.8.8and1.1.1.1", "has letters beside an address: separate them"),
            ("8.8.8.8and", "has letters beside an address: separate them"),
            ("2026-11-27", "is a date or a time"),
            ("27.11.2026", "is a date or a time"),
            ("2026-11-27T10:00:00Z", "is a date or a time"),
            ("10:00:00.123", "is a date or a time"),
            ("google", "is a word"),
            ("src=8.8.8.8", "is neither an IPv4 nor an IPv6 address"),
        ];
        for (text, expected) in cases {
            assert!(text.parse::<std::net::IpAddr>().is_err(), "{text:?} is an address");
            assert_eq!(diagnose(text), expected, "of {text:?}");
        }
    }
}
