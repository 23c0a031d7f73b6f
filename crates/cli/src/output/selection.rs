//! Which records are written in what order.

use std::cmp::{Ordering, Reverse};
use std::io;

use super::filter::Filter;
use crate::cli::{Format, OutputArguments, SortKey};
use crate::prevalence::PrevalenceBand;
use crate::record::Record;
use crate::report::Output;
use crate::summary::Summary;

/// An output that filters and sorts records.
pub(super) struct Selection<'a> {
    inner: Box<dyn Output + 'a>,
    filter: Filter,
    order: SortKey,
    /// Unless the order is that of the input, records wait for the last one.
    waiting: Vec<Record>,
}

impl<'a> Selection<'a> {
    /// Wraps the output, unless it neither filters nor sorts.
    pub(super) fn of(arguments: &OutputArguments, inner: Box<dyn Output + 'a>) -> Box<dyn Output + 'a> {
        let (filter, order) = (Filter::of(arguments), arguments.sort.unwrap_or(usual_order(arguments.format)));
        if filter.leaves_out_nothing() && order == SortKey::Input {
            return inner;
        }
        Box::new(Self { inner, filter, order, waiting: Vec::new() })
    }
}

/// People look for the rarest; programs get the records as they come.
fn usual_order(format: Format) -> SortKey {
    match format {
        Format::Table | Format::Markdown | Format::Html => SortKey::Rarity,
        Format::Json | Format::Ndjson | Format::Csv => SortKey::Input,
    }
}

impl Output for Selection<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        if !self.filter.shows(&record) {
            return Ok(());
        }
        if self.order == SortKey::Input {
            return self.inner.record(record);
        }
        self.waiting.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        let mut records = std::mem::take(&mut self.waiting);
        records.sort_by(|one, other| compare(self.order, one, other));
        for record in records {
            self.inner.record(record)?;
        }
        (summary.not_shown, summary.not_shown_because) = (self.filter.left_out(), self.filter.text());
        self.inner.finish(summary)
    }
}

/// Records that are equal keep the order in which they came.
fn compare(order: SortKey, one: &Record, other: &Record) -> Ordering {
    match order {
        SortKey::Input => Ordering::Equal,
        SortKey::Rarity => {
            let rarity = |record: &Record| (PrevalenceBand::of(record), record.devices());
            rarity(one).cmp(&rarity(other))
        }
        SortKey::Ip => unknown_last(one.ip, other.ip),
        SortKey::Prevalence => unknown_last(one.devices(), other.devices()),
        SortKey::FirstSeen => unknown_last(one.first_seen(), other.first_seen()),
        SortKey::LastSeen => unknown_last(one.last_seen().map(Reverse), other.last_seen().map(Reverse)),
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
    use crate::samples::{answered, contradictory, failed, give, invalid, output_arguments, summary};

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
            contradictory("10.0.0.3", 0, "orgFirstSeen"),
        ]
    }

    /// The inputs that come through, and how many records do not.
    fn selected(flags: &str) -> (String, usize) {
        let arguments = output_arguments(flags);
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
            ("ip", "2.0.0.1 9.0.0.1 10.0.0.1 10.0.0.2 10.0.0.3 2001:db8::1 x"),
            ("prevalence", "10.0.0.2 10.0.0.3 9.0.0.1 2.0.0.1 2001:db8::1 x 10.0.0.1"),
            ("first-seen", "2001:db8::1 9.0.0.1 2.0.0.1 x 10.0.0.1 10.0.0.2 10.0.0.3"),
            ("last-seen", "2001:db8::1 9.0.0.1 2.0.0.1 x 10.0.0.1 10.0.0.2 10.0.0.3"),
            ("rarity", "9.0.0.1 2.0.0.1 2001:db8::1 10.0.0.3 10.0.0.2 10.0.0.1 x"),
            ("input", "x 9.0.0.1 2001:db8::1 10.0.0.1 10.0.0.2 2.0.0.1 10.0.0.3"),
        ];
        for (order, expected) in cases {
            assert_eq!(selected(&format!("--sort {order}")), (expected.to_owned(), 0), "{order}");
        }
    }

    #[test]
    fn people_see_the_rarest_first_and_programs_the_input() {
        for (format, order) in [
            ("table", "rarity"),
            ("markdown", "rarity"),
            ("html", "rarity"),
            ("json", "input"),
            ("ndjson", "input"),
            ("csv", "input"),
        ] {
            assert_eq!(selected(&format!("--format {format}")), selected(&format!("--sort {order}")), "{format}");
        }
    }

    #[test]
    fn what_is_left_out_is_counted_in_any_order() {
        assert_eq!(selected("--unseen-only --sort input"), ("x 10.0.0.1 10.0.0.2 10.0.0.3".to_owned(), 3));
        assert_eq!(selected("--unseen-only"), ("10.0.0.3 10.0.0.2 10.0.0.1 x".to_owned(), 3));
    }
}
