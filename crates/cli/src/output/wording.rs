//! What every format for people says about a run.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mde_client::Timestamp;

use super::visible::{shortened, visible};
use crate::record::{Record, Status, Summary};

/// What is no address can be of any length.
const LONGEST: usize = 45;

/// The address in its shortest form, or the beginning of what was given in its place.
pub(super) fn address(record: &Record) -> String {
    match record.ip {
        Some(ip) => ip.to_string(),
        None if record.input.trim().is_empty() => "(empty)".to_owned(),
        None => shortened(&record.input, LONGEST),
    }
}

pub(super) fn first_seen(record: &Record) -> Option<Timestamp> {
    record.statistics.as_ref().and_then(|statistics| statistics.org_first_seen)
}

pub(super) fn last_seen(record: &Record) -> Option<Timestamp> {
    record.statistics.as_ref().and_then(|statistics| statistics.org_last_seen)
}

/// Whether a column is needed for how often each is given.
pub(super) fn any_repeated(records: &[Record]) -> bool {
    records.iter().any(|record| record.occurrences > 1)
}

/// What was asked, and what it came to.
pub(super) fn counts(summary: &Summary) -> String {
    let mut counts = vec![format!("{} seen", summary.seen), format!("{} unseen", summary.unseen)];
    for (count, name) in [(summary.failed, "failed"), (summary.invalid, "invalid")] {
        if count > 0 {
            counts.push(format!("{count} {name}"));
        }
    }
    let records = summary.records();
    format!("{} in the last {} h: {}", addresses(records), summary.look_back_hours, counts.join(", "))
}

/// What a reader has to know of the list, each a sentence without its full stop.
pub(super) fn remarks(summary: &Summary, records: &[Record], now: DateTime<Utc>) -> Vec<String> {
    let mut remarks = Vec::new();
    if !summary.is_complete() {
        remarks.push(format!(
            "Not complete: of {} only {} are known, because the run was interrupted",
            addresses(summary.expected),
            summary.records()
        ));
    }
    if summary.not_shown > 0 {
        remarks
            .push(format!("Not shown: {}, to which more devices talked than asked for", addresses(summary.not_shown)));
    }
    if summary.left_out > 0 {
        remarks.push(format!("Not asked about: {}, because not public", addresses(summary.left_out)));
    }
    remarks.extend(memory(summary, records, now));
    remarks
}

fn memory(summary: &Summary, records: &[Record], now: DateTime<Utc>) -> Option<String> {
    let count = summary.from_memory;
    let remembered = records.iter().filter(|record| record.from_memory).filter_map(|record| record.answered_at);
    let age = remembered.min().and_then(|oldest| (now - oldest.to_datetime()).to_std().ok());
    let age =
        age.map(|age| format!(", {}", if count == 1 { age_text(age) } else { format!("up to {}", age_text(age)) }));
    (count > 0).then(|| format!("From memory: {}{}", addresses(count), age.unwrap_or_default()))
}

fn age_text(age: Duration) -> String {
    // Seconds would say more than anybody asks.
    format!("{} old", crate::pace::text(age.max(Duration::from_secs(60))))
}

/// One reason why there is no answer, and for what there is none.
pub(super) struct Unanswered<'a> {
    pub(super) reason: String,
    pub(super) records: Vec<&'a Record>,
}

/// All reasons, each once: a list that breaks off has one reason for thousands of addresses.
pub(super) fn unanswered(records: &[Record]) -> Vec<Unanswered<'_>> {
    let mut all: Vec<Unanswered<'_>> = Vec::new();
    let mut known = HashMap::new();
    for record in records {
        let Some(error) = &record.error else { continue };
        let index = *known.entry(error.explanation.as_str()).or_insert(all.len());
        if index == all.len() {
            all.push(Unanswered { reason: visible(&error.explanation), records: Vec::new() });
        }
        all[index].records.push(record);
    }
    all
}

/// Where to look for what is no address.
pub(super) fn place(record: &Record) -> Option<String> {
    (record.status == Status::Invalid).then(|| visible(&record.place))
}

pub(super) fn addresses(count: usize) -> String {
    format!("{count} {}", if count == 1 { "address" } else { "addresses" })
}
