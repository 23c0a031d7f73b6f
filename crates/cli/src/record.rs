//! Records: what is known of one address, in the form in which it is written out.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mde_client::{Error, InOrgIpStats, LookBackHours, QuotaKey, Timestamp};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

use crate::config::{Setting, Settings};
use crate::exit::ErrorText;

/// One address, or what was given in its place, and its answer.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = by_status)]
pub(crate) struct Record {
    /// The address as it is given, at its first location; or the text that is no address.
    pub(crate) input: String,
    /// Its first location, such as `argument 2` or `list.txt:3:5`: the file with line and column.
    pub(crate) place: String,
    /// How often it is given.
    #[schemars(range(min = 1))]
    pub(crate) occurrences: u64,
    /// The address that is asked about, in its shortest form. Missing where the status is `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "ip_address")]
    pub(crate) ip: Option<IpAddr>,
    /// How many hours back from the answer devices are counted.
    pub(crate) look_back_hours: LookBackHours,
    /// What the answer means, or that there is none.
    pub(crate) status: Status,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) statistics: Option<Statistics>,
    /// When the service gave the answer, by the clock of the machine that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Timestamp")]
    pub(crate) answered_at: Option<Timestamp>,
    /// True where the answer was cached by an earlier run, else missing.
    #[serde(rename = "fromMemory", skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("const" = true))]
    pub(crate) from_cache: bool,
    /// `sandbox` where the figures are synthetic, because the endpoint is a sandbox on the same machine; else missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("const" = SANDBOX))]
    pub(crate) source: Option<&'static str>,
    /// Why there is no answer, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Failure")]
    pub(crate) error: Option<Failure>,
    #[serde(flatten)]
    pub(crate) organization: Organization,
}

/// The source of figures that are synthetic.
pub(crate) const SANDBOX: &str = "sandbox";

/// Of either version: "ip" is no format that a validator knows.
fn ip_address(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
}

/// Which keys there are follows from the status.
fn by_status(schema: &mut Schema) {
    let names = |statuses: &[Status]| statuses.iter().map(|status| status.name()).collect::<Vec<_>>();
    let is_one_of = |statuses: &[Status]| serde_json::json!({"properties": {"status": {"enum": names(statuses)}}});
    let answered = ["organizationPrevalence", "orgFirstSeen", "orgLastSeen", "answeredAt"];
    let rules = serde_json::json!([
        {
            "if": is_one_of(&[Status::Seen, Status::Unseen, Status::Contradictory]),
            "then": {"required": answered, "properties": {"error": false}},
            "else": {"required": ["error"], "properties": BTreeMap::from(answered.map(|key| (key, false)))},
        },
        {
            "if": is_one_of(&[Status::Invalid]),
            "then": {"properties": {"ip": false}},
            "else": {"required": ["ip"]},
        },
        {"if": is_one_of(&[Status::Contradictory]), "then": {"required": ["contradictions"]}},
    ]);
    schema.insert("allOf".to_owned(), rules);
}

/// Whose devices are counted, and who asks: records of several organizations can be told apart in one file.
#[derive(Clone, Debug, Default, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization {
    /// The tenant, as the token names it; as the settings do where there is no token, or it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) tenant: Option<String>,
    /// The app registration that asks, by its client id, from the same sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) app: Option<String>,
    /// The profile of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) profile: Option<String>,
}

impl Organization {
    /// From the settings, for a run without a token.
    pub(crate) fn of_settings(settings: &Settings) -> Self {
        let value = |setting: &Option<Setting<String>>| setting.as_ref().map(|setting| setting.value.clone());
        Self { tenant: value(&settings.tenant), app: value(&settings.app), profile: value(&settings.profile) }
    }

    /// From the claims of the token, as far as it has them.
    pub(crate) fn of_token(self, key: &QuotaKey) -> Self {
        Self { tenant: key.tenant.clone().or(self.tenant), app: key.app.clone().or(self.app), ..self }
    }
}

impl Record {
    pub(crate) fn devices(&self) -> Option<i64> {
        self.statistics.as_ref().map(|statistics| statistics.organization_prevalence)
    }

    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        self.statistics.as_ref().and_then(|statistics| statistics.org_first_seen)
    }

    pub(crate) fn last_seen(&self) -> Option<Timestamp> {
        self.statistics.as_ref().and_then(|statistics| statistics.org_last_seen)
    }
}

