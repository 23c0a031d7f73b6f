//! The errors of Entra's endpoints: what Entra calls them, and our wordings.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::apps::SCOPE;
use crate::assertion::{ASSERTION_TYPE, AssertionFlaw};
use crate::quirks::DeclinedDevice;
use crate::request_log::RequestId;

/// Why an app gets no token, or a person no page. Quotes are single ones: some clients, such as azure_identity 1.0,
/// cannot read a description with JSON escapes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EntraRefusal {
    #[error("'{tenant}' is not a tenant of this sandbox.")]
    UnknownTenant { tenant: String },
    #[error("'{tenant}' is not valid with client credentials: put the tenant of the app into the URL, by its id.")]
    SharedTenant { tenant: &'static str },
    #[error(
        "'consumers' is for personal accounts, of which this sandbox has none: send 'organizations' or its tenant."
    )]
    PersonalAccounts,
    #[error("Send '{name}' in {part}.")]
    MissingParameter { name: &'static str, part: &'static str },
    #[error("'{name}' must not be given more than once.")]
    RepeatedParameter { name: &'static str },
    #[error("This sandbox does not know the grant type '{grant_type}'.")]
    UnsupportedGrant { grant_type: String },

    // Of apps that authenticate.
    #[error(
        "Send one Authorization header of the form 'Basic {{base64}}', in which client id and secret, each \
         form-urlencoded, are separated by a colon."
    )]
    MalformedBasic,
    #[error("No app of this tenant has the client id '{client_id}'.")]
    UnknownApp { client_id: String },
    #[error("'{name}' must not be in the body as well: the Authorization header authenticates the app.")]
    BasicAndBody { name: &'static str },
    #[error("Send 'client_secret' or 'client_assertion', and not both.")]
    SecretAndAssertion,
    #[error("'client_assertion_type' has to be '{ASSERTION_TYPE}', not '{name}'.")]
    UnknownAssertionType { name: String },
    #[error("{0}")]
    WrongAssertion(AssertionFlaw),
    #[error("The client secret is not that of app '{client_id}'.")]
    WrongSecret { client_id: String },
    #[error("The client secret of app '{client_id}' has expired.")]
    ExpiredSecret { client_id: String },
    #[error(
        "'{scope}' is not a scope for client credentials: send the audience of an API and /.default, such as {SCOPE}."
    )]
    UnknownScope { scope: String },
    #[error("App '{client_id}' is a public client: a person has to sign in to it.")]
    PublicClient { client_id: String },

    // Of apps to which people sign in.
    #[error("App '{client_id}' is not a public client: nobody can sign in to it.")]
    NotPublic { client_id: String },
    #[error("App '{client_id}' is a public client: do not authenticate it.")]
    AuthenticatedPublicClient { client_id: String },
    #[error(
        "'{scope}' is not a scope for people: send permissions of one API, such as {SCOPE}, and offline_access to get \
         a refresh token."
    )]
    UnknownPermission { scope: String },
    #[error(
        "The user '{user}' has not consented to what app '{client_id}' asks for, and nor has an administrator on \
         behalf of all users."
    )]
    NoConsent { client_id: String, user: String },
    #[error(
        "'{redirect_uri}' is not a redirect URI of app '{client_id}': it is http://localhost or http://127.0.0.1, \
         with any port and path."
    )]
    WrongRedirectUri { redirect_uri: String, client_id: String },
    #[error("'response_type' has to be 'code', not '{response_type}'.")]
    UnsupportedResponseType { response_type: String },
    #[error("'response_mode' has to be 'query', not '{response_mode}'.")]
    UnsupportedResponseMode { response_mode: String },
    #[error("'code_challenge_method' has to be 'S256'.")]
    WrongChallengeMethod,
    #[error("'code_challenge' has to be a SHA-256 checksum in base64url, which has 43 characters.")]
    WrongChallenge,
    #[error("The user declined to sign in.")]
    Declined,
    #[error("'{user}' is not a user of this sandbox.")]
    UnknownUser { user: String },

    #[error("The code is not one that this app got.")]
    UnknownCode,
    #[error("The code has been redeemed already.")]
    RedeemedCode,
    #[error("The code has expired.")]
    ExpiredCode,
    #[error("'redirect_uri' has to be the one that the code was sent to.")]
    OtherRedirectUri,
    #[error("The 'code_verifier' does not match the 'code_challenge' of the code.")]
    WrongVerifier,

    #[error("The refresh token is not one that this app may use.")]
    InvalidRefreshToken,
    #[error("The refresh token has expired: it is 90 days old.")]
    ExpiredRefreshToken,
    #[error("The refresh token has been revoked: the user has to sign in again.")]
    RevokedRefreshToken,

    #[error("The device code is not one that this app got, or has been redeemed.")]
    UnknownDeviceCode,
    #[error("The user has not entered the code yet.")]
    AuthorizationPending,
    #[error("Wait longer between two requests: 5 more seconds from now on.")]
    SlowDown,
    #[error("The user declined to sign in on the device.")]
    DeclinedOnDevice(DeclinedDevice),
    #[error("The device code has expired.")]
    ExpiredDeviceCode,
}

