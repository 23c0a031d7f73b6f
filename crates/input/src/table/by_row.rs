//! Reads a table row by row, so that more columns can be added to it.

use std::io;

use crate::inputs::{Collector, Finding};
use crate::shape::{Column, Content, Form, Row, Shaping};
use crate::source::Pieces;
use crate::table::cells::Delimiter;
use crate::table::not_rows::directive;
use crate::table::reader::{Kind, Line, each_line};
use crate::table::rows::RowEnd;
use crate::table::sample::is_comment;

/// How many cells a row may have more than the first. Each of the others is filled up to its length.
const MAX_BEYOND: usize = 1_000;

/// Why nothing can be added to a log.
const NAMED_IN_A_COMMENT: &str = "names its columns in a comment, which has no room for more: convert it to CSV";

/// Takes from a line that was read what has to be known of all rows. An error is a sentence without its subject.
pub(super) fn note(line: &mut Line<'_, '_>, shaping: &mut Shaping) -> Result<(), String> {
    if line.kind == Kind::Headings && directive(line.row.bytes).is_some() {
        return Err(NAMED_IN_A_COMMENT.to_owned());
    }
    let delimiter = match line.reader.layout.delimiter {
        Delimiter::Byte(delimiter) => delimiter,
        Delimiter::Unquoted(_) => return Err(NAMED_IN_A_COMMENT.to_owned()),
        _ => {
            return Err(
                "has columns between blanks or drawn lines, which have no room for more: convert it to CSV".to_owned()
            );
        }
    };
    // Where its last cell ends is not known, nor what follows it.
    if line.row.end != RowEnd::Complete {
        return Err(format!(
            "has a row in line {} that is longer than 1 MiB, or whose quotation mark is not closed: correct it",
            line.row.line
        ));
    }
    let layout = &line.reader.layout;
    let names = layout.names.as_deref().unwrap_or_default();
    if shaping.columns.is_empty() {
        let column = |index: &usize| Column { name: names.get(*index).cloned(), number: index + 1 };
        shaping.columns = layout.wanted.iter().map(column).collect();
        shaping.names = names.to_vec();
    }
    if line.kind == Kind::Other {
        return Ok(());
    }
    let usual = layout.cells;
    let (cells, are_quoted) = line.reader.measure(line.row);
    if cells > usual.saturating_add(MAX_BEYOND) {
        return Err(format!(
            "has {cells} cells in line {}, and {usual} in its first row: correct that line",
            line.row.line
        ));
    }
    let (most, is_quoted) = match shaping.form {
        Some(Form::Table { cells, is_quoted, .. }) => (cells, is_quoted),
        Some(Form::JsonLines) | None => (0, are_quoted),
    };
    shaping.form = Some(Form::Table { delimiter, cells: most.max(cells), is_quoted });
    Ok(())
}

/// Gives each row, with what its columns of addresses have.
pub(crate) fn rows(
    pieces: &mut Pieces<'_>,
    names: &[String],
    columns: usize,
    mut collector: Collector,
    on_row: &mut dyn FnMut(Row<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut findings: Vec<Vec<Finding>> = vec![Vec::new(); columns];
    each_line(pieces, names, &mut collector, |line, collector| {
        findings.iter_mut().for_each(Vec::clear);
        for (column, finding) in collector.take_row() {
            if let Some(findings) = column.and_then(|column| findings.get_mut(column)) {
                findings.push(finding);
            }
        }
        let content = match line.kind {
            Kind::Other => return Ok(()),
            // One that is commented out. An address may be behind a cell that begins so.
            Kind::Row if is_comment(line.row.bytes) && findings.iter().all(Vec::is_empty) => return Ok(()),
            Kind::Headings => Content::Headings,
            Kind::Row => Content::Findings(&findings),
        };
        let (cells, _) = line.reader.measure(line.row);
        on_row(Row { end: line.end, cells, content })
    })
}
