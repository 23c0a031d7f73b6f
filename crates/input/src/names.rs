//! The usual names of columns and fields that hold addresses.

/// Names that mean addresses, [normalized](normalize).
#[rustfmt::skip]
const ADDRESS_NAMES: [&str; 116] = [
    "ip", "ips", "ipv4", "ipv6", "ipaddress", "ipaddresses", "ipaddr", "ipv4address", "ipv6address", "ipsrc", "ipdst",
    "srcip", "srcips", "sourceip", "srcipaddress", "sourceipaddress", "dstip", "dstips", "destip", "destinationip",
    "dstipaddress", "destipaddress", "destinationipaddress", "localip", "remoteip", "clientip", "clientipaddress",
    "clientaddress", "clientaddr", "serverip", "hostip", "publicip", "networkip", "callerip", "calleripaddress",
    "sourceaddress", "destinationaddress", "srcaddress", "dstaddress", "destaddress", "srcipaddr", "dstipaddr",
    "srcaddr", "dstaddr", "pktsrcaddr", "pktdstaddr", "remoteipaddress", "localipaddress", "remoteaddress",
    "localaddress", "remoteaddr", "foreignaddress", "peeraddress", "internetaddress", "cip", "sip", "idorigh",
    "idresph", "sourcenetworkaddress", "networksourceip", "networkdestinationip", "remoteipdetailsipaddressv4",
    "localipdetailsipaddressv4", "ipaddressv4", "ipaddressv6", "ipnumber", "hostaddress", "addressip",
    "ipstr", "externalip", "internalip", "attackerip", "victimip", "maliciousip", "badip", "targetip", "deviceip",
    "userip", "loginip", "senderip", "connectingip", "originip", "peerip", "natip", "natsrcip", "natdstip", "wanip",
    "aip", "localaddressip4", "remoteaddressip4", "xforwardedfor", "httpxforwardedfor",
    // German, French, Spanish, Italian, Portuguese, Dutch, Polish, Japanese, Chinese.
    "ipadresse", "ipadressen", "quellip", "zielip", "quelladresse", "zieladresse", "remoteadresse", "lokaleadresse", "internetadresse", "quellipadresse", "zielipadresse",
    "adresseip", "ipsource", "ipdestination", "direcciónip", "direccionip", "iporigen", "ipdestino", "indirizzoip",
    "endereçoip", "ipadres", "adresip", "ipアドレス", "ip地址",
];

/// Names that count only if there is none of the others.
#[rustfmt::skip]
const GENERIC_NAMES: [&str; 17] = [
    "address", "addr", "src", "dst", "dest", "indicator", "indicatorvalue", "ioc", "iocvalue", "observable",
    "observablevalue", "value", "entity", "input", "srchost", "dsthost", "adresse",
];

/// First words of names that are about addresses and hold none.
const NO_ADDRESS: [&str; 10] = ["is", "has", "no", "num", "number", "count", "valid", "total", "per", "by"];

/// Last words of names that are about one side of a connection, or one kind of address.
const SIDES: [&str; 12] =
    ["origin", "impacted", "source", "destination", "src", "dst", "client", "server", "local", "remote", "v4", "v6"];

/// The most words of a name that is recognized by its last ones.
const MAX_WORDS: usize = 4;

/// The indices of the names that are usual. More than one leave open which is meant.
pub(crate) fn known_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let among = |is_known: fn(&str) -> bool| -> Vec<usize> {
        names.clone().enumerate().filter(|(_, name)| is_known(name)).map(|(index, _)| index).collect()
    };
    let specific = among(is_specific);
    if specific.is_empty() { among(|name| GENERIC_NAMES.contains(&normalize(name).as_str())) } else { specific }
}

fn is_specific(name: &str) -> bool {
    ADDRESS_NAMES.contains(&normalize(name).as_str()) || has_port(name) || ends_in_ip(name)
}

