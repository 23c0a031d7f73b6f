//! Networks and ranges: several addresses in one notation.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network or a range of at most so many addresses is small: to ask about each may be meant.
const SMALL: u128 = 256;

/// What stands between the two ends of a range. The longest come first.
const DASHES: [&str; 12] = ["...", "..", "…", "-", "–", "—", "−", "‐", "‑", "‒", "―", "~"];

/// What a notation of addresses holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    One(IpAddr),
    Several(Range),
}

/// Consecutive addresses of one family: a network, or a range between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    first: IpAddr,
    last: IpAddr,
    is_network: bool,
}

impl Range {
    /// The number of addresses but one, so that all of IPv6 can be counted.
    fn others(&self) -> u128 {
        bits(self.last) - bits(self.first)
    }

    /// Whether it holds at most so many addresses.
    pub(crate) fn is_within(&self, most: u32) -> bool {
        self.others() < u128::from(most)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let is_ipv4 = self.first.is_ipv4();
        (bits(self.first)..=bits(self.last)).map(move |bits| address(bits, is_ipv4))
    }

    /// Why it is not taken: a sentence without its subject. `expand` is the most addresses that are.
    pub(crate) fn problem(&self, expand: Option<u32>) -> String {
        let is = if self.is_network { "is a network" } else { "is a range" };
        let count = count(self.others());
        let is_small = self.others() < SMALL;
        match expand {
            None if is_small => format!("{is} of {count} addresses: --expand {count} would ask about each"),
            None => format!("{is} of {count} addresses: give single addresses or smaller networks"),
            Some(most) if is_small => {
                format!("{is} of {count} addresses, and --expand is {most}: --expand {count} would ask about each")
            }
            Some(most) => {
                format!("{is} of {count} addresses, and --expand is {most}: give single addresses or smaller networks")
            }
        }
    }

    /// One address, if both ends are the same.
    fn found(self) -> Found {
        if self.first == self.last { Found::One(self.first) } else { Found::Several(self) }
    }
}

