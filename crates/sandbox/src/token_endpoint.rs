//! Tokens for apps, as Entra hands them out.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::app::{TENANT, UNLICENSED_TENANT};
use crate::form::Form;
use crate::service::{Service, TrackingId, segment};
use crate::token_refusal::TokenRefusal;
use crate::tokens::AUDIENCE;

/// The audiences of all clouds (documented).
const AUDIENCES: [&str; 3] =
    [AUDIENCE, "https://api-gcc.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us"];

/// Stand for the tenant of whoever signs in, which an app by itself does not.
const SHARED: [&str; 3] = ["common", "organizations", "consumers"];

/// What `expires_in` says (documented).
const SAID_LIFE_SECONDS: u32 = 3599;

/// How long tokens live by their claim `exp` (recorded).
const LIFE: TimeDelta = TimeDelta::seconds(3900);

/// Where apps of a tenant get their tokens, if `authority` is the URL of the sandbox.
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
    Extension(id): Extension<TrackingId>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = service.clock.now();
    match service.grant(&segment(&uri, 1), &headers, &body, now) {
        // A cache that kept it would hand it to others.
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
        let registration = self.authenticated(tenant, headers, &form, now)?;
        let scope = form.required("scope")?;
        let audience = scope
            .strip_suffix("/.default")
            .filter(|audience| AUDIENCES.contains(audience))
            .ok_or_else(|| TokenRefusal::UnknownScope { scope: scope.clone().into_owned() })?;
        let claims = registration.app.claims(audience);
        let expires = now.checked_add_signed(LIFE).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Ok(Grant {
            token_type: "Bearer",
            expires_in: SAID_LIFE_SECONDS,
            ext_expires_in: 0,
            access_token: self.tokens.issue(registration, claims, Some(expires)),
        })
    }
}

fn known_tenant(asked: &str) -> Result<&'static str, TokenRefusal> {
    let is = |name: &&str| name.eq_ignore_ascii_case(asked);
    let tenant = [TENANT, UNLICENSED_TENANT].into_iter().find(is);
    tenant.ok_or_else(|| match asked.to_owned() {
        asked if SHARED.iter().any(is) => TokenRefusal::SharedTenant { tenant: asked },
        asked => TokenRefusal::UnknownTenant { tenant: asked },
    })
}
