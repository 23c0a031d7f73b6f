//! The one operation of the API: its routes, the order of the checks, and the answer with the statistics.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, DATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::duration::is_whole_number;
use crate::entra;
use crate::events::{HISTORY_HOURS, Statistics};
use crate::faults::FaultOn;
use crate::faults::layer::with_faults;
use crate::quirks::{Fields, InvalidLookBack, IpAddressForm, LegacyPrevalence, Quirks, RequestIdHeader};
use crate::refusal::Refusal;
use crate::request_log::{ReceivedRequest, RequestId};
use crate::service::{Service, limit_body, segment};

pub(crate) fn routes(service: Arc<Service>) -> Router {
    Router::new()
        .route("/api/ips/{ip}/stats", with_faults(any(ip_statistics), FaultOn::Operation, &service.faults))
        .merge(entra::routes(&service))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn(limit_body))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), track))
        .with_state(service)
}

/// Logs every request and gives it its id, before anything can end the connection.
async fn track(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let id = service.request_log.append(ReceivedRequest::unanswered(&request));
    request.extensions_mut().insert(id);

    let mut response = next.run(request).await;
    let name = match service.quirks.request_id_header {
        RequestIdHeader::RequestId => Some("request-id"),
        RequestIdHeader::XMsRequestId => Some("x-ms-request-id"),
        RequestIdHeader::None => None,
    };
    let headers = response.headers_mut();
    if let (Some(name), Ok(id)) = (name, HeaderValue::from_str(&id.to_string())) {
        // A fault may have set its own.
        headers.entry(name).or_insert(id);
    }
    if let Ok(date) = HeaderValue::from_str(&http_date(service.clock.now())) {
        headers.entry(DATE).or_insert(date);
    }
    service.request_log.set_status(id, response.status());
    response
}

/// A time as HTTP writes it (RFC 9110, section 5.6.7).
fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn ip_statistics(
    State(service): State<Arc<Service>>,
    Extension(id): Extension<RequestId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET")]).into_response();
    }
    match service.ip_statistics(&uri, &headers) {
        Ok(answer) => answer.into_response(service.quirks.fields, id.0),
        Err(refusal) => refusal.into_response(id, &service.quirks),
    }
}

impl Service {
    fn ip_statistics(&self, uri: &Uri, headers: &HeaderMap) -> Result<Answer, Refusal> {
        let registration = self.tokens.authorize(headers, self.clock.now())?;
        registration.rate_limit.acquire(&self.clock, self.quirks.throttled_calls).map_err(Refusal::Throttled)?;
        let text = segment(uri, 3);
        let Ok(ip) = text.parse::<IpAddr>() else {
            return Err(Refusal::InvalidAddress { text });
        };
        let look_back_hours = look_back_hours(uri, self.quirks.invalid_look_back)?;
        let statistics = self.events.statistics(ip, self.clock.now(), look_back_hours, self.quirks.times);
        let repeated = match self.quirks.ip_address {
            IpAddressForm::AsAsked => text,
            IpAddressForm::Normalised => ip.to_string(),
        };
        Ok(Answer::new(repeated, &statistics, &self.quirks))
    }
}

const LOOK_BACK_HOURS: &str = "lookBackHours";

/// The look-back of a request, in hours.
fn look_back_hours(uri: &Uri, invalid: InvalidLookBack) -> Result<u16, Refusal> {
    let mut values = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter_map(|(name, value)| (name == LOOK_BACK_HOURS).then_some(value));
    let Some(text) = values.next() else {
        return Ok(HISTORY_HOURS);
    };
    let repeated = values.next().is_some();
    match (text.parse(), invalid) {
        (Ok(hours @ 1..=HISTORY_HOURS), _) if !repeated => Ok(hours),
        (_, InvalidLookBack::Default) => Ok(HISTORY_HOURS),
        _ if repeated => Err(Refusal::RepeatedLookBack),
        (_, InvalidLookBack::Nearest) => nearest(&text).ok_or_else(|| Refusal::InvalidLookBack { text: text.into() }),
        (_, InvalidLookBack::Refused) => Err(Refusal::InvalidLookBack { text: text.into() }),
    }
}

/// The valid number of hours nearest to a whole number of any length.
fn nearest(text: &str) -> Option<u16> {
    let negative = text.strip_prefix('-');
    let digits = negative.or_else(|| text.strip_prefix('+')).unwrap_or(text);
    if !is_whole_number(digits) {
        return None;
    }
    match negative {
        Some(_) => Some(1),
        None => Some(digits.parse().unwrap_or(HISTORY_HOURS).clamp(1, HISTORY_HOURS)),
    }
}

/// Fields in the order of the recorded answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(rename = "@odata.context")]
    context: String,
    ip_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_prevalence: Option<String>,
    organization_prevalence: usize,
    org_first_seen: Option<String>,
    org_last_seen: Option<String>,
}

impl Answer {
    fn new(ip_address: String, statistics: &Statistics, quirks: &Quirks) -> Answer {
        let host = quirks.context_host.as_str();
        let legacy_prevalence = quirks.legacy_prevalence == LegacyPrevalence::Sent;
        Answer {
            context: format!("https://{host}/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats"),
            ip_address,
            org_prevalence: legacy_prevalence.then(|| statistics.prevalence.to_string()),
            organization_prevalence: statistics.prevalence,
            org_first_seen: statistics.first_seen.map(timestamp),
            org_last_seen: statistics.last_seen.map(timestamp),
        }
    }

    /// The number of the request decides the order of shuffled fields.
    fn into_response(self, fields: Fields, number: u64) -> Response {
        let headers = [
            (CONTENT_TYPE, "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"),
            (HeaderName::from_static("odata-version"), "4.0"),
        ];
        match fields {
            Fields::Recorded => (headers, Json(self)).into_response(),
            Fields::Shuffled => (headers, Json(Shuffled::new(&self, number))).into_response(),
        }
    }
}

/// A time as .NET writes it: up to seven digits of a second, without trailing zeros.
fn timestamp(time: DateTime<Utc>) -> String {
    let seconds = time.format("%Y-%m-%dT%H:%M:%S");
    // chrono counts a leap second as more than a billion nanoseconds, and has written it as second 60 already.
    let fraction = format!("{:07}", time.timestamp_subsec_nanos() % 1_000_000_000 / 100);
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        digits => format!("{seconds}.{digits}Z"),
    }
}

/// An object whose fields come in another order each time, for clients that must not rely on one.
struct Shuffled(Vec<(String, Value)>);

impl Shuffled {
    /// The fields of an object in the order of a number. Consecutive numbers begin with different fields, and as many
    /// of them as there are orders give each order once.
    fn new(object: &impl Serialize, number: u64) -> Shuffled {
        let Value::Object(fields) = serde_json::json!(object) else {
            return Shuffled(Vec::new());
        };
        let mut left: Vec<_> = fields.into_iter().collect();
        let mut order = number;
        let mut shuffled = Vec::new();
        while !left.is_empty() {
            let choices = left.len() as u64;
            shuffled.push(left.remove((order % choices) as usize));
            order /= choices;
        }
        Shuffled(shuffled)
    }
}

impl Serialize for Shuffled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
