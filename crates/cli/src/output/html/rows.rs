//! The table of the page.

use std::net::IpAddr;
use std::time::Duration;

use maud::{Markup, html};
use mde_client::Timestamp;

use super::scale::{Axis, Bars, WIDTH};
use crate::duration::rounded_down;
use crate::output::wording::{PrevalenceBand, Times, address, any_repeated, first_seen, last_seen};
use crate::record::Record;
use mde_input::escape::excerpt;

/// How much is shown of what was given where it is not the address itself.
const LONGEST: usize = 120;

/// All records, and what their rows are drawn by.
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
        let scale = html! { span.note { "bars: logarithmic, to " (self.bars.most()) } };
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
        let devices = record.statistics.as_ref().map(|statistics| statistics.organization_prevalence);
        let address = address(record);
        let given = record.ip.is_some() && record.input != address;
        html! {
            tr role="row" data-status=(band.name()) {
                td.address role="cell" data-key=[record.ip.map(key)] {
                    code { (address) }
                    @if given { span.given { (excerpt(&record.input, LONGEST)) } }
                }
                td.status role="cell" data-key=[band.position()] { span.{ "is-" (band.name()) } { (band.name()) } }
                td.devices role="cell" data-key=[devices] {
                    @if let Some(devices) = devices { span.number { (devices) } (self.bar(devices)) } @else { "–" }
                }
                @if repeated { td.times role="cell" data-key=(record.occurrences) { (record.occurrences) } }
                (self.time("first", first_seen(record)))
                (self.time("last", last_seen(record)))
                (self.span(first_seen(record), last_seen(record)))
            }
        }
    }

    fn bar(&self, devices: i64) -> Markup {
        drawing("bar", html! { rect width=(self.bars.length(devices)) height="10" {} })
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

/// By which addresses are sorted as texts: as numbers, IPv4 before IPv6.
fn key(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("4{:08x}", ip.to_bits()),
        IpAddr::V6(ip) => format!("6{:032x}", ip.to_bits()),
    }
}
