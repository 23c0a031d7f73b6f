//! The table of the page: its rows, how long their bars are, and where they lie.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use mde_client::{LookBackHours, Timestamp};

use crate::output::wording::{Times, address, any_repeated};
use crate::phrase::rounded_down;
use crate::prevalence::PrevalenceBand;
use crate::record::Record;
use mde_input::escape::excerpt;

/// How many characters of an input are shown if it is not the address itself.
const LONGEST: usize = 120;

/// All records, and the scales of their rows.
pub(super) struct Rows<'a> {
    pub(super) records: &'a [Record],
    pub(super) times: &'a Times,
    pub(super) axis: &'a Axis,
    pub(super) bars: Bars,
}

impl Rows<'_> {
    /// The roles are those that the elements have anyway, but lose in browsers where the style of a narrow window puts the
    /// cells of a row below each other.
    pub(super) fn table(&self) -> Markup {
        let repeated = any_repeated(self.records);
        html! {
            table #records role="table" {
                caption { "The prevalence of each address, and when it was first and last seen" }
                thead role="rowgroup" { (self.headings(repeated)) }
                tbody role="rowgroup" {
                    "\n"
                    @for record in self.records { (self.row(record, repeated)) "\n" }
                }
            }
        }
    }

    fn headings(&self, repeated: bool) -> Markup {
        let zone = self.times.zone();
        let end = |moment: Timestamp| html! { time datetime=(moment) { (self.times.date(moment)) } };
        let most = self.bars.most();
        let scale = html! { @if most > 0 { span.note { "bars: logarithmic, to " (most) } } };
        let axis = html! {
            span.ends { (end(self.axis.start)) (end(self.axis.end)) }
            @if self.axis.look_back.is_some() { span.note { "line: start of the look-back" } }
            @if self.axis.is_exceeded { span.note { "some start earlier" } }
        };
        html! {
            tr role="row" {
                (heading("address", "Address", "text", html! {}))
                (heading("status", "Status", "number", html! {}))
                (heading("devices", "Devices", "number", scale))
                @if repeated { (heading("times", "Given", "number", html! {})) }
                (heading("first", &format!("First seen ({zone})"), "number", html! {}))
                (heading("last", &format!("Last seen ({zone})"), "number", html! {}))
                (heading("span", "First to last", "number", axis))
            }
        }
    }

    fn row(&self, record: &Record, repeated: bool) -> Markup {
        let band = PrevalenceBand::of(record);
        let devices = record.devices();
        let address = address(record);
        let given = record.ip.is_some() && record.input != address;
        html! {
            tr role="row" data-status=(band.name()) {
                td.address role="cell" data-key=[record.ip.map(key)] {
                    code { (address) }
                    @if given { span.given { (excerpt(&record.input, LONGEST)) } }
                }
                td.status role="cell" data-key=(band.position()) { span.{ "is-" (band.name()) } { (band.name()) } }
                td.devices role="cell" data-key=[devices] {
                    @if let Some(devices) = devices { span.number { (devices) } (self.bar(devices)) } @else { "–" }
                }
                @if repeated { td.times role="cell" data-key=(record.occurrences) { (record.occurrences) } }
                (self.time("first", record.first_seen()))
                (self.time("last", record.last_seen()))
                (self.span(record.first_seen(), record.last_seen()))
            }
        }
    }

    /// Without one for no device, a row is lower: most rows of a long list are such.
    fn bar(&self, devices: i64) -> Markup {
        let bar = || drawing("bar", html! { rect width=(self.bars.length(devices)) height="10" {} });
        html! { @if devices > 0 { (bar()) } }
    }

    fn time(&self, name: &str, moment: Option<Timestamp>) -> Markup {
        let key = moment.map(|moment| moment.to_datetime().timestamp_micros());
        html! {
            td.{ (name) } role="cell" data-key=[key] {
                @if let Some(moment) = moment { time datetime=(moment) { (self.times.text(moment)) } } @else { "–" }
            }
        }
    }

    fn span(&self, first: Option<Timestamp>, last: Option<Timestamp>) -> Markup {
        let ends = first.zip(last);
        let seconds = ends.map(|(first, last)| (last.to_datetime() - first.to_datetime()).num_seconds());
        html! {
            td.span role="cell" data-key=[seconds] {
                @if let (Some((first, last)), Some(seconds)) = (ends, seconds) {
                    (self.line(first, last))
                    span.note { (rounded_down(Duration::from_secs(seconds.unsigned_abs()))) }
                }
            }
        }
    }

    fn line(&self, first: Timestamp, last: Timestamp) -> Markup {
        let (start, length) = self.axis.bar(first, last);
        let shapes = html! {
            rect x=(start) width=(length) height="10" {}
            @if let Some(start) = self.axis.look_back { path d={ "M" (start) " 0V10" } {} }
        };
        drawing("line", shapes)
    }
}

/// As wide as its cell. What it shows stands beside it in words.
fn drawing(name: &str, shapes: Markup) -> Markup {
    html! {
        svg.{ (name) } viewBox={ "0 0 " (WIDTH) " 10" } preserveAspectRatio="none" aria-hidden="true" { (shapes) }
    }
}

