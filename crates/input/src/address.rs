//! The address in a token, which may have a port, brackets or a URL around it or be defanged, and whether an address is
//! public.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnose::diagnose;

/// How many punctuation marks around an address are stripped.
const MAX_STRIPPED: usize = 8;

/// What a token is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Address(IpAddr),
    /// It says that there is no address.
    Missing,
    /// What is wrong with it: a sentence without its subject.
    Invalid(String),
}

/// What programs write where a value is missing, in lower case.
const MISSING: [&str; 12] =
    ["", "-", "--", "n/a", "na", "null", "none", "nil", "unknown", "local", "(empty)", "undefined"];

/// What a token is. White space around it does not count.
pub(crate) fn read_token(text: &str) -> Token {
    let text = text.trim();
    match parse_address(text) {
        Ok(address) => Token::Address(address),
        Err(_) if MISSING.iter().any(|missing| missing.eq_ignore_ascii_case(text)) => Token::Missing,
        Err(problem) => Token::Invalid(problem),
    }
}

/// The address that a text holds, or what is wrong with it: a sentence without its subject.
///
/// It may have a port, be the host of a URL, in brackets or defanged, and have punctuation around it. A
/// text that may hold two addresses is invalid.
pub(crate) fn parse_address(text: &str) -> Result<IpAddr, String> {
    if let Ok(address) = text.parse() {
        return unambiguous(address, text);
    }
    let plain = refang(text);
    let mut rest = &*plain;
    for _ in 0..MAX_STRIPPED {
        match indicator(rest) {
            Ok(address) => return Ok(address),
            Err(problem) => rest = strip_punctuation(rest).ok_or(problem)?,
        }
    }
    indicator(rest)
}

/// An address, as it may be written within a list of indicators.
fn indicator(text: &str) -> Result<IpAddr, String> {
    if let Some(after_scheme) = after_scheme(text) {
        return host_of_url(after_scheme);
    }
    let Some((head, path)) = text.split_once('/') else { return with_port(text) };
    if let Ok(address) = head.parse() {
        network(address, path)?;
    }
    let address = with_port(head).map_err(|_| diagnose(text))?;
    if holds_address(path) { Err(two_addresses()) } else { Ok(address) }
}

/// What comes after `http://`, `hxxp://`, `h**p://` and the like.
fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, after) = text.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.*-".contains(&byte));
    is_scheme.then_some(after)
}

fn host_of_url(text: &str) -> Result<IpAddr, String> {
    let (authority, rest) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if holds_address(user) || holds_address(rest) {
        return Err(two_addresses());
    }
    if host.parse::<Ipv6Addr>().is_ok() {
        return Err("is a URL whose IPv6 address has no brackets, so that its port is unclear".to_owned());
    }
    with_port(host).map_err(|problem| format!("is a URL, and its host {problem}"))
}

/// An address with or without a port, in brackets or not.
fn with_port(text: &str) -> Result<IpAddr, String> {
    let apart = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, "")) => return bare(address),
        Some((address, port)) => port.strip_prefix(':').and_then(|port| Some((address.parse().ok()?, port))),
        None => {
            text.split_once(':').and_then(|(address, port)| Some((IpAddr::V4(address.parse::<Ipv4Addr>().ok()?), port)))
        }
    };
    match apart {
        Some((address, port)) if is_number(port) => match port.parse::<u16>() {
            Ok(_) => Ok(address),
            Err(_) => Err("has a port above 65535".to_owned()),
        },
        _ => bare(text),
    }
}

fn bare(text: &str) -> Result<IpAddr, String> {
    let address = text.parse().map_err(|_| diagnose(text))?;
    unambiguous(address, text)
}

/// An IPv6 address may end in dots where it stands for an IPv4 address. Elsewhere there may be two of them, with a colon
/// in between.
fn unambiguous(address: IpAddr, text: &str) -> Result<IpAddr, String> {
    let stands_for_ipv4 = |address: Ipv6Addr| {
        matches!(address.segments(), [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, ..])
    };
    match address {
        IpAddr::V6(ipv6) if text.contains('.') && !stands_for_ipv4(ipv6) => {
            Err("is an IPv6 address that ends in an IPv4 address, or two addresses: write it with colons".to_owned())
        }
        _ => Ok(address),
    }
}

/// Fails if the text after the slash makes it a network.
fn network(address: IpAddr, bits: &str) -> Result<(), String> {
    let bits = bits.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let all = if address.is_ipv4() { "32" } else { "128" };
    match bits {
        _ if bits == all => Err(format!("is a network of one address: remove \"/{bits}\"")),
        // The path of a URL without its scheme may begin so as well, which is ambiguous.
        _ if bits.starts_with(|c: char| c.is_ascii_digit()) => Err("is a network: give single addresses".to_owned()),
        _ => Ok(()),
    }
}

