//! What is known of one address, in the form in which it is written out.

use std::net::IpAddr;

use mde_client::{Error, InOrgIpStats, LookBackHours, Timestamp};
use serde::Serialize;

use crate::explanation::Explanation;

/// One address, or what was given in its place, and its answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// As it was written at its first place.
    pub(crate) input: String,
    /// Its first place, such as `argument 2` or `list.txt:3:5`.
    pub(crate) place: String,
    /// How often it is given.
    pub(crate) occurrences: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<IpAddr>,
    /// What was asked for, or what the service takes where nothing is.
    pub(crate) look_back_hours: LookBackHours,
    pub(crate) status: Status,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) statistics: Option<Statistics>,
    /// When the service gave the answer, by the clock of this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<Timestamp>,
    /// Whether the answer was remembered from an earlier run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) from_memory: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// At least one device talked to it.
    Seen,
    /// No device did.
    Unseen,
    /// There is no answer.
    Failed,
    /// It is no address.
    Invalid,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Unseen => "unseen",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// The answer, by the service's own names. A time that it gives as null is written as null.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statistics {
    pub(crate) organization_prevalence: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) org_prevalence: Option<String>,
    pub(crate) org_first_seen: Option<Timestamp>,
    pub(crate) org_last_seen: Option<Timestamp>,
}

impl From<InOrgIpStats> for Statistics {
    fn from(answer: InOrgIpStats) -> Self {
        Self {
            organization_prevalence: answer.organization_prevalence,
            org_prevalence: answer.org_prevalence,
            org_first_seen: answer.org_first_seen,
            org_last_seen: answer.org_last_seen,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The service's own words where there are any, else ours.
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// The whole of it for a person who reads a table.
    #[serde(skip)]
    pub(crate) explanation: String,
}

impl Failure {
    /// One that never came to a call.
    pub(crate) fn unasked(message: String) -> Self {
        Self { explanation: message.clone(), message, ..Self::default() }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let explanation = Explanation::of(error).problem;
        Self {
            status: error.status().map(|status| status.as_u16()),
            code: owned(error.code()),
            message: owned(error.message()).unwrap_or_else(|| explanation.clone()),
            target: owned(error.target()),
            request_id: owned(error.request_id()),
            explanation,
        }
    }
}

/// An answer, and when it was given.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) statistics: Statistics,
    pub(crate) answered_at: Timestamp,
    pub(crate) from_memory: bool,
}

/// What became of one address.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    Failed(Failure),
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// The endpoint that was asked, by its URL.
    pub(crate) endpoint: String,
    /// What was asked for, or what the service takes where nothing is.
    pub(crate) look_back_hours: LookBackHours,
    /// How many distinct addresses the service was asked about, whatever came of it.
    pub(crate) asked: usize,
    /// How many distinct addresses were answered from memory.
    pub(crate) from_memory: usize,
    /// How many distinct addresses have a record. With `--every-line` there may be more records than these.
    pub(crate) addresses: usize,
    pub(crate) seen: usize,
    pub(crate) unseen: usize,
    pub(crate) failed: usize,
    pub(crate) invalid: usize,
    /// How many records there would be, had the run come to its end.
    pub(crate) expected: usize,
    /// How many distinct addresses `--public-only` left out.
    pub(crate) left_out: usize,
    /// How many records `--max-prevalence` or `--unseen-only` left out.
    pub(crate) not_shown: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<&'static str>,
}

impl Summary {
    pub(crate) fn new(endpoint: String, look_back_hours: LookBackHours, source: Option<&'static str>) -> Self {
        Self {
            endpoint,
            look_back_hours,
            asked: 0,
            from_memory: 0,
            addresses: 0,
            seen: 0,
            unseen: 0,
            failed: 0,
            invalid: 0,
            expected: 0,
            left_out: 0,
            not_shown: 0,
            source,
        }
    }

    pub(crate) fn count(&mut self, status: Status) {
        match status {
            Status::Seen => self.seen += 1,
            Status::Unseen => self.unseen += 1,
            Status::Failed => self.failed += 1,
            Status::Invalid => self.invalid += 1,
        }
    }

    pub(crate) fn answered(&self) -> usize {
        self.seen + self.unseen
    }

    pub(crate) fn records(&self) -> usize {
        self.answered() + self.failed + self.invalid
    }

    /// Whether every address has its record, as it has not where the run was interrupted.
    pub(crate) fn is_complete(&self) -> bool {
        self.records() == self.expected
    }
}