fn heading(name: &str, text: &str, kind: &str, note: Markup) -> Markup {
    html! {
        th.{ (name) } role="columnheader" scope="col" data-kind=(kind) { span.label { (text) } (note) }
    }
}

/// The sort key of an address, as text: by number, IPv4 before IPv6.
fn key(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("4{:08x}", ip.to_bits()),
        IpAddr::V6(ip) => format!("6{:032x}", ip.to_bits()),
    }
}

/// The width of a drawing, in its own units.
pub(super) const WIDTH: i64 = 1000;

/// The narrowest visible bar.
const NARROWEST: i64 = 8;

/// Bars for numbers of devices. By a linear scale, one address that all devices talk to would make all rare ones look
/// alike.
pub(super) struct Bars {
    most: i64,
}

impl Bars {
    pub(super) fn over(records: &[Record]) -> Self {
        let devices = records.iter().filter_map(|record| record.statistics.as_ref());
        Self { most: devices.map(|statistics| statistics.organization_prevalence).max().unwrap_or_default() }
    }

    pub(super) fn most(&self) -> i64 {
        self.most
    }

    /// How long the bar is for so many devices, of [`WIDTH`].
    pub(super) fn length(&self, devices: i64) -> i64 {
        if devices <= 0 {
            return 0;
        }
        // The logarithm of 1 is 0, but one device is more than none.
        let logarithm = |devices: i64| (devices as f64 + 1.0).ln();
        ((logarithm(devices) / logarithm(self.most) * WIDTH as f64).round() as i64).clamp(NARROWEST, WIDTH)
    }
}

/// The span of time that all rows share: the 30 days before the last answer, which statistics are about, however short
/// the look-back is.
pub(super) struct Axis {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// Where the look-back begins, if not at the start.
    pub(super) look_back: Option<i64>,
    /// Whether something begins before it.
    pub(super) is_exceeded: bool,
}

impl Axis {
    pub(super) fn over(records: &[Record], look_back: LookBackHours, now: DateTime<Utc>) -> Self {
        let span = TimeDelta::hours(LookBackHours::MAX.get().into());
        let answered = records.iter().filter_map(|record| record.answered_at).max();
        let answered = answered.map_or(now, Timestamp::to_datetime);
        // The clock of the service may differ, above all that of a sandbox.
        let end = match records.iter().filter_map(Record::last_seen).max().map(Timestamp::to_datetime) {
            Some(last) if last > answered || last < answered - span => last,
            _ => answered,
        };
        let start = end - span;
        let axis = Self { start: start.into(), end: end.into(), look_back: None, is_exceeded: false };
        let look_back_start = end - TimeDelta::hours(look_back.get().into());
        let look_back = (look_back_start > start).then(|| axis.position(look_back_start.into()));
        let is_exceeded = records.iter().filter_map(Record::first_seen).any(|first| first.to_datetime() < start);
        Self { look_back, is_exceeded, ..axis }
    }

    /// Where the bar begins from first to last, and how long it is.
    pub(super) fn bar(&self, first: Timestamp, last: Timestamp) -> (i64, i64) {
        let start = self.position(first).min(WIDTH - NARROWEST);
        (start, (self.position(last) - start).max(NARROWEST))
    }

    fn position(&self, moment: Timestamp) -> i64 {
        let since_start = |moment: Timestamp| (moment.to_datetime() - self.start.to_datetime()).num_seconds();
        (since_start(moment) * WIDTH / since_start(self.end).max(1)).clamp(0, WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{answered, mixed, now};

    #[test]
    fn more_devices_make_a_longer_bar() {
        let bars = Bars::over(&mixed());
        let lengths = [0, 1, 9, 100, 63515].map(|devices| bars.length(devices));
        assert_eq!((lengths[0], lengths[4]), (0, WIDTH));
        assert!(lengths.is_sorted_by(|one, next| one < next), "{lengths:?}");
    }

    #[test]
    fn the_axis_ends_with_the_last_answer() {
        let hours = |hours| LookBackHours::new(hours).unwrap_or(LookBackHours::MAX);
        let axis = Axis::over(&mixed(), hours(72), now());
        assert_eq!(
            (axis.start.to_string(), axis.end.to_string()),
            ("2026-03-01T12:00:00Z".to_owned(), "2026-03-31T12:00:00Z".to_owned())
        );
        assert_eq!((axis.look_back, axis.is_exceeded), (Some(900), false));
        let at = |text: &str| text.parse().unwrap_or(axis.end);
        assert_eq!(axis.bar(at("2026-03-16T12:00:00Z"), at("2026-03-28T12:00:00Z")), (500, 400));
        assert_eq!(axis.bar(axis.end, axis.end), (992, 8), "a moment is seen as well");
        assert_eq!(axis.bar(at("1970-01-01T00:00:00Z"), at("1970-01-02T00:00:00Z")), (0, 8));
    }

    #[test]
    fn another_clock_moves_the_axis() {
        for (first, last) in
            [("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"), ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")]
        {
            let axis = Axis::over(&[answered("8.8.8.8", 1, Some((first, last)))], LookBackHours::MAX, now());
            assert_eq!((axis.end.to_string().as_str(), axis.look_back, axis.is_exceeded), (last, None, true));
        }
    }
}
