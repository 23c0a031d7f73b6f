//! Reads the addresses out of the rows of a table. Each row and line is an address, named as invalid, or counted as what
//! is passed over.

use std::net::IpAddr;

use crate::address::parse_address;
use crate::escape::quote;
use crate::inputs::{Collector, InputError, Reason};
use crate::lines::Lexer;
use crate::location::{Position, SourceName};
use crate::names::{is_type, known_names, normalize};
use crate::source::Pieces;
use crate::table::cells::{Cells, Delimiter, Flaw, Positions};
use crate::table::columns::is_heading;
use crate::table::heading::named;
use crate::table::layout::{Layout, layout};
use crate::table::not_rows::{Directive, directive, is_missing, is_ruling, is_total, may_hold_address};
use crate::table::rows::{Row, RowEnd, Rows};
use crate::table::sample::{Texts, is_comment, is_stated_delimiter};

/// How types begin, [normalized](normalize), whose values are no addresses.
#[rustfmt::skip]
const OTHER_TYPES: [&str; 17] = [
    "domain", "hostname", "fqdn", "url", "uri", "md5", "sha", "file", "stixfile", "hash", "imphash", "ssdeep", "email",
    "mutex", "cve", "ja3", "useragent",
];

/// What programs of DOS end a file with, on a line of its own.
const END_OF_DOS: &[u8] = b"\x1a";

/// What a line of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Headings,
    Row,
    /// A comment, a line above the headings, a ruling: nothing that has columns.
    Other,
}

/// A line or a row that was read.
pub(crate) struct Line<'a, 'r> {
    pub(crate) reader: &'a mut Reader,
    pub(crate) row: &'a Row<'r>,
    pub(crate) kind: Kind,
    /// Where it ends, before its line end, in bytes from the beginning of the source.
    pub(crate) end: u64,
}

/// Reads the rows of a table, one after the other.
pub(crate) struct Reader {
    pub(crate) layout: Layout,
    source_name: SourceName,
    lexer: Lexer,
    cells: Cells,
    /// The headings of the columns that are read.
    wanted_names: Texts,
    /// Which of the columns at the beginning each of those is that are read. Headings that come again may have another
    /// order.
    columns: Vec<usize>,
    /// The column with the type of the indicator.
    type_column: Option<usize>,
    /// Whether a line above the headings has usual names of columns as well.
    is_below_names: bool,
}

impl Reader {
    pub(crate) fn new(layout: Layout, source_name: SourceName) -> Self {
        let lexer = Lexer::new(source_name.clone());
        let mut reader = Self {
            layout,
            source_name,
            lexer,
            cells: Cells::default(),
            wanted_names: Vec::new(),
            columns: Vec::new(),
            type_column: None,
            is_below_names: false,
        };
        let names = reader.layout.names.clone().unwrap_or_default();
        reader.wanted_names = reader.layout.wanted.iter().filter_map(|index| names.get(*index).cloned()).collect();
        reader.columns = (0..reader.layout.wanted.len()).collect();
        reader.type_column = type_column(&names, &reader.layout.wanted);
        reader
    }

    /// The byte between cells that may hold line ends, for the row that begins at a line.
    pub(crate) fn quoted_between(&self, line: u32) -> Option<u8> {
        self.layout.delimiter.quoted_between().filter(|_| line >= self.layout.line)
    }

    /// How many cells a row has, and whether all of them are quoted.
    pub(crate) fn measure(&mut self, row: &Row<'_>) -> (usize, bool) {
        self.cells.cut(row, &self.layout.delimiter);
        (self.cells.len(), self.cells.are_quoted())
    }

    pub(crate) fn take(&mut self, row: &Row<'_>, collector: &mut Collector) -> Result<Kind, InputError> {
        if row.is_blank() {
            return Ok(Kind::Other);
        }
        let is_heading = row.line == self.layout.line && self.layout.names.is_some();
        match () {
            () if is_heading => Ok(Kind::Headings),
            () if row.line < self.layout.line => self.above(row, collector).map(|()| Kind::Other),
            () if is_comment(row.bytes) => self.comment(row, collector),
            () => self.row(row, collector),
        }
    }

