//! Every answer of the token endpoint that is not a token.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::assertion::AssertionFlaw;
use crate::authentication::ASSERTION_TYPE;
use crate::service::TrackingId;
use crate::tokens::SCOPE;

pub(crate) enum TokenRefusal {
    SharedTenant { tenant: String },
    UnknownTenant { tenant: String },
    MissingParameter { name: &'static str },
    RepeatedParameter { name: &'static str },
    UnsupportedGrant { grant_type: String },
    MalformedBasic,
    UnknownApp { client_id: String },
    BasicAndBody { name: &'static str },
    SecretAndAssertion,
    UnknownAssertionType { name: String },
    WrongAssertion(AssertionFlaw),
    WrongSecret { client_id: String },
    ExpiredSecret { client_id: String },
    UnknownScope { scope: String },
}

/// Fields in the order in which the documentation lists them.
#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: String,
    error_codes: Vec<u32>,
    timestamp: String,
    trace_id: TrackingId,
    correlation_id: TrackingId,
}

impl TokenRefusal {
    pub(crate) fn into_response(self, id: TrackingId, now: DateTime<Utc>) -> Response {
        let (status, error, code) = self.status_error_and_code();
        let message = self.message();
        let body = ErrorBody {
            error,
            error_description: code.map_or_else(|| message.clone(), |code| format!("AADSTS{code}: {message}")),
            error_codes: code.into_iter().collect(),
            timestamp: now.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            trace_id: id,
            correlation_id: id,
        };
        (status, Json(body)).into_response()
    }

    /// A code only where it is known which one Entra has.
    fn status_error_and_code(&self) -> (StatusCode, &'static str, Option<u32>) {
        const REQUEST: StatusCode = StatusCode::BAD_REQUEST;
        const CLIENT: StatusCode = StatusCode::UNAUTHORIZED;
        match self {
            TokenRefusal::SharedTenant { .. } => (REQUEST, "invalid_request", None),
            TokenRefusal::UnknownTenant { .. } => (REQUEST, "invalid_request", Some(90_002)),
            TokenRefusal::MissingParameter { .. } => (REQUEST, "invalid_request", None),
            TokenRefusal::RepeatedParameter { .. } => (REQUEST, "invalid_request", None),
            TokenRefusal::UnsupportedGrant { .. } => (REQUEST, "unsupported_grant_type", None),
            TokenRefusal::MalformedBasic => (CLIENT, "invalid_client", None),
            TokenRefusal::UnknownApp { .. } => (REQUEST, "unauthorized_client", Some(700_016)),
            TokenRefusal::BasicAndBody { .. } => (REQUEST, "invalid_request", None),
            TokenRefusal::SecretAndAssertion => (REQUEST, "invalid_request", None),
            TokenRefusal::UnknownAssertionType { .. } => (REQUEST, "invalid_request", None),
            TokenRefusal::WrongAssertion(_) => (CLIENT, "invalid_client", None),
            TokenRefusal::WrongSecret { .. } => (CLIENT, "invalid_client", Some(7_000_215)),
            TokenRefusal::ExpiredSecret { .. } => (CLIENT, "invalid_client", Some(7_000_222)),
            TokenRefusal::UnknownScope { .. } => (REQUEST, "invalid_scope", Some(70_011)),
        }
    }

    /// All wordings are ours. Quotes are single ones: there are clients that cannot read a description in which JSON has
    /// to escape something, such as azure_identity 1.0.
    fn message(&self) -> String {
        match self {
            TokenRefusal::SharedTenant { tenant } => format!(
                "'{tenant}' is not valid with client credentials: put the tenant of the app into the URL, by its id."
            ),
            TokenRefusal::UnknownTenant { tenant } => format!("'{tenant}' is no tenant of this sandbox."),
            TokenRefusal::MissingParameter { name } => {
                format!("Send '{name}' in the body, which is a form (application/x-www-form-urlencoded).")
            }
            TokenRefusal::RepeatedParameter { name } => format!("'{name}' must not be given more than once."),
            TokenRefusal::UnsupportedGrant { grant_type } => {
                format!("This sandbox knows the grant type 'client_credentials' only, not '{grant_type}'.")
            }
            TokenRefusal::MalformedBasic => String::from(
                "Send one Authorization header of the form 'Basic {base64}', in which client id and secret, each \
                 form-urlencoded, stand with a colon in between.",
            ),
            TokenRefusal::UnknownApp { client_id } => {
                format!("No app of this tenant has the client id '{client_id}'.")
            }
            TokenRefusal::BasicAndBody { name } => {
                format!("'{name}' must not be in the body as well, for the Authorization header says who asks.")
            }
            TokenRefusal::SecretAndAssertion => "Send 'client_secret' or 'client_assertion', and not both.".to_owned(),
            TokenRefusal::UnknownAssertionType { name } => {
                format!("'client_assertion_type' has to be '{ASSERTION_TYPE}', not '{name}'.")
            }
            TokenRefusal::WrongAssertion(flaw) => flaw.to_string(),
            TokenRefusal::WrongSecret { client_id } => {
                format!("The client secret is not that of app '{client_id}'.")
            }
            TokenRefusal::ExpiredSecret { client_id } => {
                format!("The client secret of app '{client_id}' has expired.")
            }
            TokenRefusal::UnknownScope { scope } => format!(
                "'{scope}' is no scope for client credentials: send the audience of an API and /.default, such as \
                 {SCOPE}."
            ),
        }
    }
}
