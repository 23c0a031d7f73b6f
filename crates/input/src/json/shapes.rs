//! Values beside which a document says what they are: `"type": "ip-src"`, and patterns of STIX.

/// What a type says of the value beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    /// Something else for certain, such as a domain.
    Other,
}

/// Words of types that mean addresses.
const ADDRESS_TYPES: [&str; 10] =
    ["ip", "ips", "ipv4", "ipv6", "ipaddr", "ipaddress", "ipv4address", "ipv6address", "cidr", "ipaddresses"];

/// Types that mean something else, without punctuation.
#[rustfmt::skip]
const OTHER_TYPES: [&str; 58] = [
    "domain", "domainname", "dnsname", "hostname", "fqdn", "url", "uri", "urlhostname", "email", "emailaddr",
    "emailaddress", "emailsrc", "emaildst", "emailmessage", "md5", "md5hash", "sha1", "sha1hash", "sha224", "sha256",
    "sha256hash", "sha384", "sha512", "filemd5", "filesha1", "filesha256", "filehash", "filehashmd5", "filehashsha1",
    "filehashsha256", "hash", "file", "filename", "filepath", "mutex", "mutant", "asn", "autonomoussystem",
    "useragent", "cve", "vulnerability", "mac", "macaddr", "macaddress", "regkey", "registrykey", "windowsregistrykey",
    "certificate", "certificatethumbprint", "x509certificate",
    "imphash", "ssdeep", "internaldns", "externaldns", "btc", "yara", "sigma", "snort", ];

/// Objects of STIX that are addresses.
const STIX_ADDRESSES: [&str; 2] = ["ipv4-addr", "ipv6-addr"];

/// Objects of STIX that have a value and are no addresses.
const STIX_OTHERS: [&str; 4] = ["domain-name", "url", "email-addr", "mac-addr"];

/// What a type says of the value beside it, if it is known.
pub(super) fn kind(of_type: &str) -> Option<Kind> {
    let lower = of_type.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let plain: String = words().collect();
    if words().any(|word| ADDRESS_TYPES.contains(&word)) || ADDRESS_TYPES.contains(&plain.as_str()) {
        Some(Kind::Address)
    } else {
        OTHER_TYPES.contains(&plain.as_str()).then_some(Kind::Other)
    }
}

/// Whether it is the type of an object of STIX that has a value.
pub(super) fn is_stix(of_type: &str) -> bool {
    STIX_ADDRESSES.contains(&of_type) || STIX_OTHERS.contains(&of_type)
}

/// A part of a text, with the number of characters before it. Without a text, it is no address for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) before: usize,
    pub(super) address: Option<&'a str>,
}

/// The part of a value of MISP that is the address, where the type names several, such as `domain|ip`. The number of a port
/// belongs to the address.
pub(super) fn of_composite<'a>(of_type: &str, value: &'a str) -> Vec<Part<'a>> {
    let mut before = 0;
    let mut parts = Vec::new();
    for (name, text) in of_type.split('|').zip(value.split('|')) {
        if kind(name) == Some(Kind::Address) {
            parts.push(Part { before, address: Some(text) });
        }
        before += text.chars().count() + 1;
    }
    parts
}

/// Whether it is a pattern of STIX, such as `[ipv4-addr:value = '192.0.2.1']`.
pub(super) fn is_pattern(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(', ' ']);
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rest = text.trim_start_matches(is_name);
    rest.len() < text.len() && rest.starts_with(':') && rest.contains('\'')
}

/// What a pattern of STIX compares with: a part for each literal.
pub(super) fn of_pattern(pattern: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    // What is compared, which holds for each literal of a list.
    let mut compared = "";
    while let Some(open) = rest.find('\'') {
        let (before, literal) = (&rest[..open], &rest[open + 1..]);
        let Some(end) = end_of_literal(literal) else { break };
        let names = before.split(|c: char| c.is_whitespace() || "(),=!<>".contains(c));
        if let Some(name) = names.rev().find(|name| name.contains(':')) {
            compared = name.trim_start_matches('[');
        }
        let text = &literal[..end];
        let is_negated = before.contains("!=") || before.split_whitespace().any(|word| word == "NOT");
        let is_address = !is_negated && is_address(compared, text);
        let at = pattern.len() - literal.len();
        let before = pattern[..at].chars().count();
        parts.push(Part { before, address: is_address.then_some(text) });
        rest = &literal[end + 1..];
    }
    parts
}

/// The end of a literal, at the quotation mark that closes it.
fn end_of_literal(literal: &str) -> Option<usize> {
    let mut is_escaped = false;
    literal.bytes().position(|byte| {
        let is_end = byte == b'\'' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

/// Whether a pattern compares an address. The value of a reference may as well be a name.
fn is_address(compared: &str, text: &str) -> bool {
    let (object, property) = compared.split_once(':').unwrap_or((compared, ""));
    match property {
        "value" => STIX_ADDRESSES.contains(&object),
        // Of a list of references, the number of one stands in brackets, or an asterisk.
        _ if !property.ends_with("_ref.value") && !property.ends_with("].value") => false,
        _ => text.chars().all(|c| c.is_ascii_hexdigit() || ".:/".contains(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, is_pattern, kind, of_composite, of_pattern};

    #[test]
    fn types_say_what_a_value_is() {
        for name in
            ["ip", "IPv4", "ip-src", "ip-dst|port", "domain|ip", "ip:port", "IpAddress", "ipv4-addr", "IPv6-Addr"]
        {
            assert_eq!(kind(name), Some(Kind::Address), "{name}");
        }
        for name in ["domain", "FileSha256", "FileHash-SHA256", "domain-name", "email-addr", "md5_hash", "Url"] {
            assert_eq!(kind(name), Some(Kind::Other), "{name}");
        }
        assert_eq!([kind("alert"), kind("string"), kind("")], [None; 3]);
    }

    #[test]
    fn the_address_of_a_composite_value_is_where_its_type_has_it() {
        let parts = |of_type, value| -> Vec<_> {
            of_composite(of_type, value).into_iter().map(|part| (part.before, part.address)).collect()
        };
        assert_eq!(parts("ip-dst|port", "192.0.2.1|443"), [(0, Some("192.0.2.1"))]);
        assert_eq!(parts("domain|ip", "é.example|192.0.2.1"), [(10, Some("192.0.2.1"))]);
        assert_eq!(parts("filename|md5", "a|b"), []);
    }

    #[test]
    fn patterns_are_cut_into_their_literals() {
        let parts = |text| -> Vec<_> {
            assert!(is_pattern(text));
            of_pattern(text).into_iter().map(|part| (part.before, part.address)).collect()
        };
        assert_eq!(parts("[ipv4-addr:value = '192.0.2.1']"), [(20, Some("192.0.2.1"))]);
        assert_eq!(
            parts("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2') OR domain-name:value='a\\'b']"),
            [(22, Some("192.0.2.1")), (35, Some("192.0.2.2")), (69, None)]
        );
        assert_eq!(
            parts("[network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_ref.type = 'ipv4-addr']"),
            [(34, Some("192.0.2.1")), (81, None)]
        );
        assert_eq!(parts("[ipv4-addr:value != '192.0.2.1']"), [(21, None)]);
        assert_eq!(parts("[domain-name:resolves_to_refs[*].value = '192.0.2.1']"), [(42, Some("192.0.2.1"))]);
        assert!(!["192.0.2.1", "a.*b", "[a]", "", "rule x { strings: $a = 'b' }"].into_iter().any(is_pattern));
    }
}
