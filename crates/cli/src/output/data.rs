//! The formats for programs: JSON, as one document or as one record on each line, and CSV for spreadsheets.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::record::{Organization, Record};
use crate::report::Output;
use crate::summary::Summary;
use mde_input::escape::{escape, is_plain};

/// One document with all records and the summary, however many records there are.
pub(super) struct Document<'a> {
    writer: &'a mut dyn Write,
    records: Vec<Record>,
}

/// The answers of a run: its records, in their order, and its summary.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields, rename = "Document")]
pub(crate) struct Json<'a> {
    /// The records that are shown.
    records: &'a [Record],
    summary: &'a Summary,
}

impl<'a> Document<'a> {
    pub(super) fn new(writer: &'a mut dyn Write) -> Self {
        Self { writer, records: Vec::new() }
    }
}

impl Output for Document<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&Json { records: &self.records, summary })?;
        self.writer.write_all(escaped(&text).as_bytes())?;
        writeln!(self.writer)
    }
}

/// A record on each line.
pub(super) struct Lines<'a> {
    writer: &'a mut dyn Write,
}

impl<'a> Lines<'a> {
    pub(super) fn new(writer: &'a mut dyn Write) -> Self {
        Self { writer }
    }
}

impl Output for Lines<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        // In one write, so that the reader of a pipe sees complete lines.
        let mut line = escaped(&serde_json::to_string(&record)?);
        line.push('\n');
        self.writer.write_all(line.as_bytes())?;
        self.writer.flush()
    }

    fn finish(&mut self, _: &mut Summary) -> io::Result<()> {
        Ok(())
    }
}

/// The same JSON, with control and invisible characters as `\u` escapes. Outside of strings, there are none but line ends.
pub(super) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_plain(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

const COLUMNS: [&str; 22] = [
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
    "contradictions",
    "tenant",
    "app",
    "profile",
];

/// A line of headings, and a line for each record. Lines end in a line feed alone, which every spreadsheet reads: programs
/// that read line by line would keep a carriage return in the last column. There is no byte order mark, which programs would
/// take as a part of the first heading.
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
        self.writer.write_record(cells.map(escape_formulas)).map_err(unwrapped)?;
        self.writer.flush()
    }

    fn finish(&mut self, _: &mut Summary) -> io::Result<()> {
        Ok(())
    }
}

/// The I/O error itself, so that a broken pipe is recognized.
fn unwrapped(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn cells(record: &Record) -> [String; COLUMNS.len()] {
    let (statistics, error) = (record.statistics.as_ref(), record.error.as_ref());
    let Organization { tenant, app, profile } = &record.organization;
    [
        record.input.clone(),
        record.place.clone(),
        record.occurrences.to_string(),
        text(record.ip),
        record.look_back_hours.to_string(),
        record.status.name().to_owned(),
        text(record.devices()),
        text(statistics.and_then(|statistics| statistics.org_prevalence.as_ref())),
        text(record.first_seen()),
        text(record.last_seen()),
        text(record.answered_at),
        text(record.answered_at.map(|_| record.from_cache)),
        text(record.source),
        text(error.and_then(|error| error.status)),
        text(error.and_then(|error| error.code.as_ref())),
        text(error.map(|error| &error.message)),
        text(error.and_then(|error| error.target.as_ref())),
        text(error.and_then(|error| error.request_id.as_ref())),
        text(statistics.map(|statistics| statistics.contradictions.join("; "))),
        text(tenant.as_ref()),
        text(app.as_ref()),
        text(profile.as_ref()),
    ]
}

fn text(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Makes a spreadsheet take the cell as text.
const MARK: char = '\'';

/// Escapes formulas (CSV injection). A spreadsheet runs a cell that begins like a formula, also after white space or quotes
/// and, where lists are separated by semicolons, after each of these. Each such beginning gets one mark; removing one mark
/// restores the text.
pub(super) fn escape_formulas(cell: String) -> String {
    let parts: Vec<_> = escape(&cell).split(';').map(marked).collect();
    parts.join(";")
}

fn marked(part: &str) -> String {
    let beginning = part.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == MARK);
    // Some spreadsheets also accept the full-width forms.
    match beginning.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        true => format!("{MARK}{part}"),
        false => part.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::escape_formulas;

    #[test]
    fn what_a_spreadsheet_would_run_is_marked() {
        let cases = [
            ("=cmd()", "'=cmd()"),
            ("'=cmd()", "''=cmd()"),
            (" \"=cmd()", "' \"=cmd()"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-1+1", "'-1+1"),
            ("＝1", "'＝1"),
            ("8.8.8.8;=cmd();x", "8.8.8.8;'=cmd();x"),
            ("\r\n=1", "\\r\\n=1"),
            ("'tis", "'tis"),
            ("2001:db8::1", "2001:db8::1"),
        ];
        for (text, expected) in cases {
            assert_eq!(escape_formulas(text.to_owned()), expected);
        }
    }
}
