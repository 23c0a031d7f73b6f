//! CSV: the addresses of one column.

use super::cells::{Cell, Cells, Flaw};
use super::collector::Collector;
use super::columns::{Column, column, delimiter};
use super::lexer::Lexer;
use super::place::Mark;
use super::source::Source;
use super::token::address_of;
use crate::exit::Stop;

/// Reads a source that is CSV.
pub(super) fn read(source: &mut Source<'_>, asked: Option<&str>, collector: &mut Collector) -> Result<(), Stop> {
    let origin = source.origin.clone();
    let (beginning, is_all) = source.beginning()?;
    let delimiter = delimiter(beginning, is_all);
    let column =
        column(asked, beginning, is_all, delimiter).map_err(|problem| Stop::usage(format!("{origin} {problem}")))?;
    let mut rows = Rows { column, lexer: Lexer::new(origin), is_first: true, flaw: None, row: None };
    let mut cells = Cells::new(delimiter);
    while let Some(piece) = source.next()? {
        cells.feed(piece, |cell| rows.take(&cell, collector))?;
    }
    cells.feed(b"", |cell| rows.take(&cell, collector))
}

/// What is done with the cells.
struct Rows {
    column: Column,
    lexer: Lexer,
    is_first: bool,
    /// What is wrong with the row, where it was not told yet.
    flaw: Option<Flaw>,
    /// Where the row begins.
    row: Option<Mark>,
}

impl Rows {
    fn take(&mut self, cell: &Cell<'_>, collector: &mut Collector) -> Result<(), Stop> {
        let row = *self.row.get_or_insert(cell.mark);
        let is_heading = self.is_first && self.column.has_headings;
        if !is_heading {
            self.take_cell(cell, row, collector)?;
        }
        if cell.ends_row {
            (self.is_first, self.flaw, self.row) = (false, None, None);
        }
        Ok(())
    }

    fn take_cell(&mut self, cell: &Cell<'_>, row: Mark, collector: &mut Collector) -> Result<(), Stop> {
        let is_ours = cell.column == self.column.index;
        match cell.flaw {
            Some(flaw) if is_ours || flaw != Flaw::CellTooLong => {
                // Once for each row.
                if self.flaw.replace(flaw).is_some() {
                    return Ok(());
                }
                let mark = if flaw == Flaw::RowTooLong { row } else { cell.mark };
                self.lexer.invalid(cell.text, flaw.problem(), mark, collector)
            }
            _ if is_ours => self.lexer.text(cell.text, cell.mark, collector),
            // A row that is longer than the first may be a list; and no address may go unseen.
            _ if cell.column >= self.column.cells && self.may_be_lost(cell.text) => {
                let (number, cells) = (cell.column + 1, self.column.cells);
                let problem = format!("is cell {number} of its row, and the first row has only {cells}");
                self.lexer.invalid(cell.text, problem, cell.mark, collector)
            }
            _ if cell.ends_row && cell.column < self.column.index => {
                let (cells, wanted) = (cell.column + 1, self.column.index + 1);
                let problem = format!("ends its row in cell {cells}, and the addresses are in cell {wanted}");
                self.lexer.invalid(cell.text, problem, cell.mark, collector)
            }
            _ => Ok(()),
        }
    }

    fn may_be_lost(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text);
        !text.trim().is_empty() && (self.column.cells == 1 || address_of(text.trim()).is_ok())
    }
}
