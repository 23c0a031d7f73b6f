//! What is wrong with a text that is no IP address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A sentence without its subject, which is the text. The text is one that does not parse as an address.
pub(crate) fn diagnosis(text: &str) -> String {
    let findings = [white_space, url, network, zone, port, defanged, brackets, number, parts_of_ipv4, ipv6, host_name];
    findings
        .into_iter()
        .find_map(|finding| finding(text))
        .unwrap_or_else(|| "is neither an IPv4 nor an IPv6 address".to_owned())
}

fn is<T: std::str::FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

fn white_space(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    is::<IpAddr>(text.trim()).then(|| "has white space around it".to_owned())
}

fn url(text: &str) -> Option<String> {
    text.contains("://").then(|| "is a URL: give only the address in it".to_owned())
}

fn network(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/')?;
    (is::<IpAddr>(address) && is::<u8>(bits)).then(|| "is a network: give single addresses".to_owned())
}

fn zone(text: &str) -> Option<String> {
    let (address, zone) = text.split_once('%')?;
    is::<Ipv6Addr>(address).then(|| format!("has a zone, which only one machine understands: leave out \"%{zone}\""))
}

fn port(text: &str) -> Option<String> {
    let after_ipv4 = || text.split_once(':').is_some_and(|(address, _)| is::<Ipv4Addr>(address));
    (is::<SocketAddr>(text) || after_ipv4()).then(|| "has a port: give only the address".to_owned())
}

fn defanged(text: &str) -> Option<String> {
    let disguises = ["[.]", "(.)", "{.}", "[dot]", "(dot)", "\\.", "[:]"];
    let disguise = disguises.iter().find(|disguise| text.contains(**disguise))?;
    Some(format!("is defanged: write it without \"{disguise}\""))
}

fn brackets(text: &str) -> Option<String> {
    let address = text.strip_prefix('[')?.strip_suffix(']')?;
    is::<IpAddr>(address).then(|| "is in brackets: give only the address".to_owned())
}

fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if digits.is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok()) {
        return Some("is a hexadecimal number: write the address with dots or colons".to_owned());
    }
    if text.split('.').any(|part| part.starts_with("0x") || part.starts_with("0X")) {
        return Some("has a hexadecimal part: write the address with decimal ones".to_owned());
    }
    is_decimal(text).then(|| "is a plain number: write the address with dots".to_owned())
}

fn parts_of_ipv4(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('.').collect();
    if parts.len() < 2 || !parts.iter().all(|part| is_decimal(part)) {
        return None;
    }
    if parts.len() != 4 {
        return Some(format!("has {} parts: an IPv4 address has four", parts.len()));
    }
    let leading_zero = parts.iter().find(|part| part.len() > 1 && part.starts_with('0'));
    if let Some(part) = leading_zero {
        return Some(format!("has a leading zero in \"{part}\", which some programs read as octal"));
    }
    let too_large = parts.iter().find(|part| !is::<u8>(part))?;
    Some(format!("has the part \"{too_large}\", and none may be above 255"))
}

fn ipv6(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
    (text.contains(':') && text.bytes().all(allowed)).then(|| "is not a complete IPv6 address".to_owned())
}

fn host_name(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '.' || c == '_';
    let is_name = text.chars().all(allowed) && text.chars().any(char::is_alphabetic);
    is_name.then(|| "looks like a host name: give the address of the host".to_owned())
}

fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::diagnosis;

    #[test]
    fn common_mistakes_are_told_apart() {
        let cases = [
            ("", "is empty"),
            (" 8.8.8.8", "has white space around it"),
            ("http://8.8.8.8/x", "is a URL: give only the address in it"),
            ("10.0.0.0/8", "is a network: give single addresses"),
            ("fe80::1%eth0", "has a zone, which only one machine understands: leave out \"%eth0\""),
            ("8.8.8.8:53", "has a port: give only the address"),
            ("8.8.8.8:99999", "has a port: give only the address"),
            ("[2001:db8::1]:80", "has a port: give only the address"),
            ("8[.]8.8.8", "is defanged: write it without \"[.]\""),
            ("[2001:db8::1]", "is in brackets: give only the address"),
            ("134744072", "is a plain number: write the address with dots"),
            ("0x08080808", "is a hexadecimal number: write the address with dots or colons"),
            ("0x7f.0.0.1", "has a hexadecimal part: write the address with decimal ones"),
            ("8.8.8", "has 3 parts: an IPv4 address has four"),
            ("010.0.0.1", "has a leading zero in \"010\", which some programs read as octal"),
            ("256.1.1.1", "has the part \"256\", and none may be above 255"),
            ("2001:db8", "is not a complete IPv6 address"),
            ("example.com", "looks like a host name: give the address of the host"),
            ("8.8.8.8;", "is neither an IPv4 nor an IPv6 address"),
        ];
        for (text, expected) in cases {
            assert!(text.parse::<std::net::IpAddr>().is_err(), "{text:?} is an address");
            assert_eq!(diagnosis(text), expected, "of {text:?}");
        }
    }
}
