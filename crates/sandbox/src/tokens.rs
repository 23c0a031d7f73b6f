//! Bearer tokens, and who may ask.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::app::Registration;
use crate::refusal::Refusal;
use crate::user::User;

/// The audience of tokens for the commercial cloud, whichever of its hosts is called (documented).
pub(crate) const AUDIENCE: &str = "https://api.securitycenter.microsoft.com";

/// What apps ask for to get tokens for that audience (documented).
pub(crate) const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// The permission of the operation, for apps and, under the same name, for users (documented).
pub(crate) const REQUIRED_ROLE: &str = "Ip.Read.All";

/// The claim `exp` of a token that does not expire: the last second of the year 9999.
const NEVER: i64 = 253_402_300_799;

/// How many tokens that expire are remembered.
const REMEMBERED: usize = 10_000;

/// What a token says, as far as the sandbox looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// For which API the token was issued, the claim `aud`. Any other than
    /// `https://api.securitycenter.microsoft.com` is answered with 403, as is documented of the service.
    pub audience: String,
    /// The application permissions that were granted, the claim `roles`, which is left out if there are none. Without
    /// `Ip.Read.All` the answer is 403, unless there is a user.
    pub roles: Vec<String>,
    /// On whose behalf the token is used, if it is a user's and not the app's own. It then has the claim `scp` and not
    /// `roles`, and without the scope `Ip.Read.All` or without 'View Data' the answer is 403.
    pub user: Option<User>,
}

impl TokenClaims {
    /// The claims of an app's token that may ask: the right audience, and the role `Ip.Read.All`.
    pub fn valid() -> TokenClaims {
        TokenClaims { audience: AUDIENCE.to_owned(), roles: vec![REQUIRED_ROLE.to_owned()], user: None }
    }

    /// Whether the operation may be called by the token, of which it is known that it is good.
    fn permit(&self) -> Result<(), Refusal> {
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
    tid: &'a str,
    appid: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    ver: &'static str,
    /// The only claim in which two tokens of one app and one moment differ.
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
            tid: registration.app.tenant(),
            appid: registration.app.client_id(),
            roles: if claims.user.is_none() { &claims.roles } else { &[] },
            scp: claims.user.as_ref().and_then(User::scp),
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

    /// Whose request it is, and whether they may ask. Who sent it comes first (401), what they may do second (403).
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
        claims.permit()?;
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
