//! Why an authority gave a person no token, as far as the answer itself says so.

use std::fmt;

use reqwest::StatusCode;

use crate::BoxError;
use crate::redact::{Redactor, excerpt, truncate};

/// What an authority answered that cannot be read.
pub(super) const NO_OAUTH: &str = "no valid OAuth response";

/// Why there is no token for a person. No text of it holds what was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInFailure {
    /// An OAuth error.
    #[error("{0}")]
    Refused(OAuthRefusal),
    /// Something else than what was asked for, and no OAuth error; with its status, unless that is 200.
    #[error("{}", .0.map_or_else(|| NO_OAUTH.to_owned(), |status| status.to_string()))]
    Unreadable(Option<StatusCode>),
    /// Nothing, for too long.
    #[error("the authority did not answer in time")]
    Late,
    /// No connection, or no request over it.
    #[error("the authority cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The connection broke within the answer.
    #[error("the answer of the authority broke off")]
    BrokeOff(#[source] reqwest::Error),
}

impl SignInFailure {
    pub(super) fn unreadable(status: StatusCode) -> Self {
        Self::Unreadable(Some(status).filter(|status| *status != StatusCode::OK))
    }

    /// The OAuth error, where there is one.
    pub(super) fn refusal(&self) -> Option<&OAuthRefusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// A failure that only the person can help, with what the person does about it.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub(super) struct SignInNeeded {
    pub(super) how: String,
    #[source]
    pub(super) cause: BoxError,
}

/// An OAuth error (RFC 6749, 4.1.2.1 and 5.2; RFC 8628, 3.5; OpenID Connect Core 1.0, 3.1.2.6), fit to be shown.
#[derive(Debug)]
pub(super) struct OAuthRefusal {
    error: String,
    description: Option<String>,
}

impl OAuthRefusal {
    /// Without what the redactor hides. Both texts are those of another host, or of whoever has called the redirect.
    pub(super) fn new(error: &str, description: Option<&str>, redactor: &Redactor) -> Self {
        /// In characters. Codes that are documented have 30 at most, and descriptions some hundreds.
        const LONGEST_ERROR: usize = 60;
        const LONGEST_DESCRIPTION: usize = 1000;
        let shown = |text: &str, longest| {
            let mut text = excerpt(text.as_bytes(), usize::MAX, redactor)?;
            truncate(&mut text, longest);
            Some(text)
        };
        let description = description.and_then(|text| shown(text, LONGEST_DESCRIPTION));
        Self { error: shown(error, LONGEST_ERROR).unwrap_or_default(), description }
    }

    /// The code, such as `invalid_grant`.
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// Whether a refresh token or a code is good no longer.
    pub(super) fn is_invalid_grant(&self) -> bool {
        self.error == "invalid_grant"
    }

    /// Whether the person can help, by signing in (again).
    ///
    /// By the OAuth code alone: those of Entra, such as `AADSTS700082`, may change at any time, as its documentation says.
    pub(super) fn needs_person(&self) -> bool {
        const CODES: [&str; 7] = [
            "invalid_grant",
            "interaction_required",
            "login_required",
            "consent_required",
            "access_denied",
            // What Entra says where RFC 8628 has `access_denied`.
            "authorization_declined",
            "expired_token",
        ];
        CODES.contains(&self.error.as_str())
    }
}

impl fmt::Display for OAuthRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => f.write_str(&self.error),
        }
    }
}