/// The number in words that fit on a line: large ones as a power of two, where they are one.
fn count(others: u128) -> String {
    match others.checked_add(1) {
        Some(count) if count > 1 << 48 && count.is_power_of_two() => format!("2^{}", count.ilog2()),
        Some(count) => count.to_string(),
        None => "2^128".to_owned(),
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn address(bits: u128, is_ipv4: bool) -> IpAddr {
    match u32::try_from(bits) {
        Ok(bits) if is_ipv4 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(bits).into(),
    }
}

/// The network or the range that a text is, or what is wrong with it, or nothing if it is neither.
pub(crate) fn range(text: &str) -> Option<Result<Found, String>> {
    let may_have_dash = !text.is_ascii() || text.contains(['-', '~']) || text.contains("..");
    network(text)
        .or_else(|| may_have_dash.then(|| between(text)).flatten())
        .or_else(|| text.contains(['*', 'x', 'X']).then(|| wildcard(text)).flatten())
}

/// `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/120`, `10.0/16`. A number above the length of an address is the
/// port or the path behind one address, and so is what has letters.
fn network(text: &str) -> Option<Result<Found, String>> {
    let (head, mask) = text.split_once('/')?;
    let head = head.strip_prefix('[').and_then(|head| head.strip_suffix(']')).unwrap_or(head);
    let address: IpAddr = head.parse().ok().or_else(|| shortened(head))?;
    // Of a shortened one, the bits of the missing parts are unknown.
    let is_written = |prefix: u32| head.contains(':') || prefix as usize <= 8 * head.split('.').count();
    let mask = mask.trim_end_matches(|c: char| c.is_ascii_punctuation());
    if address.is_ipv4() && mask.parse::<Ipv4Addr>().is_ok() {
        return mask_length(mask).filter(|prefix| is_written(*prefix)).map(|prefix| of_prefix(address, prefix));
    }
    let length = if address.is_ipv4() { 32 } else { 128 };
    let after_digits = mask.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &mask[..mask.len() - after_digits.len()];
    let prefix = digits.parse::<u32>().ok().filter(|prefix| *prefix <= length && is_written(*prefix))?;
    match after_digits.chars().next() {
        None => Some(of_prefix(address, prefix)),
        Some(c) if c.is_alphabetic() || "/?#_.=&%+~@".contains(c) => None,
        Some(_) => Some(Err("is a network, or an address with a path: give the address alone".to_owned())),
    }
}

/// The network of an address and a mask that stands behind it, if it is one: `192.0.2.0 255.255.255.0`.
pub(crate) fn with_mask(address: IpAddr, mask: &str) -> Option<Result<Found, String>> {
    let prefix = mask_length(mask).filter(|_| is_mask(mask) && address.is_ipv4())?;
    Some(of_prefix(address, prefix))
}

/// Whether a text is the mask of a network, rather than an address.
pub(crate) fn is_mask(text: &str) -> bool {
    mask_length(text).is_some_and(|prefix| (8..32).contains(&prefix))
}

/// `10.0` for 10.0.0.0.
fn shortened(text: &str) -> Option<IpAddr> {
    let parts: Vec<u8> = text.split('.').map(number).collect::<Option<_>>()?;
    let [a, b, rest @ ..] = &parts[..] else { return None };
    (rest.len() < 2).then(|| Ipv4Addr::new(*a, *b, rest.first().copied().unwrap_or(0), 0).into())
}

/// A part of an IPv4 address.
fn number(text: &str) -> Option<u8> {
    let is_plain = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_plain)
}

/// The prefix length of a netmask such as 255.255.255.0, or of its complement, 0.0.0.255, as access lists have it.
fn mask_length(text: &str) -> Option<u32> {
    let mask = text.parse::<Ipv4Addr>().ok()?.to_bits();
    let is_netmask = |mask: u32| mask.leading_ones() + mask.trailing_zeros() == 32;
    match mask {
        0 => None,
        _ if is_netmask(mask) => Some(mask.leading_ones()),
        _ if is_netmask(!mask) => Some(mask.leading_zeros()),
        _ => None,
    }
}

fn of_prefix(given: IpAddr, prefix: u32) -> Result<Found, String> {
    let length = if given.is_ipv4() { 32 } else { 128 };
    let hosts = u128::MAX.checked_shr(128 - (length - prefix)).unwrap_or(0);
    let first = address(bits(given) & !hosts, given.is_ipv4());
    let last = address(bits(given) | hosts, given.is_ipv4());
    let range = Range { first, last, is_network: true };
    if first == given {
        return Ok(range.found());
    }
    let count = count(hosts);
    Err(format!(
        "is the host {given} with its network, or the network {first}/{prefix} of {count} addresses: give one of them"
    ))
}

/// `192.0.2.1-192.0.2.9`, `192.0.2.1-9`, `192.0.2.[1-9]`.
fn between(text: &str) -> Option<Result<Found, String>> {
    let bracketed = text.split_once(".[").and_then(|(head, tail)| Some((head, tail.strip_suffix(']')?)));
    let braced = text.split_once(".{").and_then(|(head, tail)| Some((head, tail.strip_suffix('}')?)));
    let unbracketed = bracketed.or(braced).map(|(head, tail)| format!("{head}.{tail}"));
    let text = unbracketed.as_deref().unwrap_or(text);
    let (first, last) = DASHES.into_iter().find_map(|dash| text.split_once(dash))?;
    let first: IpAddr = first.trim_end().parse().ok()?;
    let last = last.trim_start();
    let last: IpAddr = last.parse().ok().or_else(|| match first {
        IpAddr::V4(first) => {
            let [a, b, c, _] = first.octets();
            number(last).map(|last| Ipv4Addr::new(a, b, c, last).into())
        }
        IpAddr::V6(_) => None,
    })?;
    Some(match (first, last) {
        _ if first.is_ipv4() != last.is_ipv4() => {
            Err("is a range from one family of addresses to the other: give single addresses".to_owned())
        }
        _ if bits(last) < bits(first) => {
            Err(format!("is a range whose end is before its beginning: write {last}-{first}"))
        }
        _ => Ok(Range { first, last, is_network: false }.found()),
    })
}

/// `192.0.2.*`, `192.0.2.x`, `192.0.*`.
fn wildcard(text: &str) -> Option<Result<Found, String>> {
    let is_star = |part: &str| part == "*";
    let is_letter = |part: &str| part.len() <= 3 && part.bytes().all(|byte| matches!(byte, b'x' | b'X'));
    let parts: Vec<_> = text.split('.').take(5).collect();
    let known = parts.iter().take_while(|part| number(part).is_some()).count();
    let is_wild = |part: &&str| is_star(part) || (parts.len() == 4 && !part.is_empty() && is_letter(part));
    if !(1..4).contains(&known) || parts.len() > 4 || known == parts.len() || !parts[known..].iter().all(is_wild) {
        return None;
    }
    let mut octets = [0; 4];
    for (octet, part) in octets.iter_mut().zip(&parts[..known]) {
        *octet = number(part)?;
    }
    let first = Ipv4Addr::from(octets);
    let last = first | Ipv4Addr::from_bits(u32::MAX.checked_shr(u32::try_from(known).ok()? * 8)?);
    Some(Ok(Found::Several(Range { first: first.into(), last: last.into(), is_network: false })))
}

#[cfg(test)]
mod tests {
    use super::{Found, range, with_mask};

    /// The first and the last address and their number, or the problem.
    fn shown(result: Option<Result<Found, String>>) -> String {
        match result {
            None => "-".to_owned(),
            Some(Err(problem)) => problem,
            Some(Ok(Found::One(address))) => address.to_string(),
            Some(Ok(Found::Several(range))) => {
                format!("{} {} {}", range.first, range.last, super::count(range.others()))
            }
        }
    }

    #[test]
    fn each_notation_is_read() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.0/31", "192.0.2.0 192.0.2.1 2"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("10.0.0.0/8.", "10.0.0.0 10.255.255.255 16777216"),
            ("0.0.0.0/0", "0.0.0.0 255.255.255.255 4294967296"),
            ("10.0/16", "10.0.0.0 10.0.255.255 65536"),
            ("192.0.2/24", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.0/255.255.255.0", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.0/0.0.0.255", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.1/255.255.255.255", "192.0.2.1"),
            ("2001:db8::1/128", "2001:db8::1"),
            ("[2001:db8::]/120", "2001:db8:: 2001:db8::ff 256"),
            ("2001:db8::/32", "2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2^96"),
            ("::/0", ":: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2^128"),
            ("192.0.2.1-192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1-9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1–192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1..192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1...192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1…192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1~192.0.2.9", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.1-192.0.2.1", "192.0.2.1"),
            ("192.0.2.[1-9]", "192.0.2.1 192.0.2.9 9"),
            ("192.0.2.{1..9}", "192.0.2.1 192.0.2.9 9"),
            ("2001:db8::1-2001:db8::f", "2001:db8::1 2001:db8::f 15"),
            ("192.0.2.*", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.x", "192.0.2.0 192.0.2.255 256"),
            ("192.0.2.xxx", "192.0.2.0 192.0.2.255 256"),
            ("192.0.*.*", "192.0.0.0 192.0.255.255 65536"),
            ("192.*", "192.0.0.0 192.255.255.255 16777216"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(range(text)), expected, "of {text}");
        }
    }

    #[test]
    fn what_is_no_range_is_left_to_others() {
        for text in [
            "192.0.2.1/443",
            "192.0.2.1/33",
            "2001:db8::1/443",
            "192.0.2.1/85.exe",
            "192.0.2.1/24.exe",
            "192.0.2.1/24/x",
            "192.0.2.1/path",
            "192.0.2.1/",
            "192.0.2.1/198.51.100.1",
            "11/27",
            "192.0.2.1-300",
            "192.0.2.1-x",
            "1.2.x",
            "*.*",
            "x.x.x.x",
            "192.0.2.1",
            "a-b",
            "-",
            "..",
            "192.0.2.*.1",
            "192.*.2.1",
        ] {
            assert_eq!(shown(range(text)), "-", "of {text}");
        }
    }

    #[test]
    fn what_may_be_meant_otherwise_is_a_problem() {
        let cases = [
            (
                "192.0.2.5/24",
                "is the host 192.0.2.5 with its network, or the network 192.0.2.0/24 of 256 addresses: give one of them",
            ),
            (
                "2001:db8::1/64",
                "is the host 2001:db8::1 with its network, or the network 2001:db8::/64 of 2^64 addresses: give one of them",
            ),
            ("192.0.2.0/24-30", "is a network, or an address with a path: give the address alone"),
            ("192.0.2.9-192.0.2.1", "is a range whose end is before its beginning: write 192.0.2.1-192.0.2.9"),
            ("192.0.2.1-2001:db8::1", "is a range from one family of addresses to the other: give single addresses"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(range(text)), expected, "of {text}");
        }
    }

    #[test]
    fn a_mask_may_stand_behind_its_network() {
        let address = "192.0.2.0".parse().unwrap_or(std::net::IpAddr::from([0; 4]));
        let cases = [
            ("255.255.255.0", "192.0.2.0 192.0.2.255 256"),
            ("0.0.0.255", "192.0.2.0 192.0.2.255 256"),
            ("255.255.255.255", "-"),
            ("0.0.0.0", "-"),
            ("192.0.2.9", "-"),
        ];
        for (mask, expected) in cases {
            assert_eq!(shown(with_mask(address, mask)), expected, "of {mask}");
        }
    }
}
