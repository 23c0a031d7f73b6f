//! Whether a host can be reached, by one request without a token: distinguishes name, network, proxy, TLS and HTTP, and
//! its clock is compared with that of this machine.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use mde_client::Endpoint;
use reqwest::header::{CACHE_CONTROL, DATE, HeaderMap};
use rustls::CertificateError;

use super::report::{Finding, Report};
use crate::exit::Exit;
use crate::phrase::rounded_to_days;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(15);

/// A smaller difference of two clocks is not worth a warning.
const TOLERABLE_SKEW: Duration = Duration::from_secs(60);
/// From a larger one on, tokens are refused.
const LARGEST_SKEW: Duration = Duration::from_secs(5 * 60);

/// A host, and whether it can be reached.
pub(super) struct Host {
    pub(super) way: Way,
    result: Result<Answer, reqwest::Error>,
}

/// Which host, and how one gets there.
pub(super) struct Way {
    pub(super) name: String,
    /// The proxy on the way there, without what may be secret in its URL.
    pub(super) proxy: Option<String>,
    pub(super) is_loopback: bool,
}

/// That of a host that can be reached.
pub(super) struct Answer {
    status: reqwest::StatusCode,
    took: Duration,
    /// How far the clock of the host is ahead of ours, in seconds, if it dates its answers.
    pub(super) ahead: Option<i64>,
}

/// The host to sign in at, unless it is the API host.
pub(super) async fn check_login(
    endpoint: &Endpoint,
    signs_in: bool,
    report: &mut Report<'_>,
) -> io::Result<Option<Host>> {
    if endpoint.authority() == endpoint.url() {
        report.add("login host", Finding::skip("same as the API host"))?;
        return Ok(None);
    }
    let host = Host::ask(endpoint.authority(), endpoint.is_loopback()).await;
    let finding = host.finding();
    let needed = if signs_in { finding } else { finding.softened("not needed, because there is a token") };
    report.add("login host", needed)?;
    Ok(Some(host))
}

impl Host {
    /// As the client does it: no redirects, https only except to this machine, and this machine without a proxy.
    pub(super) async fn ask(url: &str, is_loopback: bool) -> Self {
        let uri = url.parse::<Uri>().ok();
        let authority = uri.as_ref().and_then(Uri::authority);
        let name = authority.map_or_else(|| url.to_owned(), ToString::to_string);
        let proxy = uri.filter(|_| !is_loopback).and_then(|uri| Matcher::from_system().intercept(&uri));
        let proxy = proxy.map(|proxy| {
            let uri = proxy.uri();
            let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default())
        });
        Self { way: Way { name, proxy, is_loopback }, result: answer(url, is_loopback).await }
    }

    pub(super) fn answer(&self) -> Option<&Answer> {
        self.result.as_ref().ok()
    }

    pub(super) fn finding(&self) -> Finding {
        let Way { name, proxy, .. } = &self.way;
        let through = proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        match &self.result {
            Ok(Answer { status, .. }) if status.is_server_error() => Finding::warn(
                format!("{name} is reachable{through}, but responds with {status}"),
                "try again later; if it persists, check proxies and gateways on the way to the service",
            ),
            Ok(Answer { took, .. }) => {
                Finding::ok(format!("{name} responds{through}, after about {} ms", took.as_millis().max(1)))
            }
            Err(error) => {
                let (problem, fix) = explain(&self.way, error);
                Finding::fail(Exit::Unavailable, problem, fix)
            }
        }
    }
}

async fn answer(url: &str, is_loopback: bool) -> Result<Answer, reqwest::Error> {
    const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(ANSWER);
    let builder = if is_loopback { builder.no_proxy() } else { builder.https_only(true) };
    let begun = Instant::now();
    // An answer from a cache would be dated by the past.
    let response = builder.build()?.get(url).header(CACHE_CONTROL, "no-cache").send().await?;
    let took = begun.elapsed();
    let when_dated = DateTime::<Utc>::from(SystemTime::now() - took / 2);
    let ahead = date(response.headers()).map(|date| (date - when_dated).num_seconds());
    Ok(Answer { status: response.status(), took, ahead })
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.to_utc())
}