    /// Takes a line above the headings. An address there is in no column.
    fn above(&mut self, row: &Row<'_>, collector: &mut Collector) -> Result<(), InputError> {
        if row.line == 1 && is_stated_delimiter(row.bytes) {
            return Ok(());
        }
        let reason = match () {
            () if is_comment(row.bytes) => Reason::Comment,
            () if is_ruling(row.bytes, &self.layout.delimiter) => Reason::WithoutAddress,
            () => {
                self.cells.cut(row, &self.layout.delimiter);
                let texts = self.cells.texts(row.bytes);
                let mut cells = (0..texts.len()).filter(|index| !texts[*index].is_empty());
                let is_address = |index: &usize| parse_address(&texts[*index]).is_ok();
                // Behind another cell, it is of a title, unless a line above may be the headings of a table of its own.
                let found = if self.is_below_names { cells.find(is_address) } else { cells.next().filter(is_address) };
                self.is_below_names |= !known_names(texts.iter().map(String::as_str)).is_empty();
                if let Some(index) = found {
                    let problem = "is above the headings, so that it is in no column: move it below them".to_owned();
                    let position = Positions::new(row.line).of(row.bytes, self.cells.offset(index));
                    return self.lexer.invalid(self.cells.text(row.bytes, index), problem, position, collector);
                }
                Reason::AboveHeadings
            }
        };
        collector.pass_over(reason);
        Ok(())
    }

    /// Takes a row that begins with `#` or `;`, which is a comment unless it has as many cells as the headings, or an
    /// address behind an empty first cell.
    fn comment(&mut self, row: &Row<'_>, collector: &mut Collector) -> Result<Kind, InputError> {
        match directive(row.bytes) {
            Some(Directive::Fields(names, delimiter)) => {
                return self.rename(names, delimiter, row.line).map(|()| Kind::Headings);
            }
            Some(Directive::Other) => {}
            None => {
                self.cells.cut(row, &self.layout.delimiter);
                let has_address = || self.wanted_texts(row).any(|text| parse_address(&text).is_ok());
                let may_have_address = || self.wanted_texts(row).any(|text| may_hold_address(&text));
                let is_row = match self.layout.delimiter {
                    _ if row.bytes.starts_with(b";") => may_have_address(),
                    Delimiter::Aligned(_) => has_address(),
                    _ => self.layout.cells > 1 && self.cells.len() == self.layout.cells,
                };
                if is_row {
                    return self.row(row, collector);
                }
            }
        }
        collector.pass_over(Reason::Comment);
        Ok(Kind::Other)
    }

    fn row(&mut self, row: &Row<'_>, collector: &mut Collector) -> Result<Kind, InputError> {
        if is_ruling(row.bytes, &self.layout.delimiter) {
            collector.pass_over(Reason::WithoutAddress);
            return Ok(Kind::Other);
        }
        self.cells.cut(row, &self.layout.delimiter);
        if row.end == RowEnd::Complete
            && !self.has_plain_address(row)
            && let Some(kind) = self.without_address(row)
        {
            collector.pass_over(Reason::WithoutAddress);
            return Ok(kind);
        }
        self.read_cells(row, collector)?;
        // Where a row does not end as it should, nothing can follow it.
        Ok(if row.end == RowEnd::Complete && row.bytes != END_OF_DOS { Kind::Row } else { Kind::Other })
    }

    /// Whether a column that is read has an address as programs write it, as in most rows.
    fn has_plain_address(&self, row: &Row<'_>) -> bool {
        let texts = self.layout.wanted.iter().map(|index| self.cells.text(row.bytes, *index));
        texts.into_iter().any(|text| str::from_utf8(text).is_ok_and(|text| text.trim().parse::<IpAddr>().is_ok()))
    }

    /// The texts of the columns that are read, as far as the row has them.
    fn wanted_texts(&self, row: &Row<'_>) -> impl Iterator<Item = String> {
        let wanted = self.layout.wanted.iter().filter(|index| **index < self.cells.len());
        wanted.map(|index| String::from_utf8_lossy(self.cells.text(row.bytes, *index)).trim().to_owned())
    }

    /// What a row is that holds no address for certain: headings again, a sum, or of another type than an address. Headings
    /// may be in another order.
    fn without_address(&mut self, row: &Row<'_>) -> Option<Kind> {
        let texts = self.cells.texts(row.bytes);
        if is_total(&texts, &self.layout.wanted) {
            return Some(Kind::Row);
        }
        if is_stated_delimiter(row.bytes) {
            return Some(Kind::Other);
        }
        if self.is_heading_again(&texts) {
            return Some(Kind::Headings);
        }
        let of_other_type = self.type_column.and_then(|index| texts.get(index)).is_some_and(|text| {
            let name = normalize(text);
            OTHER_TYPES.iter().any(|other| name.starts_with(other))
        });
        let is_without = of_other_type && !self.wanted_texts(row).any(|text| may_hold_address(&text));
        is_without.then_some(Kind::Row)
    }

