//! One page to attach to an incident.
//!
//! It loads nothing, and its policy lets a browser neither load nor run what is not ours: style and script are
//! named there by their digests. Bars are SVG, whose shapes need no style and are printed. Without a script everything is
//! there; the script lets one sort and filter.

mod rows;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use mde_client::Timestamp;
use sha2::{Digest, Sha256};

use super::wording::{self, Times, Zone};
use crate::prevalence::{LEGEND, PrevalenceBand};
use crate::record::{Organization, Record};
use crate::report::Output;
use crate::summary::Summary;
use mde_input::escape::escape;
use rows::{Axis, Bars, Rows};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page with a table of all records.
pub(super) struct Page<'a> {
    writer: &'a mut dyn Write,
    zone: Zone,
    records: Vec<Record>,
}

impl<'a> Page<'a> {
    pub(super) fn new(writer: &'a mut dyn Write, zone: Zone) -> Self {
        Self { writer, zone, records: Vec::new() }
    }

    fn markup(&self, summary: &Summary, now: DateTime<Utc>) -> Markup {
        let records = &self.records[..];
        let times = Times::of(self.zone, records);
        let axis = Axis::over(records, summary.look_back_hours, now);
        let rows = Rows { records, times: &times, axis: &axis, bars: Bars::over(records) };
        let title = format!("Devices that talked to {}", wording::addresses(summary.addresses));
        html! {
            (DOCTYPE) "\n"
            html lang="en" {
                (head(&title)) "\n"
                body {
                    header {
                        h1 { (title) }
                        @if let Some(source) = summary.source {
                            p.banner role="note" {
                                strong { "These figures come from a " (source) "." } " They say nothing about your organization."
                            }
                        }
                        (seen(summary))
                        (asked(summary, &times, now.into()))
                        @for remark in wording::remarks(summary, now) { p.remark { (remark) "." } }
                        p.remark.legend { "Status: " (LEGEND) "." }
                    } "\n"
                    main {
                        (controls(records)) "\n"
                        (rows.table()) "\n"
                        (contradictions(records))
                        (reasons(records)) "\n"
                    }
                    "\n" script { (PreEscaped(SCRIPT)) } "\n"
                }
            }
            "\n"
        }
    }
}

impl Output for Page<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        Ok(())
    }

    fn finish(&mut self, summary: &mut Summary) -> io::Result<()> {
        let markup = self.markup(summary, Utc::now());
        self.writer.write_all(markup.0.as_bytes())
    }
}

