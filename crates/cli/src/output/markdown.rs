//! Markdown for a ticket.
//!
//! External text goes into code spans, which have no links, mentions, pictures or HTML, and from which addresses can be
//! copied without defanging.

use std::io::{self, Write};

use chrono::{DateTime, Utc};

use super::wording::{self, Times, Zone, address, any_repeated};
use crate::prevalence::{LEGEND, PrevalenceBand};
use crate::record::Record;
use crate::report::Output;
use crate::summary::Summary;

/// A heading, the summary, a table, and the reasons of failures.
pub(super) struct Markdown<'a> {
    writer: &'a mut dyn Write,
    zone: Zone,
    records: Vec<Record>,
}

impl<'a> Markdown<'a> {
    pub(super) fn new(writer: &'a mut dyn Write, zone: Zone) -> Self {
        Self { writer, zone, records: Vec::new() }
    }

    fn write(&mut self, summary: &Summary, now: DateTime<Utc>) -> io::Result<()> {
        let times = Times::of(self.zone, &self.records);
        let writer = &mut *self.writer;
        writeln!(writer, "## Devices that talked to {}\n", wording::addresses(summary.addresses))?;
        if let Some(source) = summary.source {
            writeln!(writer, "> **These figures come from a {source}, and say nothing about your organization.**\n")?;
        }
        let (endpoint, written) = (code(&summary.endpoint), times.whole_text(now.into()));
        write!(writer, "{}. ", wording::counts(summary))?;
        if let Some(first_and_last) = wording::first_and_last(summary, &times) {
            write!(writer, "{first_and_last}. ")?;
        }
        writeln!(writer, "Asked {endpoint}, written {written}.")?;
        let organization = wording::organization(&summary.organization);
        if !organization.is_empty() {
            let parts: Vec<_> = organization.iter().map(|(name, value)| format!("{name} {}", code(value))).collect();
            writeln!(writer, "\nOrganization: {}.", parts.join(", "))?;
        }
        for remark in wording::remarks(summary, now) {
            writeln!(writer, "\n{remark}.")?;
        }
        if !self.records.is_empty() {
            write_table(writer, &self.records, &times)?;
        }
        if self.records.iter().any(|record| PrevalenceBand::of(record).is_seen()) {
            writeln!(writer, "\nStatus: {LEGEND}.")?;
        }
        write_contradictions(writer, &self.records)?;
        write_reasons(writer, &self.records)
    }
}

impl Output for Markdown<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        self.write(summary, Utc::now())
    }
}

fn write_table(writer: &mut dyn Write, records: &[Record], times: &Times) -> io::Result<()> {
    let repeated = any_repeated(records);
    let zone = times.zone();
    let (given, rule) = if repeated { (" Given |", " ---: |") } else { ("", "") };
    writeln!(writer, "\n| Address | Status | Devices |{given} First seen ({zone}) | Last seen ({zone}) |")?;
    writeln!(writer, "| --- | --- | ---: |{rule} --- | --- |")?;
    for record in records {
        let devices = record.devices().map(|devices| devices.to_string());
        let time = |moment: Option<_>| moment.map_or_else(nothing, |moment| times.text(moment));
        let mut cells = vec![
            // In a table, a bar ends a cell even within a code span.
            code(&address(record)).replace('|', "\\|"),
            PrevalenceBand::of(record).name().to_owned(),
            devices.unwrap_or_else(nothing),
        ];
        if repeated {
            cells.push(record.occurrences.to_string());
        }
        cells.extend([time(record.first_seen()), time(record.last_seen())]);
        writeln!(writer, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn write_contradictions(writer: &mut dyn Write, records: &[Record]) -> io::Result<()> {
    for (index, (record, contradictions)) in wording::contradictory(records).enumerate() {
        if index == 0 {
            writeln!(writer, "\n### Answers that contradict themselves\n")?;
        }
        writeln!(writer, "- {}: {}", code(&address(record)), code(&contradictions))?;
    }
    Ok(())
}

fn write_reasons(writer: &mut dyn Write, records: &[Record]) -> io::Result<()> {
    let unanswered = wording::unanswered(records);
    if !unanswered.is_empty() {
        writeln!(writer, "\n### Not answered\n")?;
    }
    for unanswered in unanswered {
        let [record, others @ ..] = &unanswered.records[..] else { continue };
        let place = wording::location(record).map(|place| format!(" ({})", code(&place))).unwrap_or_default();
        let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        writeln!(writer, "- {}{place}{others}: {}", code(&address(record)), code(&unanswered.reason))?;
    }
    Ok(())
}

/// A code span, between more backticks than there are in it in a row. The text has no line breaks.
fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // One space on each side is taken away when it is read.
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn nothing() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{give, mixed, now, summary};

    #[test]
    fn a_ticket() {
        let mut written = Vec::new();
        let mut summary = summary(&mixed());
        (summary.expected, summary.not_shown, summary.left_out) = (20, 3, 1);
        summary.not_shown_because = "3 unseen (--seen-only)".to_owned();
        let mut markdown = Markdown::new(&mut written, Zone::Utc);
        give(&mut markdown, mixed());
        markdown.write(&summary, now()).unwrap_or_else(|error| panic!("{error}"));
        insta::assert_snapshot!("markdown", String::from_utf8_lossy(&written));
    }

    #[test]
    fn a_code_span_holds_any_line() {
        let cases = [
            ("8.8.8.8", "`8.8.8.8`"),
            ("a`b", "``a`b``"),
            ("a``b`", "``` a``b` ```"),
            ("`", "`` ` ``"),
            (" x", "`  x `"),
            ("", "(empty)"),
            ("<b>|", "`<b>|`"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected);
        }
    }
}
