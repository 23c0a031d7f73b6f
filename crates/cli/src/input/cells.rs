//! Cuts CSV into cells, with the place of each.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};

use super::lexer::LONGEST_WORD;
use super::place::{Mark, Position};

/// A row that goes on for longer has a quotation mark that nobody closed, in bytes.
const LONGEST_ROW: usize = 1 << 20;

/// Some words in one cell.
const LONGEST_CELL: usize = 8 * LONGEST_WORD;

/// One cell, without its quotes.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) column: usize,
    pub(super) text: &'a [u8],
    pub(super) mark: Mark,
    pub(super) ends_row: bool,
    pub(super) flaw: Option<Flaw>,
}

/// What keeps a cell from being trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    CellTooLong,
    RowTooLong,
    OpenQuote,
}

impl Flaw {
    /// A sentence without its subject.
    pub(super) fn problem(self) -> String {
        match self {
            Self::CellTooLong => format!("is a cell longer than {LONGEST_CELL} bytes"),
            Self::RowTooLong => "ends a row longer than 1 MiB: a quotation mark before it may not be closed".to_owned(),
            Self::OpenQuote => "begins with a quotation mark that is not closed".to_owned(),
        }
    }
}

/// Cuts CSV, which comes in pieces. A line that begins with `#` is a comment.
#[derive(Debug)]
pub(super) struct Cells {
    reader: Reader,
    position: Position,
    text: Vec<u8>,
    filled: usize,
    is_too_long: bool,
    column: usize,
    row_length: usize,
    /// Where the cell begins, once it has.
    start: Option<Mark>,
    is_in_comment: bool,
    is_quoted: bool,
    quotes: usize,
}

impl Cells {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).comment(Some(b'#')).build(),
            position: Position::at(Mark::START),
            text: vec![0; LONGEST_CELL],
            filled: 0,
            is_too_long: false,
            column: 0,
            row_length: 0,
            start: None,
            is_in_comment: false,
            is_quoted: false,
            quotes: 0,
        }
    }

    /// Takes the next piece, or the end if there is nothing in it. `take` gets each cell that ends within it.
    pub(super) fn feed<E>(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(Cell<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_end = piece.is_empty();
        // What is empty to the reader is the end.
        while is_end || !piece.is_empty() {
            let (result, read, written) = self.reader.read_field(piece, &mut self.text[self.filled..]);
            for byte in &piece[..read] {
                self.pass(*byte);
            }
            piece = &piece[read..];
            self.filled += written;
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::End => return Ok(()),
                ReadFieldResult::OutputFull => {
                    self.is_too_long = true;
                    // The beginning is kept to be shown; what follows is written over.
                    self.filled = LONGEST_WORD;
                }
                ReadFieldResult::Field { record_end } => {
                    take(self.cell(record_end, is_end))?;
                    self.begin(record_end);
                }
            }
        }
        Ok(())
    }

    fn cell(&self, ends_row: bool, is_end: bool) -> Cell<'_> {
        let is_over_lines = self.text[..self.filled].contains(&b'\n');
        let flaw = if self.is_quoted && self.quotes % 2 == 1 && (is_end || is_over_lines) {
            Some(Flaw::OpenQuote)
        } else if self.row_length > LONGEST_ROW {
            Some(Flaw::RowTooLong)
        } else {
            self.is_too_long.then_some(Flaw::CellTooLong)
        };
        let text = &self.text[..self.filled];
        let start = self.start.unwrap_or(self.position.mark);
        // Behind the quotation mark.
        let mark = if self.is_quoted { start.right(1) } else { start };
        Cell { column: self.column, text, mark, ends_row, flaw }
    }

    fn begin(&mut self, new_row: bool) {
        (self.filled, self.is_too_long, self.start, self.is_quoted, self.quotes) = (0, false, None, false, 0);
        if new_row {
            (self.column, self.row_length) = (0, 0);
        } else {
            self.column += 1;
        }
    }

    /// Finds out where the cell begins: before the first of a row there may be blank lines and comments.
    fn pass(&mut self, byte: u8) {
        self.row_length += 1;
        let begins_row = self.start.is_none() && self.column == 0;
        match byte {
            b'\n' | b'\r' if self.is_in_comment || begins_row => {
                self.is_in_comment = false;
                self.row_length = 0;
            }
            _ if self.is_in_comment => self.row_length = 0,
            b'#' if begins_row => self.is_in_comment = true,
            _ => {
                if self.start.is_none() {
                    self.start = Some(self.position.mark);
                    self.is_quoted = byte == b'"';
                }
                self.quotes += usize::from(byte == b'"');
            }
        }
        self.position.pass(byte);
    }
}
