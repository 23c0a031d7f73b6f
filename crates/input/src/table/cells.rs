//! Cuts a row into its cells: between delimiters, bars or blanks, or at the columns where they begin.

use memchr::{memchr, memchr_iter};

use crate::lines::MAX_TOKEN_BYTES;
use crate::location::{Cursor, Position};
use crate::table::quoting::Quoting;
use crate::table::rows::{Row, RowEnd};

/// The longest cell, in bytes: a few tokens.
const MAX_CELL_BYTES: usize = 8 * MAX_TOKEN_BYTES;

/// The most cells of a row, which bounds the memory for a row of delimiters.
const MAX_CELLS: usize = 1 << 16;

/// What is between cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// One byte. Cells may be quoted.
    Byte(u8),
    /// One byte. A quotation mark is a part of its cell.
    Unquoted(u8),
    /// Bars, or lines that are drawn. The outer ones stand at both ends of a row.
    Bars { outer: bool },
    /// Blanks. Cells may be quoted within a line.
    Spaces,
    /// Two blanks or more, or a tab.
    Gaps,
    /// Nothing: cells begin at these columns, in characters from 0.
    Aligned(Vec<usize>),
}

impl Delimiter {
    /// The byte between cells that may hold line ends.
    pub(crate) fn quoted_between(&self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(*byte),
            _ => None,
        }
    }
}

/// Why the content of a cell is not reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    CellTooLong,
    RowTooLong,
    TooManyCells,
    OpenQuote,
    /// From there on.
    TextAfterQuote(Position),
}

impl Flaw {
    /// The diagnosis, a sentence without its subject.
    pub(crate) fn problem(self) -> String {
        match self {
            Self::CellTooLong => format!("is a cell longer than {MAX_CELL_BYTES} bytes"),
            Self::RowTooLong => "ends a row longer than 1 MiB: a quotation mark before it may not be closed".to_owned(),
            Self::TooManyCells => format!("is followed by more cells: a row has at most {MAX_CELLS}"),
            Self::OpenQuote => "begins with a quotation mark that is not closed".to_owned(),
            Self::TextAfterQuote(Position { line, column }) => {
                format!("has text after its closing quotation mark, from line {line}, column {column} on")
            }
        }
    }
}

/// Where a cell is.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// Within the row, or within the texts without their quotation marks.
    from: usize,
    to: usize,
    is_quoted: bool,
    /// Where its text begins in the row.
    offset: usize,
    flaw: Option<Flaw>,
}

/// The cells of one row. The memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    spans: Vec<Span>,
    /// The texts of quoted cells.
    unquoted: Vec<u8>,
}

impl Cells {
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// The text of a cell, without its quotation marks. Empty, if there is no such cell.
    pub(crate) fn text<'a>(&'a self, row: &'a [u8], index: usize) -> &'a [u8] {
        let Some(span) = self.spans.get(index) else { return b"" };
        let text = if span.is_quoted { &self.unquoted } else { row };
        text.get(span.from..span.to).unwrap_or_default()
    }

    /// Whether all of them are in quotation marks.
    pub(crate) fn are_quoted(&self) -> bool {
        self.spans.iter().all(|span| span.is_quoted)
    }

    pub(crate) fn flaw(&self, index: usize) -> Option<Flaw> {
        self.spans.get(index)?.flaw
    }

    /// Where the text of a cell begins in the row, in bytes.
    pub(crate) fn offset(&self, index: usize) -> usize {
        self.spans.get(index).map_or(0, |span| span.offset)
    }

    /// All texts, for people and for comparisons. A file that was appended may begin with a byte order mark.
    pub(crate) fn texts(&self, row: &[u8]) -> Vec<String> {
        let is_outside = |c: char| c.is_whitespace() || c == '\u{feff}';
        let text = |index| String::from_utf8_lossy(self.text(row, index)).trim_matches(is_outside).to_owned();
        (0..self.len()).map(text).collect()
    }

    /// Cuts a row.
    pub(crate) fn cut(&mut self, row: &Row<'_>, delimiter: &Delimiter) {
        self.spans.clear();
        self.unquoted.clear();
        match delimiter {
            Delimiter::Byte(byte) if memchr(b'"', row.bytes).is_some() => self.cut_quoted(row, *byte),
            Delimiter::Byte(byte) | Delimiter::Unquoted(byte) => self.cut_at_byte(row.bytes, *byte),
            Delimiter::Bars { outer } => self.cut_at_bars(row.bytes, *outer),
            Delimiter::Spaces => self.cut_at_blanks(row.bytes, 1),
            Delimiter::Gaps => self.cut_at_blanks(row.bytes, 2),
            Delimiter::Aligned(starts) => self.cut_aligned(row.bytes, starts),
        }
        let last_flaw = match row.end {
            RowEnd::Complete => None,
            RowEnd::TooLong => Some(Flaw::RowTooLong),
            RowEnd::OpenQuote => Some(Flaw::OpenQuote),
        };
        if let (Some(last), Some(flaw)) = (self.spans.last_mut(), last_flaw) {
            last.flaw = Some(flaw);
        }
    }

