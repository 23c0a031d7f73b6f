//! The token endpoint: what is asked for by which grant, and the answer with the token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::apps::Registration;
use crate::entra::answer::not_stored;
use crate::entra::client::{Tenant, known_tenant, public_client_of_form};
use crate::entra::form::Form;
use crate::entra::grants::SignIn;
use crate::entra::refusal::EntraRefusal;
use crate::entra::scope::{AUDIENCES, Scope};
use crate::quirks::RefreshTokens;
use crate::request_log::RequestId;
use crate::service::{Service, segment};
use crate::users::TokenClaims;

/// The grant type of device codes (RFC 8628, section 3.4).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The lifetime in `expires_in`, in seconds (documented).
const EXPIRES_IN_SECONDS: u32 = 3599;

/// The lifetime by the claim `exp` (recorded).
const TOKEN_LIFETIME: TimeDelta = TimeDelta::seconds(3900);

#[derive(Serialize)]
struct Grant {
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    expires_in: u32,
    ext_expires_in: u32,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
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
        Ok(grant) => not_stored(grant),
        Err(refusal) => refusal.into_response(id, now),
    }
}

impl Service {
    fn grant(&self, asked: &str, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<Grant, EntraRefusal> {
        let (tenant, form) = (known_tenant(asked)?, Form::of_body(headers, body));
        match &*form.required("grant_type")? {
            "client_credentials" => self.for_app(tenant, headers, &form, now),
            "authorization_code" => self.for_person(tenant, headers, &form, now, Service::by_code),
            "refresh_token" => self.for_person(tenant, headers, &form, now, Service::by_refresh_token),
            DEVICE_CODE => self.for_person(tenant, headers, &form, now, Service::by_device_code),
            other => Err(EntraRefusal::UnsupportedGrant { grant_type: other.to_owned() }),
        }
    }

    fn for_app(
        &self,
        tenant: Tenant,
        headers: &HeaderMap,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<Grant, EntraRefusal> {
        let registration = self.authenticate(tenant.of_app()?, headers, form, now)?;
        let scope = form.required("scope")?;
        let audience = scope
            .strip_suffix("/.default")
            .filter(|audience| AUDIENCES.contains(audience))
            .ok_or_else(|| EntraRefusal::UnknownScope { scope: scope.clone().into_owned() })?;
        Ok(self.answer(registration, registration.app.claims(audience), now))
    }

    fn for_person(
        &self,
        tenant: Tenant,
        headers: &HeaderMap,
        form: &Form,
        now: DateTime<Utc>,
        signed_in: impl FnOnce(&Service, &Arc<Registration>, &Form, DateTime<Utc>) -> Result<SignIn, EntraRefusal>,
    ) -> Result<Grant, EntraRefusal> {
        let registration = public_client_of_form(&self.registrations, tenant.of_people()?, headers, form)?;
        let scope = form.optional("scope")?.map(|scope| Scope::parse(&scope)).transpose()?;
        let SignIn { user, scope: first_scope, .. } = signed_in(self, registration, form, now)?;
        // Whether there are refresh tokens is decided at the sign-in.
        let is_offline = first_scope.is_offline;
        let scope = Scope { is_offline, ..scope.unwrap_or(first_scope) };
        if !scope.is_consented_by(&user) {
            return Err(EntraRefusal::NoConsent {
                client_id: registration.app.client_id().to_owned(),
                user: user.name().to_owned(),
            });
        }
        let claims = TokenClaims { audience: scope.audience.to_owned(), roles: Vec::new(), user: Some(user.clone()) };
        let granted = Some(scope.granted_by(&user));
        let sign_in = SignIn { registration: Arc::clone(registration), user, scope };
        let refresh_token = self.next_refresh_token(form, sign_in, now);
        Ok(Grant { scope: granted, refresh_token, ..self.answer(registration, claims, now) })
    }

    fn by_code(
        &self,
        registration: &Arc<Registration>,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        let (code, redirect_uri) = (form.required("code")?, form.required("redirect_uri")?);
        self.grants.redeem_code(registration, &code, &redirect_uri, &form.required("code_verifier")?, now)
    }

    fn by_refresh_token(
        &self,
        registration: &Arc<Registration>,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        let token = form.required("refresh_token")?;
        self.grants.use_refresh_token(registration, &token, self.quirks.refresh_tokens, now)
    }

    fn by_device_code(
        &self,
        registration: &Arc<Registration>,
        form: &Form,
        now: DateTime<Utc>,
    ) -> Result<SignIn, EntraRefusal> {
        self.grants.poll(registration, &form.required("device_code")?, &self.quirks, now)
    }

    /// The refresh token of an answer, if there is to be one.
    fn next_refresh_token(&self, form: &Form, sign_in: SignIn, now: DateTime<Utc>) -> Option<String> {
        let is_reused = self.quirks.refresh_tokens == RefreshTokens::Reused
            && form.optional("refresh_token").is_ok_and(|token| token.is_some());
        (sign_in.scope.is_offline && !is_reused).then(|| self.grants.issue_refresh_token(sign_in, now))
    }

    fn answer(&self, registration: &Arc<Registration>, claims: TokenClaims, now: DateTime<Utc>) -> Grant {
        let expires = now.checked_add_signed(TOKEN_LIFETIME).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Grant {
            token_type: "Bearer",
            scope: None,
            expires_in: EXPIRES_IN_SECONDS,
            ext_expires_in: 0,
            access_token: self.tokens.issue(registration, claims, Some(expires)),
            refresh_token: None,
        }
    }
}
