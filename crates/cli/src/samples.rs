//! Records for the tests of the formats.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use clap::{Args, Command, FromArgMatches};
use mde_client::{LookBackHours, Timestamp};

use crate::cli::OutputArguments;
use crate::record::{Failure, Organization, Record, Statistics, Status};
use crate::report::Output;
use crate::summary::Summary;

/// When every answer that is not cached was given.
pub(crate) fn now() -> DateTime<Utc> {
    moment("2026-03-31T12:00:00Z").to_datetime()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn organization() -> Organization {
    Organization {
        tenant: Some("11111111-1111-1111-1111-111111111111".to_owned()),
        app: Some("22222222-2222-2222-2222-222222222222".to_owned()),
        profile: Some("contoso".to_owned()),
    }
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
        organization: organization(),
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
    let mut summary = Summary::new(endpoint, LookBackHours::SERVICE_DEFAULT, Some("sandbox"), organization());
    records.iter().for_each(|record| summary.count(record));
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

/// The flags for the output, as the command line has them.
pub(crate) fn output_arguments(flags: &str) -> OutputArguments {
    let command = OutputArguments::augment_args(Command::new("mde").no_binary_name(true));
    let matches = command.try_get_matches_from(flags.split_whitespace());
    matches
        .and_then(|matches| OutputArguments::from_arg_matches(&matches))
        .unwrap_or_else(|error| panic!("{flags}: {error}"))
}