fn two_addresses() -> String {
    "contains more than one address: separate them".to_owned()
}

/// Whether a part of a URL beside its host may hold an address, with whatever there is before it and after it.
fn holds_address(text: &str) -> bool {
    let mut pieces = text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != ':');
    pieces.any(|piece| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        let bytes = piece.as_bytes();
        let dots = (1..bytes.len())
            .filter(|at| bytes[*at] == b'.' && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1)));
        dots.count() >= 3 || piece.contains("::") || piece.matches(':').count() >= 7
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Strips a pair of brackets, or one punctuation mark at the end or the beginning.
fn strip_punctuation(text: &str) -> Option<&str> {
    if let Some(before) = text.strip_suffix(['.', ',', ';', '!', '?']) {
        return Some(before);
    }
    if let Some(before) = text.strip_suffix(':') {
        // After IPv6, the colon belongs to an address that breaks off.
        return before.parse::<Ipv4Addr>().is_ok().then_some(before);
    }
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')] {
        let (opened, closed) = (text.matches(open).count(), text.matches(close).count());
        let (inner, outer) = (text.strip_prefix(open), text.strip_suffix(close));
        if let Some(both) = inner.and_then(|inner| inner.strip_suffix(close)) {
            return Some(both);
        }
        if opened > closed && inner.is_some() {
            return inner;
        }
        if closed > opened && outer.is_some() {
            return outer;
        }
    }
    None
}

/// Whether an address may be that of a host on the internet, by the ranges reserved for other purposes:
///
/// - IPv4: this network, 0.0.0.0/8, and loopback, 127.0.0.0/8 (RFC 1122); private, 10.0.0.0/8, 172.16.0.0/12 and
///   192.168.0.0/16 (RFC 1918); shared by a carrier's customers, 100.64.0.0/10 (RFC 6598); link-local, 169.254.0.0/16
///   (RFC 3927); documentation, 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737); benchmarks, 198.18.0.0/15
///   (RFC 2544); multicast, 224.0.0.0/4 (RFC 5771); reserved, 240.0.0.0/4 (RFC 1112), and broadcast in it (RFC 919).
/// - IPv6: unspecified, ::, loopback, ::1, link-local, fe80::/10, and multicast, ff00::/8 (RFC 4291); site-local,
///   fec0::/10 (RFC 3879); unique-local, fc00::/7 (RFC 4193); documentation, 2001:db8::/32 (RFC 3849) and 3fff::/20
///   (RFC 9637).
///
/// An IPv4 address mapped into IPv6, ::ffff:0:0/96 (RFC 4291), is what the IPv4 address is.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_ipv4(address),
        IpAddr::V6(address) => address.to_ipv4_mapped().map_or_else(|| is_public_ipv6(address), is_public_ipv4),
    }
}

fn is_public_ipv4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0b1100_0000 == 64;
    let is_for_benchmarks = first == 198 && second & 0b1111_1110 == 18;
    let is_local = first == 0 || address.is_loopback() || address.is_private() || address.is_link_local();
    // From 224 on there is multicast, and then what is reserved.
    !(is_local || is_shared || is_for_benchmarks || address.is_documentation() || first >= 224)
}

