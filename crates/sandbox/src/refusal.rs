//! The errors of the operation: status, code and message.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::quirks::{Quirks, RetryAfter, SettingValue as _, WaitInMessage};
use crate::rate_limit::Throttled;
use crate::request_log::RequestId;
use crate::users::{AUDIENCE, REQUIRED_ROLE};

pub(crate) enum Refusal {
    NoToken,
    UnknownToken,
    ExpiredToken,
    Unlicensed,
    WrongAudience { audience: String },
    MissingRole { roles: Vec<String> },
    MissingScope { scopes: String },
    MissingViewData,
    Throttled(Throttled),
    InvalidAddress { text: String },
    InvalidLookBack { text: String },
    RepeatedLookBack,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorDetail<'a>,
}

#[derive(Serialize)]
struct ErrorDetail<'a> {
    code: &'a str,
    message: String,
    target: RequestId,
}

impl Refusal {
    pub(crate) fn into_response(self, id: RequestId, quirks: &Quirks) -> Response {
        let (status, code) = self.status_and_code(quirks);
        let body = ErrorBody { error: ErrorDetail { code, message: self.message(quirks), target: id } };
        let mut response = (status, Json(body)).into_response();
        if let Refusal::Throttled(throttled) = &self
            && quirks.retry_after == RetryAfter::Sent
        {
            response.headers_mut().insert(RETRY_AFTER, retry_after(throttled).into());
        }
        response
    }

    fn status_and_code<'a>(&self, quirks: &'a Quirks) -> (StatusCode, &'a str) {
        match self {
            Refusal::NoToken | Refusal::UnknownToken | Refusal::ExpiredToken | Refusal::Unlicensed => {
                (StatusCode::UNAUTHORIZED, "Unauthorized")
            }
            Refusal::WrongAudience { .. }
            | Refusal::MissingRole { .. }
            | Refusal::MissingScope { .. }
            | Refusal::MissingViewData => (StatusCode::FORBIDDEN, "Forbidden"),
            Refusal::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, quirks.throttle_code.as_text()),
            Refusal::InvalidAddress { .. } => (StatusCode::BAD_REQUEST, quirks.invalid_address_code.as_text()),
            Refusal::InvalidLookBack { .. } | Refusal::RepeatedLookBack => (StatusCode::BAD_REQUEST, "BadRequest"),
        }
    }

    /// The wordings for a licence, a role, a quota with its wait, and an address are the service's; the others are
    /// ours.
    fn message(&self, quirks: &Quirks) -> String {
        match self {
            Refusal::NoToken => "Send one Authorization header of the form \"Bearer {token}\".".to_owned(),
            Refusal::UnknownToken => "This sandbox has not issued the token.".to_owned(),
            Refusal::ExpiredToken => "The token has expired.".to_owned(),
            Refusal::Unlicensed => "Unauthorized request - reason of failure: Account mode is inactive".to_owned(),
            Refusal::WrongAudience { audience } => {
                format!("The token is for {audience:?}, but this API takes tokens for {AUDIENCE:?}.")
            }
            Refusal::MissingRole { roles } => format!(
                "Missing application roles. API required roles: {REQUIRED_ROLE}, application roles: {}.",
                roles.join(",")
            ),
            Refusal::MissingScope { scopes } => format!(
                "The token is a user's, and lacks the delegated permission {REQUIRED_ROLE}: its scopes are {scopes:?}."
            ),
            Refusal::MissingViewData => {
                "The user on whose behalf the token was issued lacks the role permission 'View Data'.".to_owned()
            }
            Refusal::Throttled(throttled) => throttled_message(throttled, quirks.wait_in_message),
            Refusal::InvalidAddress { text } => format!("IP address {text} is invalid."),
            Refusal::InvalidLookBack { text } => {
                format!("lookBackHours must be a whole number from 1 to 720, not {text:?}.")
            }
            Refusal::RepeatedLookBack => "lookBackHours must not be given more than once.".to_owned(),
        }
    }
}

fn throttled_message(throttled: &Throttled, wait: WaitInMessage) -> String {
    let (calls, per) = (throttled.window.calls, time_span(throttled.window.per.as_secs()));
    match wait {
        WaitInMessage::Sent => format!(
            "API calls quota exceeded! Maximum allowed {calls} per {per} for the key Destination+TenantID+AppID. You \
             can send requests again in {} seconds.",
            retry_after(throttled)
        ),
        WaitInMessage::LeftOut => format!("API calls quota exceeded, maximum allowed {calls} per {per}"),
    }
}

/// Whole seconds, rounded up: a client that waits exactly that long must get through. At most what an int32 holds, 68
/// years, as the contract says of the header.
fn retry_after(throttled: &Throttled) -> u64 {
    let wait = throttled.wait;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.min(i32::MAX.unsigned_abs().into())
}

/// A duration as .NET writes it: `01:00:00`, with days in front where there are any.
fn time_span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let time = format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if days == 0 { time } else { format!("{days}.{time}") }
}
