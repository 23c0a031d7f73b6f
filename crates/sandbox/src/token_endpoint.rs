//! The token endpoint, in the shape of Entra's: the form, the authentication of the app, and the errors.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::apps::{AUDIENCE, App, Registration, SCOPE, TENANT, UNLICENSED_TENANT};
use crate::assertion::{self, ASSERTION_TYPE, AssertionFlaw, Expected};
use crate::clock::Clock;
use crate::request_log::RequestId;
use crate::service::{Service, segment};

/// The audiences of all clouds (documented).
const AUDIENCES: [&str; 3] =
    [AUDIENCE, "https://api-gcc.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us"];

/// Names for the tenant of the user who signs in, which client credentials do not have.
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// The lifetime in `expires_in`, in seconds (documented).
const EXPIRES_IN_SECONDS: u32 = 3599;

/// The lifetime by the claim `exp` (recorded).
const TOKEN_LIFETIME: TimeDelta = TimeDelta::seconds(3900);

/// The URL at which apps of a tenant get their tokens. `authority` is the URL of the sandbox.
pub(crate) fn token_url(authority: &str, tenant: &str) -> String {
    format!("{authority}/{tenant}/oauth2/v2.0/token")
}

#[derive(Serialize)]
struct Grant {
    token_type: &'static str,
    expires_in: u32,
    ext_expires_in: u32,
    access_token: String,
}

pub(crate) async fn token(
    State(service): State<Arc<Service>>,
    Extension(id): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = service.clock.now();
    match service.grant(&segment(&uri, 1), &headers, &body, now) {
        // A cache must not give it to others.
        Ok(grant) => ([(CACHE_CONTROL, "no-store")], Json(grant)).into_response(),
        Err(refusal) => refusal.into_response(id, now),
    }
}

impl Service {
    fn grant(&self, asked: &str, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<Grant, TokenRefusal> {
        let (tenant, form) = (known_tenant(asked)?, Form::new(headers, body));
        let grant_type = form.required("grant_type")?;
        if grant_type != "client_credentials" {
            return Err(TokenRefusal::UnsupportedGrant { grant_type: grant_type.into_owned() });
        }
        let registration = self.authenticate(tenant, headers, &form, now)?;
        let scope = form.required("scope")?;
        let audience = scope
            .strip_suffix("/.default")
            .filter(|audience| AUDIENCES.contains(audience))
            .ok_or_else(|| TokenRefusal::UnknownScope { scope: scope.clone().into_owned() })?;
        let claims = registration.app.claims(audience);
        let expires = now.checked_add_signed(TOKEN_LIFETIME).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Grant {
            token_type: "Bearer",
            expires_in: EXPIRES_IN_SECONDS,
            ext_expires_in: 0,
            access_token: self.tokens.issue(registration, claims, Some(expires)),
        })
    }
}

fn known_tenant(asked: &str) -> Result<&'static str, TokenRefusal> {
    let is = |name: &&str| name.eq_ignore_ascii_case(asked);
    let tenant = [TENANT, UNLICENSED_TENANT].into_iter().find(is);
    tenant.ok_or_else(|| match asked.to_owned() {
        asked if SHARED_TENANTS.iter().any(is) => TokenRefusal::SharedTenant { tenant: asked },
        asked => TokenRefusal::UnknownTenant { tenant: asked },
    })
}

enum Proof<'a> {
    Secret(Cow<'a, str>),
    Assertion(Cow<'a, str>),
}

impl Service {
    /// The app of the tenant that sent the request, authenticated.
    fn authenticate(
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
                    client_id: app.client_id(),
                    certificates: app.certificates(),
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

/// Exactly one proof is allowed: with two it is not clear which one the client means.
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
    // An empty secret, which an app with only a certificate has, never authenticates.
    if secret.is_empty() || secret != app.client_secret() {
        Err(TokenRefusal::WrongSecret { client_id })
    } else if app.secret_has_expired() {
        Err(TokenRefusal::ExpiredSecret { client_id })
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

/// The parameters in a body. Those without a value count as missing.
struct Form<'a>(&'a [u8]);

impl<'a> Form<'a> {
    /// A body of another content type has no parameters.
    fn new(headers: &HeaderMap, body: &'a [u8]) -> Form<'a> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        Form(if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") { body } else { b"" })
    }

    fn optional(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, TokenRefusal> {
        let mut values = form_urlencoded::parse(self.0)
            .filter_map(|(given, value)| (given == name && !value.is_empty()).then_some(value));
        let value = values.next();
        if values.next().is_some() {
            return Err(TokenRefusal::RepeatedParameter { name });
        }
        Ok(value)
    }

    fn required(&self, name: &'static str) -> Result<Cow<'a, str>, TokenRefusal> {
        self.optional(name)?.ok_or(TokenRefusal::MissingParameter { name })
    }
}

/// The errors of the token endpoint.
enum TokenRefusal {
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

impl TokenRefusal {
    fn into_response(self, id: RequestId, now: DateTime<Utc>) -> Response {
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

    /// There is a code only where Entra's is known.
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

    /// All wordings are ours. Quotes are single ones: some clients, such as azure_identity 1.0, cannot read a
    /// description with JSON escapes.
    fn message(&self) -> String {
        match self {
            TokenRefusal::SharedTenant { tenant } => format!(
                "'{tenant}' is not valid with client credentials: put the tenant of the app into the URL, by its id."
            ),
            TokenRefusal::UnknownTenant { tenant } => format!("'{tenant}' is not a tenant of this sandbox."),
            TokenRefusal::MissingParameter { name } => {
                format!("Send '{name}' in the body, which is a form (application/x-www-form-urlencoded).")
            }
            TokenRefusal::RepeatedParameter { name } => format!("'{name}' must not be given more than once."),
            TokenRefusal::UnsupportedGrant { grant_type } => {
                format!("This sandbox knows the grant type 'client_credentials' only, not '{grant_type}'.")
            }
            TokenRefusal::MalformedBasic => String::from(
                "Send one Authorization header of the form 'Basic {base64}', in which client id and secret, each \
                 form-urlencoded, are separated by a colon.",
            ),
            TokenRefusal::UnknownApp { client_id } => {
                format!("No app of this tenant has the client id '{client_id}'.")
            }
            TokenRefusal::BasicAndBody { name } => {
                format!("'{name}' must not be in the body as well: the Authorization header authenticates the app.")
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
                "'{scope}' is not a scope for client credentials: send the audience of an API and /.default, such as \
                 {SCOPE}."
            ),
        }
    }
}
