//! Tables: comma, semicolon or tab separated values, columns between bars or blanks, and logs that name their fields.
//!
//! Files import downwards only: `mod` -> `by_row` -> `reader` -> `layout` -> `columns` -> `heading` -> `sample` -> `not_rows` ->
//! `cells` -> `rows` -> `quoting`.

mod by_row;
mod cells;
mod columns;
mod heading;
mod layout;
mod not_rows;
mod quoting;
mod reader;
mod rows;
mod sample;

pub(crate) use self::by_row::rows;
pub(crate) use self::layout::{has_columns, is_table};

use self::reader::each_line;
use crate::inputs::{Collector, InputError};
use crate::shape::Shaping;
use crate::source::Pieces;

/// Reads a source that is a table.
pub(crate) fn read(
    pieces: &mut Pieces<'_>,
    columns: &[String],
    collector: &mut Collector,
    shaping: Option<&mut Shaping>,
) -> Result<(), InputError> {
    let source_name = pieces.source_name.clone();
    match shaping {
        None => each_line(pieces, columns, collector, |_, _| Ok(())),
        Some(shaping) => each_line(pieces, columns, collector, |mut line, _| {
            by_row::note(&mut line, shaping).map_err(|problem| InputError::source(&source_name, problem))
        }),
    }
}
