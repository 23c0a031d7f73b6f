//! CSV for spreadsheets.

use std::fmt::Display;
use std::io::{self, Write};

use super::Output;
use crate::record::{Record, Summary};

const COLUMNS: [&str; 18] = [
    "input",
    "place",
    "occurrences",
    "ip",
    "lookBackHours",
    "status",
    "organizationPrevalence",
    "orgPrevalence",
    "orgFirstSeen",
    "orgLastSeen",
    "answeredAt",
    "fromMemory",
    "source",
    "errorStatus",
    "errorCode",
    "errorMessage",
    "errorTarget",
    "errorRequestId",
];

/// A line of headings, and a line for each record.
pub(super) struct Csv<'a> {
    writer: csv::Writer<&'a mut dyn Write>,
}

impl<'a> Csv<'a> {
    pub(super) fn new(writer: &'a mut dyn Write) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(writer);
        writer.write_record(COLUMNS).map_err(unwrapped)?;
        writer.flush()?;
        Ok(Self { writer })
    }
}

impl Output for Csv<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        let cells = cells(&record);
        self.writer.write_record(cells.map(harmless)).map_err(unwrapped)?;
        self.writer.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// The system's own error: a broken pipe must stay known as one.
fn unwrapped(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn cells(record: &Record) -> [String; COLUMNS.len()] {
    let (statistics, error) = (record.statistics.as_ref(), record.error.as_ref());
    [
        record.input.clone(),
        record.place.clone(),
        record.occurrences.to_string(),
        text(record.ip),
        record.look_back_hours.to_string(),
        record.status.name().to_owned(),
        text(statistics.map(|statistics| statistics.organization_prevalence)),
        text(statistics.and_then(|statistics| statistics.org_prevalence.as_ref())),
        text(statistics.and_then(|statistics| statistics.org_first_seen)),
        text(statistics.and_then(|statistics| statistics.org_last_seen)),
        text(record.answered_at),
        text(record.answered_at.map(|_| record.from_memory)),
        text(record.source),
        text(error.and_then(|error| error.status)),
        text(error.and_then(|error| error.code.as_ref())),
        text(error.map(|error| &error.message)),
        text(error.and_then(|error| error.target.as_ref())),
        text(error.and_then(|error| error.request_id.as_ref())),
    ]
}

fn text(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A spreadsheet runs what begins like a formula, wherever the text came from.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
