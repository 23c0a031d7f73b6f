//! The errors of an attempt that brought no usable answer: what happened and what to do.

use std::io;
use std::time::Duration;

use reqwest::StatusCode;
use serde::de::DeserializeOwned;

use crate::auth::CachedToken;
use crate::error::{Refusal, body_excerpt};
use crate::quota::{NoPermit, Pause, longest_wait};
use crate::response::Mismatch;
use crate::retry::{RetryClass, retry_after};
use crate::transport::{BodyFault, Exchange, Head, LARGEST_BODY};
use crate::{Client, Error, ErrorKind, Operation, Permission, TokenClaims};

/// A time limit ran out.
pub(crate) fn timed_out(what: &str, limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("{what} took longer than {limit:?}"))
        .with_advice("try again later, or give it more time")
}

/// There was no permit in time.
pub(crate) fn no_permit(reason: NoPermit, limit: Duration) -> Error {
    let wait = match reason {
        NoPermit::TooLong(wait) => wait,
        NoPermit::Ledger(cause) => {
            return Error::new(ErrorKind::Configuration, "the ledger of the quota cannot be used")
                .with_advice("check what the ledger is kept in")
                .with_source(cause);
        }
    };
    let (when, again) = match wait {
        Some(wait) => (format!("the next call may be sent in {} s", wait.as_secs_f64().ceil()), "then"),
        None => ("calls in flight use the rest of it".to_owned(), "later"),
    };
    let problem = format!("the quota is spent; {when}, and this one waits {limit:?} at most");
    Error::new(ErrorKind::Throttled, problem)
        .with_advice(format!("call again {again}, or let the client wait longer for its quota"))
        .with_retry_after(wait)
}

/// No answer came in.
pub(crate) fn unanswered(client: &Client, cause: reqwest::Error) -> Error {
    let url = client.endpoint().url();
    let error = if cause.is_connect() && is_about_contents(&cause) {
        Error::new(ErrorKind::Transport, format!("no TLS connection to {url} can be trusted"))
            .with_advice("check the clock, and whether a proxy puts in a certificate that is to be trusted")
    } else if cause.is_connect() {
        Error::new(ErrorKind::Transport, format!("{url} cannot be reached"))
            .with_advice("check the network, the proxy and the name of the endpoint")
            .with_retry_class(RetryClass::Passing)
    } else {
        return broken(url, cause);
    };
    error.with_source(cause)
}

/// The connection broke before the answer was complete.
fn broken(url: &str, cause: reqwest::Error) -> Error {
    let error = match cause.is_timeout() {
        true => Error::new(ErrorKind::Timeout, format!("{url} did not answer in time")),
        false => Error::new(ErrorKind::Transport, format!("the connection to {url} broke"))
            .with_advice("the same call may be made again"),
    };
    error.with_retry_class(RetryClass::Passing).with_source(cause).sent()
}

/// A success whose body is not complete. `late` is the error for one that did not come in time.
pub(crate) fn incomplete(client: &Client, head: Head, fault: BodyFault, late: Error) -> Error {
    let url = client.endpoint().url();
    let decode = |problem: String| Error::new(ErrorKind::Decode, problem);
    let error = match fault {
        BodyFault::Late => late,
        BodyFault::BrokeOff(cause) => broken(url, cause),
        BodyFault::TooLarge => decode(format!("the answer is larger than {LARGEST_BODY} bytes"))
            .with_advice("check that the endpoint is that of the service"),
        BodyFault::Gzip(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Transport, format!("the compressed answer of {url} ends too early"))
                .with_advice("the same call may be made again")
                .with_retry_class(RetryClass::Passing)
                .with_source(cause)
        }
        BodyFault::Gzip(cause) => decode(format!("the body of the answer of {url} cannot be decompressed"))
            .with_advice(CHECK_GATEWAY)
            .with_source(cause),
        BodyFault::Encoding(encoding) => decode(format!(
            "the body of the answer of {url} is in the content encoding {encoding:?}, which was not asked for"
        ))
        .with_advice(CHECK_GATEWAY),
    };
    error.with_answer(head.status, head.request_id)
}

const CHECK_GATEWAY: &str = "check the proxy or gateway between this machine and the service";

