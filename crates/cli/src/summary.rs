//! The summary of a run: how many records of which kind there are, whatever an output shows of them.

use mde_client::{LookBackHours, Timestamp};
use mde_input::PassedOver;
use schemars::JsonSchema;
use serde::Serialize;

use crate::prevalence::PrevalenceBand;
use crate::record::{Organization, Record, SANDBOX, Status};

/// The summary of a run. Records are counted whether they are shown or left out by a filter.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(crate) struct Summary {
    /// The URL of the endpoint.
    pub(crate) endpoint: String,
    /// How many hours back from the answer devices are counted.
    pub(crate) look_back_hours: LookBackHours,
    /// How many distinct addresses were requested from the service, whatever the outcome.
    pub(crate) asked: usize,
    /// How many distinct addresses were answered from the cache.
    #[serde(rename = "fromMemory")]
    pub(crate) from_cache: usize,
    /// When the oldest of the cached answers was given.
    #[serde(skip)]
    pub(crate) oldest_cached: Option<Timestamp>,
    /// How many distinct addresses have a record. With `--every-line` there may be more records than these.
    pub(crate) addresses: usize,
    /// How many records are of addresses that a device talked to.
    pub(crate) seen: usize,
    /// How many of the seen are rare: few devices talked to them.
    pub(crate) rare: usize,
    /// How many records are of addresses that no device talked to.
    pub(crate) unseen: usize,
    /// How many answers count no device, and contradict themselves.
    pub(crate) contradictory: usize,
    /// How many addresses have no answer.
    pub(crate) failed: usize,
    /// How many texts are not addresses.
    pub(crate) invalid: usize,
    /// How many records a complete run has: more than there are after an interruption.
    pub(crate) expected: usize,
    /// How many distinct addresses `--public-only` left out.
    pub(crate) left_out: usize,
    /// How much of the input holds no address for certain, by why.
    pub(crate) passed_over: PassedOver,
    /// How many of the given addresses are IPv4 in IPv6 form, and were asked about as IPv4.
    pub(crate) mapped: u64,
    /// How many records the filters left out.
    pub(crate) not_shown: usize,
    /// What these are and which flags left them out, for people.
    #[serde(skip)]
    pub(crate) not_shown_because: String,
    /// How many rows were written, where columns were added to those of a file.
    #[serde(skip)]
    pub(crate) rows: Option<u64>,
    /// When a device talked to any of the addresses first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Timestamp")]
    pub(crate) org_first_seen: Option<Timestamp>,
    /// When a device talked to any of the addresses last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Timestamp")]
    pub(crate) org_last_seen: Option<Timestamp>,
    /// `sandbox` where the figures are synthetic, else missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("const" = SANDBOX))]
    pub(crate) source: Option<&'static str>,
    #[serde(flatten)]
    pub(crate) organization: Organization,
}

impl Summary {
    pub(crate) fn new(
        endpoint: String,
        look_back_hours: LookBackHours,
        source: Option<&'static str>,
        organization: Organization,
    ) -> Self {
        Self {
            endpoint,
            look_back_hours,
            asked: 0,
            from_cache: 0,
            oldest_cached: None,
            addresses: 0,
            seen: 0,
            rare: 0,
            unseen: 0,
            contradictory: 0,
            failed: 0,
            invalid: 0,
            expected: 0,
            left_out: 0,
            passed_over: PassedOver::default(),
            mapped: 0,
            not_shown: 0,
            not_shown_because: String::new(),
            rows: None,
            org_first_seen: None,
            org_last_seen: None,
            source,
            organization,
        }
    }

    /// Counts a record, which an output may leave out.
    pub(crate) fn count(&mut self, record: &Record) {
        let cached_at = record.answered_at.filter(|_| record.from_cache);
        self.oldest_cached = [self.oldest_cached, cached_at].into_iter().flatten().min();
        self.rare += usize::from(PrevalenceBand::of(record) == PrevalenceBand::Rare);
        match record.status {
            Status::Seen => {
                self.seen += 1;
                self.org_first_seen = [self.org_first_seen, record.first_seen()].into_iter().flatten().min();
                self.org_last_seen = self.org_last_seen.max(record.last_seen());
            }
            Status::Unseen => self.unseen += 1,
            Status::Contradictory => self.contradictory += 1,
            Status::Failed => self.failed += 1,
            Status::Invalid => self.invalid += 1,
        }
    }

    pub(crate) fn answered(&self) -> usize {
        self.seen + self.unseen + self.contradictory
    }

    pub(crate) fn records(&self) -> usize {
        self.answered() + self.failed + self.invalid
    }

    /// Whether the run is complete, and no device talked to any address.
    pub(crate) fn is_all_unseen(&self) -> bool {
        self.unseen > 0 && self.unseen == self.expected
    }

    /// Whether every address has its record; not so after an interruption.
    pub(crate) fn is_complete(&self) -> bool {
        self.records() == self.expected
    }
}
