//! The HTTP side of one attempt: the client that sends it, and the hook that the generated transport sends through.
//! The hook reads the answer up to a bound and keeps it, whatever it is.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue,
    RETRY_AFTER,
};
use reqwest::{Method, Request, StatusCode};

use crate::next_page::NextPage;
use crate::redact::{Redactor, chain, truncate};
use crate::{Endpoint, Error, ErrorKind};

/// The most that is read of a body, in bytes, decompressed. The largest documented answer has some 300.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;

/// The most that is shown of an encoding, in characters.
const LONGEST_ENCODING: usize = 40;

/// Which header the service reads an id of the client's from is not documented; other services of Microsoft read this one.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// What the transport carries along for one attempt: the token on the way out, the exchange on the way back.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    attempt: Arc<Attempt>,
    /// Where the request goes in place of its own URL.
    page: Option<NextPage>,
}

#[derive(Debug)]
struct Attempt {
    http: reqwest::Client,
    base_url: String,
    /// Marked as sensitive, so that its `Debug` shows nothing.
    authorization: HeaderValue,
    client_request_id: HeaderValue,
    reply: Mutex<Reply>,
}

/// What came back, as far as it did.
#[derive(Debug, Default)]
pub(crate) enum Reply {
    #[default]
    Nothing,
    /// Not even a head.
    Failed(reqwest::Error),
    Answer(Exchange),
}

/// An answer. It is one as soon as its head is there, whatever becomes of its body.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) head: Head,
    /// What came in of it, decompressed.
    pub(crate) body: Bytes,
    /// Why the body is not all of it.
    pub(crate) fault: Option<BodyFault>,
}

/// What decides before a body does.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    /// Each `Retry-After` header.
    pub(crate) retry_after: Vec<String>,
    /// The service's own clock.
    pub(crate) date: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// What is wrong with a body.
#[derive(Debug)]
pub(crate) enum BodyFault {
    /// The time for it is up.
    Late,
    /// The connection broke, or its framing is wrong.
    BrokeOff(reqwest::Error),
    /// It is gzip that ends too early, or none at all.
    Gzip(io::Error),
    TooLarge,
    /// It is in an encoding that was not asked for.
    Encoding(String),
}

impl Exchange {
    /// Hides them in what is shown of any answer. The body is the caller's.
    pub(crate) fn without_secrets(mut self, redactor: &Redactor) -> Self {
        self.head.request_id = self.head.request_id.map(|id| redactor.redact(&id));
        self
    }

    /// The body as a reader of JSON takes it, which knows no byte order mark.
    pub(crate) fn text(&self) -> Bytes {
        let text = self.body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.body);
        self.body.slice_ref(text)
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Context {
    pub(crate) fn new(
        http: &reqwest::Client,
        base_url: &str,
        authorization: HeaderValue,
        client_request_id: HeaderValue,
    ) -> Self {
        let (http, base_url) = (http.clone(), base_url.to_owned());
        let attempt = Attempt { http, base_url, authorization, client_request_id, reply: Mutex::default() };
        Self { attempt: Arc::new(attempt), page: None }
    }

    /// The same attempt, for a later page of the answer.
    // Only a contract with pages needs it.
    #[allow(dead_code)]
    pub(crate) fn at(&self, page: NextPage) -> Self {
        Self { page: Some(page), ..self.clone() }
    }

    /// The HTTP client that sends the request.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.attempt.http
    }

    /// The base URL of the endpoint, without a slash at its end.
    pub(crate) fn base_url(&self) -> &str {
        &self.attempt.base_url
    }

    /// What came back so far, once.
    pub(crate) fn take_reply(&self) -> Reply {
        std::mem::take(&mut self.attempt.reply.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn keep(&self, reply: Reply) {
        *self.attempt.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
    }
}

/// Sends a request of the generated transport, keeps the answer in the context and returns a copy of it.
///
/// The transport reads bodies without a bound and loses the status of a body that it cannot parse. So the answer is read
/// here. The head is kept before the body is read: whoever stops waiting for the body knows the status all the same.
pub(crate) async fn execute(context: &Context, mut request: Request) -> reqwest::Response {
    if let Some(page) = &context.page {
        *request.url_mut() = page.url().clone();
    }
    // The generator adds this header. The service does not document it.
    request.headers_mut().remove("api-version");
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    request.headers_mut().insert(AUTHORIZATION, context.attempt.authorization.clone());
    request.headers_mut().insert(CLIENT_REQUEST_ID, context.attempt.client_request_id.clone());
    if request.body().is_none() && [Method::PATCH, Method::POST, Method::PUT].contains(request.method()) {
        // Without it some servers answer 411: where a body may be, they want to know that there is none.
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let response = match context.http().execute(request).await {
        Ok(response) => response,
        Err(error) => {
            context.keep(Reply::Failed(error.without_url()));
            return copy(StatusCode::IM_A_TEAPOT, Bytes::new());
        }
    };
    let head = Head::of(&response);
    context.keep(Reply::Answer(Exchange { head: head.clone(), body: Bytes::new(), fault: Some(BodyFault::Late) }));
    let (body, fault) = body(response).await;
    let exchange = Exchange { head, body, fault };
    let copy = match exchange.fault {
        None => copy(exchange.head.status, exchange.text()),
        Some(_) => copy(StatusCode::IM_A_TEAPOT, Bytes::new()),
    };
    context.keep(Reply::Answer(exchange));
    copy
}

fn copy(status: StatusCode, body: Bytes) -> reqwest::Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    response.into()
}

impl Head {
    fn of(response: &reqwest::Response) -> Self {
        let headers = response.headers();
        let retry_after = headers.get_all(RETRY_AFTER).iter();
        let retry_after = retry_after.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
        let date = text(headers, DATE.as_str());
        Self { status: response.status(), retry_after, date, request_id: request_id(headers) }
    }
}

/// The body, up to the bound, and what is wrong with it.
async fn body(mut response: reqwest::Response) -> (Bytes, Option<BodyFault>) {
    let encoding = encoding(response.headers());
    let mut body = BytesMut::new();
    let fault = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_BODY => break Some(BodyFault::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) => break Some(BodyFault::BrokeOff(error.without_url())),
        }
    };
    match encoding {
        None => (body.freeze(), fault),
        Some(_) if body.is_empty() => (Bytes::new(), fault),
        Some(gzip) if ["gzip", "x-gzip"].iter().any(|name| gzip.eq_ignore_ascii_case(name)) => {
            let (text, of_gzip) = decompress(&body);
            (text, fault.or(of_gzip))
        }
        Some(other) => (Bytes::new(), Some(BodyFault::Encoding(other))),
    }
}

/// The encoding of a body that is encoded.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut encoding = values.map(|value| value.trim().to_owned()).collect::<Vec<_>>().join(", ");
    truncate(&mut encoding, LONGEST_ENCODING);
    (!encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")).then_some(encoding)
}

/// All members of a gzip file, which reqwest would read the first one of.
fn decompress(gzip: &[u8]) -> (Bytes, Option<BodyFault>) {
    let mut text = Vec::new();
    let bound = u64::try_from(LARGEST_BODY).unwrap_or(u64::MAX);
    let read = MultiGzDecoder::new(gzip).take(bound.saturating_add(1)).read_to_end(&mut text);
    let fault = match read {
        Ok(_) if text.len() > LARGEST_BODY => Some(BodyFault::TooLarge),
        Ok(_) => None,
        Err(error) => Some(BodyFault::Gzip(error)),
    };
    (text.into(), fault)
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
        // It would read the first member of a gzip file only.
        .no_gzip()
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