/// Whether it failed for what the other side sent, such as its certificate, and not for how.
fn is_about_contents(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        // What an I/O error wraps is not its source.
        return matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
            || error.get_ref().is_some_and(|wrapped| is_about_contents(wrapped));
    }
    error.source().is_some_and(is_about_contents)
}

/// The service, or something before it, answered with another status than that of a success, whatever came in of the body.
pub(crate) fn refused(client: &Client, operation: &Operation, token: &CachedToken, exchange: Exchange) -> Error {
    let refusal = Refusal::read(&exchange.text(), token.redactor());
    let Exchange { head: Head { status, retry_after: headers, date, request_id }, fault, .. } = exchange;
    let (kind, help) = advice(client, operation, token, status);
    let now = client.clock().system_time();
    let wait = retry_after(&headers, date.as_deref(), refusal.message.as_deref(), now);
    let is_throttled = status == StatusCode::TOO_MANY_REQUESTS;
    // Only a 429 is about the quota.
    let windows = if is_throttled { client.quota(operation) } else { Vec::new() };
    let wait = wait.map(|wait| wait.min(longest_wait(&windows)));
    let body = match (&fault, &refusal) {
        (Some(fault), _) => format!(" with a body {}", incomplete_body(fault)),
        (None, Refusal { message: Some(_), .. }) => String::new(),
        (None, Refusal { excerpt: Some(_), .. }) => " with a body that is not in the documented form".to_owned(),
        (None, _) => " without a body".to_owned(),
    };
    let message = refusal.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    let code = refusal.code.as_deref().filter(|code| says_more(code, status));
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    let error = Error::new(kind, format!("the service answered {status}{code}{body}{message}"))
        .with_advice(help)
        .with_retry_class(failure(status))
        .with_answer(status, request_id)
        .with_refusal(refusal)
        .with_retry_after(wait);
    let error = match fault {
        Some(BodyFault::BrokeOff(cause)) => error.with_source(cause),
        Some(BodyFault::Gzip(cause)) => error.with_source(cause),
        _ => error,
    };
    match wait {
        // How long a 429 makes all calls wait is not known yet.
        Some(wait) if !is_throttled => error.with_more_advice(&next_call_in(wait)),
        _ => error,
    }
}

/// What is wrong with the body of a refusal, to be said behind "a body".
fn incomplete_body(fault: &BodyFault) -> String {
    match fault {
        BodyFault::Late => "that did not come in time".to_owned(),
        BodyFault::BrokeOff(cause) if cause.is_timeout() => "that did not come in time".to_owned(),
        BodyFault::BrokeOff(_) => "that broke off".to_owned(),
        BodyFault::Gzip(_) => "that cannot be decompressed".to_owned(),
        BodyFault::TooLarge => format!("larger than {LARGEST_BODY} bytes"),
        BodyFault::Encoding(encoding) => format!("in the content encoding {encoding:?}, which was not asked for"),
    }
}

/// A 429 for which all calls pause.
pub(crate) fn paused(throttled: Error, pause: Pause) -> Error {
    let error = throttled.with_retry_after(Some(pause.remaining)).with_more_advice(&next_call_in(pause.remaining));
    match pause.in_a_row {
        0 | 1 => error,
        many => error.with_more_advice(&format!("nothing was served between the last {many} pauses")),
    }
}

fn next_call_in(wait: Duration) -> String {
    format!("the next call may be sent in {} s", wait.as_secs_f64().ceil())
}

/// What a status means for another attempt.
fn failure(status: StatusCode) -> RetryClass {
    match status.as_u16() {
        408 | 500 | 502 | 503 | 504 => RetryClass::Passing,
        429 => RetryClass::Throttled,
        401 => RetryClass::Unauthorized,
        _ => RetryClass::Lasting,
    }
}

/// Whether a code says more than the status does, as `InvalidIpAddress` does and `Forbidden` or `429` do not.
fn says_more(code: &str, status: StatusCode) -> bool {
    let reason = status.canonical_reason().unwrap_or_default().replace(' ', "");
    !code.eq_ignore_ascii_case(&reason) && code != status.as_str()
}

