//! The table for people.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};
use textwrap::{Options, WordSeparator, WordSplitter};

use super::wording::{self, Times, Zone, address, any_repeated};
use crate::phrase::plural;
use crate::prevalence::{LEGEND, PrevalenceBand};
use crate::record::{Record, Status};
use crate::report::Output;
use crate::summary::Summary;

const ADDRESS: usize = 0;
const HEADING: &str = "ADDRESS";

/// Between two columns, and where there is little room.
const GAP: u16 = 2;
const NARROW_GAP: u16 = 1;

/// How wide a date is.
const DATE: u16 = 10;

/// With less room than this, an address would be spelled downwards; the terminal may wrap the lines instead.
const NARROWEST: u16 = 60;

/// Aligned columns, the reasons of failures below, and a summary at the end, where a reader of a long list is.
pub(super) struct Table<'a> {
    writer: &'a mut dyn Write,
    colors: bool,
    width: Option<u16>,
    zone: Zone,
    records: Vec<Record>,
}

impl<'a> Table<'a> {
    pub(super) fn new(writer: &'a mut dyn Write, colors: bool, width: Option<u16>, zone: Zone) -> Self {
        Self { writer, colors, width, zone, records: Vec::new() }
    }

    /// Lays out the table. If the width does not hold an address beside its number of occurrences, that column is left out
    /// and the numbers are listed below; returns whether they are.
    fn layout(&self) -> (comfy_table::Table, bool) {
        let repeated = any_repeated(&self.records);
        let table = self.columns(repeated);
        let Some(width) = self.width else { return (table, false) };
        let longest_address = self.longest_address();
        let is_below = repeated && !holds_addresses(&table, width, longest_address);
        let mut table = if is_below { self.columns(false) } else { table };
        fit(&mut table, width, longest_address);
        (table, is_below)
    }

    fn columns(&self, repeated: bool) -> comfy_table::Table {
        let times = Times::of(self.zone, &self.records);
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING);
        // The library would measure standard output, which may not be the writer.
        table.force_no_tty();
        if self.colors {
            table.enforce_styling();
        }
        table.set_header(headings(&times, repeated));
        table.add_rows(self.records.iter().map(|record| row(record, &times, repeated)));
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        table
    }

    /// Without invalid addresses.
    fn longest_address(&self) -> u16 {
        let addresses = self.records.iter().filter_map(|record| record.ip).map(|ip| ip.to_string().len());
        addresses.chain([HEADING.len()]).max().and_then(|longest| longest.try_into().ok()).unwrap_or(u16::MAX)
    }

    /// Writes lines that end between words: a terminal breaks them anywhere.
    fn write_text(&mut self, text: &str) -> io::Result<()> {
        let Some(width) = self.width else { return writeln!(self.writer, "{text}") };
        let options = Options::new(width.into())
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        writeln!(self.writer, "{}", textwrap::fill(text, options))
    }

    fn write_summary(&mut self, summary: &Summary, repeated: Option<String>, now: DateTime<Utc>) -> io::Result<()> {
        self.write_text(&wording::counts(summary))?;
        let times = Times::of(self.zone, &self.records);
        if let Some(first_and_last) = wording::first_and_last(summary, &times) {
            self.write_text(&first_and_last)?;
        }
        for line in self.rarest(summary, &times) {
            self.write_text(&line)?;
        }
        for remark in wording::remarks(summary, now).into_iter().chain(repeated) {
            self.write_text(&remark)?;
        }
        if self.records.iter().any(|record| PrevalenceBand::of(record).is_seen()) {
            self.write_text(&format!("Status: {LEGEND}"))?;
        }
        let organization = wording::organization(&summary.organization);
        if !organization.is_empty() {
            let parts: Vec<_> = organization.iter().map(|(name, value)| format!("{name} {value}")).collect();
            self.write_text(&format!("Organization: {}", parts.join(", ")))?;
        }
        if let Some(source) = summary.source {
            self.write_text(&format!("Source: {source}, not your organization"))?;
        }
        Ok(())
    }

    /// What the end of a long list repeats of its beginning.
    fn rarest(&self, summary: &Summary, times: &Times) -> Vec<String> {
        let (rarest, more) = wording::rarest(&self.records);
        let width = rarest.iter().map(|record| address(record).len()).max().unwrap_or_default();
        let line = |record: &&Record| {
            let devices = plural(record.devices().unwrap_or_default(), "device", "devices");
            let last = record.last_seen().map(|last| format!(", last seen {}", times.whole_text(last)));
            format!("  {:width$}  {devices}{}", address(record), last.unwrap_or_default())
        };
        let heading = (!rarest.is_empty()).then(|| "Rarest:".to_owned());
        let others = (more > 0).then(|| format!("  and {more} more"));
        let mut lines: Vec<_> = heading.into_iter().chain(rarest.iter().map(line)).chain(others).collect();
        let unseen = self.records.iter().filter(|record| record.status == Status::Unseen).count();
        if !rarest.is_empty() && unseen > wording::LONG && summary.not_shown == 0 {
            lines.push("Without the unseen: --seen-only".to_owned());
        }
        lines
    }

    /// Why there are answers that are missing, or not to be relied on.
    fn reasons(&self) -> Vec<String> {
        let contradictions = wording::contradictory(&self.records).map(|(record, contradictions)| {
            format!("{}, whose answer contradicts itself: {contradictions}", address(record))
        });
        let unanswered = wording::unanswered(&self.records).into_iter().filter_map(|unanswered| {
            let (record, others) = unanswered.records.split_first()?;
            let location = wording::location(record).map(|location| format!(" ({location})")).unwrap_or_default();
            let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            Some(format!("{}{location}{others}: {}", address(record), unanswered.reason))
        });
        contradictions.chain(unanswered).collect()
    }

    fn write(&mut self, summary: &Summary, now: DateTime<Utc>) -> io::Result<()> {
        let (table, repetition_is_below) = self.layout();
        if !self.records.is_empty() {
            for line in table.lines() {
                writeln!(self.writer, "{}", line.trim_end())?;
            }
            writeln!(self.writer)?;
        }
        let reasons = self.reasons();
        for reason in &reasons {
            self.write_text(reason)?;
        }
        if !reasons.is_empty() {
            writeln!(self.writer)?;
        }
        self.write_summary(summary, repetition_is_below.then(|| wording::repeated(&self.records)), now)
    }
}