fn head(title: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            // So that a browser does not request one when the page is on a server.
            link rel="icon" href="data:,";
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The digest of a style or script, as the policy names it.
fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// What was seen, which is what the page is read for.
fn seen(summary: &Summary) -> Markup {
    let counts = [
        ("Seen", summary.seen, true, None),
        ("of these rare", summary.rare, summary.seen > 0, None),
        ("Contradictory", summary.contradictory, summary.contradictory > 0, Some("#contradictory")),
        ("Unseen", summary.unseen, true, None),
        ("Failed", summary.failed, true, Some("#unanswered")),
        ("Invalid", summary.invalid, true, Some("#unanswered")),
    ];
    html! {
        @if summary.is_all_unseen() { p.lead { (wording::counts(summary)) "." } }
        dl.counts {
            @for (name, count, _, reasons) in counts.into_iter().filter(|(.., is_shown, _)| *is_shown) {
                @match reasons.filter(|_| count > 0) {
                    Some(reasons) => div { dt { (name) } dd { a href=(reasons) { (count) } } },
                    None => div { dt { (name) } dd { (count) } },
                }
            }
        }
    }
}

/// The question: look-back, organization and endpoint; and when it was answered.
fn asked(summary: &Summary, times: &Times, now: Timestamp) -> Markup {
    let hours = summary.look_back_hours.get();
    let days = if hours % 24 == 0 && hours > 24 { format!(" ({} days)", hours / 24) } else { String::new() };
    let Organization { tenant, app, profile } = &summary.organization;
    let time = |moment: Timestamp| html! { time datetime=(moment) { (times.whole_text(moment)) } };
    html! {
        dl.asked {
            @if let Some(first) = summary.org_first_seen { div { dt { "First seen" } dd { (time(first)) } } }
            @if let Some(last) = summary.org_last_seen { div { dt { "Last seen" } dd { (time(last)) } } }
            div { dt { "Look-back" } dd { (hours) " h" (days) } }
            @for (name, value) in [("Tenant", tenant), ("App", app), ("Profile", profile)] {
                @if let Some(value) = value { div { dt { (name) } dd { (escape(value)) } } }
            }
            div { dt { "Endpoint" } dd { (escape(&summary.endpoint)) } }
            div { dt { "Written" } dd { (time(now)) } }
        }
    }
}

/// The controls of the script; hidden without it.
fn controls(records: &[Record]) -> Markup {
    let count = |wanted: &[PrevalenceBand]| {
        records.iter().filter(|record| wanted.contains(&PrevalenceBand::of(record))).count()
    };
    let seen: Vec<_> = PrevalenceBand::ALL.into_iter().filter(|band| band.is_seen()).collect();
    let names: Vec<_> = seen.iter().map(|band| band.name()).collect();
    html! {
        div #controls role="search" hidden {
            label { "Address contains" input #filter type="search" autocomplete="off" spellcheck="false"; }
            label {
                "Status"
                select #status {
                    option value="" { "all (" (records.len()) ")" }
                    @if count(&seen) > 0 { option value=(names.join(" ")) { "seen (" (count(&seen)) ")" } }
                    @for band in PrevalenceBand::ALL {
                        @let count = count(&[band]);
                        @if count > 0 { option value=(band.name()) { (band.name()) " (" (count) ")" } }
                    }
                }
            }
        }
        p #shown role="status" {}
    }
}

fn contradictions(records: &[Record]) -> Markup {
    let all: Vec<_> = wording::contradictory(records).collect();
    html! {
        @if !all.is_empty() {
            section #contradictory {
                h2 { "Answers that contradict themselves" }
                ul {
                    @for (record, contradictions) in all {
                        li { code { (wording::address(record)) } " " (contradictions) }
                    }
                }
            }
            "\n"
        }
    }
}

fn reasons(records: &[Record]) -> Markup {
    let all = wording::unanswered(records);
    html! {
        @if !all.is_empty() {
            section #unanswered {
                h2 { "Not answered" }
                @for unanswered in all {
                    p.reason { (unanswered.reason) }
                    ul {
                        @for record in unanswered.records {
                            li {
                                code { (wording::address(record)) }
                                @if let Some(location) = wording::location(record) { " " span.given { (location) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{give, mixed, now, summary};

    fn page(records: Vec<Record>) -> String {
        let summary = summary(&records);
        let mut nowhere = io::sink();
        let mut page = Page::new(&mut nowhere, Zone::Utc);
        give(&mut page, records);
        page.markup(&summary, now()).into_string()
    }

    /// Without style and script, which have their own files, and a line for each element.
    #[test]
    fn all_of_it() {
        let page = page(mixed()).replace(STYLE, "").replace(SCRIPT, "").replace("><", ">\n<");
        let page = page.replace(&digest(STYLE), "STYLE").replace(&digest(SCRIPT), "SCRIPT");
        insta::assert_snapshot!("html", page);
    }

    #[test]
    fn ten_thousand_records_stay_small() {
        let records: Vec<_> = (0..1500).flat_map(|_| mixed()).collect();
        let page = page(records);
        assert!(page.len() < 10_000_000, "{} bytes", page.len());
    }

    /// Neither could be embedded in the page unescaped.
    #[test]
    fn style_and_script_do_not_end_early() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        assert!(!STYLE.contains('\r') && !SCRIPT.contains('\r'), "a browser takes the digest of what it reads");
    }
}
