//! One attempt: a request goes out through the generated transport, and what came back is kept, whatever it is.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Request, StatusCode};

use crate::discretion::Discretion;
use crate::generated::transport;

/// The most that is read of a body, in bytes, decompressed. The largest documented answer has some 300.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

/// Which header the service reads an id of the client's from is not documented; other services of Microsoft read this one.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What the transport carries along for one attempt: the token on the way out, the exchange on the way back.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Attempt>);

#[derive(Debug)]
struct Attempt {
    /// Marked as sensitive, so that its `Debug` shows nothing.
    authorization: HeaderValue,
    client_request_id: HeaderValue,
    exchange: Mutex<Option<Result<Exchange, Broken>>>,
}

/// An answer that came in whole.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
}

impl Exchange {
    /// Hides them in what is shown of any answer. The body is the caller's.
    pub(crate) fn without_secrets(self, discretion: &Discretion) -> Self {
        Self { request_id: self.request_id.map(|id| discretion.hide(&id)), ..self }
    }
}

/// An answer that did not come in, or not whole.
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
    pub(crate) fn new(authorization: HeaderValue, client_request_id: HeaderValue) -> Self {
        Self(Arc::new(Attempt { authorization, client_request_id, exchange: Mutex::default() }))
    }

    /// What came back, once.
    pub(crate) fn take_exchange(&self) -> Option<Result<Exchange, Broken>> {
        self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn keep(&self, exchange: Result<Exchange, Broken>) {
        *self.0.exchange.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange);
    }
}

impl ClientHooks<Context> for transport::Client {
    /// The transport reads bodies without a bound and forgets the status of one that it cannot read. So the answer is
    /// read here, kept, and handed on as a copy.
    async fn exec(&self, mut request: Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let context = self.inner();
        // A habit of the generator's that the service knows nothing of.
        request.headers_mut().remove("api-version");
        request.headers_mut().insert(AUTHORIZATION, context.0.authorization.clone());
        request.headers_mut().insert(CLIENT_REQUEST_ID, context.0.client_request_id.clone());
        let exchange = exchange(self.client(), request).await;
        let copy = match &exchange {
            Ok(exchange) => copy(exchange.status, exchange.body.clone()),
            Err(_) => copy(StatusCode::IM_A_TEAPOT, Bytes::new()),
        };
        context.keep(exchange);
        Ok(copy)
    }
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
