//! What follows an address without a blank, where that makes it a network, a range or a version.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::context::{begins_stage, is_of_cisco};

/// How far the scheme of a URL is looked for.
const MAX_AUTHORITY: usize = 256;

/// What an address is with what follows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// The address, and nothing that belongs to it.
    None,
    /// Something that ends there, to be read as a token of a list.
    Token(usize),
    /// It is no address.
    Version,
}

const SLASHES: [&[u8]; 5] = [b"/", b"\\/", b"[/]", b"%2F", b"%2f"];

pub(super) fn tail(bytes: &[u8], span: Range<usize>, address: IpAddr) -> Tail {
    let rest = &bytes[span.end..];
    if let Some(slash) = SLASHES.iter().find(|slash| rest.starts_with(slash)) {
        return network(bytes, &span, slash.len(), address);
    }
    match rest {
        [b'%', zone @ ..] if address.is_ipv6() && has_zone(address) => {
            let length = zone.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
            let is_zone = length > 0 && zone[0] != b'.';
            if is_zone { Tail::Token(span.end + 1 + length) } else { Tail::None }
        }
        [b'-' | b'+' | b'~', after @ ..] if begins_stage(after) => Tail::Version,
        [b'-', after @ ..] => range(after, address).map_or(Tail::None, |length| Tail::Token(span.end + 1 + length)),
        // A dash, or an ellipsis.
        [0xe2, 0x80, 0x93 | 0xa6, after @ ..] => {
            range(after, address).map_or(Tail::None, |length| Tail::Token(span.end + 3 + length))
        }
        _ => Tail::None,
    }
}

/// Whether such an address means something on one link only, so that its zone belongs to it.
fn has_zone(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if matches!(address.segments()[0], 0xfe80..=0xfebf | 0xff00..=0xffff))
}

fn network(bytes: &[u8], span: &Range<usize>, slash: usize, address: IpAddr) -> Tail {
    let start = span.end + slash;
    let after = &bytes[start..];
    let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = str::from_utf8(&after[..digits.min(4)]).ok().and_then(|digits| digits.parse::<u32>().ok());
    if digits == 0 || is_host_of_url(bytes, span.start) {
        return Tail::None;
    }
    if let Some(length) = mask(after).filter(|_| address.is_ipv4()) {
        return Tail::Token(start + length);
    }
    let next = |ahead: usize| after.get(digits + ahead).copied();
    let goes_on = match next(0) {
        Some(b'.' | b'-') => next(1).is_some_and(|byte| byte.is_ascii_alphanumeric()),
        Some(byte) => byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'/',
        None => false,
    };
    let is_prefix = digits <= 3 && bits.is_some_and(|bits| bits <= most) && !goes_on;
    if is_prefix && !is_of_cisco(bytes, span.start) { Tail::Token(start + digits) } else { Tail::None }
}

/// The length of a mask at the start, such as `255.255.255.0` or `0.0.0.255`.
fn mask(bytes: &[u8]) -> Option<usize> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let text = str::from_utf8(&bytes[..length.min(16)]).ok()?.trim_end_matches('.');
    let mask = u32::from(text.parse::<Ipv4Addr>().ok()?);
    let is_mask = |mask: u32| mask.leading_ones() + mask.trailing_zeros() == u32::BITS;
    (is_mask(mask) || is_mask(!mask)).then_some(text.len())
}

/// Whether `://` stands before it, with nothing but the user in between. What follows it is a path then.
fn is_host_of_url(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(MAX_AUTHORITY)..start];
    let before = before.strip_suffix(b"[").unwrap_or(before);
    if before.ends_with(b"//") || before.ends_with(b"\\/\\/") {
        return true;
    }
    let user = before.iter().rev().take_while(|byte| !byte.is_ascii_whitespace() && !b"/\"'<>".contains(byte)).count();
    before.ends_with(b"@") && before[..before.len() - user].ends_with(b"//")
}

/// The length of the end of a range at the start: an address, or the last part of one.
fn range(bytes: &[u8], address: IpAddr) -> Option<usize> {
    let is_part = |byte: &u8| match address {
        IpAddr::V4(_) => byte.is_ascii_digit() || *byte == b'.',
        IpAddr::V6(_) => byte.is_ascii_hexdigit() || *byte == b':',
    };
    let length = bytes.iter().take(48).take_while(|byte| is_part(byte)).count();
    let text = str::from_utf8(&bytes[..length]).ok()?.trim_end_matches(['.', ':']);
    let next = bytes.get(length);
    let goes_on = next.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let is_end = match address {
        IpAddr::V4(first) => {
            let is_last_part = || text.parse::<u8>().is_ok_and(|last| last > first.octets()[3]);
            text.parse::<Ipv4Addr>().is_ok() || is_last_part()
        }
        IpAddr::V6(_) => text.parse::<Ipv6Addr>().is_ok(),
    };
    (is_end && !goes_on).then_some(text.len())
}
