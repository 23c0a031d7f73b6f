//! Whether an address is public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

#[cfg(test)]
mod tests {
    use super::is_public;

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
}
