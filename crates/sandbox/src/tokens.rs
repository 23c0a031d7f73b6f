//! Bearer tokens, and who may ask.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::{Registration, TENANT};
use crate::refusal::Refusal;

/// The audience of tokens for the commercial cloud, whichever of its hosts is called (documented).
pub(crate) const AUDIENCE: &str = "https://api.securitycenter.microsoft.com";

/// The application permission of the operation (documented).
pub(crate) const REQUIRED_ROLE: &str = "Ip.Read.All";

/// How many tokens that expire are remembered.
const REMEMBERED: usize = 10_000;

/// What a token says, as far as the sandbox looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// For which API the token was issued, the claim `aud`. Any other than
    /// `https://api.securitycenter.microsoft.com` is answered with 403, as is documented of the service.
    pub audience: String,
    /// The application permissions that were granted, the claim `roles`, which is left out if there are none. Without
    /// `Ip.Read.All` the answer is 403.
    pub roles: Vec<String>,
}

impl TokenClaims {
    /// The claims of a token that may ask: the right audience, and the role `Ip.Read.All`.
    pub fn valid() -> TokenClaims {
        TokenClaims { audience: AUDIENCE.to_owned(), roles: vec![REQUIRED_ROLE.to_owned()] }
    }
}

/// The tokens that one sandbox has issued. A token is known by its text: nothing in it is believed.
pub(crate) struct Tokens {
    issuer: String,
    issued: RwLock<Issued>,
}

#[derive(Default)]
struct Issued {
    count: u64,
    known: HashMap<Arc<str>, Known>,
    /// The tokens that expire, oldest first. Bounded, because a sandbox may run for days.
    expiring: VecDeque<Arc<str>>,
}

struct Known {
    registration: Arc<Registration>,
    claims: TokenClaims,
    expires: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Payload<'a> {
    aud: &'a str,
    iss: &'a str,
    tid: &'static str,
    appid: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    ver: &'static str,
    /// The only claim in which two tokens of one app and one moment differ.
    uti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

impl Tokens {
    pub(crate) fn new(issuer: String) -> Tokens {
        Tokens { issuer, issued: RwLock::default() }
    }

    /// A token that was not issued before. Without a moment at which it expires, it is good for ever.
    pub(crate) fn issue(
        &self,
        registration: &Arc<Registration>,
        claims: TokenClaims,
        expires: Option<DateTime<Utc>>,
    ) -> String {
        let mut issued = self.issued.write().unwrap_or_else(PoisonError::into_inner);
        let payload = Payload {
            aud: &claims.audience,
            iss: &self.issuer,
            tid: TENANT,
            appid: registration.app.client_id(),
            roles: &claims.roles,
            ver: "1.0",
            uti: issued.count.to_string(),
            exp: expires.map(|moment| moment.timestamp()),
        };
        let token = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(serde_json::json!(payload).to_string()),
        );
        issued.remember(&token, Known { registration: Arc::clone(registration), claims, expires });
        token
    }

    /// Whose request it is, and whether they may ask. Who sent it comes first (401), what they may do second (403).
    pub(crate) fn authorize(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Arc<Registration>, Refusal> {
        let token = bearer(headers).ok_or(Refusal::NoToken)?;
        let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
        let Known { registration, claims, expires } = issued.known.get(token).ok_or(Refusal::UnknownToken)?;
        if expires.is_some_and(|moment| moment <= now) {
            return Err(Refusal::ExpiredToken);
        }
        if claims.audience != AUDIENCE {
            return Err(Refusal::WrongAudience { audience: claims.audience.clone() });
        }
        if !claims.roles.iter().any(|role| role == REQUIRED_ROLE) {
            return Err(Refusal::MissingRole { roles: claims.roles.clone() });
        }
        Ok(Arc::clone(registration))
    }
}

impl Issued {
    fn remember(&mut self, token: &str, known: Known) {
        let token: Arc<str> = token.into();
        self.count += 1;
        if known.expires.is_some() {
            if self.expiring.len() == REMEMBERED
                && let Some(oldest) = self.expiring.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.expiring.push_back(Arc::clone(&token));
        }
        self.known.insert(token, known);
    }
}

/// The token of the one Authorization header, if there is one and it is of the scheme Bearer, in any letter case.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}
