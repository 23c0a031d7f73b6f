//! The address in a token, which may have a port, brackets or a URL around it or be defanged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnose::diagnose;
use crate::range::{Found, range};
use crate::refang::refang;
use crate::service::{is_number, is_port, is_protocol, is_service};

/// How many punctuation marks around an address are stripped.
const MAX_STRIPPED: usize = 8;

/// How long eight groups of four digits are, as Suricata writes them before a port.
const LONGEST_IPV6: usize = "2001:0db8:0000:0000:0000:0000:0000:0001".len();

/// The address that a text is, without anything around it. Most of a long list is this, and it takes least time.
pub(crate) fn plain_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
    let mut parts = text.split(|byte| *byte == b'.');
    let mut octets = [0; 4];
    for octet in &mut octets {
        *octet = match *parts.next()? {
            [ones] => digit(ones)?,
            [tens @ b'1'..=b'9', ones] => (tens - b'0') * 10 + digit(ones)?,
            [hundreds @ b'1'..=b'2', tens, ones] => {
                ((hundreds - b'0') * 100).checked_add(digit(tens)? * 10 + digit(ones)?)?
            }
            _ => return None,
        };
    }
    parts.next().is_none().then(|| octets.into())
}

/// The address that a text holds, or what is wrong with it: a sentence without its subject.
///
/// It may have a port, be the host of a URL, in brackets or defanged, and have punctuation around it. A
/// text that may hold two addresses is invalid.
pub(crate) fn parse_address(text: &str) -> Result<IpAddr, String> {
    match parse(text)? {
        Found::One(address) => Ok(address),
        Found::Several(range) => Err(range.problem(None)),
    }
}

/// The address that a text is, without anything around it.
pub(crate) fn parse_plain(text: &str) -> Option<IpAddr> {
    text.parse().ok().filter(|address| unambiguous(*address, text).is_ok())
}

/// The address, the network or the range that a text holds, or what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Found, String> {
    if let Ok(address) = text.parse() {
        return unambiguous(address, text).map(Found::One);
    }
    if let Some((address, port)) = text.split_once(':')
        && let (Ok(address), true) = (address.parse::<Ipv4Addr>(), is_port(port))
    {
        return Ok(Found::One(address.into()));
    }
    let plain = refang(text);
    let mut rest = &*plain;
    if let Some(address) = parse_plain(rest) {
        return Ok(Found::One(address));
    }
    for _ in 0..MAX_STRIPPED {
        match indicator(rest) {
            Ok(found) => return Ok(found),
            Err(problem) => rest = strip_punctuation(rest).ok_or(problem)?,
        }
    }
    indicator(rest)
}

/// An address, as it may be written within a list of indicators.
fn indicator(text: &str) -> Result<Found, String> {
    if let Some(after_scheme) = after_scheme(text) {
        return host_of_url(after_scheme).map(Found::One);
    }
    if let Some(result) = range(text) {
        return result;
    }
    let text = after_protocol(text.strip_prefix("\\\\").unwrap_or(text));
    let Some((head, path)) = text.split_once(['/', '\\']) else { return with_port(text).map(Found::One) };
    let address = with_port(head).map_err(|_| diagnose(text))?;
    if holds_address(path) { Err(two_addresses()) } else { Ok(Found::One(address)) }
}

/// What comes after `http://`, `hxxp://`, `h**p://`, `http:\\` and the like.
fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, after) = text.split_once("://").or_else(|| text.split_once(":\\\\"))?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.*-".contains(&byte));
    is_scheme.then_some(after)
}

/// What comes after `tcp/` and the like.
fn after_protocol(text: &str) -> &str {
    let after = text.split_once('/').filter(|(name, _)| is_protocol(name)).map(|(_, after)| after);
    after.unwrap_or(text)
}

