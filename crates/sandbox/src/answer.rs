//! The answer with the statistics, as it goes over the wire.

use axum::Json;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::behaviour::{Behaviour, Fields, LegacyPrevalence};
use crate::events::Statistics;
use crate::field_order::Shuffled;

/// Fields in the order of the recorded answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
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
    pub(crate) fn new(ip_address: String, statistics: &Statistics, behaviour: &Behaviour) -> Answer {
        let host = behaviour.context_host.as_str();
        let legacy_prevalence = behaviour.legacy_prevalence == LegacyPrevalence::Sent;
        Answer {
            context: format!("https://{host}/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats"),
            ip_address,
            org_prevalence: legacy_prevalence.then(|| statistics.prevalence.to_string()),
            organization_prevalence: statistics.prevalence,
            org_first_seen: statistics.first_seen.map(timestamp),
            org_last_seen: statistics.last_seen.map(timestamp),
        }
    }

    /// The number of the request decides the order of the fields, where that is shuffled.
    pub(crate) fn into_response(self, fields: Fields, number: u64) -> Response {
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

/// As .NET writes a moment: up to seven digits of a second, without trailing zeros.
fn timestamp(time: DateTime<Utc>) -> String {
    let seconds = time.format("%Y-%m-%dT%H:%M:%S");
    // chrono counts a leap second as nanoseconds beyond the billion, and has shown it as second 60 already.
    let fraction = format!("{:07}", time.timestamp_subsec_nanos() % 1_000_000_000 / 100);
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        digits => format!("{seconds}.{digits}Z"),
    }
}