impl Output for Table<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        self.write(summary, Utc::now())
    }
}

/// If there is too little room, invalid addresses are wrapped; else dates and times go below each other; else columns
/// move together as well, and all that is too long is wrapped.
fn fit(table: &mut comfy_table::Table, width: u16, longest_address: u16) {
    let mut columns = table.column_max_content_widths();
    if total(&columns, GAP) <= width {
        return;
    }
    columns[ADDRESS] = longest_address;
    let stacked = total(&columns, GAP) > width;
    let dates = columns.len() - 2..columns.len();
    if stacked {
        columns[dates.clone()].fill(DATE);
    }
    let gap = if total(&columns, GAP) <= width { GAP } else { NARROW_GAP };
    // The gap behind the last column is cut off.
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(NARROWEST).saturating_add(gap));
    for column in table.column_iter_mut() {
        column.set_padding((0, gap));
        column.set_constraint(match column.index {
            ADDRESS => continue,
            index if stacked && dates.contains(&index) => ColumnConstraint::Absolute(Width::Fixed(DATE + gap)),
            _ => ColumnConstraint::ContentWidth,
        });
    }
}

/// Whether every address fits one line if all other columns are as narrow as possible.
fn holds_addresses(table: &comfy_table::Table, width: u16, longest_address: u16) -> bool {
    let mut columns = table.column_max_content_widths();
    columns[ADDRESS] = longest_address;
    let dates = columns.len() - 2..columns.len();
    columns[dates].fill(DATE);
    total(&columns, NARROW_GAP) <= width
}

/// How wide all columns are together.
fn total(columns: &[u16], gap: u16) -> u16 {
    let all = columns.iter().fold(0, |sum: u16, column| sum.saturating_add(column.saturating_add(gap)));
    all.saturating_sub(gap)
}

fn headings(times: &Times, repeated: bool) -> Vec<Cell> {
    let zone = times.zone();
    let heading = |text: &str| Cell::new(text).add_attribute(Attribute::Bold);
    let mut headings = vec![heading(HEADING), heading("STATUS"), right(heading("DEVICES"))];
    if repeated {
        headings.push(right(heading("GIVEN")));
    }
    headings.extend([heading(&format!("FIRST SEEN ({zone})")), heading(&format!("LAST SEEN ({zone})"))]);
    headings
}

fn row(record: &Record, times: &Times, repeated: bool) -> Vec<Cell> {
    let devices = record.devices().map(|devices| devices.to_string());
    let time = |moment: Option<_>| Cell::new(moment.map_or_else(nothing, |moment| times.text(moment)));
    let band = PrevalenceBand::of(record);
    let mut row = vec![
        Cell::new(address(record)),
        colored(Cell::new(band.name()), band),
        right(colored(Cell::new(devices.unwrap_or_else(nothing)), band)),
    ];
    if repeated {
        row.push(right(Cell::new(record.occurrences)));
    }
    row.extend([time(record.first_seen()), time(record.last_seen())]);
    row
}

