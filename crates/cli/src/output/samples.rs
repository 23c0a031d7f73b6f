//! Records for the tests of the formats.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use mde_client::{LookBackHours, Timestamp};

use super::Output;
use crate::record::{Failure, Record, Statistics, Status, Summary};

/// When every answer was given that is not from memory.
pub(super) fn now() -> DateTime<Utc> {
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
        from_memory: false,
        source: None,
        error: None,
    }
}

/// An address that so many devices talked to, first and last then.
pub(super) fn answered(input: &str, devices: i64, seen: Option<(&str, &str)>) -> Record {
    let status = if devices > 0 { Status::Seen } else { Status::Unseen };
    let statistics = Statistics {
        organization_prevalence: devices,
        org_prevalence: Some(devices.to_string()),
        org_first_seen: seen.map(|(first, _)| moment(first)),
        org_last_seen: seen.map(|(_, last)| moment(last)),
    };
    Record { statistics: Some(statistics), answered_at: Some(now().into()), ..record(input, status) }
}

pub(super) fn remembered(answer: Record, answered_at: &str) -> Record {
    Record { answered_at: Some(moment(answered_at)), from_memory: true, ..answer }
}

pub(super) fn failed(input: &str, reason: &str) -> Record {
    Record { error: Some(Failure::unasked(reason.to_owned())), ..record(input, Status::Failed) }
}

pub(super) fn invalid(input: &str, reason: &str) -> Record {
    Record { error: Some(Failure::unasked(reason.to_owned())), ..record(input, Status::Invalid) }
}

/// Of every kind one at least, with long addresses and long texts.
pub(super) fn mixed() -> Vec<Record> {
    let long = "2a02:8109:9c40:1234:5d2c:8f1e:ab34:cd12";
    let seen = |first, last| Some((first, last));
    vec![
        answered("203.0.113.7", 3, seen("2026-03-02T06:00:00.5Z", "2026-03-31T11:59:59.1234567Z")),
        remembered(answered("192.168.1.1", 0, None), "2026-03-31T08:45:00Z"),
        Record { occurrences: 12, ..answered(long, 12, seen("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z")) },
        answered("8.8.8.8", 63515, seen("2026-03-01T12:00:00Z", "2026-03-31T11:00:00Z")),
        failed("198.51.100.1", "the service failed\u{1b}[31m\r\nwith \u{202e}<script>alert(1)</script> `|`"),
        failed("198.51.100.2", "the service failed\u{1b}[31m\r\nwith \u{202e}<script>alert(1)</script> `|`"),
        invalid(&format!("=cmd()|<img src=x>`{}", "x".repeat(80)), "no IP address: it is neither"),
    ]
}

/// The summary of such records.
pub(super) fn summary(records: &[Record]) -> Summary {
    let endpoint = "https://api.security.microsoft.com".to_owned();
    let mut summary = Summary::new(endpoint, LookBackHours::SERVICE_DEFAULT, Some("sandbox"));
    records.iter().for_each(|record| summary.count(record.status));
    let addresses: HashSet<_> = records.iter().filter_map(|record| record.ip).collect();
    (summary.addresses, summary.expected) = (addresses.len(), records.len());
    summary.from_memory = records.iter().filter(|record| record.from_memory).count();
    summary
}

/// Lets an output take all records.
pub(super) fn give(output: &mut dyn Output, records: Vec<Record>) {
    for record in records {
        output.record(record).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Format, OutputArguments};
    use crate::console::Results;

    fn written(format: Format, records: Vec<Record>) -> String {
        let arguments =
            OutputArguments { format, output: None, sort: None, max_prevalence: None, unseen_only: false, utc: true };
        let mut summary = summary(&records);
        let mut written = Vec::new();
        let results = Results { writer: &mut written, colors: false, width: None };
        let mut output = crate::output::of(&arguments, results).unwrap_or_else(|error| panic!("{error}"));
        give(&mut *output, records);
        output.finish(&mut summary).unwrap_or_else(|error| panic!("{error}"));
        drop(output);
        String::from_utf8_lossy(&written).into_owned()
    }

    /// No way of giving them brings such texts here, but nothing keeps a service from writing such a reason.
    #[test]
    fn no_text_turns_a_line_or_ends_a_cell() {
        let all = [Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Markdown, Format::Html];
        let plain = |text: &str| vec![invalid(text, text), failed("8.8.8.8", text)];
        for format in all {
            let expected = written(format, plain("a b c d")).lines().count();
            let text = written(format, plain("a\r\nb\tc\r| d"));
            assert_eq!(text.lines().count(), expected, "{text}");
            assert!(!text.contains(['\r', '\t']), "{text}");
            assert!(text.contains("a\\r\\nb\\tc\\r") || text.contains("a\\u000d\\u000ab\\u0009c"), "{text}");
        }
    }
}
