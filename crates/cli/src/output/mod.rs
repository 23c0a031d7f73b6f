//! The formats in which records are written.

mod csv;
mod json;
mod table;

use std::io;

use crate::args::Format;
use crate::console::Results;
use crate::record::{Record, Summary};

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// The output of a format, to where results go.
pub(crate) fn of_format(format: Format, results: Results<'_>) -> io::Result<Box<dyn Output + '_>> {
    let Results { writer, colors, width } = results;
    Ok(match format {
        Format::Table => Box::new(table::Table::new(writer, colors, width)),
        Format::Json => Box::new(json::Document::new(writer)),
        Format::Ndjson => Box::new(json::Lines::new(writer)),
        Format::Csv => Box::new(csv::Csv::new(writer)?),
    })
}
