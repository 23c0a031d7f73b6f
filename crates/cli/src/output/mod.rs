//! The formats in which records are written.

mod csv;
mod json;
mod table;

use std::io;

use crate::args::{Format, OutputArguments};
use crate::console::Results;
use crate::record::{Record, Summary};

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// The output that is asked for, to where results go.
pub(crate) fn of<'a>(arguments: &OutputArguments, results: Results<'a>) -> io::Result<Box<dyn Output + 'a>> {
    let Results { writer, colors, width } = results;
    Ok(match arguments.format {
        Format::Table | Format::Markdown | Format::Html => Box::new(table::Table::new(writer, colors, width)),
        Format::Json => Box::new(json::Document::new(writer)),
        Format::Ndjson => Box::new(json::Lines::new(writer)),
        Format::Csv => Box::new(csv::Csv::new(writer)?),
    })
}
