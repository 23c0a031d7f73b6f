//! Bearer tokens, and who may ask.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::refusal::Refusal;

/// The audience of tokens for the commercial cloud, whichever of its hosts is called (documented).
pub(crate) const AUDIENCE: &str = "https://api.securitycenter.microsoft.com";

/// The application permission of the operation (documented).
pub(crate) const REQUIRED_ROLE: &str = "Ip.Read.All";

const TENANT: &str = "5a4db0c5-0000-4000-8000-000000000001";
const APP: &str = "5a4db0c5-0000-4000-8000-000000000002";

/// What a token says, as far as the sandbox looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// For which API the token was issued, the claim `aud`. Any other than
    /// `https://api.securitycenter.microsoft.com` is answered with 403, as is documented of the service.
    pub audience: String,
    /// The application permissions that were granted, the claim `roles`. Without `Ip.Read.All` the answer is 403.
    pub roles: Vec<String>,
}

impl TokenClaims {
    /// The claims of a token that may ask: the right audience, and the role `Ip.Read.All`.
    pub fn valid() -> TokenClaims {
        TokenClaims { audience: AUDIENCE.to_owned(), roles: vec![REQUIRED_ROLE.to_owned()] }
    }
}

/// The tokens that one sandbox has issued. A token is known by its text: nothing in it is believed.
#[derive(Default)]
pub(crate) struct Tokens(RwLock<HashMap<String, TokenClaims>>);

impl Tokens {
    pub(crate) fn issue(&self, claims: TokenClaims, issuer: &str) -> String {
        let mut issued = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let payload = serde_json::json!({
            "aud": claims.audience,
            "iss": issuer,
            "tid": TENANT,
            "appid": APP,
            "roles": claims.roles,
            "ver": "1.0",
            "uti": issued.len().to_string(),
        });
        let token = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(payload.to_string()),
        );
        issued.insert(token.clone(), claims);
        token
    }

    /// Who sent the request comes first (401), what they may do second (403).
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let token = bearer(headers).ok_or(Refusal::NoToken)?;
        let issued = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let claims = issued.get(token).ok_or(Refusal::UnknownToken)?;
        if claims.audience != AUDIENCE {
            return Err(Refusal::WrongAudience { audience: claims.audience.clone() });
        }
        if !claims.roles.iter().any(|role| role == REQUIRED_ROLE) {
            return Err(Refusal::MissingRole { roles: claims.roles.clone() });
        }
        Ok(())
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
