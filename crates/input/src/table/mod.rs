//! Tables: comma, semicolon or tab separated values, columns between bars or blanks, and logs that name their fields.
//!
//! Files import downwards only: `mod` -> `reader` -> `layout` -> `columns` -> `heading` -> `sample` -> `not_rows` ->
//! `cells` -> `rows` -> `quoting`.

mod cells;
mod columns;
mod heading;
mod layout;
mod not_rows;
mod quoting;
mod reader;
mod rows;
mod sample;

pub(crate) use self::layout::{has_columns, is_table};

use self::layout::layout;
use self::reader::Reader;
use self::rows::Rows;
use crate::inputs::{Collector, InputError};
use crate::source::Pieces;

/// Reads a source that is a table.
pub(crate) fn read(pieces: &mut Pieces<'_>, columns: &[String], collector: &mut Collector) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    let (beginning, is_all) = pieces.beginning()?;
    let layout = layout(columns, beginning, is_all).map_err(|problem| InputError::source(&source_name, problem))?;
    let mut reader = Reader::new(layout, source_name);
    let mut rows = Rows::new(None);
    while let Some(mut piece) = pieces.next()? {
        loop {
            rows.quoted_between = reader.quoted_between(rows.line());
            let Some(row) = rows.next(&mut piece) else { break };
            reader.take(&row, collector)?;
        }
    }
    match rows.last() {
        Some(row) => reader.take(&row, collector),
        None => Ok(()),
    }
}
