//! Routes, and the order in which a request is looked at.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::header::{ALLOW, DATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};

use crate::answer::Answer;
use crate::app::Registration;
use crate::behaviour::{Behaviour, IpAddressForm, RequestIdHeader};
use crate::clock::Clock;
use crate::events::Events;
use crate::faults::{FaultOn, Faults, faulty};
use crate::journal::{Journal, ReceivedRequest};
use crate::look_back::look_back_hours;
use crate::refusal::Refusal;
use crate::token_endpoint::token;
use crate::tokens::{TokenClaims, Tokens};
use crate::whole::whole_requests_only;

pub(crate) struct Service {
    pub(crate) events: Events,
    pub(crate) clock: Clock,
    pub(crate) behaviour: Behaviour,
    /// One at least.
    pub(crate) registrations: Vec<Arc<Registration>>,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) received: AtomicU64,
}

/// By which a request is known: its number, counted up from 1, in the form of a GUID.
#[derive(Clone, Copy)]
pub(crate) struct TrackingId(u64);

impl fmt::Display for TrackingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00000000-0000-4000-8000-{:012x}", self.0)
    }
}

impl Serialize for TrackingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/ips/{ip}/stats", faulty(any(ip_statistics), FaultOn::Operation, &service))
        .route("/{tenant}/oauth2/v2.0/token", faulty(post(token), FaultOn::Token, &service))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn(whole_requests_only))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), track))
        .with_state(service)
}

/// Gives every request its tracking id and enters it in the journal, before anything can end the connection.
async fn track(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let id = TrackingId(service.received.fetch_add(1, Ordering::Relaxed) + 1);
    let entry = service.journal.enter(ReceivedRequest::unanswered(&request));
    request.extensions_mut().insert(id);

    let mut response = next.run(request).await;
    let name = match service.behaviour.request_id_header {
        RequestIdHeader::RequestId => Some("request-id"),
        RequestIdHeader::XMsRequestId => Some("x-ms-request-id"),
        RequestIdHeader::None => None,
    };
    let headers = response.headers_mut();
    if let (Some(name), Ok(id)) = (name, HeaderValue::from_str(&id.to_string())) {
        // A fault may have one of its own.
        headers.entry(name).or_insert(id);
    }
    if let Ok(date) = HeaderValue::from_str(&http_date(service.clock.now())) {
        headers.entry(DATE).or_insert(date);
    }
    service.journal.note(entry, response.status());
    response
}

/// As HTTP writes a moment (RFC 9110, section 5.6.7).
fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn ip_statistics(
    State(service): State<Arc<Service>>,
    Extension(id): Extension<TrackingId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response();
    }
    match service.ip_statistics(&uri, &headers) {
        Ok(answer) => answer.into_response(service.behaviour.fields, id.0),
        Err(refusal) => refusal.into_response(id, &service.behaviour),
    }
}

impl Service {
    /// A token of the first app that does not expire.
    pub(crate) fn issue(&self, claims: TokenClaims) -> String {
        self.tokens.issue(&self.registrations[0], claims, None)
    }

    fn ip_statistics(&self, uri: &Uri, headers: &HeaderMap) -> Result<Answer, Refusal> {
        let registration = self.tokens.authorize(headers, self.clock.now())?;
        registration.permits.take(&self.clock, self.behaviour.throttled_calls).map_err(Refusal::Throttled)?;
        let text = segment(uri, 3);
        let Ok(ip) = text.parse::<IpAddr>() else {
            return Err(Refusal::InvalidAddress { text });
        };
        let look_back_hours = look_back_hours(uri, self.behaviour.invalid_look_back)?;
        let statistics = self.events.statistics(ip, self.clock.now(), look_back_hours, self.behaviour.times);
        let repeated = match self.behaviour.ip_address {
            IpAddressForm::AsAsked => text,
            IpAddressForm::Normalised => ip.to_string(),
        };
        Ok(Answer::new(repeated, &statistics, &self.behaviour))
    }
}

/// A segment of the path by its number from 1, decoded. What is not UTF-8 is replaced: neither an address nor a tenant
/// contains it.
pub(crate) fn segment(uri: &Uri, number: usize) -> String {
    let segment = uri.path().split('/').nth(number).unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