/// Rare bands are brighter; the word alone is enough without colours.
fn colored(cell: Cell, band: PrevalenceBand) -> Cell {
    match band {
        PrevalenceBand::Unseen => cell.fg(Color::DarkGreen),
        PrevalenceBand::Rare => cell.fg(Color::DarkYellow).add_attribute(Attribute::Bold),
        PrevalenceBand::Uncommon => cell.fg(Color::DarkCyan),
        PrevalenceBand::Common => cell,
        PrevalenceBand::Contradictory | PrevalenceBand::Failed | PrevalenceBand::Invalid => cell.fg(Color::DarkRed),
    }
}

fn right(cell: Cell) -> Cell {
    cell.set_alignment(CellAlignment::Right)
}

fn nothing() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{answered, give, invalid, mixed, now, summary};

    fn text(width: Option<u16>, colors: bool, records: Vec<Record>) -> String {
        let mut written = Vec::new();
        let summary = summary(&records);
        let mut table = Table::new(&mut written, colors, width, Zone::Utc);
        give(&mut table, records);
        table.write(&summary, now()).unwrap_or_else(|error| panic!("{error}"));
        String::from_utf8_lossy(&written).into_owned()
    }

    fn rows(text: &str) -> impl Iterator<Item = &str> {
        text.lines().take_while(|line| !line.is_empty())
    }

    #[test]
    fn it_fits_the_width() {
        insta::assert_snapshot!("table-80", text(Some(80), false, mixed()));
        insta::assert_snapshot!("table-200", text(Some(200), false, mixed()));
        for width in [60, 72, 80, 100, 120] {
            let text = text(Some(width), false, mixed());
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width.into()), "{widest:?} of {width}:\n{text}");
        }
    }

    /// Common lists: no line is wrapped.
    #[test]
    fn ipv4_takes_one_line_of_80_columns() {
        let seen = Some(("2026-03-02T06:00:00Z", "2026-03-31T11:59:59Z"));
        let text = text(Some(80), false, vec![answered("255.255.255.255", 50, seen), answered("8.8.8.8", 0, None)]);
        assert_eq!(rows(&text).count(), 3, "{text}");
    }

    #[test]
    fn what_is_no_address_gives_way_to_the_dates() {
        let seen = Some(("2026-03-02T06:00:00Z", "2026-03-31T11:59:59Z"));
        let text = text(Some(80), false, vec![answered("8.8.8.8", 50, seen), invalid(&"x".repeat(70), "no address")]);
        assert!(text.contains("8.8.8.8") && text.contains("2026-03-02 06:00:00  2026-03-31 11:59:59"), "{text}");
        assert!(text.contains("x  invalid "), "{text}");
    }

    #[test]
    fn the_longest_address_is_not_broken_at_80_columns() {
        let address = "2a02:8109:9c40:1234:5d2c:8f1e:ab34:cd12";
        let seen = Some(("2026-03-02T06:00:00Z", "2026-03-31T11:59:59Z"));
        let text = text(Some(80), false, vec![answered(address, 50, seen)]);
        assert!(text.contains(&format!("{address} uncommon")), "{text}");
    }

    /// The number of occurrences stands in the table if there is room, and below it otherwise.
    #[test]
    fn an_address_can_be_copied_also_where_it_is_given_several_times() {
        let address = "2a02:8109:9c40:1234:5d2c:8f1e:ab34:cd12";
        let seen = Some(("2026-03-02T06:00:00Z", "2026-03-31T11:59:59Z"));
        let given = |address, occurrences| Record { occurrences, ..answered(address, 50, seen) };
        let records = || vec![given("8.8.8.8", 1), given("1.1.1.1", 2), given(address, 12)];
        let listed = format!("Given more than once: {address} (12 times) and 1.1.1.1 (2 times)");
        for (width, in_table) in [(78, false), (80, false), (83, false), (84, true), (100, true), (200, true)] {
            let text = text(Some(width), false, records());
            assert!(rows(&text).any(|row| row.starts_with(address)), "{width}:\n{text}");
            assert_eq!(rows(&text).any(|row| row.contains("GIVEN")), in_table, "{width}:\n{text}");
            assert_eq!(text.replace('\n', " ").contains(&listed), !in_table, "{width}:\n{text}");
            let widest = rows(&text).map(|line| line.chars().count()).max();
            assert!(widest <= Some(width.into()), "{widest:?} of {width}:\n{text}");
        }
    }

    #[test]
    fn colours_only_where_they_are_shown() {
        let colored = text(None, true, mixed());
        let plain = text(None, false, mixed());
        assert!(!plain.contains('\u{1b}'), "{plain}");
        insta::assert_snapshot!("table-colours", colored.replace('\u{1b}', "ESC"));
    }
}
