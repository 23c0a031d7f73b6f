//! Records: what is known of one address, in the form in which it is written out, and the report that puts the outcomes,
//! which come in any order, into records in the order of the input.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::IpAddr;

use mde_client::{Error, InOrgIpStats, LookBackHours, Timestamp};
use serde::Serialize;

use crate::exit::ErrorText;
use mde_input::{Entry, Inputs, PassedOver};

/// One address, or what was given in its place, and its answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// As written at its first location.
    pub(crate) input: String,
    /// Its first location, such as `argument 2` or `list.txt:3:5`.
    pub(crate) place: String,
    /// How often it is given.
    pub(crate) occurrences: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<IpAddr>,
    /// The requested value, or the default of the service.
    pub(crate) look_back_hours: LookBackHours,
    pub(crate) status: Status,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) statistics: Option<Statistics>,
    /// When the service gave the answer, by the clock of this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answered_at: Option<Timestamp>,
    /// Whether the answer was cached by an earlier run.
    #[serde(rename = "fromMemory", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) from_cache: bool,
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
    /// No device talked to it.
    Unseen,
    /// The answer counts no device, and contradicts itself.
    Contradictory,
    /// There is no answer.
    Failed,
    /// It is not an address.
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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statistics {
    pub(crate) organization_prevalence: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) org_prevalence: Option<String>,
    pub(crate) org_first_seen: Option<Timestamp>,
    pub(crate) org_last_seen: Option<Timestamp>,
    /// What in the answer contradicts something else in it, each a clause. An analyst must not rely on either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The message of the service if it sent one, else ours.
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
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

/// The summary of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// The URL of the endpoint.
    pub(crate) endpoint: String,
    /// The requested value, or the default of the service.
    pub(crate) look_back_hours: LookBackHours,
    /// How many distinct addresses were requested from the service, whatever the outcome.
    pub(crate) asked: usize,
    /// How many distinct addresses were answered from the cache.
    #[serde(rename = "fromMemory")]
    pub(crate) from_cache: usize,
    /// How many distinct addresses have a record. With `--every-line` there may be more records than these.
    pub(crate) addresses: usize,
    pub(crate) seen: usize,
    pub(crate) unseen: usize,
    pub(crate) contradictory: usize,
    pub(crate) failed: usize,
    pub(crate) invalid: usize,
    /// How many records a complete run has.
    pub(crate) expected: usize,
    /// How many distinct addresses `--public-only` left out.
    pub(crate) left_out: usize,
    /// How much of the input holds no address for certain, by why.
    pub(crate) passed_over: PassedOver,
    /// How many of the given addresses are IPv4 in IPv6 form, and were asked about as IPv4.
    pub(crate) mapped: u64,
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
            from_cache: 0,
            addresses: 0,
            seen: 0,
            unseen: 0,
            contradictory: 0,
            failed: 0,
            invalid: 0,
            expected: 0,
            left_out: 0,
            passed_over: PassedOver::default(),
            mapped: 0,
            not_shown: 0,
            source,
        }
    }

    pub(crate) fn count(&mut self, status: Status) {
        match status {
            Status::Seen => self.seen += 1,
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

    /// Whether every address has its record; not so after an interruption.
    pub(crate) fn is_complete(&self) -> bool {
        self.records() == self.expected
    }
}

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record. Notes in the summary how many records it did not show.
    fn finish(&mut self, summary: &mut Summary) -> io::Result<()>;
}

/// The records of one run.
pub(crate) struct Report<'a> {
    output: Box<dyn Output + 'a>,
    /// The inputs whose records are not yet written.
    waiting: VecDeque<Entry>,
    outcomes: HashMap<IpAddr, Outcome>,
    /// The addresses that have a record.
    recorded: HashSet<IpAddr>,
    summary: Summary,
}

impl<'a> Report<'a> {
    pub(crate) fn new(output: Box<dyn Output + 'a>, inputs: Inputs, mut summary: Summary) -> Self {
        summary.expected = inputs.entries.len();
        summary.left_out = inputs.left_out;
        (summary.passed_over, summary.mapped) = (inputs.passed_over, inputs.mapped);
        let (outcomes, recorded) = (HashMap::new(), HashSet::new());
        Self { output, waiting: inputs.entries.into(), outcomes, recorded, summary }
    }

    /// Notes the outcome of a call, of this run or of another that was faster.
    pub(crate) fn ended(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        if matches!(&outcome, Outcome::Answered(answer) if answer.from_cache) {
            return self.cached(ip, outcome);
        }
        self.summary.asked += 1;
        self.note(ip, outcome)
    }

    /// Notes a cached outcome.
    pub(crate) fn cached(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.summary.from_cache += 1;
        self.note(ip, outcome)
    }

    /// Notes the outcome for an address, and writes every record that no earlier unknown one holds back.
    pub(crate) fn note(&mut self, ip: IpAddr, outcome: Outcome) -> io::Result<()> {
        self.outcomes.insert(ip, outcome);
        self.write_known()
    }

    pub(crate) fn is_known(&self, ip: IpAddr) -> bool {
        self.outcomes.contains_key(&ip)
    }