fn is_public_ipv6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_site_local = first & 0xffc0 == 0xfec0;
    let is_for_documentation = (first, second) == (0x2001, 0x0db8) || (first == 0x3fff && second < 0x1000);
    let is_local = address.is_unspecified()
        || address.is_loopback()
        || address.is_unicast_link_local()
        || address.is_unique_local()
        || is_site_local;
    !(is_local || is_for_documentation || address.is_multicast())
}

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
    use super::{is_public, parse_address, refang};

    #[test]
    fn an_address_is_found_in_its_surroundings() {
        let cases = [
            ("8.8.8.8", "8.8.8.8"),
            ("8.8.8.8:53", "8.8.8.8"),
            ("8.8.8.8.", "8.8.8.8"),
            ("8.8.8.8:", "8.8.8.8"),
            ("(8.8.8.8)", "8.8.8.8"),
            ("(8.8.8.8).", "8.8.8.8"),
            ("<8.8.8.8>", "8.8.8.8"),
            ("[8.8.8.8]", "8.8.8.8"),
            ("[8.8.8.8", "8.8.8.8"),
            ("8.8.8.8]", "8.8.8.8"),
            ("[8.8.8.8]:53", "8.8.8.8"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("([2001:db8::1]:443)", "2001:db8::1"),
            ("2001:0db8:0000:0000:0000:ff00:0042:8329", "2001:db8::ff00:42:8329"),
            ("::ffff:8.8.8.8", "::ffff:8.8.8.8"),
            ("64:ff9b::8.8.8.8", "64:ff9b::808:808"),
            ("[::]:80", "::"),
            ("http://8.8.8.8", "8.8.8.8"),
            ("http://8.8.8.8)", "8.8.8.8"),
            ("<http://8.8.8.8/x>", "8.8.8.8"),
            ("https://user:secret@8.8.8.8:8443/a/b?c=d#e", "8.8.8.8"),
            ("hxxp://[2001:db8::1]:80/x", "2001:db8::1"),
            ("http://8.8.8.8/?t=12:30:45", "8.8.8.8"),
            ("http://user:pa:ss@8.8.8.8/", "8.8.8.8"),
            ("hxxp[:]//1[.]2[.]3[.]4[:]80/", "1.2.3.4"),
            ("h**p://1.2.3.4/", "1.2.3.4"),
            ("hXXps[://]1[.]2[.]3[.]4", "1.2.3.4"),
            ("1.2.3.4:8080/gate.php", "1.2.3.4"),
            ("[2001[:]db8[:][:]1]:80", "2001:db8::1"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_address(text), expected.parse().map_err(|_| expected.to_owned()), "of {text}");
        }
    }

    #[test]
    fn ambiguous_tokens_are_diagnosed() {
        let cases = [
            ("8.8.8.8:65536", "has a port above 65535"),
            ("[2001:db8::1]:99999", "has a port above 65535"),
            ("10.0.0.0/8", "is a network: give single addresses"),
            ("10.0.0.0[/]8", "is a network: give single addresses"),
            ("10.0.0.0/8.", "is a network: give single addresses"),
            ("10.0.0.0/255.0.0.0", "is a network: give single addresses"),
            ("10.0.0.1/32", "is a network of one address: remove \"/32\""),
            ("2001:db8::/32", "is a network: give single addresses"),
            ("2001:db8::1/128", "is a network of one address: remove \"/128\""),
            ("http://example.com/8.8.8", "is a URL, and its host looks like a host name: give the address of the host"),
            ("http://256.1.1.1/", "is a URL, and its host has the part \"256\", which is above 255"),
            ("http://2001:db8::1:80/", "is a URL whose IPv6 address has no brackets, so that its port is unclear"),
            ("http://1.1.1.1@2.2.2.2/", "contains more than one address: separate them"),
            ("http://1.1.1.1/?u=http://2.2.2.2:80/", "contains more than one address: separate them"),
            ("http://1.1.1.1/?u=2001:db8::1", "contains more than one address: separate them"),
            ("http://1.1.1.1/?u=1:2:3:4:5:6:7:8", "contains more than one address: separate them"),
            ("1.1.1.1/a/2.2.2.2", "contains more than one address: separate them"),
            ("8.8.8.8.8.8.4.4", "has 8 parts: an IPv4 address has four"),
            ("1[.]1[.]1[.]1[.]2[.]2[.]2[.]2", "has 8 parts: an IPv4 address has four"),
            (
                "2001:db8::1:8.8.8.8",
                "is an IPv6 address that ends in an IPv4 address, or two addresses: write it with colons",
            ),
            ("2001:db8:::", "is not a complete IPv6 address"),
            ("1.1.1[.1", "is defanged in an unknown way: write it plainly"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_address(text), Err(expected.to_owned()), "of {text}");
        }
    }

    /// The first and the last address of each range are not public, and those beside them are.
    #[test]
    fn ranges_end_where_they_should() {
        let ranges = [
            ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
            ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
            ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
            ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
            ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
            ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
            ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
            ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
            ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"),
            ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"),
            ("223.255.255.255", "224.0.0.0", "255.255.255.255", ""),
            ("", "::", "::1", "::2"),
            ("2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::", "2001:db9::"),
            ("3ffe:ffff::", "3fff::", "3fff:fff::", "3fff:1000::"),
            ("fbff::", "fc00::", "fdff::", "fe00::"),
            ("fe7f::", "fe80::", "feff::", ""),
            ("", "ff00::", "ffff::", ""),
            ("::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0"),
        ];
        for (before, first, last, after) in ranges {
            for (text, expected) in [(before, true), (first, false), (last, false), (after, true)] {
                let address = text.parse();
                assert!(text.is_empty() || address.map(is_public) == Ok(expected), "{text} is public: {}", !expected);
            }
        }
    }

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
