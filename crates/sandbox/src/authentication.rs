//! How an app proves that a request for a token is its own.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;

use crate::app::{App, Registration};
use crate::assertion::{self, Expected};
use crate::clock::Clock;
use crate::form::Form;
use crate::service::Service;
use crate::token_endpoint::token_url;
use crate::token_refusal::TokenRefusal;

/// The one type of assertion that is documented.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

enum Proof<'a> {
    Secret(Cow<'a, str>),
    Assertion(Cow<'a, str>),
}

impl Service {
    /// The app of a tenant that a request comes from, if the request proves it.
    pub(crate) fn authenticated(
        &self,
        tenant: &'static str,
        headers: &HeaderMap,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<&Arc<Registration>, TokenRefusal> {
        let basic = Basic::read(headers)?;
        let client_id = match &basic {
            Some(basic) => Cow::from(&basic.client_id),
            None => form.required("client_id")?,
        };
        let registration = self
            .registrations
            .iter()
            .find(|registration| registration.app.is(tenant, &client_id))
            .ok_or_else(|| TokenRefusal::UnknownApp { client_id: client_id.clone().into_owned() })?;
        let app = &registration.app;
        match proof(form, basic.as_ref())? {
            Proof::Secret(secret) => check_secret(app, &secret, &client_id)?,
            Proof::Assertion(assertion) => {
                let expected = Expected {
                    app,
                    audiences: token_urls(self.tokens.issuer(), tenant),
                    now,
                    now_of_machine: Clock::system().now(),
                };
                assertion::verify(&assertion, &expected).map_err(TokenRefusal::WrongAssertion)?;
            }
        }
        Ok(registration)
    }
}

/// One proof it has to be: of two, nobody knows which one the client means.
fn proof<'a>(form: &Form<'a>, basic: Option<&'a Basic>) -> Result<Proof<'a>, TokenRefusal> {
    if let Some(basic) = basic {
        for name in ["client_id", "client_secret", "client_assertion"] {
            if form.optional(name)?.is_some() {
                return Err(TokenRefusal::BasicAndBody { name });
            }
        }
        return Ok(Proof::Secret(Cow::from(&basic.client_secret)));
    }
    let Some(assertion) = form.optional("client_assertion")? else {
        return Ok(Proof::Secret(form.required("client_secret")?));
    };
    if form.optional("client_secret")?.is_some() {
        return Err(TokenRefusal::SecretAndAssertion);
    }
    let name = form.required("client_assertion_type")?;
    if name != ASSERTION_TYPE {
        return Err(TokenRefusal::UnknownAssertionType { name: name.into_owned() });
    }
    Ok(Proof::Assertion(assertion))
}

fn check_secret(app: &App, secret: &str, client_id: &str) -> Result<(), TokenRefusal> {
    let client_id = client_id.to_owned();
    // Nobody proves anything by an empty secret, which an app with nothing but a certificate has.
    if secret.is_empty() || secret != app.client_secret() {
        Err(TokenRefusal::WrongSecret { client_id })
    } else if app.secret_has_expired() {
        Err(TokenRefusal::ExpiredSecret { client_id })
    } else {
        Ok(())
    }
}

/// The URL of a tenant's token endpoint, by the address that is listened on and by the machine's own name for it.
fn token_urls(authority: &str, tenant: &str) -> [String; 2] {
    let scheme = authority.split("://").next().unwrap_or_default();
    let port = authority.rsplit(':').next().unwrap_or_default();
    [authority.to_owned(), format!("{scheme}://localhost:{port}")].map(|authority| token_url(&authority, tenant))
}

/// A client's id and secret in the Authorization header (RFC 6749, section 2.3.1).
struct Basic {
    client_id: String,
    client_secret: String,
}

impl Basic {
    /// Headers of other schemes are ignored.
    fn read(headers: &HeaderMap) -> Result<Option<Basic>, TokenRefusal> {
        let mut given = headers.get_all(AUTHORIZATION).iter().filter_map(|value| {
            let value = value.as_bytes();
            let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
            let (scheme, credentials) = value.split_at(end);
            scheme.eq_ignore_ascii_case(b"Basic").then_some(credentials)
        });
        match (given.next(), given.next()) {
            (None, _) => Ok(None),
            (Some(credentials), None) => Basic::decode(credentials).ok_or(TokenRefusal::MalformedBasic).map(Some),
            (Some(_), Some(_)) => Err(TokenRefusal::MalformedBasic),
        }
    }

    /// Each half is form-urlencoded, so that an id may hold a colon.
    fn decode(credentials: &[u8]) -> Option<Basic> {
        let credentials = String::from_utf8(STANDARD.decode(credentials.trim_ascii()).ok()?).ok()?;
        let (client_id, client_secret) = credentials.split_once(':')?;
        let decoded = |half: &str| Some(percent_decode_str(&half.replace('+', " ")).decode_utf8().ok()?.into_owned());
        Some(Basic { client_id: decoded(client_id)?, client_secret: decoded(client_secret)? })
    }
}
