//! The requests received, for assertions, without their secrets.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use axum::http::{StatusCode, Uri};
use serde::{Serialize, Serializer};

/// The most requests in the log.
const MAX_REQUESTS: usize = 10_000;

/// The most bytes of text in the log. Usual requests never come to so much.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Parameters that a client may send in the query by mistake.
const SECRETS: [&str; 7] =
    ["client_secret", "client_assertion", "access_token", "code", "code_verifier", "device_code", "refresh_token"];

/// Parameters of the authorization endpoint by which an app knows its own answer.
const OF_ONE_SIGN_IN: [&str; 2] = ["state", "code_challenge"];

const REDACTED: &str = "<redacted>";

/// A request that a sandbox received, and how it was answered. Its body, which may hold a secret, is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// Path and query as they were sent, percent-encoding included, such as
    /// `/api/ips/10.209.67.177/stats?lookBackHours=48`. A query with a parameter `client_secret`, `client_assertion`,
    /// `access_token`, `code`, `code_verifier`, `device_code` or `refresh_token`, in any letter case, is `<redacted>`, and
    /// so are the values of `state` and `code_challenge`.
    pub path_and_query: String,
    /// Names in lower case and values, in the order of arrival; those of a repeated name stand together. Bytes that
    /// are not UTF-8 are replaced. Of `authorization` and `proxy-authorization` only the scheme is kept, as in
    /// `Bearer <redacted>`, and of `cookie` nothing.
    pub headers: Vec<(String, String)>,
    /// The HTTP status of the answer, or 0 while there is none. There never is one if a [`Fault`](crate::Fault) reset
    /// the connection, or if the client closed it before.
    pub status: u16,
}

impl ReceivedRequest {
    /// The entry of a request that has no status yet.
    pub(crate) fn unanswered(request: &Request) -> ReceivedRequest {
        let headers = request.headers().iter().map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let value = if [AUTHORIZATION, PROXY_AUTHORIZATION].contains(name) {
                scheme_only(&text)
            } else if name == COOKIE {
                REDACTED.to_owned()
            } else {
                text.into_owned()
            };
            (name.as_str().to_owned(), value)
        });
        ReceivedRequest {
            method: request.method().as_str().to_owned(),
            path_and_query: without_secret(request.uri()),
            headers: headers.collect(),
            status: 0,
        }
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.method.len() + self.path_and_query.len() + headers.sum::<usize>()
    }
}

/// A text without a space may be a secret without its scheme.
fn scheme_only(credentials: &str) -> String {
    let scheme = credentials.split_once(' ').map(|(scheme, _)| format!("{scheme} ")).unwrap_or_default();
    format!("{scheme}{REDACTED}")
}

fn without_secret(uri: &Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let is_any = |pair: &str, names: &[&str]| {
        let mut given = form_urlencoded::parse(pair.as_bytes());
        given.any(|(name, _)| names.iter().any(|listed| name.eq_ignore_ascii_case(listed)))
    };
    if is_any(query, &SECRETS) {
        return format!("{}?{REDACTED}", uri.path());
    }
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_any(pair, &OF_ONE_SIGN_IN) => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    });
    format!("{}?{}", uri.path(), pairs.collect::<Vec<_>>().join("&"))
}

/// Identifies a request: its number, counted up from 1, in the form of a GUID.
#[derive(Clone, Copy)]
pub(crate) struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00000000-0000-4000-8000-{:012x}", self.0)
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The latest requests, oldest first. Bounded, because a sandbox may run for days.
#[derive(Default)]
pub(crate) struct RequestLog(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    requests: VecDeque<ReceivedRequest>,
    bytes: usize,
    /// How many requests there were before the first in the log.
    forgotten: u64,
}

impl RequestLog {
    /// Appends a request, and numbers it.
    pub(crate) fn append(&self, request: ReceivedRequest) -> RequestId {
        let mut entries = self.locked();
        entries.bytes += request.bytes();
        entries.requests.push_back(request);
        let id = RequestId(entries.count());
        while entries.requests.len() > MAX_REQUESTS || entries.bytes > MAX_BYTES {
            let Some(oldest) = entries.requests.pop_front() else { break };
            entries.bytes -= oldest.bytes();
            entries.forgotten += 1;
        }
        id
    }

    /// Sets the status of the answer to a request, unless the request is forgotten already.
    pub(crate) fn set_status(&self, RequestId(number): RequestId, status: StatusCode) {
        let mut entries = self.locked();
        let position = number.checked_sub(entries.forgotten + 1).and_then(|position| usize::try_from(position).ok());
        if let Some(request) = position.and_then(|position| entries.requests.get_mut(position)) {
            request.status = status.as_u16();
        }
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.locked().requests.iter().cloned().collect()
    }

    pub(crate) fn forget(&self) {
        let mut entries = self.locked();
        *entries = Entries { forgotten: entries.count(), ..Entries::default() };
    }

    /// The entries are consistent: nothing panics while it holds the lock.
    fn locked(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// How many requests there were in all.
    fn count(&self) -> u64 {
        self.forgotten + self.requests.len() as u64
    }
}