    fn push(&mut self, from: usize, to: usize) {
        self.push_span(Span { from, to, is_quoted: false, offset: from, flaw: None });
    }

    fn push_span(&mut self, mut span: Span) {
        if span.to - span.from > MAX_CELL_BYTES {
            span.to = span.from + MAX_TOKEN_BYTES;
            span.flaw = span.flaw.or(Some(Flaw::CellTooLong));
        }
        if self.spans.len() < MAX_CELLS {
            self.spans.push(span);
        } else if let Some(last) = self.spans.last_mut() {
            last.flaw = Some(Flaw::TooManyCells);
        }
    }

    fn cut_at_byte(&mut self, row: &[u8], delimiter: u8) {
        let mut from = 0;
        for index in memchr_iter(delimiter, row) {
            self.push(from, index);
            from = index + 1;
        }
        self.push(from, row.len());
    }

    fn cut_at_bars(&mut self, row: &[u8], outer: bool) {
        let (mut from, mut index) = (0, 0);
        while index < row.len() {
            let length = bar(&row[index..]);
            if length > 0 {
                self.push(from, index);
                from = index + length;
            }
            index += length.max(1);
        }
        self.push(from, row.len());
        let is_blank = |span: &Span| row[span.from..span.to].iter().all(u8::is_ascii_whitespace);
        if outer && self.spans.len() > 1 {
            if self.spans.last().is_some_and(is_blank) {
                self.spans.pop();
            }
            if self.spans.first().is_some_and(is_blank) {
                self.spans.remove(0);
            }
        }
    }

    /// Cuts at as many blanks or more, or at a tab.
    fn cut_at_blanks(&mut self, row: &[u8], least: usize) {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let blanks = |rest: &[u8]| rest.iter().take_while(|byte| is_blank(byte)).count();
        let mut index = blanks(row);
        while index < row.len() {
            let from = index;
            if let Some((length, after)) = quoted_word(&row[index..]).filter(|_| least == 1) {
                self.push(from + 1, from + 1 + length);
                index += after;
            } else {
                while index < row.len() {
                    let gap = blanks(&row[index..]);
                    if gap >= least || (gap > 0 && (row[index] == b'\t' || index + gap == row.len())) {
                        break;
                    }
                    index += gap.max(1);
                }
                self.push(from, index);
            }
            index += blanks(&row[index..]);
        }
    }

    /// Cuts where columns begin. A value that is aligned to the right may begin before its heading, and one that is too
    /// long for its column may end behind the next: no word is cut.
    fn cut_aligned(&mut self, row: &[u8], starts: &[usize]) {
        let (mut from, mut characters, mut index) = (0, 0, 0);
        let mut pass = |index: &mut usize, until: &dyn Fn(usize, usize) -> bool| {
            while *index < row.len() && !until(*index, characters) {
                *index += 1 + row[*index + 1..].iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
                characters += 1;
            }
        };
        for start in starts.iter().skip(1) {
            pass(&mut index, &|_, characters| characters >= *start);
            let before = row[from..index].iter().rposition(|byte| *byte == b' ');
            let cut = match before {
                Some(blank) if index < row.len() => from + blank + 1,
                _ => {
                    pass(&mut index, &|index, _| row[index] == b' ');
                    index
                }
            };
            self.push(from, cut);
            from = cut;
        }
        self.push(from, row.len());
    }

    fn cut_quoted(&mut self, row: &Row<'_>, delimiter: u8) {
        let bytes = row.bytes;
        let mut positions = Positions::new(row.line);
        let mut state = Quoting::Start;
        let (mut from, mut opened, mut after) = (0, None, None);
        for (index, byte) in bytes.iter().enumerate() {
            let next = state.pass(*byte, &bytes[index + 1..], index == from, delimiter);
            match (state, next) {
                (Quoting::Start, Quoting::Quoted) => opened = Some(index),
                (Quoting::Closed, Quoting::Plain) => after = after.or(Some(index)),
                _ => {}
            }
            if next == Quoting::Start && *byte == delimiter {
                self.push_quoted(bytes, from..index, (opened, after), &mut positions);
                (from, opened, after) = (index + 1, None, None);
            }
            state = next;
        }
        self.push_quoted(bytes, from..bytes.len(), (opened, after), &mut positions);
    }

    fn push_quoted(
        &mut self,
        row: &[u8],
        cell: std::ops::Range<usize>,
        (opened, after): (Option<usize>, Option<usize>),
        positions: &mut Positions,
    ) {
        let Some(opened) = opened else { return self.push(cell.start, cell.end) };
        let text = &row[opened + 1..cell.end];
        let is_odd = text.iter().filter(|byte| **byte == b'"').count() % 2 == 0;
        let is_over_lines = text.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        let other = after.and_then(|after| (after..cell.end).find(|index| !matches!(row[*index], b' ' | b'\t')));
        let flaw = match other {
            Some(_) if is_odd && is_over_lines => Some(Flaw::OpenQuote),
            Some(other) => Some(Flaw::TextAfterQuote(positions.of(row, other))),
            None => None,
        };
        let from = self.unquoted.len();
        let quoted = after.unwrap_or(cell.end);
        let mut is_closing = false;
        for byte in &row[opened + 1..quoted] {
            is_closing = *byte == b'"' && !is_closing;
            if !is_closing {
                self.unquoted.push(*byte);
            }
        }
        self.unquoted.extend_from_slice(&row[quoted..cell.end]);
        self.push_span(Span { from, to: self.unquoted.len(), is_quoted: true, offset: opened + 1, flaw });
    }
}

