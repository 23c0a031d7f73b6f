//! What all routes share: the state of the sandbox, the body limit, and how to read a request's host and path.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use crate::apps::Registration;
use crate::clock::Clock;
use crate::entra::grants::{Decision, Grants};
use crate::events::Events;
use crate::faults::layer::Faults;
use crate::quirks::Quirks;
use crate::request_log::RequestLog;
use crate::tokens::Tokens;
use crate::users::{TokenClaims, User};

/// The state of a sandbox.
pub(crate) struct Service {
    pub(crate) events: Events,
    pub(crate) clock: Clock,
    pub(crate) quirks: Quirks,
    /// At least one.
    pub(crate) registrations: Vec<Arc<Registration>>,
    pub(crate) users: Vec<User>,
    pub(crate) tokens: Tokens,
    pub(crate) grants: Grants,
    pub(crate) faults: Arc<Faults>,
    pub(crate) request_log: RequestLog,
}

impl Service {
    /// A token of the first app that does not expire.
    pub(crate) fn issue(&self, claims: TokenClaims) -> String {
        self.tokens.issue(&self.registrations[0], claims, None)
    }

    /// Answers to a device code in place of a person.
    pub(crate) fn decide(&self, user_code: &str, decision: Decision) -> bool {
        self.grants.decide(user_code, decision, self.clock.now())
    }
}

/// The most bytes of a body: many times what a request for a token has.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The limit of reading a body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(3);

/// A layer that refuses a request whose body is too large, too slow or malformed, with an empty answer.
pub(crate) async fn limit_body(request: Request, next: Next) -> Response {
    match read_body(request).await {
        Ok(request) => next.run(request).await,
        Err(status) => status.into_response(),
    }
}

/// The request with its body read, or the status of the error. Such an answer ends the connection, since a part of the
/// request is still to come.
pub(crate) async fn read_body(request: Request) -> Result<Request, StatusCode> {
    let (head, body) = request.into_parts();
    // A declared length is checked before the body is sent, so that a client that expects 100 Continue gets 413.
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The host and port of the one header `Host`, if they are `localhost` or a loopback address with any port.
pub(crate) fn loopback_host(headers: &HeaderMap) -> Option<String> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return None;
    };
    let authority: Authority = host.to_str().ok()?.parse().ok()?;
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_loopback = match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost"),
    };
    let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    is_loopback.then(|| format!("{name}{port}"))
}

/// A segment of the path by its number from 1, decoded. What is not UTF-8 is replaced: it is never part of an address
/// or a tenant.
pub(crate) fn segment(uri: &Uri, number: usize) -> String {
    let segment = uri.path().split('/').nth(number).unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
