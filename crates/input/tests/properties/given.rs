//! Addresses in the forms that people and programs write them in, and what stands beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::array::uniform7;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;

/// How a dot is written. Several in one address may differ.
#[rustfmt::skip]
const DOTS: [&str; 18] = [
    ".", "[.]", "(.)", "{.}", "<.>", "[dot]", "(dot)", "{dot}", "(DOT)", "[d0t]", "[punto]", "\\.", "\\[.\\]", "[[.]]",
    "[({.})]", "[.", "(.", ".]",
];

/// How a colon is written.
const COLONS: [&str; 3] = [":", "[:]", "(:)"];

/// What stands around an address of either family.
const AROUND: [&str; 10] = ["{}", "{}", "{}", "{}.", "({})", "({}).", "<{}>", "[{}]", "{{}}", "{},"];

/// What stands around an IPv4 address, or an IPv6 address in brackets.
const AROUND_HOST: [&str; 14] = [
    "{}:8080",
    "{}[:]443",
    "({}:53)",
    "http://{}",
    "hxxp://{}/",
    "https://{}:8443/a/b?c=d&e=%20#f",
    "hxxps[:]//{}/x.php",
    "hxxp[://]{}",
    "h**p://{}/gate",
    "ftp://user:secret@{}:21/x",
    "<tcp://{}:80>",
    "http:\\/\\/{}\\/x",
    "{}:80/gate.php",
    "{}/gate.php",
];

/// What separates two addresses for certain.
#[rustfmt::skip]
pub(crate) const SEPARATORS: [&str; 18] = [
    "\n", "\r\n", "\r", "\n\n", ",", ", ", " ,", ",\n", ";", "; ", "\t", "\t\t", "|", " | ", "\",\"", "', '", " ", "  ",
];

/// What may stand between addresses that people or programs put together without care.
#[rustfmt::skip]
pub(crate) const HOSTILE: [&str; 32] = [
    " . ", " .", ". ", ".", "[.]", " [.] ", "..", "/", " / ", "//", ":", " : ", "::", "-", " - ", "@", "#", " # ", "%",
    "\u{a0}", "\u{200b}", "\u{3000}", "(", ")", "][", "\\", "=", "&", "?", "|", "$", "\u{30fb}",
];

/// What one format or another gives a meaning.
#[rustfmt::skip]
pub(crate) const NOISE: [&str; 40] = [
    "[", "]", "(", ")", "{", "}", "<", ">", "\"", "'", "`", "\\", "\\\\", ".", ":", "::", "/", "//", "#", "://", "dot", "[.]",
    "[.", ".]", ",", ";", "\t", " ", "\r", "\n", "ip", "\"ip\":", "\u{feff}", "\u{200b}", "\u{ff0e}", "@", "%", "*", "-", "=\"",
];

/// What says that there is no address.
pub(crate) const MISSING: [&str; 10] = ["-", "--", "N/A", "NA", "null", "none", "nil", "unknown", "LOCAL", "(empty)"];

/// What is no address, and may be one that is damaged.
pub(crate) const DAMAGED: [&str; 10] = [
    "999.1.1.1",
    "1.2.3",
    "1.2.3.4.5.6",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.1\u{30fb}5",
    "2001:db8:::1",
    "2001:db8::12345",
    "198.51.100",
    "192.0.2.1[.5",
];

/// An address and how it is written.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// An IPv4 address that is written as an IPv6 address is the IPv4 address.
    pub(crate) address: IpAddr,
    pub(crate) text: String,
}

/// Some are near each other, so that parts of two may make a third that is wrong.
pub(crate) fn address() -> impl Strategy<Value = IpAddr> {
    let near = (1..4_u8, 1..4_u8, 1..4_u8, 1..4_u8).prop_map(|(a, b, c, d)| Ipv4Addr::new(a, b, c, d).into());
    let short = (1..4_u16).prop_map(|last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into());
    prop_oneof![
        3 => any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).into()),
        3 => near,
        1 => any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).to_canonical()),
        1 => short,
    ]
}

/// The ways to write an address without anything around it.
fn bare(address: IpAddr, form: u8) -> String {
    let upper = |text: String| if form & 1 == 0 { text } else { text.to_uppercase() };
    match (address, form % 8) {
        (IpAddr::V4(address), 6) => format!("::ffff:{address}"),
        (IpAddr::V4(address), 7) => {
            upper(format!("::ffff:{:x}:{:x}", address.to_bits() >> 16, address.to_bits() & 0xffff))
        }
        (IpAddr::V6(address), 4..) => upper(address.segments().map(|part| format!("{part:04x}")).join(":")),
        (IpAddr::V6(address), 2..) => upper(address.segments().map(|part| format!("{part:x}")).join(":")),
        _ => upper(address.to_string()),
    }
}

/// An address in any form that is certain.
pub(crate) fn given() -> impl Strategy<Value = Given> {
    let around = prop_oneof![select(&AROUND[..]), select(&AROUND_HOST[..])];
    let defanged =
        prop_oneof![(uniform7(0..1_usize), uniform7(0..1_usize)), (uniform7(0..DOTS.len()), uniform7(0..COLONS.len()))];
    (address(), any::<u8>(), defanged, around).prop_map(|(address, form, (dots, colons), around)| {
        let bare = bare(address, form);
        let (mut dots, mut colons) = (dots.into_iter(), colons.into_iter());
        let is_host_of_ipv6 = bare.contains(':') && AROUND_HOST.contains(&around);
        let mut written = String::new();
        for c in bare.chars() {
            match c {
                '.' => match DOTS[dots.next().unwrap_or(0)] {
                    // The bracket would close the one that stands around the address.
                    ".]" if around.starts_with('[') || is_host_of_ipv6 => written.push('.'),
                    dot => written.push_str(dot),
                },
                ':' => written.push_str(COLONS[colons.next().unwrap_or(0)]),
                _ => written.push(c),
            }
        }
        let text = around.replacen("{}", &if is_host_of_ipv6 { format!("[{written}]") } else { written }, 1);
        Given { address, text }
    })
}
