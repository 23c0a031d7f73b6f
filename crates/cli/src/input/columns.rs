//! Finds out how CSV is written, and which of its columns holds the addresses.

use super::cells::Cells;
use super::headings::{known, normal};
use super::quoted::{list, quoted};
use super::token::address_of;

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Looked at no further than this, so that a wide row costs no more.
const MOST_COLUMNS: usize = 1000;

/// The column of the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// From 0.
    pub(super) index: usize,
    /// Whether the first row names the columns.
    pub(super) has_headings: bool,
    /// How many cells the first row has, as far as they are counted.
    pub(super) cells: usize,
}

/// The first rows.
type Rows = Vec<Vec<String>>;

/// Whether the first row names a column by a name that is known, and none of its cells is an address.
pub(super) fn has_known_heading(beginning: &[u8], is_all: bool) -> bool {
    let rows = rows(beginning, is_all, delimiter(beginning, is_all));
    rows.first().is_some_and(|row| {
        !known(row.iter().map(String::as_str)).is_empty() && !row.iter().any(|cell| address_of(cell.trim()).is_ok())
    })
}

/// The one by which most rows have as many cells as the first, and the first has most.
pub(super) fn delimiter(beginning: &[u8], is_all: bool) -> u8 {
    let fitness = |delimiter: u8| {
        let rows = rows(beginning, is_all, delimiter);
        let cells = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == cells).count();
        if cells < 2 { (0, 0) } else { (alike * 100 / rows.len().max(1), cells) }
    };
    // The first of those that fit equally.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| fitness(*delimiter)).unwrap_or(b',')
}

fn rows(beginning: &[u8], is_all: bool, delimiter: u8) -> Rows {
    let mut cells = Cells::new(delimiter);
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let mut take = |cell: super::cells::Cell<'_>| {
        if cell.column < MOST_COLUMNS {
            row.push(String::from_utf8_lossy(cell.text).into_owned());
        }
        if cell.ends_row {
            rows.push(std::mem::take(&mut row));
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = cells.feed(beginning, &mut take);
    // What breaks off is no row.
    if is_all {
        let Ok(()) = cells.feed(b"", &mut take);
    }
    rows
}

/// The column that is asked for, or else found. An error is a sentence without its subject, which is the file.
pub(super) fn column(asked: Option<&str>, beginning: &[u8], is_all: bool, delimiter: u8) -> Result<Column, String> {
    let rows = rows(beginning, is_all, delimiter);
    let Some(first) = rows.first() else {
        let nothing = Column { index: 0, has_headings: false, cells: 0 };
        return if is_all { Ok(nothing) } else { Err("has a first row too long to find a column by".to_owned()) };
    };
    if let Some(asked) = asked {
        return by_name_or_number(asked, first);
    }
    let has_no_address = !first.iter().any(|cell| address_of(cell.trim()).is_ok());
    let by_heading = known(first.iter().map(String::as_str));
    match by_heading.as_slice() {
        [index] if has_no_address => Ok(Column { index: *index, has_headings: true, cells: count(first) }),
        [_, ..] if has_no_address => Err(several(first, &by_heading)),
        _ => by_cells(&rows, first),
    }
}

/// A row of which the end was not looked at has no last cell.
fn count(row: &[String]) -> usize {
    if row.len() == MOST_COLUMNS { usize::MAX } else { row.len() }
}

/// Whether there is the column that is asked for, or several of its name.
pub(super) fn has_column(asked: &str, beginning: &[u8], is_all: bool) -> bool {
    let rows = rows(beginning, is_all, delimiter(beginning, is_all));
    rows.first().is_some_and(|first| !alike(asked, first).is_empty() || by_name_or_number(asked, first).is_ok())
}

/// The cells that are the name, or else those that are much like it.
fn alike(asked: &str, first: &[String]) -> Vec<usize> {
    let like = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        first.iter().enumerate().filter(|(_, cell)| same(cell.trim())).map(|(index, _)| index).collect()
    };
    let exactly = like(&|cell| cell == asked.trim());
    let wanted = normal(asked);
    let is_rough = exactly.is_empty() && asked.parse::<usize>().is_err() && !wanted.is_empty();
    if is_rough { like(&|cell| normal(cell) == wanted) } else { exactly }
}

fn by_name_or_number(asked: &str, first: &[String]) -> Result<Column, String> {
    let found = alike(asked, first);
    match (found.as_slice(), asked.parse::<usize>()) {
        ([index], _) => Ok(Column { index: *index, has_headings: true, cells: count(first) }),
        ([_, ..], _) => Err(several(first, &found)),
        ([], Ok(number)) if (1..=first.len()).contains(&number) => {
            let index = number - 1;
            Ok(Column { index, has_headings: is_heading(&first[index]), cells: count(first) })
        }
        ([], Ok(_)) => Err(format!("has {} columns, and none is number {}", first.len(), quoted(asked))),
        ([], Err(_)) => {
            let headings = list(first.iter().map(String::as_str));
            Err(format!("has no column {}; its first row is: {headings}", quoted(asked)))
        }
    }
}

/// The only column most of whose cells are addresses.
fn by_cells(rows: &Rows, first: &[String]) -> Result<Column, String> {
    let below = if rows.len() > 1 { &rows[1..] } else { rows };
    let is_of_addresses = |index: usize| {
        let cells =
            || below.iter().filter_map(|row| row.get(index)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let addresses = cells().filter(|cell| address_of(cell).is_ok()).count();
        addresses > 0 && addresses * 2 >= cells().count()
    };
    let found: Vec<_> =
        (0..first.len()).filter(|index| is_of_addresses(*index) || address_of(first[*index].trim()).is_ok()).collect();
    match found.as_slice() {
        [index] => Ok(Column { index: *index, has_headings: is_heading(&first[*index]), cells: count(first) }),
        [] if first.len() == 1 => Ok(Column { index: 0, has_headings: false, cells: count(first) }),
        [] => {
            let headings = list(first.iter().map(String::as_str));
            Err(format!("has no column that is known to hold addresses; say which by --column: {headings}"))
        }
        _ => Err(several(first, &found)),
    }
}

fn several(first: &[String], found: &[usize]) -> String {
    let named = |index: &usize| format!("number {} ({})", index + 1, quoted(&first[*index]));
    let shown: Vec<_> = found.iter().take(10).map(named).collect();
    format!("has {} columns that may hold the addresses; say which by --column: {}", found.len(), shown.join(", "))
}

/// Whether a first cell names its column, rather than being a bad address: a word, or a name that is known.
fn is_heading(cell: &str) -> bool {
    let is_word = |c: char| c.is_alphabetic() || c.is_ascii_digit() || " _-()/".contains(c);
    let starts_well = cell.trim().starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_name = starts_well && cell.chars().all(is_word) && !cell.starts_with("0x");
    is_name || !known(std::iter::once(cell)).is_empty()
}