/// How far the clock of a host is ahead of ours, in seconds: the host that agrees best, because a wrong clock agrees with
/// no host.
pub(super) fn check_clock<'a>(
    hosts: impl IntoIterator<Item = Option<&'a Host>>,
    endpoint: &Endpoint,
    report: &mut Report<'_>,
) -> io::Result<Option<i64>> {
    let dated = hosts.into_iter().flatten().filter_map(|host| Some((host.answer()?.ahead?, &host.way.name)));
    let best = dated.min_by_key(|(ahead, _)| ahead.unsigned_abs());
    report.add("clock", clock_finding(best, endpoint))?;
    Ok(best.map(|(ahead, _)| ahead))
}

fn clock_finding(best: Option<(i64, &String)>, endpoint: &Endpoint) -> Finding {
    let Some((ahead, host)) = best else { return Finding::skip("no host sent its time") };
    let difference = Duration::from_secs(ahead.unsigned_abs());
    if difference <= TOLERABLE_SKEW {
        return Finding::ok(format!("agrees with the clock of {host}"));
    }
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let problem = format!("the clock of this machine is {} {direction} that of {host}", rounded_to_days(difference));
    if endpoint.is_loopback() {
        return Finding::warn(
            problem,
            "expected for a sandbox with its own clock (--clock, --control); the checks of the token use its clock",
        );
    }
    let fix =
        "synchronize the clock with a time server: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows";
    match difference <= LARGEST_SKEW {
        true => Finding::warn(problem, fix),
        false => Finding::fail(Exit::Usage, format!("{problem}, so tokens are refused"), fix),
    }
}

/// The problem, and its fix.
fn explain(way: &Way, error: &reqwest::Error) -> (String, String) {
    let name = &way.name;
    if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return untrusted(way, tls);
    }
    let proxy = way.proxy.as_deref();
    let kind = causes(error).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    // What is connected to first.
    let peer = match proxy {
        Some(proxy) => format!("the proxy {proxy} on the way to {name}"),
        None => name.clone(),
    };
    let problem = match kind {
        _ if is_unknown_name(error) => format!("{peer} is not found: its name does not resolve"),
        Some(io::ErrorKind::ConnectionRefused) => format!("{peer} refuses the connection"),
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            format!("there is no network route to {peer}")
        }
        Some(io::ErrorKind::TimedOut) => format!("{peer} does not accept a connection"),
        _ if error.is_timeout() && error.is_connect() => {
            format!("{peer} does not accept a connection within {CONNECT:?}")
        }
        _ if error.is_timeout() => format!("{name} accepts the connection, but does not respond within {ANSWER:?}"),
        _ if error.is_connect() && proxy.is_some() => format!("{peer} refuses the tunnel: {}", innermost(error)),
        _ if error.is_connect() => format!("{peer} cannot be connected to: {}", innermost(error)),
        _ => format!("the connection to {name} broke: {}", innermost(error)),
    };
    (problem, fix(way, error))
}

fn fix(way: &Way, error: &reqwest::Error) -> String {
    if way.is_loopback {
        return "check that a sandbox listens there: `mde sandbox` starts one and prints its URL; the port differs each time, \
                unless --listen sets it"
            .to_owned();
    }
    match &way.proxy {
        Some(_) if innermost(error).contains("authorization required") => {
            "set a user name and a password for the proxy: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT".to_owned()
        }
        Some(_) => format!(
            "check HTTPS_PROXY (or ALL_PROXY), which names the proxy, and that the proxy allows this machine to reach {}:443; \
             NO_PROXY lists hosts that are reached without it",
            way.name
        ),
        None if is_unknown_name(error) => "check the network, the VPN and the name servers of this machine; if the \
             internet is reached through a proxy, set HTTPS_PROXY=http://HOST:PORT"
            .to_owned(),
        None => format!(
            "check the network and the VPN, and that the firewall allows {}:443; if the internet is reached through a \
             proxy, set HTTPS_PROXY=http://HOST:PORT",
            way.name
        ),
    }
}