/// Fields in the documented order.
#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: String,
    error_codes: Vec<u32>,
    timestamp: String,
    trace_id: RequestId,
    correlation_id: RequestId,
}

impl EntraRefusal {
    pub(crate) fn into_response(self, id: RequestId, now: DateTime<Utc>) -> Response {
        let (error, code) = self.error_and_code();
        let body = ErrorBody {
            error,
            error_description: self.description(),
            error_codes: code.into_iter().collect(),
            timestamp: now.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            trace_id: id,
            correlation_id: id,
        };
        let status = if error == INVALID_CLIENT { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        (status, Json(body)).into_response()
    }

    /// The name of the error, by which programs decide.
    pub(crate) fn error(&self) -> &'static str {
        self.error_and_code().0
    }

    /// The message for people, after Entra's code if there is one.
    pub(crate) fn description(&self) -> String {
        match self.error_and_code().1 {
            Some(code) => format!("AADSTS{code}: {self}"),
            None => self.to_string(),
        }
    }

    /// There is a code only where Entra's is known.
    fn error_and_code(&self) -> (&'static str, Option<u32>) {
        match self {
            Self::UnknownTenant { .. } => (INVALID_REQUEST, Some(90_002)),
            Self::SharedTenant { .. } => (INVALID_REQUEST, None),
            Self::PersonalAccounts => (INVALID_REQUEST, None),
            Self::MissingParameter { .. } => (INVALID_REQUEST, None),
            Self::RepeatedParameter { .. } => (INVALID_REQUEST, None),
            Self::UnsupportedGrant { .. } => ("unsupported_grant_type", None),
            Self::MalformedBasic => (INVALID_CLIENT, None),
            Self::UnknownApp { .. } => (UNAUTHORIZED_CLIENT, Some(700_016)),
            Self::BasicAndBody { .. } => (INVALID_REQUEST, None),
            Self::SecretAndAssertion => (INVALID_REQUEST, None),
            Self::UnknownAssertionType { .. } => (INVALID_REQUEST, None),
            Self::WrongAssertion(_) => (INVALID_CLIENT, None),
            Self::WrongSecret { .. } => (INVALID_CLIENT, Some(7_000_215)),
            Self::ExpiredSecret { .. } => (INVALID_CLIENT, Some(7_000_222)),
            Self::UnknownScope { .. } => (INVALID_SCOPE, Some(70_011)),
            Self::PublicClient { .. } => (UNAUTHORIZED_CLIENT, None),
            Self::NotPublic { .. } => (UNAUTHORIZED_CLIENT, None),
            Self::AuthenticatedPublicClient { .. } => (INVALID_CLIENT, Some(700_025)),
            Self::UnknownPermission { .. } => (INVALID_SCOPE, Some(70_011)),
            Self::NoConsent { .. } => (INVALID_GRANT, Some(65_001)),
            Self::WrongRedirectUri { .. } => (INVALID_REQUEST, Some(50_011)),
            Self::UnsupportedResponseType { .. } => ("unsupported_response_type", None),
            Self::UnsupportedResponseMode { .. } => (INVALID_REQUEST, None),
            Self::WrongChallengeMethod => (INVALID_REQUEST, None),
            Self::WrongChallenge => (INVALID_REQUEST, Some(501_491)),
            Self::Declined => (ACCESS_DENIED, Some(65_004)),
            Self::UnknownUser { .. } => (INVALID_REQUEST, None),
            Self::UnknownCode => (INVALID_GRANT, None),
            Self::RedeemedCode => (INVALID_GRANT, Some(54_005)),
            Self::ExpiredCode => (INVALID_GRANT, Some(70_008)),
            Self::OtherRedirectUri => (INVALID_GRANT, None),
            Self::WrongVerifier => (INVALID_GRANT, Some(501_481)),
            Self::InvalidRefreshToken => (INVALID_GRANT, Some(70_000)),
            Self::ExpiredRefreshToken => (INVALID_GRANT, Some(700_082)),
            Self::RevokedRefreshToken => (INVALID_GRANT, Some(50_173)),
            Self::UnknownDeviceCode => ("bad_verification_code", None),
            Self::AuthorizationPending => ("authorization_pending", Some(70_016)),
            Self::SlowDown => ("slow_down", None),
            Self::DeclinedOnDevice(DeclinedDevice::AuthorizationDeclined) => ("authorization_declined", None),
            Self::DeclinedOnDevice(DeclinedDevice::AccessDenied) => (ACCESS_DENIED, None),
            Self::ExpiredDeviceCode => ("expired_token", Some(70_020)),
        }
    }
}

const INVALID_REQUEST: &str = "invalid_request";
const INVALID_CLIENT: &str = "invalid_client";
const INVALID_GRANT: &str = "invalid_grant";
const INVALID_SCOPE: &str = "invalid_scope";
const UNAUTHORIZED_CLIENT: &str = "unauthorized_client";
const ACCESS_DENIED: &str = "access_denied";
