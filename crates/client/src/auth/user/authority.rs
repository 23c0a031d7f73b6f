//! What goes to the authority by OAuth 2.0, over the client's own HTTP client: codes and refresh tokens in, tokens out.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use oauth2::basic::BasicClient;
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationResponse,
    DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, ErrorResponse, ErrorResponseType,
    ExtraDeviceAuthorizationFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardErrorResponse, TokenResponse, TokenUrl,
};
use reqwest::header::CONTENT_TYPE;
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::store::RefreshToken;
use crate::auth::identifiers::unfit;
use crate::auth::refusal::{OAuthRefusal, SignInFailure};
use crate::auth::token::{AccessToken, TokenRequest};
use crate::clock::timeout;
use crate::redact::Redactor;
use crate::{BoxFuture, Clock, Error};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// In bytes. A token has some thousands.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Where a person of one tenant signs in, through one app, for one audience.
pub(super) struct Authority {
    client: BasicClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    scopes: [Scope; 2],
    http: Http,
}

/// The client's own HTTP client, as the crate `oauth2` calls it.
struct Http {
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    /// Of the last answer, which the crate `oauth2` forgets where it cannot read the body.
    last_status: AtomicU16,
}

/// What an answer brings.
pub(super) struct Tokens {
    pub(super) access: AccessToken,
    pub(super) refresh: Option<RefreshToken>,
}

/// What the person has to be shown for a device code, with the code itself.
pub(super) type DeviceAuthorization = DeviceAuthorizationResponse<Message>;

/// What Entra sends along with a device code.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Message {
    pub(super) message: Option<String>,
}

impl ExtraDeviceAuthorizationFields for Message {}

/// A page to sign in at, and what its answer must be held against.
pub(super) struct Authorization {
    pub(super) url: Url,
    pub(super) state: CsrfToken,
    pub(super) verifier: PkceCodeVerifier,
}

impl Authority {
    /// The endpoints of version 2 of Microsoft Entra. That they use https, or are on this machine, the endpoint of the
    /// client ensures.
    pub(super) fn new(tenant: &str, client_id: &str, request: TokenRequest<'_>) -> Result<Self, Error> {
        let base = request.authority;
        let at = |name: &str| format!("{}/{tenant}/oauth2/v2.0/{name}", base.trim_end_matches('/'));
        let not_a_url = |_| unfit(format!("the sign-in authority {base} is not a URL"), "give an endpoint with one");
        let client = BasicClient::new(ClientId::new(client_id.to_owned()))
            .set_auth_uri(AuthUrl::new(at("authorize")).map_err(not_a_url)?)
            .set_device_authorization_url(DeviceAuthorizationUrl::new(at("devicecode")).map_err(not_a_url)?)
            .set_token_uri(TokenUrl::new(at("token")).map_err(not_a_url)?);
        Ok(Self {
            client,
            // Without the latter there is no refresh token.
            scopes: [Scope::new(request.scope()), Scope::new("offline_access".to_owned())],
            http: Http {
                http: request.http.clone(),
                clock: Arc::clone(request.clock),
                last_status: AtomicU16::default(),
            },
        })
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.http.clock
    }

    /// The page at which a person signs in, and which then sends the browser to the redirect.
    pub(super) fn authorization(&self, redirect: &RedirectUrl) -> Authorization {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(self.scopes.clone())
            .set_pkce_challenge(challenge)
            .set_redirect_uri(Cow::Borrowed(redirect))
            // Who signs in may have several accounts, and the browser may remember one of them.
            .add_extra_param("prompt", "select_account")
            .url();
        Authorization { url, state, verifier }
    }

    /// Redeems the code of a redirect.
    pub(super) async fn redeem(
        &self,
        code: AuthorizationCode,
        verifier: PkceCodeVerifier,
        redirect: &RedirectUrl,
    ) -> Result<Tokens, SignInFailure> {
        let redactor = Redactor::for_secrets([code.secret().as_str(), verifier.secret().as_str()]);
        let request = self.client.exchange_code(code).set_pkce_verifier(verifier);
        let request = request.set_redirect_uri(Cow::Borrowed(redirect));
        let answer = request.request_async(&self.http).await;
        answer.map_err(|error| self.failure(error, &redactor)).and_then(tokens)
    }