/// The length of a bar at the beginning of a text, or 0.
fn bar(text: &[u8]) -> usize {
    match text {
        [b'|', ..] => 1,
        // Drawn lines: thin, thick, double.
        [0xe2, 0x94, 0x82 | 0x83, ..] | [0xe2, 0x95, 0x91, ..] => 3,
        _ => 0,
    }
}

/// Whether a row has a bar at its beginning.
pub(crate) fn begins_with_bar(row: &[u8]) -> bool {
    bar(row.trim_ascii_start()) > 0
}

/// The length of a text in quotation marks that is one word among others, and where it ends with them.
fn quoted_word(text: &[u8]) -> Option<(usize, usize)> {
    let inner = text.strip_prefix(b"\"")?;
    let length = memchr(b'"', inner)?;
    inner.get(length + 1).is_none_or(|byte| matches!(byte, b' ' | b'\t')).then_some((length, length + 2))
}

/// The positions of the cells of a row, from left to right.
#[derive(Debug)]
pub(crate) struct Positions {
    cursor: Cursor,
    offset: usize,
}

impl Positions {
    pub(crate) fn new(line: u32) -> Self {
        Self { cursor: Cursor::at(Position::line(line)), offset: 0 }
    }

    /// The position of a byte that is not before the last one asked for.
    pub(crate) fn of(&mut self, row: &[u8], offset: usize) -> Position {
        for byte in row.get(self.offset..offset).unwrap_or_default() {
            self.cursor.pass(*byte);
        }
        self.offset = self.offset.max(offset);
        self.cursor.position
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Delimiter};
    use crate::table::rows::Rows;

    fn cells_of(text: &[u8], delimiter: &Delimiter) -> Vec<Vec<Vec<u8>>> {
        let (mut rows, mut cells, mut found) = (Rows::new(delimiter.quoted_between()), Cells::default(), Vec::new());
        let mut rest = text;
        let mut take = |row: crate::table::rows::Row<'_>| {
            // Blank lines are none for either reader.
            if !row.bytes.is_empty() {
                cells.cut(&row, delimiter);
                found.push((0..cells.len()).map(|index| cells.text(row.bytes, index).to_vec()).collect());
            }
        };
        while let Some(row) = rows.next(&mut rest) {
            take(row);
        }
        rows.last().into_iter().for_each(take);
        found
    }

    fn cells_of_csv_core(mut text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv_core::Reader::new();
        let (mut rows, mut row, mut cell, mut length) = (Vec::new(), Vec::new(), [0; 256], 0);
        loop {
            let (result, read, written) = reader.read_field(text, &mut cell[length..]);
            text = &text[read..];
            length += written;
            match result {
                csv_core::ReadFieldResult::Field { record_end } => {
                    row.push(cell[..length].to_vec());
                    length = 0;
                    if record_end {
                        rows.push(std::mem::take(&mut row));
                    }
                }
                csv_core::ReadFieldResult::End => return rows,
                _ => {}
            }
        }
    }

    /// Where no blank precedes a quotation mark, another reader finds the same cells.
    #[test]
    fn quoted_cells_are_those_of_csv_core() {
        for seed in 0..20_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let text: Vec<u8> = (0..random.usize(..24)).map(|_| b"\"\"\"ab,,\n\r"[random.usize(..9)]).collect();
            let text = [text.as_slice(), b"\n"].concat();
            let found = cells_of(&text, &Delimiter::Byte(b','));
            assert_eq!(found, cells_of_csv_core(&text), "seed {seed}: {:?}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn text_is_cut_between_blanks_and_at_columns() {
        let cases = [
            (Delimiter::Spaces, "  a  \"b c\" d ", vec!["a", "b c", "d"]),
            (Delimiter::Gaps, "a b   c\td ", vec!["a b", "c", "d"]),
            (Delimiter::Bars { outer: true }, "| a |  | c |", vec!["a", "", "c"]),
            (Delimiter::Bars { outer: false }, " a | ", vec!["a", ""]),
            (Delimiter::Aligned(vec![0, 4, 9]), "é b 192.0.2.1", vec!["é b", "192.0.2.1", ""]),
            (Delimiter::Aligned(vec![0, 4, 8]), "a   12345 c", vec!["a", "12345", "c"]),
            (Delimiter::Aligned(vec![0, 6]), "a  12345", vec!["a", "12345"]),
            (Delimiter::Aligned(vec![0, 4]), "a", vec!["a", ""]),
        ];
        for (delimiter, text, expected) in cases {
            let found = cells_of(text.as_bytes(), &delimiter).concat();
            let found: Vec<_> = found.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
            assert_eq!(found, expected, "{text:?} by {delimiter:?}");
        }
    }
}