/// Such as `client:port`, whose values are addresses with ports.
fn has_port(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    name.strip_suffix(":port").is_some_and(|name| !name.is_empty() && !name.contains(':'))
}

/// Such as `attacker_ip`, `AttackerIP`, `Attacker IP Address` and `winlog.event_data.IpAddress`.
fn ends_in_ip(name: &str) -> bool {
    if name.contains([',', ';', '|', '\t', '"', '\'']) {
        return false;
    }
    let words = words(name.rsplit('.').next().unwrap_or(name));
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    if words.len() > MAX_WORDS || words.first().is_some_and(|first| NO_ADDRESS.contains(first)) {
        return false;
    }
    let words = match words.as_slice() {
        // Such as `IP address (origin)`.
        [before @ .., side] if SIDES.contains(side) => before,
        words => words,
    };
    match words {
        // Such as `public_ipv4_addresses` and `IpV4Addresses`.
        [before @ .., "address" | "addr" | "addresses" | "addrs"] => {
            matches!(before, [.., "ip" | "ipv4" | "ipv6"] | [.., "ip", "v4" | "v6"])
        }
        words => matches!(words, [.., "ip" | "ips" | "ipv4" | "ipv6" | "ipaddress" | "ipaddresses" | "ipaddr"]),
    }
}

/// The words of a name in lower case, which are separated by punctuation, blanks, or a capital letter after a small one or a
/// digit.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut ends_word = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (ends_word && c.is_uppercase()) {
            words.push(String::new());
        }
        ends_word = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Names of the type of the value beside it, [normalized](normalize).
#[rustfmt::skip]
const TYPE_NAMES: [&str; 13] = [
    "type", "ioctype", "indicatortype", "observabletype", "entitytype", "valuetype", "kind", "threattype",
    "attributetype", "datatype", "addrtype", "addresstype", "xopenctimaintype",
];

/// Whether a column or a field has the type of the value beside it.
pub(crate) fn is_type(name: &str) -> bool {
    TYPE_NAMES.contains(&normalize(name).as_str())
}

/// The name in lower case without punctuation: `Src_IP`, `src.ip` and `Src IP` are the same.
pub(crate) fn normalize(name: &str) -> String {
    name.chars().map(half_width).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Japanese keyboards write Latin letters of full width.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::known_names;

    #[test]
    fn names_of_real_exports_are_known() {
        for name in [
            "IPAddress",
            "SourceIP",
            "CallerIpAddress",
            "Source address",
            "Source Address",
            "srcip",
            "src_ip",
            "clientip",
            "srcaddr",
            "pkt-srcaddr",
            "client:port",
            "client.ipAddress",
            "ClientIP",
            "remoteIpDetails.ipAddressV4",
            "DstIP",
            "dst_ip",
            "ip_address",
            "IP Address",
            "IP-Adresse",
            "Adresse IP",
            "Quell-IP",
            "Dirección IP",
            "IPアドレス",
            "ＩＰアドレス",
            "attacker_ip",
            "AttackerIP",
            "Last Seen IP",
            "source.ip",
            "winlog.event_data.IpAddress",
            "Local Address:Port",
            "ActorIpAddress",
            "cs-ip",
            "IP\u{a0}address",
            "IP Address (Origin)",
            "IP (v4)",
            "ansible_all_ipv4_addresses",
            "IpV4Addresses",
            "blocked_ips",
            "Remoteadresse",
        ] {
            assert_eq!(known_names([name, "x"].into_iter()), [0], "{name}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "zip",
            "ZIP",
            "mail_addresses",
            "chips",
            "ship",
            "is_ip",
            "count of ip",
            "id",
            "Name;IP Address",
            "port",
            "client_port",
            "ipso",
            "",
        ] {
            assert!(known_names([name].into_iter()).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_generic_ones_count_alone() {
        assert_eq!(known_names(["value", "ip", "source"].into_iter()), [1]);
        assert_eq!(known_names(["value", "type", "src"].into_iter()), [0, 2]);
    }
}
