//! The table for people.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};
use mde_client::Timestamp;

use super::Output;
use crate::record::{Failure, Record, Status, Summary};

const ADDRESS: usize = 0;
const STATUS: usize = 1;
const DEVICES: usize = 2;

/// Between two columns.
const GAP: u16 = 2;

/// How wide a date is.
const DATE: u16 = 10;

/// With less room than this, an address would be spelled downwards; the terminal may wrap the lines instead.
const NARROWEST: u16 = 60;

/// Aligned columns, a summary below, and the reasons of what failed.
pub(super) struct Table<'a> {
    writer: &'a mut dyn Write,
    colors: bool,
    width: Option<u16>,
    records: Vec<Record>,
}

impl<'a> Table<'a> {
    pub(super) fn new(writer: &'a mut dyn Write, colors: bool, width: Option<u16>) -> Self {
        Self { writer, colors, width, records: Vec::new() }
    }

    fn layout(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING);
        // What the library would find out about the standard output may not hold for the writer.
        table.force_no_tty();
        if self.colors {
            table.enforce_styling();
        }
        table.set_header(["ADDRESS", "STATUS", "DEVICES", "FIRST SEEN (UTC)", "LAST SEEN (UTC)"]);
        table.add_rows(self.records.iter().map(row));
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
            if column.index == DEVICES {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(width) = self.width {
            fit(&mut table, width);
        }
        table
    }

    fn write_reasons(&mut self) -> io::Result<()> {
        let failures: Vec<_> =
            self.records.iter().filter_map(|record| Some((record, record.error.as_ref()?))).collect();
        // A list that breaks off has one reason for thousands of addresses.
        for alike in failures.chunk_by(|(_, one), (_, next)| one.explanation == next.explanation) {
            let [(record, Failure { explanation, .. }), others @ ..] = alike else { continue };
            let address = address(record);
            match others.len() {
                0 => writeln!(self.writer, "{address}: {explanation}")?,
                others => writeln!(self.writer, "{address} and {others} more: {explanation}")?,
            }
        }
        Ok(())
    }
}

/// Where there is too little room, dates and times go below each other, and what else is too long is wrapped.
fn fit(table: &mut comfy_table::Table, width: u16) {
    let content = table.column_max_content_widths();
    let natural = content.iter().fold(0, |sum: u16, column| sum.saturating_add(column.saturating_add(GAP)));
    // The gap behind the last column is cut off.
    let room = width.saturating_add(GAP);
    if natural <= room {
        return;
    }
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(room.max(NARROWEST));
    for column in table.column_iter_mut() {
        column.set_constraint(match column.index {
            ADDRESS => continue,
            STATUS | DEVICES => ColumnConstraint::ContentWidth,
            _ => ColumnConstraint::Absolute(Width::Fixed(DATE + GAP)),
        });
    }
}

impl Output for Table<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        for line in self.layout().lines() {
            writeln!(self.writer, "{}", line.trim_end())?;
        }
        writeln!(self.writer, "\n{}", summary_line(summary, self.records.first()))?;
        if let Some(source) = summary.source {
            writeln!(self.writer, "Source: {source}, not your organization")?;
        }
        self.write_reasons()
    }
}

fn row(record: &Record) -> Vec<Cell> {
    let statistics = record.statistics.as_ref();
    let devices = statistics.map(|statistics| statistics.organization_prevalence.to_string());
    let first = statistics.and_then(|statistics| statistics.org_first_seen);
    let last = statistics.and_then(|statistics| statistics.org_last_seen);
    let color = match record.status {
        Status::Seen => Color::DarkYellow,
        Status::Unseen => Color::DarkGreen,
        Status::Failed | Status::Invalid => Color::DarkRed,
    };
    vec![
        Cell::new(address(record)),
        Cell::new(record.status.name()).fg(color),
        Cell::new(devices.unwrap_or_else(nothing)),
        Cell::new(first.map_or_else(nothing, time)),
        Cell::new(last.map_or_else(nothing, time)),
    ]
}

/// The address in its shortest form, or what was given in its place, without what would move the cursor.
fn address(record: &Record) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    record.ip.map_or_else(|| record.input.chars().map(shown).collect(), |ip| ip.to_string())
}

fn nothing() -> String {
    "-".to_owned()
}

fn time(moment: Timestamp) -> String {
    moment.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string()
}

fn summary_line(summary: &Summary, any_record: Option<&Record>) -> String {
    let mut counts = vec![format!("{} seen", summary.seen), format!("{} unseen", summary.unseen)];
    for (count, name) in [(summary.failed, "failed"), (summary.invalid, "invalid")] {
        if count > 0 {
            counts.push(format!("{count} {name}"));
        }
    }
    let look_back = any_record.map(|record| format!(" in the last {} h", record.look_back_hours)).unwrap_or_default();
    format!("{} {}{look_back}: {}", summary.records(), addresses(summary.records()), counts.join(", "))
}

fn addresses(count: usize) -> &'static str {
    if count == 1 { "address" } else { "addresses" }
}