    /// Redeems a refresh token.
    pub(super) async fn refresh(&self, token: &RefreshToken) -> Result<Tokens, SignInFailure> {
        let redactor = Redactor::for_secret(token.expose());
        let token = oauth2::RefreshToken::new(token.expose().to_owned());
        let request = self.client.exchange_refresh_token(&token).add_scopes(self.scopes.clone());
        let answer = request.request_async(&self.http).await;
        answer.map_err(|error| self.failure(error, &redactor)).and_then(tokens)
    }

    /// Asks for a device code.
    pub(super) async fn device_code(&self) -> Result<DeviceAuthorization, SignInFailure> {
        /// Longer than any code lives. Without a bound a sum of durations might overflow.
        const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
        let request = self.client.exchange_device_code().add_scopes(self.scopes.clone());
        let answer: Result<DeviceAuthorization, _> = request.request_async(&self.http).await;
        let answer = answer.map_err(|error| self.failure(error, &Redactor::for_unknown()))?;
        match answer.interval().max(answer.expires_in()) > LONGEST {
            true => Err(SignInFailure::Unreadable(None)),
            false => Ok(answer),
        }
    }

    /// Asks again and again for what came of a device code, as slowly as the authority wants it, until the code expires.
    pub(super) async fn poll(&self, device: &DeviceAuthorization) -> Result<Tokens, SignInFailure> {
        /// Also where the authority says 0.
        const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
        /// Between requests that fail. More than the interval, which must not become shorter by a failure.
        const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
        let redactor = Redactor::for_secret(device.device_code().secret());
        let request = self.client.exchange_device_access_token(device);
        let request = request.set_time_fn(|| DateTime::<Utc>::from(self.http.clock.system_time()));
        let request = request.set_max_backoff_interval(LONGEST_INTERVAL.max(device.interval()));
        let sleep = |interval: Duration| self.http.clock.sleep(interval.max(SHORTEST_INTERVAL));
        let answer = request.request_async(&self.http, sleep, None).await;
        answer.map_err(|error| self.failure(error, &redactor)).and_then(tokens)
    }

    fn failure<T>(
        &self,
        error: RequestTokenError<SignInFailure, StandardErrorResponse<T>>,
        redactor: &Redactor,
    ) -> SignInFailure
    where
        T: ErrorResponseType + AsRef<str>,
        StandardErrorResponse<T>: ErrorResponse,
    {
        match error {
            RequestTokenError::ServerResponse(refusal) => {
                let text = refusal.error_description().map(String::as_str);
                SignInFailure::Refused(OAuthRefusal::new(refusal.error().as_ref(), text, redactor))
            }
            RequestTokenError::Request(failure) => failure,
            // Their texts may repeat what the authority sent.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                let status = StatusCode::from_u16(self.http.last_status.load(Ordering::Relaxed));
                SignInFailure::unreadable(status.unwrap_or_default())
            }
        }
    }
}

impl Http {
    /// What came of a request. An outage is an error, so that it is not mistaken for a refusal.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SignInFailure> {
        let answer = timeout(&*self.clock, REQUEST_TIMEOUT, exchange(&self.http, request));
        let answer = answer.await.ok_or(SignInFailure::Late)??;
        let status = answer.status();
        self.last_status.store(status.as_u16(), Ordering::Relaxed);
        match status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            true => Err(SignInFailure::unreadable(status)),
            false => Ok(answer),
        }
    }
}

impl<'a> AsyncHttpClient<'a> for Http {
    type Error = SignInFailure;
    type Future = BoxFuture<'a, Result<HttpResponse, SignInFailure>>;

    fn call(&'a self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

async fn exchange(http: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, SignInFailure> {
    let unreachable = |error: reqwest::Error| SignInFailure::Unreachable(error.without_url());
    let request = reqwest::Request::try_from(request).map_err(unreachable)?;
    let mut answer = http.execute(request).await.map_err(unreachable)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| SignInFailure::BrokeOff(error.without_url()))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(SignInFailure::unreadable(answer.status()));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = HttpResponse::new(body);
    *response.status_mut() = answer.status();
    response.headers_mut().extend(answer.headers().get(CONTENT_TYPE).map(|kind| (CONTENT_TYPE, kind.clone())));
    Ok(response)
}

fn tokens(answer: impl TokenResponse) -> Result<Tokens, SignInFailure> {
    let access = AccessToken::new(answer.access_token().secret());
    if answer.access_token().secret().is_empty() {
        return Err(SignInFailure::Unreadable(None));
    }
    Ok(Tokens {
        access: match answer.expires_in() {
            Some(lifetime) => access.expires_in(lifetime),
            None => access,
        },
        refresh: answer.refresh_token().map(|token| RefreshToken::new(token.secret())),
    })
}
