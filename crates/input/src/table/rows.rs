//! Cuts a table, which comes in pieces, into its rows: lines, or several lines where a quoted cell holds line ends.

use memchr::{memchr, memchr2};

use crate::table::quoting::Quoting;

/// The longest row, in bytes. A longer one has a quotation mark that is not closed.
const MAX_ROW_BYTES: usize = 1 << 20;

/// The bytes of a row, without the line end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) bytes: &'a [u8],
    /// The line where it begins, from 1.
    pub(crate) line: u32,
    pub(crate) end: RowEnd,
}

impl Row<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// How a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowEnd {
    /// By a line end, or with the source.
    Complete,
    /// It is longer than the longest. The rest of its last line is left out.
    TooLong,
    /// In a quotation mark that is not closed, with the source or the longest row.
    OpenQuote,
}

/// Where a complete row is.
enum Found<'a> {
    InPiece(&'a [u8], RowEnd),
    InBuffer(RowEnd),
}

/// Cuts into rows.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The byte between cells that may be quoted. Without it, each line is a row.
    pub(crate) quoted_between: Option<u8>,
    /// The row so far.
    buffer: Vec<u8>,
    /// How much of the buffer is before the line that is not complete.
    before_line: usize,
    quoting: Quoting,
    is_too_long: bool,
    after_cr: bool,
    /// The lines before the row, and those within it.
    lines: u32,
    lines_within: u32,
    /// Whether the buffer was given out, and can be overwritten.
    is_given: bool,
}

impl Rows {
    pub(crate) fn new(quoted_between: Option<u8>) -> Self {
        Self {
            quoted_between,
            buffer: Vec::new(),
            before_line: 0,
            quoting: Quoting::Start,
            is_too_long: false,
            after_cr: false,
            lines: 0,
            lines_within: 0,
            is_given: false,
        }
    }

    /// The line where the next row begins.
    pub(crate) fn line(&self) -> u32 {
        self.lines.saturating_add(1)
    }

    /// The next row that ends within the piece, of which the rest is left.
    pub(crate) fn next<'r, 'p: 'r>(&'r mut self, piece: &mut &'p [u8]) -> Option<Row<'r>> {
        self.forget();
        let found = self.advance(piece)?;
        Some(self.give(found))
    }

    /// The last row, if the source does not end in a line end.
    pub(crate) fn last(&mut self) -> Option<Row<'_>> {
        self.forget();
        if self.buffer.is_empty() {
            return None;
        }
        let end = self.end_of_line(None).unwrap_or(RowEnd::OpenQuote);
        Some(self.give(Found::InBuffer(end)))
    }

    fn forget(&mut self) {
        if std::mem::take(&mut self.is_given) {
            self.buffer.clear();
            self.before_line = 0;
            self.is_too_long = false;
        }
    }

    fn give<'r>(&'r mut self, found: Found<'r>) -> Row<'r> {
        let line = self.lines.saturating_add(1);
        self.lines = self.lines.saturating_add(std::mem::take(&mut self.lines_within));
        self.quoting = Quoting::Start;
        match found {
            Found::InPiece(bytes, end) => Row { bytes, line, end },
            Found::InBuffer(end) => {
                self.is_given = true;
                Row { bytes: &self.buffer, line, end }
            }
        }
    }

    fn advance<'a>(&mut self, piece: &mut &'a [u8]) -> Option<Found<'a>> {
        while let Some(first) = piece.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                *piece = &piece[1..];
                // Within a row, it is a part of a cell.
                if !self.buffer.is_empty() {
                    self.keep(b"\n");
                    self.before_line = self.buffer.len();
                }
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', piece) else {
                self.keep(piece);
                *piece = &[];
                return None;
            };
            let (line, rest) = piece.split_at(end);
            let line_end = rest[0];
            *piece = &rest[1..];
            self.after_cr = line_end == b'\r';
            self.lines_within += 1;
            let is_alone = self.buffer.is_empty();
            if !is_alone {
                self.keep(line);
            }
            match self.end_of_line(is_alone.then_some(line)) {
                Some(end) if is_alone => return Some(Found::InPiece(line, end)),
                Some(end) => return Some(Found::InBuffer(end)),
                None => {
                    if is_alone {
                        self.keep(line);
                    }
                    self.keep(&[line_end]);
                    self.before_line = self.buffer.len();
                }
            }
        }
        None
    }

    /// How the row ends with the line, which is in a piece or else at the end of the buffer; `None` if it goes on.
    fn end_of_line(&mut self, line: Option<&[u8]>) -> Option<RowEnd> {
        let line = line.unwrap_or_else(|| &self.buffer[self.before_line..]);
        let has_quote = self.quoting == Quoting::Quoted || memchr(b'"', line).is_some();
        if let Some(delimiter) = self.quoted_between.filter(|_| has_quote) {
            self.quoting = self.quoting.after(line, delimiter);
        }
        match (self.quoting, self.is_too_long) {
            (Quoting::Quoted, true) => Some(RowEnd::OpenQuote),
            (Quoting::Quoted, false) => None,
            (_, true) => Some(RowEnd::TooLong),
            (_, false) => Some(RowEnd::Complete),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_ROW_BYTES.saturating_sub(self.buffer.len());
        self.is_too_long |= bytes.len() > room;
        self.buffer.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::{RowEnd, Rows};

    fn rows(text: &str, bytes_at_once: usize) -> Vec<(String, u32, RowEnd)> {
        let mut rows = Rows::new(Some(b','));
        let mut found = Vec::new();
        for mut piece in text.as_bytes().chunks(bytes_at_once) {
            while let Some(row) = rows.next(&mut piece) {
                found.push((String::from_utf8_lossy(row.bytes).into_owned(), row.line, row.end));
            }
        }
        if let Some(row) = rows.last() {
            found.push((String::from_utf8_lossy(row.bytes).into_owned(), row.line, row.end));
        }
        found
    }

    #[test]
    fn line_ends_in_quotes_end_no_row() {
        let text = "a,b\r\n\"c\r\nd\",e\rf\n\n\"g\nh";
        let expected = [
            ("a,b", 1, RowEnd::Complete),
            ("\"c\r\nd\",e", 2, RowEnd::Complete),
            ("f", 4, RowEnd::Complete),
            ("", 5, RowEnd::Complete),
            ("\"g\nh", 6, RowEnd::OpenQuote),
        ];
        for bytes_at_once in [1, 2, 3, 100] {
            let found = rows(text, bytes_at_once);
            let found: Vec<_> = found.iter().map(|(row, line, end)| (row.as_str(), *line, *end)).collect();
            assert_eq!(found, expected, "{bytes_at_once} bytes at once");
        }
    }

    #[test]
    fn a_long_row_ends_at_its_line_end() {
        let long = "x".repeat(3 << 20);
        for (text, end) in [(format!("{long}\na"), RowEnd::TooLong), (format!("\"{long}\na"), RowEnd::OpenQuote)] {
            let found = rows(&text, 1 << 16);
            assert_eq!(
                found.iter().map(|(row, line, end)| (row.len(), *line, *end)).collect::<Vec<_>>(),
                [(1 << 20, 1, end), (1, 2, RowEnd::Complete)]
            );
        }
    }
}
