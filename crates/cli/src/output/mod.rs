//! The formats in which records are written.

mod csv;
mod json;
mod table;

use std::io;

use crate::Console;
use crate::args::Format;
use crate::record::{Record, Summary};

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record.
    fn finish(&mut self, summary: &Summary) -> io::Result<()>;
}

/// The output of a format, to where results go.
pub(crate) fn of_format(format: Format, console: &mut Console) -> io::Result<Box<dyn Output + '_>> {
    Ok(match format {
        Format::Table => {
            let (colors, width) = (console.colors(), console.width());
            Box::new(table::Table::new(console.results(), colors, width))
        }
        Format::Json => Box::new(json::Document::new(console.results())),
        Format::Ndjson => Box::new(json::Lines::new(console.results())),
        Format::Csv => Box::new(csv::Csv::new(console.results())?),
    })
}