fn untrusted(way: &Way, error: &rustls::Error) -> (String, String) {
    let through = way.proxy.as_ref().map(|proxy| format!(", through the proxy {proxy},")).unwrap_or_default();
    let whose = format!("the certificate that {}{through} shows", way.name);
    let rustls::Error::InvalidCertificate(reason) = error else {
        return (
            format!("the TLS handshake with {}{through} failed: {error}", way.name),
            "check the URL, and proxies and firewalls on the way to the host".to_owned(),
        );
    };
    let clock = "check the clock and the date of this machine; if they are right, ask the operator of the host, or of the \
                 proxy before it";
    let (problem, fix) = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ("has expired", clock.to_owned()),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ("is not valid yet", clock.to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ("is for another name", "check proxies and gateways on the way to the host".to_owned())
        }
        CertificateError::UnknownIssuer => ("is issued by an authority that this machine does not trust", trust(way)),
        _ => return (format!("{whose} is not valid: {error}"), trust(way)),
    };
    (format!("{whose} {problem}"), fix)
}

fn trust(way: &Way) -> String {
    let how = "to the trust store of this machine (on Linux, SSL_CERT_FILE can name a file of certificates)";
    if way.is_loopback {
        return format!("add the authority of the sandbox, which it writes to the file of --tls-ca, {how}");
    }
    format!(
        "if your organization inspects TLS, add the certificate of its authority {how}; if it does not, stop: \
         the connection is intercepted"
    )
}

/// Names are resolved while connecting, and only the text of the error shows that this failed.
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

    fn clock(ahead: i64, endpoint: &Endpoint) -> String {
        format!("{:?}", clock_finding(Some((ahead, &"h".to_owned())), endpoint))
    }

    #[test]
    fn five_minutes_are_a_failure_and_one_a_warning() {
        for ahead in [0, 60, -60] {
            assert!(clock(ahead, &Endpoint::EU).contains("Ok, text: \"agrees with the clock of h\""), "{ahead}");
        }
        assert!(
            clock(61, &Endpoint::EU).contains("Warn, text: \"the clock of this machine is 61 s behind that of h\"")
        );
        assert!(
            clock(-300, &Endpoint::EU)
                .contains("Warn, text: \"the clock of this machine is 5 min ahead of that of h\"")
        );
        let failure = "Fail(Usage), text: \"the clock of this machine is 2 h behind that of h, so tokens are refused";
        assert!(clock(7200, &Endpoint::EU).contains(failure));
    }

    #[test]
    fn a_sandbox_may_have_a_clock_of_its_own() -> Result<(), mde_client::EndpointError> {
        assert!(clock(7200, &"http://127.0.0.1:1".parse()?).contains("Warn"));
        Ok(())
    }

    #[test]
    fn each_flaw_of_a_certificate_has_its_own_text() {
        let way = |proxy: Option<&str>| Way {
            name: "api.security.microsoft.com".to_owned(),
            proxy: proxy.map(str::to_owned),
            is_loopback: false,
        };
        let explained =
            |reason: CertificateError, proxy| untrusted(&way(proxy), &rustls::Error::InvalidCertificate(reason));
        let (problem, fix) = explained(CertificateError::UnknownIssuer, None);
        assert_eq!(
            problem,
            "the certificate that api.security.microsoft.com shows is issued by an authority that this machine does not trust"
        );
        assert!(fix.contains("SSL_CERT_FILE") && fix.contains("inspects TLS"));
        let (problem, fix) = explained(CertificateError::Expired, Some("http://proxy:3128"));
        assert_eq!(
            problem,
            "the certificate that api.security.microsoft.com, through the proxy http://proxy:3128, shows has expired"
        );
        assert!(fix.contains("clock"));
        assert!(explained(CertificateError::NotValidYet, None).0.ends_with("is not valid yet"));
        assert!(explained(CertificateError::NotValidForName, None).0.ends_with("is for another name"));
        assert!(explained(CertificateError::Revoked, None).0.contains("is not valid: "));
        let (problem, _) = untrusted(&way(None), &rustls::Error::HandshakeNotComplete);
        assert!(problem.starts_with("the TLS handshake with api.security.microsoft.com failed: "));
    }
}
