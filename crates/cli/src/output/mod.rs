//! The formats in which records are written, and which records are written in what order.
//!
//! The formats use `wording`, and know nothing of each other.

mod data;
pub(crate) mod file;
mod html;
mod markdown;
mod table;
mod wording;

use std::cmp::{Ordering, Reverse};
use std::io;

use crate::cli::{Format, OutputArguments, SortKey};
use crate::console::Results;
use crate::record::{Output, Record, Statistics, Summary};
use wording::Zone;

/// The output that the flags choose.
pub(crate) fn of<'a>(arguments: &OutputArguments, results: Results<'a>) -> io::Result<Box<dyn Output + 'a>> {
    let Results { writer, colors, width } = results;
    let zone = if arguments.utc { Zone::Utc } else { Zone::Local };
    let output: Box<dyn Output + 'a> = match arguments.format {
        Format::Table => Box::new(table::Table::new(writer, colors, width, zone)),
        Format::Markdown => Box::new(markdown::Markdown::new(writer, zone)),
        Format::Html => Box::new(html::Page::new(writer, zone)),
        Format::Json => Box::new(data::Document::new(writer)),
        Format::Ndjson => Box::new(data::Lines::new(writer)),
        Format::Csv => Box::new(data::Csv::new(writer)?),
    };
    Ok(Selection::of(arguments, output))
}

/// An output that filters and sorts records.
struct Selection<'a> {
    inner: Box<dyn Output + 'a>,
    /// Addresses with more devices are left out.
    most_devices: Option<i64>,
    order: Option<SortKey>,
    /// Where there is an order, records wait for the last one.
    waiting: Vec<Record>,
    not_shown: usize,
}

impl<'a> Selection<'a> {
    /// Wraps the output, unless it neither filters nor sorts.
    fn of(arguments: &OutputArguments, inner: Box<dyn Output + 'a>) -> Box<dyn Output + 'a> {
        let most_devices = if arguments.unseen_only { Some(0) } else { arguments.max_prevalence.map(i64::from) };
        let order = arguments.sort;
        if most_devices.is_none() && order.is_none() {
            return inner;
        }
        Box::new(Self { inner, most_devices, order, waiting: Vec::new(), not_shown: 0 })
    }

    /// Failures are shown: leaving one out would make it look like an answer.
    fn shows(&self, record: &Record) -> bool {
        let devices = record.statistics.as_ref().map(|statistics| statistics.organization_prevalence);
        !matches!((devices, self.most_devices), (Some(devices), Some(most)) if devices > most)
    }
}

impl Output for Selection<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        if !self.shows(&record) {
            self.not_shown += 1;
            return Ok(());
        }
        if self.order.is_some() {
            self.waiting.push(record);
            return Ok(());
        }
        self.inner.record(record)
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        let mut records = std::mem::take(&mut self.waiting);
        if let Some(order) = self.order {
            records.sort_by(|one, other| compare(order, one, other));
        }
        for record in records {
            self.inner.record(record)?;
        }
        summary.not_shown = self.not_shown;
        self.inner.finish(summary)
    }
}

/// Records that are equal keep the order in which they came.
fn compare(order: SortKey, one: &Record, other: &Record) -> Ordering {
    fn known<T>(record: &Record, value: impl Fn(&Statistics) -> Option<T>) -> Option<T> {
        record.statistics.as_ref().and_then(value)
    }
    match order {
        SortKey::Ip => unknown_last(one.ip, other.ip),
        SortKey::Prevalence => {
            let devices = |record| known(record, |statistics| Some(statistics.organization_prevalence));
            unknown_last(devices(one), devices(other))
        }
        SortKey::FirstSeen => {
            let first = |record| known(record, |statistics| statistics.org_first_seen);
            unknown_last(first(one), first(other))
        }
        SortKey::LastSeen => {
            let last = |record| known(record, |statistics| statistics.org_last_seen).map(Reverse);
            unknown_last(last(one), last(other))
        }
    }
}