/// The kind of a refusal, and what to do about it.
fn advice(client: &Client, operation: &Operation, token: &CachedToken, status: StatusCode) -> (ErrorKind, String) {
    let audience = client.endpoint().audience();
    match status {
        StatusCode::BAD_REQUEST => (ErrorKind::InvalidInput, "check the values of the call".to_owned()),
        StatusCode::UNAUTHORIZED => {
            let help = format!(
                "check that the token is for {audience} and has not expired, and that the tenant has an active licence"
            );
            (ErrorKind::Credential, help)
        }
        StatusCode::FORBIDDEN => (ErrorKind::Permission, lacking(operation, audience, token.claims())),
        // By operation, either the route is not known or what was asked about.
        StatusCode::NOT_FOUND => {
            let url = client.endpoint().url();
            let help = format!("check what was asked about, and that {url} is an endpoint of the service");
            (ErrorKind::Service, help)
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let help = "send less: every program on the same app registration shares one quota";
            (ErrorKind::Throttled, help.to_owned())
        }
        status if status.is_server_error() => (ErrorKind::Service, "try again later".to_owned()),
        status if status.is_redirection() => (
            ErrorKind::Service,
            "check the endpoint; redirects are not followed, so that the token goes to no other host".to_owned(),
        ),
        _ => (ErrorKind::Service, format!("this status is not documented; {CHECK_GATEWAY}")),
    }
}

/// What to do where the token may not do what it was used for.
fn lacking(operation: &Operation, audience: &str, claims: Option<&TokenClaims>) -> String {
    let Operation { application_permission, delegated_permission, .. } = *operation;
    let new_token = format!("get a new token for {audience}");
    let holds = |names: &[String], permission: Option<Permission>| {
        permission.filter(|permission| names.iter().any(|name| name == permission.name))
    };
    let as_app = claims.and_then(|claims| holds(&claims.roles, application_permission));
    let as_person = claims.and_then(|claims| holds(&claims.scopes, delegated_permission));
    let is_for_another = claims.is_some_and(|claims| !claims.audiences.iter().any(|it| it == audience));
    match (as_app.or(as_person), as_person.and_then(|permission| permission.user_role)) {
        (Some(permission), Some(role)) if !is_for_another => format!(
            "the token holds the permission {}; the person who signed in also needs the role permission '{role}'",
            permission.name
        ),
        (Some(permission), _) => format!("the token holds the permission {}; {new_token}", permission.name),
        (None, _) => match application_permission.or(delegated_permission) {
            Some(Permission { name, display_name, .. }) => format!(
                "grant the app the permission {name} ({display_name}) with an administrator's consent, then {new_token}"
            ),
            None => new_token,
        },
    }
}

/// A success whose body is not what the contract says.
pub(crate) fn unreadable<T: DeserializeOwned>(exchange: &Exchange, token: &CachedToken) -> Error {
    let text = exchange.text();
    let reader = &mut serde_json::Deserializer::from_slice(&text);
    let (place, cause) = match serde_path_to_error::deserialize::<_, T>(reader) {
        Err(error) => (error.path().to_string(), error.into_inner().to_string()),
        Ok(_) => (".".to_owned(), "there is more behind the value".to_owned()),
    };
    let place = if place == "." { String::new() } else { format!(" at {place}") };
    let refusal = Refusal { excerpt: body_excerpt(&text, token.redactor()), ..Refusal::default() };
    Error::new(
        ErrorKind::Decode,
        format!("the service answered {}, but the body cannot be read{place}: {cause}", exchange.head.status),
    )
    .with_advice("check that no proxy or gateway rewrites the responses of the service")
    .with_answer(exchange.head.status, exchange.head.request_id.clone())
    .with_refusal(refusal)
}

/// A success that cannot be the answer to what was asked.
pub(crate) fn mismatched(exchange: &Exchange, mismatch: &Mismatch) -> Error {
    let (problem, advice) = match mismatch {
        Mismatch::Other { property, asked, answered } => (
            format!("the answer is about {answered} ({property}), but {asked} was asked about"),
            "do not use it; a cache or a proxy may have mixed up two answers",
        ),
        Mismatch::Negative { property, count } => (
            format!("the answer cannot be read at {property}: {count} is not a count, which is never negative"),
            "do not use it; if it comes again, report it to the support of the service",
        ),
    };
    Error::new(ErrorKind::Decode, problem)
        .with_advice(advice)
        .with_answer(exchange.head.status, exchange.head.request_id.clone())
}
