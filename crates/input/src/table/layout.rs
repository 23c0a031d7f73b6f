//! What a table looks like, which follows from its beginning: where it begins, what separates its cells, what its columns
//! are called, and which of them hold the addresses.

use crate::address::parse_address;
use crate::table::cells::Delimiter;
use crate::table::columns::{FirstRows, is_heading};
use crate::table::heading::{DELIMITERS, Heading, named, of_directive, proven, usual};
use crate::table::not_rows::{is_address, is_missing, may_hold_address};
use crate::table::sample::{Line, Sample, Texts};

/// The layout of a table.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) delimiter: Delimiter,
    /// The line of the headings, or else of the first row. What is above it is not of the table.
    pub(crate) line: u32,
    /// The headings, if there are any.
    pub(crate) names: Option<Texts>,
    /// The number of cells of each row.
    pub(crate) cells: usize,
    /// The columns of the addresses, from 0, in their order.
    pub(crate) wanted: Vec<usize>,
}

/// Whether a text is a table for certain: by its headings or by its rows.
pub(crate) fn is_table(beginning: &[u8], is_all: bool) -> bool {
    let sample = Sample::new(beginning, is_all);
    let has_heading = || with_known_heading(&sample, &[]).is_some_and(|found| !has_address_above(&sample, found.line));
    sample.stated.is_some() || has_heading() || has_rows_of_one_kind(&sample)
}

/// Whether a table has each of the columns, or several of its name.
pub(crate) fn has_columns(columns: &[String], beginning: &[u8], is_all: bool) -> bool {
    let sample = Sample::new(beginning, is_all);
    let (names, numbers) = apart(columns);
    let most = numbers.iter().copied().max().unwrap_or(0);
    let heading = with_known_heading(&sample, columns).or_else(|| without_known_heading(&sample, most));
    heading.is_some_and(|heading| {
        (names.is_empty() || !named(&heading.names, &names).is_empty())
            && numbers.iter().all(|number| (1..=heading.names.len()).contains(number))
    })
}

/// The layout of a source that is a table, with the columns that are asked for. An error is a sentence without its subject,
/// which is the source.
pub(crate) fn layout(columns: &[String], beginning: &[u8], is_all: bool) -> Result<Layout, String> {
    let sample = Sample::new(beginning, is_all);
    let (asked, numbers) = apart(columns);
    let most = numbers.iter().copied().max().unwrap_or(0);
    let known = with_known_heading(&sample, columns);
    let is_known = known.is_some();
    let Some(heading) = known.or_else(|| without_known_heading(&sample, most)) else {
        return if is_all {
            let delimiter = Delimiter::Byte(b',');
            Ok(Layout { delimiter, line: 1, names: None, cells: 0, wanted: vec![0] })
        } else {
            Err("has a first row that is too long to find its columns".to_owned())
        };
    };
    let Heading { delimiter, line, names, below } = heading;
    let rows = FirstRows { first: &names, below: &below, are_all: is_all };
    let wanted = match columns {
        [] if is_known => rows.by_heading()?,
        [] => rows.by_cells()?,
        _ => rows.by_names_or_numbers(columns)?,
    };
    let has_names = is_known || !asked.is_empty() || wanted.iter().any(|index| is_heading(&names[*index]));
    let cells = names.len();
    Ok(Layout { delimiter, line, names: has_names.then_some(names), cells, wanted })
}

/// The names and the numbers of columns.
fn apart(columns: &[String]) -> (Vec<&str>, Vec<usize>) {
    let names = columns.iter().map(String::as_str).filter(|name| name.parse::<usize>().is_err()).collect();
    (names, columns.iter().filter_map(|name| name.parse().ok()).collect())
}

/// The headings, if they are known: a log names them, or they have the names that are asked for, or usual ones.
fn with_known_heading(sample: &Sample<'_>, columns: &[String]) -> Option<Heading> {
    of_directive(sample).or_else(|| with_named_heading(sample, columns)).or_else(|| with_usual_heading(sample))
}

/// The row of headings that has all names that are asked for.
fn with_named_heading(sample: &Sample<'_>, columns: &[String]) -> Option<Heading> {
    let (names, _) = apart(columns);
    if names.is_empty() {
        return None;
    }
    let pick = |row: &[String]| named(row, &names);
    proven(sample, &pick, true).or_else(|| first_row(sample, sample.first_line()?, &pick))
}

fn with_usual_heading(sample: &Sample<'_>) -> Option<Heading> {
    proven(sample, &usual, false).or_else(|| first_row(sample, sample.first_line()?, &usual))
}

