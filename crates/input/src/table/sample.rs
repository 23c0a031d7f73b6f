//! The beginning of a table, from which its layout follows.

use memchr::memchr2;

use crate::table::cells::{Cells, Delimiter, begins_with_bar};
use crate::table::not_rows::{directive, is_ruling, is_total};
use crate::table::rows::{Row, RowEnd, Rows};

/// The most rows from which a layout follows.
const MAX_ROWS: usize = 400;

/// The most lines of which one may be the heading, besides comments.
const MAX_LINES: usize = 60;

/// Several texts, one for each cell.
pub(crate) type Texts = Vec<String>;

/// A line that is not blank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    /// From 1.
    pub(crate) number: u32,
    /// Where it begins in the sample.
    offset: usize,
}

impl Line<'_> {
    pub(crate) fn is_comment(&self) -> bool {
        is_comment(self.bytes)
    }
}

/// Whether a line begins with `#`, or with `;` and a blank, as in the lists of Spamhaus.
pub(crate) fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#") || line.starts_with(b"; ")
}

/// The beginning, and whether that is everything.
#[derive(Clone, Debug)]
pub(crate) struct Sample<'a> {
    bytes: &'a [u8],
    pub(crate) is_all: bool,
    /// The first lines.
    pub(crate) lines: Vec<Line<'a>>,
    /// The delimiter that the first line states, as `sep=;` does.
    pub(crate) stated: Option<u8>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(bytes: &'a [u8], is_all: bool) -> Self {
        let mut lines = first_lines(bytes, is_all);
        let stated = lines.first().and_then(|line| stated_delimiter(line.bytes));
        if stated.is_some() {
            lines.remove(0);
        }
        Self { bytes, is_all, lines, stated }
    }

    /// The first line that is no comment.
    pub(crate) fn first_line(&self) -> Option<&Line<'a>> {
        self.lines.iter().find(|line| !line.is_comment())
    }

    /// The rows from a line on without what is certainly none, each with its line. An incomplete one does not count.
    pub(crate) fn rows_from(&self, line: &Line<'_>, delimiter: &Delimiter) -> Vec<(u32, Texts)> {
        let mut found = Vec::new();
        let mut cells = Cells::default();
        let mut take = |row: Row<'_>, found: &mut Vec<(u32, Texts)>| {
            if row.is_blank() || is_ruling(row.bytes, delimiter) || directive(row.bytes).is_some() {
                return;
            }
            cells.cut(&row, delimiter);
            let like_heading = found.first().is_none_or(|(_, first)| first.len() == cells.len() && cells.len() > 1);
            let texts = cells.texts(row.bytes);
            let may_be_row = like_heading && !row.bytes.starts_with(b";");
            if (!is_comment(row.bytes) || may_be_row) && !is_total(&texts, &[]) {
                found.push((row.line + line.number - 1, texts));
            }
        };
        let mut rows = Rows::new(delimiter.quoted_between());
        let mut rest = &self.bytes[line.offset..];
        let mut count = 0;
        while let Some(row) = rows.next(&mut rest) {
            take(row, &mut found);
            count += 1;
            if count > MAX_ROWS {
                return found;
            }
        }
        if self.is_all {
            rows.last().into_iter().for_each(|row| take(row, &mut found));
        }
        found
    }

    /// The cells of the row that begins at a line.
    pub(crate) fn cells_at(&self, line: &Line<'_>, delimiter: &Delimiter) -> Texts {
        let mut rows = Rows::new(delimiter.quoted_between());
        let mut cells = Cells::default();
        let mut rest = &self.bytes[line.offset..];
        rows.next(&mut rest).map_or_else(
            || Self::cells_of(line.bytes, delimiter),
            |row| {
                cells.cut(&row, delimiter);
                cells.texts(row.bytes)
            },
        )
    }

    /// The cells of one line.
    pub(crate) fn cells_of(line: &[u8], delimiter: &Delimiter) -> Texts {
        let mut cells = Cells::default();
        cells.cut(&Row { bytes: line, line: 1, end: RowEnd::Complete }, delimiter);
        cells.texts(line)
    }

    /// The bars that are between the cells of a line, if those are drawn or have rulings beside them.
    pub(crate) fn bars(&self, index: usize) -> Delimiter {
        let outer = begins_with_bar(self.lines[index].bytes);
        let is_drawn = str::from_utf8(self.lines[index].bytes).is_ok_and(|line| !line.contains('|'));
        let bars = Delimiter::Bars { outer };
        let has_ruling = self.lines.get(index + 1).is_some_and(|next| is_ruling(next.bytes, &bars));
        if outer || has_ruling || is_drawn { bars } else { Delimiter::Byte(b'|') }
    }
}

fn first_lines(bytes: &[u8], is_all: bool) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let (mut offset, mut number) = (0, 1);
    let mut rows = 0;
    while rows < MAX_LINES && offset < bytes.len() {
        let rest = &bytes[offset..];
        let end = match memchr2(b'\n', b'\r', rest) {
            Some(end) => end,
            None if is_all => rest.len(),
            // An incomplete line does not count.
            None => break,
        };
        let line = &rest[..end];
        if !line.trim_ascii().is_empty() {
            rows += usize::from(!is_comment(line));
            lines.push(Line { bytes: line, number, offset });
        }
        offset += end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        number += 1;
    }
    lines
}

/// Whether a line states the delimiter, as `sep=;` does.
pub(crate) fn is_stated_delimiter(line: &[u8]) -> bool {
    stated_delimiter(line).is_some()
}

/// The delimiter that a line states for Excel: `sep=;`, in quotation marks or not.
fn stated_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end().strip_prefix(b"\"").map_or(line, |line| line.strip_suffix(b"\"").unwrap_or(line));
    let stated = line.get(..4).filter(|start| start.eq_ignore_ascii_case(b"sep=")).and(line.get(4..))?;
    match stated {
        [delimiter] if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() => Some(*delimiter),
        b"\\t" => Some(b'\t'),
        _ => None,
    }
}
