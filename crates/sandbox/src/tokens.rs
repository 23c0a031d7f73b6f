//! The bearer tokens issued, and the check of the one that a request sends.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::apps::Registration;
use crate::refusal::Refusal;
use crate::users::{AUDIENCE, REQUIRED_ROLE, TokenClaims, User};

/// The claim `exp` of a token that does not expire: the last second of the year 9999.
const NEVER: i64 = 253_402_300_799;

/// The most tokens that expire. The oldest is forgotten first.
const MAX_EXPIRING: usize = 10_000;

/// The tokens that a sandbox has issued. A token is looked up by its text: its claims are not read back.
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
    tid: &'a str,
    appid: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    /// The name with which the user signs in (documented of Entra's tokens of version 1.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    upn: Option<&'a str>,
    ver: &'static str,
    /// The only claim that differs between two tokens of one app and one time.
    uti: String,
    exp: i64,
}

impl Tokens {
    pub(crate) fn new(issuer: String) -> Tokens {
        Tokens { issuer, issued: RwLock::default() }
    }

    /// The URL of the sandbox.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A token that was not issued before. Without `expires` it never expires.
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
            tid: registration.app.tenant(),
            appid: registration.app.client_id(),
            roles: if claims.user.is_none() { &claims.roles } else { &[] },
            scp: claims.user.as_ref().and_then(User::scp),
            upn: claims.user.as_ref().map(User::name),
            ver: "1.0",
            uti: issued.count.to_string(),
            exp: expires.map_or(NEVER, |moment| moment.timestamp()),
        };
        let token = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(serde_json::json!(payload).to_string()),
        );
        issued.remember(&token, Known { registration: Arc::clone(registration), claims, expires });
        token
    }

    /// The app of a request, if it may call. Authentication comes first (401), permission second (403).
    pub(crate) fn authorize(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Arc<Registration>, Refusal> {
        let token = bearer(headers).ok_or(Refusal::NoToken)?;
        let issued = self.issued.read().unwrap_or_else(PoisonError::into_inner);
        let Known { registration, claims, expires } = issued.known.get(token).ok_or(Refusal::UnknownToken)?;
        if expires.is_some_and(|moment| moment <= now) {
            return Err(Refusal::ExpiredToken);
        }
        if !registration.app.is_licensed() {
            return Err(Refusal::Unlicensed);
        }
        claims.check_permission()?;
        Ok(Arc::clone(registration))
    }
}

impl Issued {
    fn remember(&mut self, token: &str, known: Known) {
        let token: Arc<str> = token.into();
        self.count += 1;
        if known.expires.is_some() {
            if self.expiring.len() == MAX_EXPIRING
                && let Some(oldest) = self.expiring.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.expiring.push_back(Arc::clone(&token));
        }
        self.known.insert(token, known);
    }
}

impl TokenClaims {
    /// Whether a known token may call the operation.
    fn check_permission(&self) -> Result<(), Refusal> {
        if self.audience != AUDIENCE {
            return Err(Refusal::WrongAudience { audience: self.audience.clone() });
        }
        match &self.user {
            None if !self.roles.iter().any(|role| role == REQUIRED_ROLE) => {
                Err(Refusal::MissingRole { roles: self.roles.clone() })
            }
            Some(user) if !user.has_required_scope() => {
                Err(Refusal::MissingScope { scopes: user.scp().unwrap_or_default() })
            }
            Some(user) if !user.views_data() => Err(Refusal::MissingViewData),
            _ => Ok(()),
        }
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