fn host_of_url(text: &str) -> Result<IpAddr, String> {
    let (authority, rest) = text.split_at(text.find(['/', '?', '#', '\\']).unwrap_or(text.len()));
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
    match before_port(text) {
        Some((address, port)) if is_number(port) => match port.parse::<u16>() {
            Ok(_) => bare(address),
            Err(_) => Err("has a port above 65535".to_owned()),
        },
        Some((address, port)) if port == "*" || is_service(port) => bare(address),
        _ => match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(address) => bare(address),
            None => bare(text),
        },
    }
}

/// The address before a port, and the port: `192.0.2.1:443`, `192.0.2.1#53`, `[2001:db8::1]:443`, and without the name
/// of a service, a part beyond those of an address.
fn before_port(text: &str) -> Option<(&str, &str)> {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return Some((address, port.strip_prefix([':', '#', '.'])?));
    }
    let (head, port) = text.rsplit_once([':', '#', '.'])?;
    let separator = text[head.len()..].chars().next()?;
    let has_dot = head.contains('.');
    let is_proven = match separator {
        '#' => true,
        // A number of an address may be doubled, too, unless it is none.
        '.' if is::<Ipv4Addr>(head) => !is_number(port) || !is::<u8>(port),
        '.' => !has_dot && !head.ends_with(':'),
        // An IPv6 address ends after a part with dots, and after eight groups of four digits. Before its port, netstat writes
        // the unspecified one without brackets.
        _ => has_dot || head == "::" || head.len() == LONGEST_IPV6 && port.len() != 4,
    };
    (is_proven && is::<IpAddr>(head)).then_some((head, port))
}

fn is<T: std::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
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

fn two_addresses() -> String {
    "contains more than one address: separate them".to_owned()
}

/// Whether a part of a URL beside its host may hold an address, with whatever there is before it and after it.
fn holds_address(text: &str) -> bool {
    // Its dots may be defanged in an unknown way.
    let is_bracket = |c: char| "[](){}<>\\".contains(c);
    holds_dots_or_colons(text) || (text.contains(is_bracket) && holds_dots_or_colons(&text.replace(is_bracket, "")))
}

fn holds_dots_or_colons(text: &str) -> bool {
    let mut pieces = text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != ':');
    pieces.any(|piece| {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        let bytes = piece.as_bytes();
        let dots = (1..bytes.len())
            .filter(|at| bytes[*at] == b'.' && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1)));
        dots.count() >= 3 || piece.contains("::") || piece.matches(':').count() >= 7
    })
}

/// Strips a pair of brackets or of marks of emphasis, or one punctuation mark at the end or the beginning.
fn strip_punctuation(text: &str) -> Option<&str> {
    if let Some(before) = text.strip_suffix(['.', ',', ';', '!', '?', '\\', '。', '，', '、', '；', '！', '？', '：'])
    {
        return Some(before);
    }
    if let Some(before) = text.strip_suffix(':') {
        // After IPv6, the colon belongs to an address that breaks off.
        let is_complete = is::<Ipv4Addr>(before) || with_port(before).is_ok_and(|address| address.is_ipv4());
        return is_complete.then_some(before);
    }
    for mark in ["*", "_", "~"] {
        if let Some(both) = text.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark)) {
            return Some(both);
        }
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
    // Bullets and dashes before an address, and what is left of an arrow or a quotation.
    text.strip_prefix(['-', '–', '—', '*', '+', '>', '•', '◦', '▪', '●', '‣', '·', '@'])
}

