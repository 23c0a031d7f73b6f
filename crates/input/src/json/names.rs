//! Names of fields: which mean addresses, which name the type of a value, and how a path is named by the user.

use std::collections::HashSet;

use crate::names::{known_names, normalize};

/// Names that mean addresses in JSON, beyond those of columns, [normalized](normalize).
const ADDRESS_NAMES: [&str; 10] = [
    "ipaddresstostring",
    "ipaddressv4",
    "ipaddressv6",
    "ipstr",
    "remoteaddr",
    "clientaddr",
    "localaddr",
    "peeraddr",
    "peerip",
    "addresses",
];

/// Names that mean addresses if no other one does, beyond those of columns. A warning list of MISP has its values in `list`;
/// lists of the networks of a provider have a prefix in each item; Elasticsearch counts by a `key`.
#[rustfmt::skip]
const GENERIC_NAMES: [&str; 17] = [
    "list", "key", "cidr", "cidrs", "network", "networks", "subnet", "subnets", "prefix", "prefixes", "ipprefix",
    "ipv4prefix", "ipv6prefix", "addressprefix", "addressprefixes", "ipv4cidrs", "ipv6cidrs", ];

/// Names of values of any kind, whose type may stand beside them.
#[rustfmt::skip]
const TYPED_NAMES: [&str; 13] = [
    "value", "indicator", "indicatorvalue", "ioc", "iocvalue", "observable", "observablevalue", "entity", "list",
    "data", "id", "addr", "address", ];

/// Names of the list that services wrap their answers in.
const WRAPPERS: [&str; 14] = [
    "value", "records", "results", "result", "data", "items", "logs", "events", "hits", "entries", "rows", "list",
    "alerts", "response",
];

/// How far a name means addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Meaning {
    Specific,
    /// Only if none of the others does.
    Generic,
}

/// What a name means, with the name around it: `orig_h` in `id` is `id.orig_h`.
pub(super) fn meaning(names: &str) -> Option<Meaning> {
    let mut parts = names.rsplit('.');
    let last = parts.next().unwrap_or_default();
    let both = parts.next().map(|around| format!("{around}.{last}"));
    let candidates = [Some(last), both.as_deref()];
    // With a specific name beside them, generic names do not count.
    let is_specific = |name: &str| {
        ADDRESS_NAMES.contains(&normalize(name).as_str()) || known_names([name, "ip"].into_iter()).contains(&0)
    };
    let is_generic = |name: &str| {
        GENERIC_NAMES.contains(&normalize(name).as_str()) || !known_names(std::iter::once(name)).is_empty()
    };
    if candidates.into_iter().flatten().any(is_specific) {
        Some(Meaning::Specific)
    } else {
        is_generic(last).then_some(Meaning::Generic)
    }
}

/// Whether it names a value of any kind, whose type may stand beside it.
pub(super) fn is_typed(name: &str) -> bool {
    TYPED_NAMES.contains(&normalize(name).as_str())
}

/// Whether it is a list that an answer is wrapped in.
pub(super) fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&normalize(name).as_str())
}

/// Whether the name is itself data, such as a number: an object of such names is a list whose items have names.
pub(super) fn is_data(name: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    let has_digit = name.bytes().any(|byte| byte.is_ascii_digit());
    has_digit
        && (name.bytes().all(|byte| byte.is_ascii_digit())
            || name.len() >= 16 && name.chars().all(is_hex)
            || is_like_address(name))
}

/// Whether the name may be an address, a damaged one, or a network, in the form that addresses have.
pub(super) fn is_like_address(name: &str) -> bool {
    let is_fitting = |c: char| c.is_ascii_hexdigit() || ".:/[]()%-".contains(c);
    name.bytes().any(|byte| byte.is_ascii_digit())
        && name.bytes().filter(|byte| matches!(byte, b'.' | b':')).count() >= 2
        && name.chars().all(is_fitting)
}

/// A path as the user names it: without the brackets of lists, which may be left out. `*` is any name.
#[derive(Debug)]
pub(super) struct FieldPath {
    path: String,
    as_written: String,
}

impl FieldPath {
    pub(super) fn new(text: &str) -> Self {
        let path = text.trim().replace("[*]", "").replace("[]", "").replace(".[", "[").replace('[', ".[");
        let from_root = path.strip_prefix('$').filter(|rest| rest.is_empty() || rest.starts_with('.'));
        let path = from_root.unwrap_or(&path).trim_start_matches('.').to_owned();
        Self { path, as_written: text.to_owned() }
    }

    /// Each path once.
    pub(super) fn distinct(texts: &[String]) -> Vec<Self> {
        let mut fields: Vec<Self> = texts.iter().map(|text| Self::new(text)).collect();
        let mut seen = HashSet::new();
        fields.retain(|field| seen.insert(field.path.clone()));
        fields
    }

    /// Whether it names a value, by the names on the way to it.
    pub(super) fn is(&self, names: &str) -> bool {
        let is_alike = || {
            let mut steps = self.path.split('.').zip(names.split('.'));
            self.path.split('.').count() == names.split('.').count()
                && steps.all(|(step, name)| step == "*" || step == name)
        };
        self.path == names || self.path.contains('*') && is_alike()
    }

    /// Whether it leads through a value, by the names on the way to it.
    pub(super) fn leads_through(&self, names: &str) -> bool {
        self.path.strip_prefix(names).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether it is as messages show the path of a value, whatever its names hold.
    pub(super) fn is_shown(&self, shown: &str) -> bool {
        self.as_written == shown
    }

    /// Whether it leads through a value, as messages show its path.
    pub(super) fn leads_through_shown(&self, shown: &str) -> bool {
        self.as_written.strip_prefix(shown).is_some_and(|rest| rest.starts_with(['.', '[']))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.as_written
    }

    /// The last name.
    pub(super) fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, Meaning, is_data, meaning};

    #[test]
    fn names_mean_addresses_alone_or_with_the_one_around_them() {
        let cases = [
            ("ip", Some(Meaning::Specific)),
            ("source.ip", Some(Meaning::Specific)),
            ("id.orig_h", Some(Meaning::Specific)),
            ("remoteIpDetails.ipAddressV4", Some(Meaning::Specific)),
            ("x.address", Some(Meaning::Generic)),
            ("list", Some(Meaning::Generic)),
            ("ip.note", None),
            ("x.*", None),
        ];
        for (names, expected) in cases {
            assert_eq!(meaning(names), expected, "{names}");
        }
    }

    #[test]
    fn names_that_are_data_are_known() {
        let data = ["0", "1234567", "192.0.2.1", "2001:db8::1", "192[.]0[.]2", "0f8fad5b-d9cd-469f-a165-70867728950e"];
        assert!(data.into_iter().all(is_data));
        assert!(!["ip", "x1", "face-feed-dead-beef", "", "ipv4", "a.b.c"].into_iter().any(is_data));
    }

    #[test]
    fn brackets_may_be_left_out() {
        assert!(FieldPath::new("a[].rows[][1]").is("a.rows.[1]") && FieldPath::new("[][1]").is("[1]"));
        assert!(["$", "$[*]", "[]", ""].into_iter().all(|text| FieldPath::new(text).is("")));
        for text in ["a[].b", "a.b", "$.a[*].b", ".a[].b", "[].a.b"] {
            let path = FieldPath::new(text);
            assert!(path.is("a.b") && path.leads_through("a") && !path.leads_through("a.b"), "{text}");
        }
    }
}
