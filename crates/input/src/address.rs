//! The address in a token, which may have a port, brackets or a URL around it or be defanged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnose::diagnose;
use crate::refang::refang;

/// How many punctuation marks around an address are stripped.
const MAX_STRIPPED: usize = 8;

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

#[cfg(test)]
mod tests {
    use super::parse_address;

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
            ("1.1.1[.]].1", "is defanged in an unknown way: write it plainly"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_address(text), Err(expected.to_owned()), "of {text}");
        }
    }
}