/// What the answer means, or that there is none.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// At least one device of the organization talked to the address.
    Seen,
    /// No device talked to it.
    Unseen,
    /// The answer counts no device, and contradicts itself, so that it is no all-clear.
    Contradictory,
    /// There is no answer: `error` has the reason. Nothing is known of the address.
    Failed,
    /// The input is not an address, and was not asked about.
    Invalid,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Unseen => "unseen",
            Self::Contradictory => "contradictory",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// The answer, by the service's own names. A time that it gives as null is written as null.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statistics {
    /// How many devices of the organization talked to the address.
    #[schemars(range(min = 0))]
    pub(crate) organization_prevalence: i64,
    /// The same count as decimal digits, which the service still sends for older programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = "^[0-9]+$"))]
    pub(crate) org_prevalence: Option<String>,
    /// When a device talked to the address first, as the service gives it; null where no device did.
    pub(crate) org_first_seen: Option<Timestamp>,
    /// When a device talked to the address last.
    pub(crate) org_last_seen: Option<Timestamp>,
    /// What in the answer contradicts something else in it, each a clause. An analyst must not rely on either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub(crate) contradictions: Vec<String>,
}

impl Statistics {
    /// An answer that counts no device is an all-clear only where nothing in it speaks against that.
    pub(crate) fn status(&self) -> Status {
        match self.organization_prevalence {
            1.. => Status::Seen,
            _ if self.contradictions.is_empty() => Status::Unseen,
            _ => Status::Contradictory,
        }
    }
}

/// What in an answer contradicts something else in it. What may be missing, as times may, contradicts nothing; neither does
/// a time outside of the look-back, which the documented example shows, nor one after the clock of this machine.
#[expect(deprecated, reason = "the legacy count is compared with the one that counts")]
fn contradictions(answer: &InOrgIpStats) -> Vec<String> {
    let devices = answer.organization_prevalence;
    let mut found = Vec::new();
    match answer.org_prevalence.as_deref().filter(|legacy| !legacy.is_empty()).map(legacy_count) {
        None => {}
        // The text is not repeated: who knows what it is.
        Some(None) => found.push("orgPrevalence is not a count of devices".to_owned()),
        Some(Some(legacy)) if i64::try_from(legacy) == Ok(devices) => {}
        Some(Some(legacy)) => {
            found.push(format!("organizationPrevalence is {devices}, and orgPrevalence is {legacy}"));
        }
    }
    let (first, last) = (answer.org_first_seen, answer.org_last_seen);
    for (name, moment) in [("orgFirstSeen", first), ("orgLastSeen", last)] {
        if let Some(moment) = moment.filter(|_| devices == 0) {
            found.push(format!("organizationPrevalence is 0, and {name} is {moment}"));
        }
    }
    if let Some((first, last)) = first.zip(last).filter(|(first, last)| first > last) {
        found.push(format!("orgFirstSeen, {first}, is after orgLastSeen, {last}"));
    }
    found
}

/// The legacy count, where it is the decimal string that the contract describes.
fn legacy_count(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl From<InOrgIpStats> for Statistics {
    #[expect(deprecated, reason = "what the service sent is written out whole")]
    fn from(answer: InOrgIpStats) -> Self {
        Self {
            contradictions: contradictions(&answer),
            organization_prevalence: answer.organization_prevalence,
            org_prevalence: answer.org_prevalence.filter(|legacy| legacy_count(legacy).is_some()),
            org_first_seen: answer.org_first_seen,
            org_last_seen: answer.org_last_seen,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Failure {
    /// The status of HTTP, where the service or something on the way answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u16", range(min = 100, max = 999))]
    pub(crate) status: Option<u16>,
    /// The code of the service's error, such as `TooManyRequests`; an open list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) code: Option<String>,
    /// The message of the service if it sent one, else ours.
    pub(crate) message: String,
    /// The tracking id of the service's error, for its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) target: Option<String>,
    /// The id of the request, from the header of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub(crate) request_id: Option<String>,
    /// The full text for people.
    #[serde(skip)]
    pub(crate) text: String,
}

impl Failure {
    /// A failure before any call.
    pub(crate) fn unasked(message: String) -> Self {
        Self { text: message.clone(), message, ..Self::default() }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let text = ErrorText::of(error).problem;
        Self {
            status: error.status().map(|status| status.as_u16()),
            code: owned(error.code()),
            message: owned(error.message()).unwrap_or_else(|| text.clone()),
            target: owned(error.target()),
            request_id: owned(error.request_id()),
            text,
        }
    }
}

/// An answer, and when it was given.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) statistics: Statistics,
    pub(crate) answered_at: Timestamp,
    pub(crate) from_cache: bool,
}

/// The outcome for one address.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    Failed(Failure),
}
