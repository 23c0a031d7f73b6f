//! The formats in which records are written.

mod csv;
mod html;
mod json;
mod markdown;
#[cfg(test)]
mod samples;
mod selection;
mod standing;
mod table;
mod times;
mod wording;

use std::io;

use crate::args::{Format, OutputArguments};
use crate::console::Results;
use crate::record::{Record, Summary};
use selection::Selection;
use times::Zone;

/// Writes records in one format.
pub(crate) trait Output {
    /// Takes the next record, and writes it at once if the format is one that streams.
    fn record(&mut self, record: Record) -> io::Result<()>;

    /// Writes what comes after the last record. Notes in the summary how many records it did not show.
    fn finish(&mut self, summary: &mut Summary) -> io::Result<()>;
}

/// The output that is asked for, to where results go.
pub(crate) fn of<'a>(arguments: &OutputArguments, results: Results<'a>) -> io::Result<Box<dyn Output + 'a>> {
    let Results { writer, colors, width } = results;
    let zone = if arguments.utc { Zone::Utc } else { Zone::Local };
    let output: Box<dyn Output + 'a> = match arguments.format {
        Format::Table => Box::new(table::Table::new(writer, colors, width, zone)),
        Format::Markdown => Box::new(markdown::Markdown::new(writer, zone)),
        Format::Html => Box::new(html::Page::new(writer, zone)),
        Format::Json => Box::new(json::Document::new(writer)),
        Format::Ndjson => Box::new(json::Lines::new(writer)),
        Format::Csv => Box::new(csv::Csv::new(writer)?),
    };
    Ok(Selection::of(arguments, output))
}