/// An address above what looks like headings is a row, or a list of its own.
fn has_address_above(sample: &Sample<'_>, line: u32) -> bool {
    let above = sample.lines.iter().take_while(|above| above.number < line && !above.is_comment());
    above.into_iter().any(|above| parse_address(String::from_utf8_lossy(above.bytes).trim()).is_ok())
}

/// The first row, if it has a heading. The rows below need not prove it.
fn first_row(sample: &Sample<'_>, line: &Line<'_>, pick: &dyn Fn(&[String]) -> Vec<usize>) -> Option<Heading> {
    let delimiter = delimiter(sample, line).0;
    let mut rows = sample.rows_from(line, &delimiter).into_iter().map(|(_, row)| row);
    let names = rows.next().filter(|names| !pick(names).is_empty())?;
    Some(Heading { delimiter, line: line.number, names, below: rows.collect() })
}

/// The delimiter by which most rows have as many cells as most have, and how many those are.
fn delimiter(sample: &Sample<'_>, line: &Line<'_>) -> (Delimiter, usize) {
    if let Some(stated) = sample.stated {
        let delimiter = Delimiter::Byte(stated);
        let cells = usual_cells(&sample.rows_from(line, &delimiter)).1;
        return (delimiter, cells);
    }
    let index = sample.lines.iter().position(|other| other.number == line.number).unwrap_or(0);
    let bytes = DELIMITERS.map(Delimiter::Byte);
    let mut best = ((0, 0), Delimiter::Byte(b','), 1);
    for delimiter in bytes.into_iter().chain([sample.bars(index)]) {
        let rows = sample.rows_from(line, &delimiter);
        let (alike, cells) = usual_cells(&rows);
        let fitness = (alike * 100 / rows.len().max(1), cells);
        if cells > 1 && fitness > best.0 {
            best = (fitness, delimiter, cells);
        }
    }
    (best.1, best.2)
}

/// How many rows have the most usual number of cells, and that number.
fn usual_cells(rows: &[(u32, Texts)]) -> (usize, usize) {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for (_, row) in rows {
        match counts.iter_mut().find(|(_, cells)| *cells == row.len()) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, row.len())),
        }
    }
    // The first of those that are equally usual.
    counts.into_iter().rev().max_by_key(|(count, _)| *count).unwrap_or((0, 0))
}

/// The rows of a table whose headings are not known, from the first row that is like most. `most` is the highest number of
/// a column that is asked for.
fn without_known_heading(sample: &Sample<'_>, most: usize) -> Option<Heading> {
    let line = sample.first_line()?;
    let (mut delimiter, mut cells) = delimiter(sample, line);
    if most > cells {
        let spaced = sample.rows_from(line, &Delimiter::Spaces);
        if spaced.iter().all(|(_, row)| row.len() >= most) {
            (delimiter, cells) = (Delimiter::Spaces, usual_cells(&spaced).1);
        }
    }
    let rows = sample.rows_from(line, &delimiter);
    let start = rows.iter().position(|(_, row)| row.len() == cells).unwrap_or(0);
    let has_address = |row: &Texts| row.iter().any(|cell| may_hold_address(cell));
    let start = if rows[..start].iter().any(|(_, row)| has_address(row)) { 0 } else { start };
    let (line, first) = rows.get(start)?;
    let below = rows[start + 1..].iter().map(|(_, row)| row.clone()).collect();
    Some(Heading { delimiter, line: *line, names: first.clone(), below })
}

/// Whether all rows have as many cells, and addresses are in the same columns of each: a feed without headings. Where
/// nothing else is in the rows, it is a list.
fn has_rows_of_one_kind(sample: &Sample<'_>) -> bool {
    let Some(line) = sample.first_line() else { return false };
    let (delimiter, cells) = delimiter(sample, line);
    let rows = sample.rows_from(line, &delimiter);
    if cells < 2 || rows.len() < 2 || rows.iter().any(|(_, row)| row.len() != cells) {
        return false;
    }
    let column = |index: usize| rows.iter().map(move |(_, row)| row[index].as_str());
    let is_comment = |cell: &str| cell.starts_with('#') || cell.starts_with("//");
    let (mut addresses, mut others) = (0, 0);
    for index in 0..cells {
        if column(index).any(is_address) && column(index).all(|cell| is_address(cell) || is_missing(cell)) {
            addresses += 1;
        } else if column(index).any(|cell| may_hold_address(cell) || is_comment(cell)) {
            return false;
        } else {
            others += usize::from(column(index).any(|cell| !cell.is_empty()));
        }
    }
    addresses > 0 && others > 0
}