#[cfg(test)]
mod tests {
    use super::{parse_address, plain_ipv4};

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
            ("192.0.2.1/443", "192.0.2.1"),
            ("192.0.2.1/85.exe", "192.0.2.1"),
            ("192.0.2.1/24/login", "192.0.2.1"),
            ("2001:db8::1/443", "2001:db8::1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("[2001:db8::1]/128", "2001:db8::1"),
            ("192.0.2.1#53", "192.0.2.1"),
            ("2001:db8::1#53", "2001:db8::1"),
            ("192.0.2.1.443", "192.0.2.1"),
            ("192.0.2.1.https", "192.0.2.1"),
            ("192.0.2.1.443:", "192.0.2.1"),
            ("2001:db8::1.443", "2001:db8::1"),
            ("192.0.2.1:https", "192.0.2.1"),
            ("192.0.2.1:*", "192.0.2.1"),
            ("192.0.2.1:443/tcp", "192.0.2.1"),
            ("tcp/192.0.2.1:443", "192.0.2.1"),
            ("UDP/[2001:db8::1]:53", "2001:db8::1"),
            ("[::ffff:192.0.2.1]:443", "::ffff:192.0.2.1"),
            ("::ffff:192.0.2.1:443", "::ffff:192.0.2.1"),
            ("::ffff:c000:201", "::ffff:192.0.2.1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001:51022", "2001:db8::1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001:0", "2001:db8::1"),
            (":::22", "::"),
            ("hxxp:\\\\192.0.2[.]1\\x", "192.0.2.1"),
            ("\\\\192.0.2.1\\share", "192.0.2.1"),
            ("192.0.2.1\\n", "192.0.2.1"),
            ("-192.0.2.1", "192.0.2.1"),
            ("•192.0.2.1", "192.0.2.1"),
            ("**192.0.2.1**", "192.0.2.1"),
            ("192.0.2.1。", "192.0.2.1"),
            ("192.0.2[.1]", "192.0.2.1"),
            ("192<.>0(.2{.}1", "192.0.2.1"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_address(text), expected.parse().map_err(|_| expected.to_owned()), "of {text}");
        }
    }

    #[test]
    fn a_plain_address_is_what_the_standard_library_takes_for_one() {
        let parts = (0..=999)
            .map(|part| part.to_string())
            .chain(["", "00", "01", "010", "0255", "1000", "a", "1a", " 1"].map(str::to_owned));
        for part in parts {
            for text in
                [format!("{part}.2.3.4"), format!("1.2.3.{part}"), format!("1.2.3.4.{part}"), format!("1.2.{part}")]
            {
                assert_eq!(plain_ipv4(text.as_bytes()), text.parse().ok(), "of {text:?}");
            }
        }
    }

    #[test]
    fn ambiguous_tokens_are_diagnosed() {
        let cases = [
            ("8.8.8.8:65536", "has a port above 65535"),
            ("[2001:db8::1]:99999", "has a port above 65535"),
            ("10.0.0.0/8", "is a network of 16777216 addresses: give single addresses or smaller networks"),
            ("10.0.0.0[/]8", "is a network of 16777216 addresses: give single addresses or smaller networks"),
            ("10.0.0.0/8.", "is a network of 16777216 addresses: give single addresses or smaller networks"),
            ("(10.0.0.0/8)", "is a network of 16777216 addresses: give single addresses or smaller networks"),
            ("192.0.2.0/24", "is a network of 256 addresses: --expand 256 would ask about each"),
            ("192.0.2.1-9", "is a range of 9 addresses: --expand 9 would ask about each"),
            ("1.2.3.4.5", "has 5 parts: if the last is a port, remove \".5\""),
            ("1.2.3.4.example", "looks like a host name: give the address of the host"),
            ("192.0.2.1:abc", "has a port that is not a number"),
            ("192.0.2.1\\n192.0.2.2", "contains more than one address: separate them"),
            ("192.0.2.1.99999", "has a port above 65535"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001:8080", "is not a complete IPv6 address"),
            ("2001:db8:0:0:0:0:0:1:443", "is not a complete IPv6 address"),
            ("tcp/192.0.2.1:99999", "has a port above 65535"),
            ("1.1.1.1->2.2.2.2", "is a range, or an address with something after it: give single addresses"),
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
            ("1.1.1[.]].1", "is defanged in an unknown way: write it plainly"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_address(text), Err(expected.to_owned()), "of {text}");
        }
    }
}
