//! JSON: one document, or one record on each line.

use std::io::{self, Write};

use serde::Serialize;

use super::Output;
use crate::record::{Record, Summary};

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

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.writer, &Whole { records: &self.records, summary })?;
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
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        self.writer.write_all(&line)?;
        self.writer.flush()
    }

    fn finish(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
