//! Routes, and the order in which a request is looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::header::ALLOW;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use percent_encoding::percent_decode_str;

use crate::answer::Answer;
use crate::app::Registration;
use crate::clock::Clock;
use crate::events::{Events, HISTORY_HOURS};
use crate::journal::{Journal, ReceivedRequest};
use crate::refusal::Refusal;
use crate::token_endpoint::token;
use crate::tokens::{TokenClaims, Tokens};
use crate::whole::whole_requests_only;

const LOOK_BACK_HOURS: &str = "lookBackHours";

pub(crate) struct Service {
    pub(crate) events: Events,
    pub(crate) clock: Clock,
    pub(crate) clip_times_to_window: bool,
    /// One at least.
    pub(crate) registrations: Vec<Arc<Registration>>,
    pub(crate) tokens: Tokens,
    pub(crate) journal: Journal,
    pub(crate) received: AtomicU64,
}

#[derive(Clone)]
pub(crate) struct TrackingId(pub(crate) String);

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/ips/{ip}/stats", any(ip_statistics))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn(whole_requests_only))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), track))
        .with_state(service)
}

/// Gives every request its tracking id and enters it in the journal.
async fn track(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let number = service.received.fetch_add(1, Ordering::Relaxed) + 1;
    let id = format!("00000000-0000-4000-8000-{number:012x}");
    let header = HeaderValue::from_str(&id);
    let received = ReceivedRequest::unanswered(&request);
    request.extensions_mut().insert(TrackingId(id));

    let mut response = next.run(request).await;
    if let Ok(header) = header {
        response.headers_mut().insert("request-id", header);
    }
    service.journal.note(received, response.status());
    response
}

async fn ip_statistics(
    State(service): State<Arc<Service>>,
    Extension(TrackingId(id)): Extension<TrackingId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response();
    }
    match service.ip_statistics(&uri, &headers) {
        Ok(answer) => answer.into_response(),
        Err(refusal) => refusal.into_response(&id),
    }
}

impl Service {
    /// A token of the first app that does not expire.
    pub(crate) fn issue(&self, claims: TokenClaims) -> String {
        self.tokens.issue(&self.registrations[0], claims, None)
    }

    fn ip_statistics(&self, uri: &Uri, headers: &HeaderMap) -> Result<Answer, Refusal> {
        let registration = self.tokens.authorize(headers, self.clock.now())?;
        registration.permits.take(&self.clock).map_err(Refusal::Throttled)?;
        let text = segment(uri, 3);
        let Ok(ip) = text.parse() else {
            return Err(Refusal::InvalidAddress { text });
        };
        let look_back_hours = look_back_hours(uri)?;
        let statistics = self.events.statistics(ip, self.clock.now(), look_back_hours, self.clip_times_to_window);
        Ok(Answer::new(text, &statistics))
    }
}

/// A segment of the path by its number from 1, decoded. What is not UTF-8 is replaced: neither an address nor a tenant
/// contains it.
pub(crate) fn segment(uri: &Uri, number: usize) -> String {
    let segment = uri.path().split('/').nth(number).unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn look_back_hours(uri: &Uri) -> Result<u16, Refusal> {
    let mut values = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter_map(|(name, value)| (name == LOOK_BACK_HOURS).then_some(value));
    let Some(text) = values.next() else {
        return Ok(HISTORY_HOURS);
    };
    if values.next().is_some() {
        return Err(Refusal::RepeatedLookBack);
    }
    match text.parse() {
        Ok(hours @ 1..=HISTORY_HOURS) => Ok(hours),
        _ => Err(Refusal::InvalidLookBack { text: text.into_owned() }),
    }
}
