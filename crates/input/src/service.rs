//! Ports: their numbers, and the names of services and protocols that stand for them.

/// Names that programs print for ports, in lower case.
#[rustfmt::skip]
const SERVICES: [&str; 72] = [
    "afs3-fileserver", "ajp", "auth", "bgp", "bootpc", "bootps", "cifs", "datametrics", "dhcp", "discard", "dns", "domain",
    "echo", "epmap", "finger", "ftp", "ftp-data", "ftps", "http", "http-alt", "http-proxy", "https", "https-alt", "ident",
    "imap", "imap2", "imap4", "imaps", "ipp", "irc", "ircd", "isakmp", "kerberos", "kerberos-sec", "ldap", "ldaps", "llmnr",
    "mdns", "microsoft-ds", "ms-sql-s", "ms-wbt-server", "msrpc", "mysql", "netbios-dgm", "netbios-ns", "netbios-ssn", "nfs",
    "nntp", "ntp", "openvpn", "pop3", "pop3s", "postgresql", "pptp", "rdp", "redis", "rtsp", "sip", "sips", "smtp", "smtps",
    "snmp", "socks", "ssdp", "ssh", "submission", "sunrpc", "syslog", "telnet", "tftp", "whois", "x11",
];

/// The names of protocols that have ports.
const PROTOCOLS: [&str; 8] = ["tcp", "udp", "sctp", "tcp4", "tcp6", "udp4", "udp6", "quic"];

pub(crate) fn is_service(text: &str) -> bool {
    SERVICES.iter().any(|name| name.eq_ignore_ascii_case(text))
}

pub(crate) fn is_protocol(text: &str) -> bool {
    PROTOCOLS.iter().any(|name| name.eq_ignore_ascii_case(text))
}

pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is the number of a port.
pub(crate) fn is_port(text: &str) -> bool {
    is_number(text) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_port, is_protocol, is_service};

    #[test]
    fn names_and_numbers_of_ports_are_known() {
        assert!(is_service("https") && is_service("HTTP") && is_protocol("TCP") && is_port("65535"));
        assert!(!is_service("example") && !is_protocol("ip") && !is_port("65536") && !is_port("") && !is_port("+1"));
    }
}