    fn is_heading_again(&mut self, texts: &Texts) -> bool {
        let Some(names) = &self.layout.names else { return false };
        if names == texts {
            return true;
        }
        let mut again = texts.clone();
        if let Some(first) = again.first_mut() {
            *first = first.trim_start_matches(['#', ' ']).to_owned();
        }
        // Of a table of blanks, other cells may have come out.
        if again == *names || words(texts) == words(names) {
            return true;
        }
        let known = again.iter().filter(|text| names.contains(text)).count();
        let wanted: Vec<_> = self.wanted_names.iter().map(String::as_str).collect();
        let found = named(&again, &wanted);
        let are_headings = again.len() > 1 && again.iter().all(|text| is_heading(text));
        let is_like = are_headings || (known > 1 && known * 2 >= again.len());
        let is_again = is_like && found.len() == wanted.len() && !wanted.is_empty();
        if is_again {
            self.use_names(again, found);
        }
        is_again
    }

    /// Uses other headings, of which `found` are those of the columns that are read, in their order so far.
    fn use_names(&mut self, names: Texts, found: Vec<usize>) {
        let mut both: Vec<_> = found.into_iter().zip(self.columns.iter().copied()).collect();
        both.sort_unstable();
        let (wanted, columns): (Vec<_>, Vec<_>) = both.into_iter().unzip();
        self.columns = columns;
        self.type_column = type_column(&names, &wanted);
        self.layout.cells = names.len();
        self.layout.wanted = wanted;
        self.wanted_names = self.layout.wanted.iter().filter_map(|index| names.get(*index).cloned()).collect();
        self.layout.names = Some(names);
    }

    /// Takes the names that a log gives its fields when it is begun again.
    fn rename(&mut self, names: Texts, delimiter: Option<Delimiter>, line: u32) -> Result<(), InputError> {
        if self.layout.names.as_ref() == Some(&names) {
            return Ok(());
        }
        let wanted: Vec<_> = self.wanted_names.iter().map(String::as_str).collect();
        for name in &wanted {
            if named(&names, &[name]).len() != 1 {
                let problem =
                    format!("names its columns again in line {line}, where {} is not one of them", quote(name));
                return Err(InputError::source(&self.source_name, problem));
            }
        }
        let found = named(&names, &wanted);
        self.layout.delimiter = delimiter.unwrap_or_else(|| self.layout.delimiter.clone());
        self.use_names(names, found);
        Ok(())
    }

    fn read_cells(&mut self, row: &Row<'_>, collector: &mut Collector) -> Result<(), InputError> {
        let mut positions = Positions::new(row.line);
        let mut is_flawed = false;
        for index in 0..self.cells.len() {
            let rank = self.layout.wanted.iter().position(|wanted| *wanted == index);
            let is_wanted = rank.is_some();
            let flaw = self.cells.flaw(index).filter(|flaw| is_wanted || *flaw != Flaw::CellTooLong);
            let is_beyond = index >= self.layout.cells && !is_wanted;
            if flaw.is_none() && !is_wanted && !is_beyond {
                continue;
            }
            collector.set_column(rank.and_then(|rank| self.columns.get(rank).copied()));
            let text = self.cells.text(row.bytes, index);
            let position = positions.of(row.bytes, self.cells.offset(index));
            match flaw {
                // Once for each row.
                Some(_) if is_flawed => {}
                Some(flaw) => {
                    is_flawed = true;
                    let position = if flaw == Flaw::RowTooLong { Position::line(row.line) } else { position };
                    self.lexer.invalid(text, flaw.problem(), position, collector)?;
                }
                None if is_wanted => read_cell(&mut self.lexer, text, position, collector)?,
                // A row longer than the headings may be a list, and no address may be lost silently.
                None if may_be_lost(text, self.layout.cells) => {
                    let (number, cells) = (index + 1, self.layout.cells);
                    let problem = format!("is cell {number} of its row, but the first row has only {cells}");
                    self.lexer.invalid(text, problem, position, collector)?;
                }
                None => {}
            }
        }
        if is_flawed { Ok(()) } else { self.missing(row, &mut positions, collector) }
    }