    fn write_known(&mut self) -> io::Result<()> {
        while let Some(input) = self.waiting.pop_front() {
            match self.record(input) {
                Ok(record) => self.write(record)?,
                Err(unknown) => {
                    self.waiting.push_front(unknown);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Writes the rest of what is known, with gaps where something is unknown, and the summary.
    pub(crate) fn finish(mut self) -> io::Result<Summary> {
        for input in std::mem::take(&mut self.waiting) {
            if let Ok(record) = self.record(input) {
                self.write(record)?;
            }
        }
        self.output.finish(&mut self.summary)?;
        Ok(self.summary)
    }

    /// Writes nothing more.
    pub(crate) fn abandon(self) -> Summary {
        self.summary
    }

    fn write(&mut self, record: Record) -> io::Result<()> {
        self.summary.count(record.status);
        self.summary.addresses += usize::from(record.ip.is_some_and(|ip| self.recorded.insert(ip)));
        self.output.record(record)
    }

    /// The record of an input, or the input if its outcome is unknown.
    fn record(&self, entry: Entry) -> Result<Record, Entry> {
        let (status, answer, error) = match &entry.address {
            Err(problem) => {
                let failure = Failure::unasked(format!("not an IP address: it {problem}"));
                (Status::Invalid, None, Some(failure))
            }
            Ok(ip) => match self.outcomes.get(ip) {
                None => return Err(entry),
                Some(Outcome::Failed(failure)) => (Status::Failed, None, Some(failure.clone())),
                Some(Outcome::Answered(answer)) => (answer.statistics.status(), Some(answer.clone()), None),
            },
        };
        Ok(Record {
            ip: entry.address.ok(),
            input: entry.text,
            place: entry.location.to_string(),
            occurrences: entry.occurrences,
            look_back_hours: self.summary.look_back_hours,
            status,
            answered_at: answer.as_ref().map(|answer| answer.answered_at),
            from_cache: answer.as_ref().is_some_and(|answer| answer.from_cache),
            statistics: answer.map(|answer| answer.statistics),
            source: self.summary.source,
            error,
        })
    }
}

/// Records for the tests of the formats.
#[cfg(test)]
pub(crate) mod samples {
    use std::collections::HashSet;

    use chrono::{DateTime, Utc};
    use mde_client::{LookBackHours, Timestamp};

    use crate::record::{Failure, Output, Record, Statistics, Status, Summary};

    /// When every answer that is not cached was given.
    pub(crate) fn now() -> DateTime<Utc> {
        moment("2026-03-31T12:00:00Z").to_datetime()
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn record(input: &str, status: Status) -> Record {
        Record {
            input: input.to_owned(),
            place: "list.txt:7:1".to_owned(),
            occurrences: 1,
            ip: input.parse().ok(),
            look_back_hours: LookBackHours::SERVICE_DEFAULT,
            status,
            statistics: None,
            answered_at: None,
            from_cache: false,
            source: None,
            error: None,
        }
    }

    /// An address with a number of devices, and when it was first and last seen.
    pub(crate) fn answered(input: &str, devices: i64, seen: Option<(&str, &str)>) -> Record {
        let statistics = Statistics {
            organization_prevalence: devices,
            org_prevalence: Some(devices.to_string()),
            org_first_seen: seen.map(|(first, _)| moment(first)),
            org_last_seen: seen.map(|(_, last)| moment(last)),
            contradictions: Vec::new(),
        };
        let status = statistics.status();
        Record { statistics: Some(statistics), answered_at: Some(now().into()), ..record(input, status) }
    }

    /// An address with a number of devices, and what contradicts it.
    pub(crate) fn contradictory(input: &str, devices: i64, contradiction: &str) -> Record {
        let mut record = answered(input, devices, None);
        if let Some(statistics) = &mut record.statistics {
            statistics.contradictions.push(contradiction.to_owned());
            record.status = statistics.status();
        }
        record
    }

    pub(crate) fn cached(answer: Record, answered_at: &str) -> Record {
        Record { answered_at: Some(moment(answered_at)), from_cache: true, ..answer }
    }

    pub(crate) fn failed(input: &str, reason: &str) -> Record {
        Record { error: Some(Failure::unasked(reason.to_owned())), ..record(input, Status::Failed) }
    }

    pub(crate) fn invalid(input: &str, reason: &str) -> Record {
        Record { error: Some(Failure::unasked(reason.to_owned())), ..record(input, Status::Invalid) }
    }

    /// At least one of every kind, with long addresses and long texts.
    pub(crate) fn mixed() -> Vec<Record> {
        let long = "2a02:8109:9c40:1234:5d2c:8f1e:ab34:cd12";
        let seen = |first, last| Some((first, last));
        vec![
            answered("203.0.113.7", 3, seen("2026-03-02T06:00:00.5Z", "2026-03-31T11:59:59.1234567Z")),
            cached(answered("192.168.1.1", 0, None), "2026-03-31T08:45:00Z"),
            Record { occurrences: 12, ..answered(long, 12, seen("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z")) },
            answered("8.8.8.8", 63515, seen("2026-03-01T12:00:00Z", "2026-03-31T11:00:00Z")),
            contradictory("192.0.2.66", 0, "organizationPrevalence is 0, and orgPrevalence is 3"),
            failed("198.51.100.1", "the service failed\u{1b}[31m\r\nwith \u{202e}<script>alert(1)</script> `|`"),
            failed("198.51.100.2", "the service failed\u{1b}[31m\r\nwith \u{202e}<script>alert(1)</script> `|`"),
            invalid(&format!("=cmd()|<img src=x>`{}", "x".repeat(80)), "not an IP address: it is neither"),
        ]
    }

    /// The summary of such records.
    pub(crate) fn summary(records: &[Record]) -> Summary {
        let endpoint = "https://api.security.microsoft.com".to_owned();
        let mut summary = Summary::new(endpoint, LookBackHours::SERVICE_DEFAULT, Some("sandbox"));
        records.iter().for_each(|record| summary.count(record.status));
        let addresses: HashSet<_> = records.iter().filter_map(|record| record.ip).collect();
        (summary.addresses, summary.expected) = (addresses.len(), records.len());
        summary.from_cache = records.iter().filter(|record| record.from_cache).count();
        summary
    }

    /// Lets an output take all records.
    pub(crate) fn give(output: &mut dyn Output, records: Vec<Record>) {
        for record in records {
            output.record(record).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
