//! Which app sends a request, in which tenant, and whether it is the one that it pretends to be.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;

use crate::apps::{App, Registration, TENANT, UNLICENSED_TENANT};
use crate::assertion::{self, ASSERTION_TYPE, Expected};
use crate::clock::Clock;
use crate::entra::form::Form;
use crate::entra::refusal::EntraRefusal;
use crate::service::Service;

/// The URL at which apps of a tenant get their tokens. `authority` is the URL of the sandbox.
pub(crate) fn token_url(authority: &str, tenant: &str) -> String {
    format!("{authority}/{tenant}/oauth2/v2.0/token")
}

/// Names for the tenant of the person who signs in.
const COMMON: &str = "common";
const ORGANIZATIONS: &str = "organizations";
const CONSUMERS: &str = "consumers";

/// The tenant that a path names.
pub(crate) enum Tenant {
    Known(&'static str),
    Shared(&'static str),
}

/// Names are the same in any letter case.
pub(crate) fn known_tenant(asked: &str) -> Result<Tenant, EntraRefusal> {
    let is = |name: &&str| name.eq_ignore_ascii_case(asked);
    let known = [TENANT, UNLICENSED_TENANT].into_iter().find(is).map(Tenant::Known);
    let shared = [COMMON, ORGANIZATIONS, CONSUMERS].into_iter().find(is).map(Tenant::Shared);
    known.or(shared).ok_or_else(|| EntraRefusal::UnknownTenant { tenant: asked.to_owned() })
}

impl Tenant {
    /// The tenant of an app that acts for itself.
    pub(crate) fn of_app(self) -> Result<&'static str, EntraRefusal> {
        match self {
            Tenant::Known(tenant) => Ok(tenant),
            Tenant::Shared(tenant) => Err(EntraRefusal::SharedTenant { tenant }),
        }
    }

    /// The tenant of the people who may sign in.
    pub(crate) fn of_people(self) -> Result<&'static str, EntraRefusal> {
        match self {
            Tenant::Known(tenant) => Ok(tenant),
            Tenant::Shared(CONSUMERS) => Err(EntraRefusal::PersonalAccounts),
            Tenant::Shared(_) => Ok(TENANT),
        }
    }
}

/// The app of a tenant with a client id.
fn registered<'a>(
    registrations: &'a [Arc<Registration>],
    tenant: &str,
    client_id: &str,
) -> Result<&'a Arc<Registration>, EntraRefusal> {
    let is_it = |registration: &&Arc<Registration>| registration.app.is(tenant, client_id);
    let found = registrations.iter().find(is_it);
    found.ok_or_else(|| EntraRefusal::UnknownApp { client_id: client_id.to_owned() })
}

/// The app to which people sign in.
pub(crate) fn public_client<'a>(
    registrations: &'a [Arc<Registration>],
    tenant: &str,
    client_id: &str,
) -> Result<&'a Arc<Registration>, EntraRefusal> {
    let registration = registered(registrations, tenant, client_id)?;
    if !registration.app.is_public() {
        return Err(EntraRefusal::NotPublic { client_id: client_id.to_owned() });
    }
    Ok(registration)
}

/// The public client that sends a form, which must not authenticate itself: it has nothing to do it with.
pub(crate) fn public_client_of_form<'a>(
    registrations: &'a [Arc<Registration>],
    tenant: &str,
    headers: &HeaderMap,
    form: &Form,
) -> Result<&'a Arc<Registration>, EntraRefusal> {
    let client_id = form.required("client_id")?;
    let registration = public_client(registrations, tenant, &client_id)?;
    let proofs = [form.optional("client_secret")?, form.optional("client_assertion")?];
    if Basic::read(headers)?.is_some() || proofs.iter().any(Option::is_some) {
        return Err(EntraRefusal::AuthenticatedPublicClient { client_id: client_id.into_owned() });
    }
    Ok(registration)
}

enum Proof<'a> {
    Secret(Cow<'a, str>),
    Assertion(Cow<'a, str>),
}

impl Service {
    /// The app of the tenant that sent the request, authenticated.
    pub(crate) fn authenticate(
        &self,
        tenant: &'static str,
        headers: &HeaderMap,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<&Arc<Registration>, EntraRefusal> {
        let basic = Basic::read(headers)?;
        let client_id = match &basic {
            Some(basic) => Cow::from(&basic.client_id),
            None => form.required("client_id")?,
        };
        let registration = registered(&self.registrations, tenant, &client_id)?;
        let app = &registration.app;
        if app.is_public() {
            return Err(EntraRefusal::PublicClient { client_id: client_id.into_owned() });
        }
        match proof(form, basic.as_ref())? {
            Proof::Secret(secret) => check_secret(app, &secret, &client_id)?,
            Proof::Assertion(assertion) => {
                let expected = Expected {
                    client_id: app.client_id(),
                    certificates: app.certificates(),
                    audiences: token_urls(self.tokens.issuer(), tenant),
                    now,
                    now_of_machine: Clock::system().now(),
                };
                assertion::verify(&assertion, &expected).map_err(EntraRefusal::WrongAssertion)?;
            }
        }
        Ok(registration)
    }
}

/// Exactly one proof is allowed: with two it is not clear which one the client means.
fn proof<'a>(form: &Form<'a>, basic: Option<&'a Basic>) -> Result<Proof<'a>, EntraRefusal> {
    if let Some(basic) = basic {
        for name in ["client_id", "client_secret", "client_assertion"] {
            if form.optional(name)?.is_some() {
                return Err(EntraRefusal::BasicAndBody { name });
            }
        }
        return Ok(Proof::Secret(Cow::from(&basic.client_secret)));
    }
    let Some(assertion) = form.optional("client_assertion")? else {
        return Ok(Proof::Secret(form.required("client_secret")?));
    };
    if form.optional("client_secret")?.is_some() {
        return Err(EntraRefusal::SecretAndAssertion);
    }
    let name = form.required("client_assertion_type")?;
    if name != ASSERTION_TYPE {
        return Err(EntraRefusal::UnknownAssertionType { name: name.into_owned() });
    }
    Ok(Proof::Assertion(assertion))
}

fn check_secret(app: &App, secret: &str, client_id: &str) -> Result<(), EntraRefusal> {
    let client_id = client_id.to_owned();
    // An empty secret, which an app with only a certificate has, never authenticates.
    if secret.is_empty() || secret != app.client_secret() {
        Err(EntraRefusal::WrongSecret { client_id })
    } else if app.secret_has_expired() {
        Err(EntraRefusal::ExpiredSecret { client_id })
    } else {
        Ok(())
    }
}

/// The URLs of a tenant's token endpoint: by the address listened on, and by `localhost`.
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
    fn read(headers: &HeaderMap) -> Result<Option<Basic>, EntraRefusal> {
        let mut given = headers.get_all(AUTHORIZATION).iter().filter_map(|value| {
            let value = value.as_bytes();
            let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
            let (scheme, credentials) = value.split_at(end);
            scheme.eq_ignore_ascii_case(b"Basic").then_some(credentials)
        });
        match (given.next(), given.next()) {
            (None, _) => Ok(None),
            (Some(credentials), None) => Basic::decode(credentials).ok_or(EntraRefusal::MalformedBasic).map(Some),
            (Some(_), Some(_)) => Err(EntraRefusal::MalformedBasic),
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
