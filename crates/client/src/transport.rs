//! The HTTP side of one attempt: the client that sends it, and the hook that the generated transport sends through.
//! The hook reads the answer up to a bound and keeps it, whatever it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Request, StatusCode};

use crate::redact::{Redactor, chain};
use crate::{Endpoint, Error, ErrorKind};

/// The most that is read of a body, in bytes, decompressed. The largest documented answer has some 300.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

/// Which header the service reads an id of the client's from is not documented; other services of Microsoft read this one.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What the transport carries along for one attempt: the token on the way out, the exchange on the way back.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Attempt>);

#[derive(Debug)]
struct Attempt {
    http: reqwest::Client,
    base_url: String,
    /// Marked as sensitive, so that its `Debug` shows nothing.
    authorization: HeaderValue,
    client_request_id: HeaderValue,
    exchange: Mutex<Option<Result<Exchange, Broken>>>,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
}

impl Exchange {
    /// Hides them in what is shown of any answer. The body is the caller's.
    pub(crate) fn without_secrets(self, redactor: &Redactor) -> Self {
        Self { request_id: self.request_id.map(|id| redactor.redact(&id)), ..self }
    }
}

/// An answer that did not come in, or only in part.
#[derive(Debug)]
pub(crate) struct Broken {
    /// What had come in before it broke.
    pub(crate) begun: Option<(StatusCode, Option<String>)>,
    pub(crate) cause: Cause,
}

#[derive(Debug)]
pub(crate) enum Cause {
    Transport(reqwest::Error),
    TooLarge,
}

impl Context {
    pub(crate) fn new(
        http: &reqwest::Client,
        base_url: &str,
        authorization: HeaderValue,
        client_request_id: HeaderValue,
    ) -> Self {
        let (http, base_url) = (http.clone(), base_url.to_owned());
        Self(Arc::new(Attempt { http, base_url, authorization, client_request_id, exchange: Mutex::default() }))
    }

    /// The HTTP client that sends the request.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// The base URL of the endpoint, without a slash at its end.
    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// What came back, once.
    pub(crate) fn take_exchange(&self) -> Option<Result<Exchange, Broken>> {
        self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn keep(&self, exchange: Result<Exchange, Broken>) {
        *self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange);
    }
}

/// Sends a request of the generated transport, keeps the answer in the context and returns a copy of it.
///
/// The transport reads bodies without a bound and loses the status of a body that it cannot parse. So the answer is read
/// here.
pub(crate) async fn execute(context: &Context, mut request: Request) -> reqwest::Response {
    // The generator adds this header. The service does not document it.
    request.headers_mut().remove("api-version");
    request.headers_mut().insert(AUTHORIZATION, context.0.authorization.clone());
    request.headers_mut().insert(CLIENT_REQUEST_ID, context.0.client_request_id.clone());
    let exchange = exchange(context.http(), request).await;
    let copy = match &exchange {
        Ok(exchange) => copy(exchange.status, exchange.body.clone()),
        Err(_) => copy(StatusCode::IM_A_TEAPOT, Bytes::new()),
    };
    context.keep(exchange);
    copy
}

fn copy(status: StatusCode, body: Bytes) -> reqwest::Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    response.into()
}

async fn exchange(client: &reqwest::Client, request: Request) -> Result<Exchange, Broken> {
    let unsent = |error: reqwest::Error| Broken { begun: None, cause: Cause::Transport(error.without_url()) };
    let mut response = client.execute(request).await.map_err(unsent)?;
    let (status, request_id) = (response.status(), request_id(response.headers()));
    let broken = |cause| Broken { begun: Some((status, request_id.clone())), cause };
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(Cause::Transport(error.without_url())))? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(broken(Cause::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    let retry_after = text(response.headers(), RETRY_AFTER.as_str());
    Ok(Exchange { status, retry_after, request_id, body: body.freeze() })
}

/// Which header carries it is not documented; these are the two that services of Azure use.
fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "request-id").or_else(|| text(headers, "x-ms-request-id"))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    const LONGEST: usize = 200;
    headers.get(name)?.to_str().ok().filter(|value| value.len() <= LONGEST).map(str::to_owned)
}

/// Builds the HTTP client of a [`Client`](crate::Client), from the caller's builder where there is one.
pub(crate) fn http_client(
    endpoint: &Endpoint,
    builder: Option<reqwest::ClientBuilder>,
    connect_timeout: Duration,
) -> Result<reqwest::Client, Error> {
    const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let of_caller = builder.is_some();
    let own = || reqwest::Client::builder().user_agent(USER_AGENT);
    let build = |builder| within_bounds(builder, endpoint, connect_timeout).build();
    let built = match build(builder.unwrap_or_else(own)) {
        // Plain HTTP needs no trusted certificates. Whatever else the client is used for is not trusted.
        Err(_) if !of_caller && endpoint.url().starts_with("http:") => build(without_trust(own())),
        built => built,
    };
    built.map_err(|error| {
        let advice = match lacks_authorities(&error) {
            true => {
                "this machine trusts no certificate authority: install the package ca-certificates, or name a file of \
                 them by SSL_CERT_FILE"
            }
            false => "check the proxy and the certificates that were given to it",
        };
        Error::new(ErrorKind::Configuration, "the HTTP client cannot be built")
            .with_advice(advice)
            .with_source(error.without_url())
    })
}

/// What holds for every HTTP client, also for one of the caller's making.
fn within_bounds(
    builder: reqwest::ClientBuilder,
    endpoint: &Endpoint,
    connect_timeout: Duration,
) -> reqwest::ClientBuilder {
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .gzip(true)
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(connect_timeout);
    if endpoint.is_loopback() { builder.no_proxy().https_only(false) } else { builder.https_only(true) }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn without_trust(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn without_trust(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// Whether the platform has no certificates to trust, which only the error text says.
fn lacks_authorities(error: &reqwest::Error) -> bool {
    chain(error).any(|error| error.to_string().contains("No CA certificates"))
}
