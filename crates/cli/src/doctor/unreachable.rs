//! Why a host does not answer: name, network, proxy, TLS or HTTP, told apart.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::host::{ANSWER, CONNECT, Way};

/// What went wrong, and what mends it.
pub(super) fn explain(way: &Way, error: &reqwest::Error) -> (String, String) {
    let name = &way.name;
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return untrusted(way, tls);
    }
    let proxy = way.proxy.as_deref();
    let kind = causes(error).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    // What is connected to first.
    let whom = match proxy {
        Some(proxy) => format!("the proxy {proxy} on the way to {name}"),
        None => name.clone(),
    };
    let problem = match kind {
        _ if is_unknown_name(error) => format!("{whom} is not found: there is no address for its name"),
        Some(io::ErrorKind::ConnectionRefused) => format!("{whom} refuses the connection"),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            format!("there is no way through the network to {whom}")
        }
        Some(io::ErrorKind::TimedOut) => format!("{whom} takes no connection"),
        _ if error.is_timeout() && error.is_connect() => format!("{whom} takes no connection within {CONNECT:?}"),
        _ if error.is_timeout() => format!("{name} takes the connection, but does not answer within {ANSWER:?}"),
        _ if error.is_connect() && proxy.is_some() => format!("{whom} does not let us through: {}", innermost(error)),
        _ if error.is_connect() => format!("{whom} cannot be connected to: {}", innermost(error)),
        _ => format!("the connection to {name} broke: {}", innermost(error)),
    };
    (problem, fix(way, error))
}

fn fix(way: &Way, error: &reqwest::Error) -> String {
    if way.is_loopback {
        return "see that it is a sandbox that listens there: `mde sandbox` starts one, and prints its URL, whose port differs \
                each time, unless --listen gives one"
            .to_owned();
    }
    match &way.proxy {
        Some(_) if innermost(error).contains("authorization required") => {
            "give the proxy a user name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT".to_owned()
        }
        Some(_) => format!(
            "check HTTPS_PROXY (or ALL_PROXY), which names the proxy, and that the proxy lets this machine through to \
             {}:443; NO_PROXY lists what is reached without it",
            way.name
        ),
        None if is_unknown_name(error) => {
            "check the network, the VPN and the name servers of this machine; where only a \
             proxy leads outside, set HTTPS_PROXY=http://HOST:PORT"
                .to_owned()
        }
        None => format!(
            "check the network and the VPN, and that the firewall lets this machine through to {}:443; where only a proxy \
             leads outside, set HTTPS_PROXY=http://HOST:PORT",
            way.name
        ),
    }
}

fn untrusted(way: &Way, error: &rustls::Error) -> (String, String) {
    let through = way.proxy.as_ref().map(|proxy| format!(", through the proxy {proxy},")).unwrap_or_default();
    let whose = format!("the certificate that {}{through} shows", way.name);
    let rustls::Error::InvalidCertificate(reason) = error else {
        return (
            format!("no TLS with {}{through}: {error}", way.name),
            "check the URL, and what stands between here and the host, such as a proxy or a firewall".to_owned(),
        );
    };
    let clock = "check the clock and the date of this machine; where they are right, ask who runs the host, or the proxy \
                 that stands before it";
    let (problem, fix) = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ("has expired", clock.to_owned()),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("is not valid yet", clock.to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("is for another name", "check what stands between here and the host, such as a proxy".to_owned())
        }
        CertificateError::UnknownIssuer => ("is by an authority that this machine does not trust", trust(way)),
        _ => return (format!("{whose} is not valid: {error}"), trust(way)),
    };
    (format!("{whose} {problem}"), fix)
}

fn trust(way: &Way) -> String {
    let how = "among those that this machine trusts (on Linux, SSL_CERT_FILE can name a file of them)";
    if way.is_loopback {
        return format!("put the authority of the sandbox, which it writes to the file of --tls-ca, {how}");
    }
    format!(
        "if your organization inspects TLS, put the certificate of its authority {how}; if it does not, do not go on: \
         somebody reads along"
    )
}

/// Names are looked up while connecting, and only the text of the error says that this is what failed.
fn is_unknown_name(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.to_string() == "dns error")
}

fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error, and what it is made of, from the outside in. What an I/O error wraps is not its source.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| {
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| cause.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flaw_of_a_certificate_is_told_apart() {
        let way = |proxy: Option<&str>| Way {
            name: "api.security.microsoft.com".to_owned(),
            proxy: proxy.map(str::to_owned),
            is_loopback: false,
        };
        let told = |reason: CertificateError, proxy| untrusted(&way(proxy), &rustls::Error::InvalidCertificate(reason));
        let (problem, fix) = told(CertificateError::UnknownIssuer, None);
        assert_eq!(
            problem,
            "the certificate that api.security.microsoft.com shows is by an authority that this machine does not trust"
        );
        assert!(fix.contains("SSL_CERT_FILE") && fix.contains("inspects TLS"));
        let (problem, fix) = told(CertificateError::Expired, Some("http://proxy:3128"));
        assert_eq!(
            problem,
            "the certificate that api.security.microsoft.com, through the proxy http://proxy:3128, shows has expired"
        );
        assert!(fix.contains("clock"));
        assert!(told(CertificateError::NotValidYet, None).0.ends_with("is not valid yet"));
        assert!(told(CertificateError::NotValidForName, None).0.ends_with("is for another name"));
        assert!(told(CertificateError::Revoked, None).0.contains("is not valid: "));
        let (problem, _) = untrusted(&way(None), &rustls::Error::HandshakeNotComplete);
        assert!(problem.starts_with("no TLS with api.security.microsoft.com: "));
    }
}
