//! Chooses the columns of the addresses: by their names or numbers, by a usual heading, or by their cells.

use crate::escape::{quote, quote_list};
use crate::names::known_names;
use crate::table::heading::{alike, usual};
use crate::table::not_rows::{is_address, may_hold_address};
use crate::table::sample::Texts;

/// The most columns that a message names.
const MAX_LISTED: usize = 10;

/// The first rows of a table: the headings, or the first row, and those below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstRows<'a> {
    pub(crate) first: &'a Texts,
    pub(crate) below: &'a [Texts],
    /// Whether they are the whole table.
    pub(crate) are_all: bool,
}

impl FirstRows<'_> {
    /// How many cells of a column are addresses, how many may be damaged ones, and how many there are that are not empty.
    fn count(&self, index: usize) -> (usize, usize, usize) {
        let cells: Vec<_> =
            self.below.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty()).collect();
        let addresses = cells.iter().filter(|cell| is_address(cell)).count();
        let possible = cells.iter().filter(|cell| may_hold_address(cell)).count();
        (addresses, possible, cells.len())
    }

    /// The columns that are asked for. An error is a sentence without its subject, which is the source.
    pub(crate) fn by_names_or_numbers(&self, names: &[String]) -> Result<Vec<usize>, String> {
        let mut wanted = Vec::new();
        for name in names {
            let index = self.by_name_or_number(name)?;
            if !wanted.contains(&index) {
                wanted.push(index);
            }
        }
        wanted.sort_unstable();
        Ok(wanted)
    }

    fn by_name_or_number(&self, name: &str) -> Result<usize, String> {
        let found = alike(name, self.first);
        match (found.as_slice(), name.parse::<usize>()) {
            ([index], _) => Ok(*index),
            ([_, ..], _) => Err(self.several(&found)),
            ([], Ok(number)) if (1..=self.first.len()).contains(&number) => Ok(number - 1),
            ([], Ok(number)) => {
                let columns = self.first.len();
                let s = if columns == 1 { "" } else { "s" };
                Err(format!("has {columns} column{s}, and --column names number {number}"))
            }
            ([], Err(_)) => {
                let headings = quote_list(self.first.iter().map(String::as_str));
                Err(format!("has no column {}; name one with --column: {headings}", quote(name)))
            }
        }
    }

    /// The column with a usual heading.
    pub(crate) fn by_heading(&self) -> Result<Vec<usize>, String> {
        let found = usual(self.first);
        match found.as_slice() {
            [] => self.by_cells(),
            [index] => Ok(vec![*index]),
            // Nothing is lost with columns that hold none.
            _ => match found.iter().filter(|index| self.count(**index).1 > 0).collect::<Vec<_>>().as_slice() {
                [index] if self.are_all => Ok(vec![**index]),
                _ => Err(self.several(&found)),
            },
        }
    }

    /// The only column most of whose cells are addresses.
    pub(crate) fn by_cells(&self) -> Result<Vec<usize>, String> {
        let is_of_addresses = |index: &usize| {
            let (addresses, _, cells) = match self.below {
                [] => FirstRows { below: std::slice::from_ref(self.first), ..*self }.count(*index),
                _ => self.count(*index),
            };
            addresses > 0 && addresses * 2 >= cells || is_address(&self.first[*index])
        };
        let found: Vec<_> = (0..self.first.len()).filter(is_of_addresses).collect();
        match found.as_slice() {
            [index] => Ok(vec![*index]),
            [] if self.first.len() == 1 => Ok(vec![0]),
            [] => {
                let all: Vec<_> = (0..self.first.len()).collect();
                Err(format!("has no column with a known name for addresses; name one or more: {}", self.options(&all)))
            }
            _ => Err(self.several(&found)),
        }
    }

    /// Asks for one of several columns.
    fn several(&self, found: &[usize]) -> String {
        let (count, options) = (found.len(), self.options(found));
        format!("has {count} columns that may hold the addresses; name one or more: {options}")
    }

    fn options(&self, found: &[usize]) -> String {
        let shown: Vec<_> = found.iter().take(MAX_LISTED).map(|index| self.option(*index)).collect();
        let more = found.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", shown.join(", "))
    }

    /// The option that names a column, and what the column holds.
    fn option(&self, index: usize) -> String {
        let (mut addresses, possible, _) = self.count(index);
        let name = &self.first[index];
        addresses += usize::from(is_address(name));
        let least = if self.are_all { "" } else { "at least " };
        let s = if addresses == 1 { "" } else { "es" };
        let is_among_text = addresses == 0 && possible > 0;
        let (extract, holds) = match is_among_text {
            true => ("--extract ", format!("{least}{possible} that may be or hold an address")),
            false => ("", format!("{least}{addresses} address{s}")),
        };
        let is_plain = name.chars().all(|c| c.is_alphanumeric() || "_-.:".contains(c)) && !name.starts_with('-');
        let is_quotable = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.: ()/@#".contains(c));
        match alike(name, self.first).as_slice() {
            [only] if *only == index && is_plain && is_quotable => format!("{extract}--column {name} ({holds})"),
            [only] if *only == index && is_quotable => format!("{extract}--column \"{name}\" ({holds})"),
            _ => format!("{extract}--column {} ({}, {holds})", index + 1, quote(name)),
        }
    }
}

/// Whether a first cell is a heading rather than an invalid address: a word, or a usual heading.
pub(crate) fn is_heading(cell: &str) -> bool {
    let is_word = |c: char| c.is_alphabetic() || c.is_ascii_digit() || " _-()/".contains(c);
    let starts_well = cell.trim().starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_name = starts_well && cell.chars().all(is_word) && !cell.starts_with("0x");
    is_name || !known_names(std::iter::once(cell)).is_empty()
}