    /// Takes the cells that a short row does not have.
    fn missing(
        &mut self,
        row: &Row<'_>,
        positions: &mut Positions,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let cells = self.cells.len();
        let wanted = self.layout.wanted.iter().zip(&self.columns).map(|(index, column)| (*index, *column));
        let missing: Vec<_> = wanted.filter(|(index, _)| *index >= cells).collect();
        let (Some(last), false) = (cells.checked_sub(1), missing.is_empty()) else { return Ok(()) };
        let has_none = missing.len() == self.layout.wanted.len();
        let others = (0..cells).filter(|index| !self.layout.wanted.contains(index));
        let may_be_one = others
            .map(|index| String::from_utf8_lossy(self.cells.text(row.bytes, index)))
            .any(|text| may_hold_address(&text));
        // A row with none of the columns is one line that is no row.
        let count = if has_none { 1 } else { missing.len() };
        for (wanted, column) in missing.into_iter().take(count) {
            if may_be_one {
                collector.set_column(Some(column));
                let problem = format!("ends its row at cell {cells}, but the addresses are in cell {}", wanted + 1);
                let position = positions.of(row.bytes, self.cells.offset(last));
                self.lexer.invalid(self.cells.text(row.bytes, last), problem, position, collector)?;
            } else {
                collector.pass_over(Reason::WithoutAddress);
            }
        }
        Ok(())
    }
}

/// Reads a table, and gives each line or row once it was read.
pub(crate) fn each_line<E: From<InputError>>(
    pieces: &mut Pieces<'_>,
    columns: &[String],
    collector: &mut Collector,
    mut on_line: impl FnMut(Line<'_, '_>, &mut Collector) -> Result<(), E>,
) -> Result<(), E> {
    let source_name = pieces.source_name.clone();
    let (beginning, is_all) = pieces.beginning()?;
    let layout = layout(columns, beginning, is_all).map_err(|problem| InputError::source(&source_name, problem))?;
    let mut reader = Reader::new(layout, source_name);
    let mut rows = Rows::new(None);
    let mut passed = pieces.bom_bytes;
    while let Some(mut piece) = pieces.next()? {
        let until = passed + piece.len() as u64;
        loop {
            rows.quoted_between = reader.quoted_between(rows.line());
            let Some(row) = rows.next(&mut piece) else { break };
            let kind = reader.take(&row, collector)?;
            // The line end is one byte, behind which a line feed may follow.
            let end = until - piece.len() as u64 - 1;
            on_line(Line { reader: &mut reader, row: &row, kind, end }, collector)?;
        }
        passed = until;
    }
    match rows.last() {
        Some(row) => {
            let kind = reader.take(&row, collector)?;
            on_line(Line { reader: &mut reader, row: &row, kind, end: passed }, collector)
        }
        None => Ok(()),
    }
}

/// Takes a cell that is read. One that holds nothing is counted.
fn read_cell(lexer: &mut Lexer, text: &[u8], position: Position, collector: &mut Collector) -> Result<(), InputError> {
    let begins_with_digit = text.first().is_some_and(u8::is_ascii_digit);
    if !begins_with_digit && is_missing(String::from_utf8_lossy(text).trim()) {
        collector.pass_over(Reason::WithoutAddress);
        return Ok(());
    }
    let (text, skipped) = without_formula(text);
    lexer.text(text, position.right(skipped), collector)
}

/// Spreadsheets keep a text as `="192.0.2.1"`. How many characters are left out before it.
fn without_formula(text: &[u8]) -> (&[u8], usize) {
    let inner = text.trim_ascii().strip_prefix(b"=\"").and_then(|text| text.strip_suffix(b"\""));
    let blanks = text.len() - text.trim_ascii_start().len();
    inner.map_or((text, 0), |inner| (inner, blanks + 2))
}

fn may_be_lost(text: &[u8], cells: usize) -> bool {
    let text = String::from_utf8_lossy(text);
    !text.trim().is_empty() && (cells == 1 || parse_address(text.trim()).is_ok())
}

/// The words of all cells.
fn words(texts: &[String]) -> Vec<&str> {
    texts.iter().flat_map(|text| text.split_whitespace()).collect()
}

fn type_column(names: &Texts, wanted: &[usize]) -> Option<usize> {
    (0..names.len()).find(|index| is_type(&names[*index]) && !wanted.contains(index))
}