fn unknown_last<T: Ord>(one: Option<T>, other: Option<T>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.cmp(&other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;
    use crate::console::Results;
    use crate::record::samples::{answered, failed, give, invalid, summary};

    #[derive(Clone, Default)]
    struct Inputs(Rc<RefCell<Vec<String>>>);

    impl Output for Inputs {
        fn record(&mut self, record: Record) -> io::Result<()> {
            self.0.borrow_mut().push(record.input);
            Ok(())
        }

        fn finish(&mut self, _: &mut Summary) -> io::Result<()> {
            Ok(())
        }
    }

    fn records() -> Vec<Record> {
        vec![
            invalid("x", "no address"),
            answered("9.0.0.1", 7, Some(("2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"))),
            answered("2001:db8::1", 700, Some(("2026-01-01T00:00:00Z", "2026-01-06T00:00:00Z"))),
            failed("10.0.0.1", "busy"),
            answered("10.0.0.2", 0, None),
            answered("2.0.0.1", 7, Some(("2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"))),
        ]
    }

    /// The inputs that come through, and how many records do not.
    fn selected(sort: Option<SortKey>, max_prevalence: Option<u32>, unseen_only: bool) -> (String, usize) {
        let arguments =
            OutputArguments { format: Format::Csv, output: None, sort, max_prevalence, unseen_only, utc: true };
        let inputs = Inputs::default();
        let mut selection = Selection::of(&arguments, Box::new(inputs.clone()));
        let mut summary = summary(&records());
        give(&mut *selection, records());
        selection.finish(&mut summary).unwrap_or_else(|error| panic!("{error}"));
        let inputs = inputs.0.borrow().join(" ");
        (inputs, summary.not_shown)
    }

    #[test]
    fn what_is_unknown_comes_last_and_what_is_equal_keeps_its_order() {
        let cases = [
            (SortKey::Ip, "2.0.0.1 9.0.0.1 10.0.0.1 10.0.0.2 2001:db8::1 x"),
            (SortKey::Prevalence, "10.0.0.2 9.0.0.1 2.0.0.1 2001:db8::1 x 10.0.0.1"),
            (SortKey::FirstSeen, "2001:db8::1 9.0.0.1 2.0.0.1 x 10.0.0.1 10.0.0.2"),
            (SortKey::LastSeen, "2001:db8::1 9.0.0.1 2.0.0.1 x 10.0.0.1 10.0.0.2"),
        ];
        for (order, expected) in cases {
            assert_eq!(selected(Some(order), None, false), (expected.to_owned(), 0), "{order:?}");
        }
    }

    #[test]
    fn what_is_not_known_to_be_common_stays() {
        assert_eq!(selected(None, Some(7), false), ("x 9.0.0.1 10.0.0.1 10.0.0.2 2.0.0.1".to_owned(), 1));
        assert_eq!(selected(None, Some(6), false), ("x 10.0.0.1 10.0.0.2".to_owned(), 3));
        assert_eq!(selected(None, None, true), ("x 10.0.0.1 10.0.0.2".to_owned(), 3));
        assert_eq!(selected(Some(SortKey::Ip), None, true), ("10.0.0.1 10.0.0.2 x".to_owned(), 3));
    }

    fn written(format: Format, records: Vec<Record>) -> String {
        let arguments =
            OutputArguments { format, output: None, sort: None, max_prevalence: None, unseen_only: false, utc: true };
        let mut summary = summary(&records);
        let mut written = Vec::new();
        let results = Results { writer: &mut written, colors: false, width: None };
        let mut output = of(&arguments, results).unwrap_or_else(|error| panic!("{error}"));
        give(&mut *output, records);
        output.finish(&mut summary).unwrap_or_else(|error| panic!("{error}"));
        drop(output);
        String::from_utf8_lossy(&written).into_owned()
    }

    /// No way of giving them brings such texts here, but nothing keeps a service from writing such a reason.
    #[test]
    fn no_text_turns_a_line_or_ends_a_cell() {
        let all = [Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Markdown, Format::Html];
        let plain = |text: &str| vec![invalid(text, text), failed("8.8.8.8", text)];
        for format in all {
            let expected = written(format, plain("a b c d")).lines().count();
            let text = written(format, plain("a\r\nb\tc\r| d"));
            assert_eq!(text.lines().count(), expected, "{text}");
            assert!(!text.contains(['\r', '\t']), "{text}");
            assert!(text.contains("a\\r\\nb\\tc\\r") || text.contains("a\\u000d\\u000ab\\u0009c"), "{text}");
        }
    }
}
