//! Tokens for apps, as Entra hands them out.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::app::{Registration, TENANT};
use crate::service::{Service, TrackingId, segment};
use crate::token_refusal::TokenRefusal;
use crate::tokens::{AUDIENCE, TokenClaims};

/// The audiences of all clouds (documented).
const AUDIENCES: [&str; 3] =
    [AUDIENCE, "https://api-gcc.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us"];

/// What `expires_in` says (documented).
const SAID_LIFE_SECONDS: u32 = 3599;

/// How long tokens live by their claim `exp` (recorded).
const LIFE: TimeDelta = TimeDelta::seconds(3900);

#[derive(Serialize)]
struct Grant {
    token_type: &'static str,
    expires_in: u32,
    ext_expires_in: u32,
    access_token: String,
}

pub(crate) async fn token(
    State(service): State<Arc<Service>>,
    Extension(TrackingId(id)): Extension<TrackingId>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = service.clock.now();
    match service.grant(&segment(&uri, 1), &Form::new(&headers, &body), now) {
        // A cache that kept it would hand it to others.
        Ok(grant) => ([(CACHE_CONTROL, "no-store")], Json(grant)).into_response(),
        Err(refusal) => refusal.into_response(&id, now),
    }
}

impl Service {
    fn grant(&self, tenant: &str, form: &Form, now: DateTime<Utc>) -> Result<Grant, TokenRefusal> {
        if !tenant.eq_ignore_ascii_case(TENANT) {
            return Err(TokenRefusal::UnknownTenant { tenant: tenant.to_owned() });
        }
        let grant_type = form.required("grant_type")?;
        if grant_type != "client_credentials" {
            return Err(TokenRefusal::UnsupportedGrant { grant_type: grant_type.into_owned() });
        }
        let registration = self.authenticated(form)?;
        let scope = form.required("scope")?;
        let audience = scope
            .strip_suffix("/.default")
            .filter(|audience| AUDIENCES.contains(audience))
            .ok_or_else(|| TokenRefusal::UnknownScope { scope: scope.clone().into_owned() })?;
        let claims = TokenClaims { audience: audience.to_owned(), roles: registration.app.roles().to_vec() };
        let expires = now.checked_add_signed(LIFE).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Grant {
            token_type: "Bearer",
            expires_in: SAID_LIFE_SECONDS,
            ext_expires_in: 0,
            access_token: self.tokens.issue(registration, claims, Some(expires)),
        })
    }

    /// The app that the form names, if the form proves to come from it.
    fn authenticated(&self, form: &Form) -> Result<&Arc<Registration>, TokenRefusal> {
        let client_id = form.required("client_id")?;
        let registration = self
            .registrations
            .iter()
            .find(|registration| registration.app.has_id(&client_id))
            .ok_or_else(|| TokenRefusal::UnknownApp { client_id: client_id.clone().into_owned() })?;
        if form.optional("client_assertion")?.is_some() {
            return Err(TokenRefusal::UnsupportedAssertion);
        }
        let client_id = client_id.into_owned();
        if form.required("client_secret")? != registration.app.client_secret() {
            return Err(TokenRefusal::WrongSecret { client_id });
        }
        if registration.app.secret_has_expired() {
            return Err(TokenRefusal::ExpiredSecret { client_id });
        }
        Ok(registration)
    }
}

/// The parameters in a body. Those without a value count as not given.
struct Form<'a>(&'a [u8]);

impl<'a> Form<'a> {
    /// A body of another type holds no parameters.
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
