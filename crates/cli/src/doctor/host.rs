//! Whether a host can be reached, and answers: one request without a token.

use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use mde_client::Endpoint;
use reqwest::header::{CACHE_CONTROL, DATE, HeaderMap};

use super::report::{Finding, Report};
use super::unreachable;
use crate::exit::Exit;

pub(super) const CONNECT: Duration = Duration::from_secs(10);
pub(super) const ANSWER: Duration = Duration::from_secs(15);

/// A host, and what came of asking it.
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

/// The host to sign in at, unless it is the one that is asked anyway.
pub(super) async fn check_login(
    endpoint: &Endpoint,
    signs_in: bool,
    report: &mut Report<'_>,
) -> std::io::Result<Option<Host>> {
    if endpoint.authority() == endpoint.url() {
        report.tell("login host", Finding::skip("the same as the API host"))?;
        return Ok(None);
    }
    let host = Host::ask(endpoint.authority(), endpoint.is_loopback()).await;
    let finding = host.finding();
    let needed = if signs_in { finding } else { finding.softened("not needed while there is a token") };
    report.tell("login host", needed)?;
    Ok(Some(host))
}

impl Host {
    /// As the client asks: no redirects, https only except to this machine, and this machine without a proxy.
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
                format!("{name} can be reached{through}, but answers {status}"),
                "wait and try again; if it lasts, see what stands between here and the service, such as a proxy",
            ),
            Ok(Answer { took, .. }) => {
                Finding::ok(format!("{name} answers{through}, after about {} ms", took.as_millis().max(1)))
            }
            Err(error) => {
                let (problem, fix) = unreachable::explain(&self.way, error);
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
