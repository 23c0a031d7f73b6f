//! The names by which columns and fields of addresses are known.

/// Names that say so.
const OF_ADDRESSES: [&str; 46] = [
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

/// Names that say it only where no other name does.
const OF_ANYTHING: [&str; 14] = [
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

/// Those names whose columns or fields may hold the addresses: one that is found, or several that leave it open.
pub(super) fn known<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let among = |known: &[&str]| -> Vec<usize> {
        let is_known = |name: &str| known.contains(&normal(name).as_str());
        names.clone().enumerate().filter(|(_, name)| is_known(name)).map(|(index, _)| index).collect()
    };
    let specific = among(&OF_ADDRESSES);
    if specific.is_empty() { among(&OF_ANYTHING) } else { specific }
}

/// The name without what differs from house to house: `Src_IP`, `src.ip` and `Src IP` are one.
pub(super) fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
