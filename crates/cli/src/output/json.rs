//! JSON: one document, or one record on each line.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use crate::record::{Output, Record, Summary};
use mde_input::escape::is_plain;

/// One document with all records and the summary, however many records there are.
pub(super) struct Document<'a> {
    writer: &'a mut dyn Write,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Whole<'a> {
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
        let text = serde_json::to_string_pretty(&Whole { records: &self.records, summary })?;
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
        // In one piece, lest a reader of a pipe sees half a line.
        let mut line = escaped(&serde_json::to_string(&record)?);
        line.push('\n');
        self.writer.write_all(line.as_bytes())?;
        self.writer.flush()
    }

    fn finish(&mut self, _: &mut Summary) -> io::Result<()> {
        Ok(())
    }
}

/// The same JSON, with what does not show or would move a cursor in the form that JSON has for it. None of that can be
/// outside of a string, except the ends of lines.
fn escaped(json: &str) -> String {
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
