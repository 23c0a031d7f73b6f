//! The usual names of columns and fields that hold addresses.

/// Names that mean addresses.
const ADDRESS_NAMES: [&str; 46] = [
    "ip",
    "ips",
    "ipv4",
    "ipv6",
    "ipaddress",
    "ipaddresses",
    "ipaddr",
    "ipv4address",
    "ipv6address",
    "srcip",
    "sourceip",
    "srcipaddress",
    "sourceipaddress",
    "dstip",
    "destip",
    "destinationip",
    "dstipaddress",
    "destipaddress",
    "destinationipaddress",
    "localip",
    "remoteip",
    "clientip",
    "clientipaddress",
    "serverip",
    "hostip",
    "publicip",
    "networkip",
    "callerip",
    "calleripaddress",
    "sourceaddress",
    "destinationaddress",
    "srcipaddr",
    "dstipaddr",
    "srcaddr",
    "dstaddr",
    "remoteipaddress",
    "localipaddress",
    "remoteaddress",
    "localaddress",
    "cip",
    "sip",
    "idorigh",
    "idresph",
    "sourcenetworkaddress",
    "networksourceip",
    "networkdestinationip",
];

/// Names that count only if there is none of the others.
const GENERIC_NAMES: [&str; 14] = [
    "address",
    "addr",
    "src",
    "dst",
    "dest",
    "indicator",
    "indicatorvalue",
    "ioc",
    "iocvalue",
    "observable",
    "observablevalue",
    "value",
    "entity",
    "input",
];

/// The indices of the names that are usual. More than one leave open which is meant.
pub(crate) fn known<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let among = |known: &[&str]| -> Vec<usize> {
        let is_known = |name: &str| known.contains(&normalize(name).as_str());
        names.clone().enumerate().filter(|(_, name)| is_known(name)).map(|(index, _)| index).collect()
    };
    let specific = among(&ADDRESS_NAMES);
    if specific.is_empty() { among(&GENERIC_NAMES) } else { specific }
}

/// The name in lower case without punctuation: `Src_IP`, `src.ip` and `Src IP` are the same.
pub(crate) fn normalize(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
