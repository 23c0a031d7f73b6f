//! What the formats for people share: sentences about a run, and times.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local, Utc};
use mde_client::Timestamp;

use crate::phrase::{plural, rounded_up, share};
use crate::record::{Organization, Record, Status};
use crate::summary::Summary;
use mde_input::escape::{escape, excerpt};

/// An invalid address can have any length.
const LONGEST: usize = 45;

/// The address in its shortest form, or the beginning of an invalid input.
pub(super) fn address(record: &Record) -> String {
    match record.ip {
        Some(ip) => ip.to_string(),
        None if record.input.trim().is_empty() => "(empty)".to_owned(),
        None => excerpt(&record.input, LONGEST),
    }
}

/// Whether a column for the number of occurrences is needed.
pub(super) fn any_repeated(records: &[Record]) -> bool {
    records.iter().any(|record| record.occurrences > 1)
}

/// How many addresses a sentence names.
const NAMED: usize = 3;

/// The same without a column, of what is given most often.
pub(super) fn repeated(records: &[Record]) -> String {
    let mut repeated: Vec<_> = records.iter().filter(|record| record.occurrences > 1).collect();
    repeated.sort_by_key(|record| Reverse(record.occurrences));
    let (named, others) = repeated.split_at(repeated.len().min(NAMED));
    let mut parts: Vec<_> =
        named.iter().map(|record| format!("{} ({} times)", address(record), record.occurrences)).collect();
    if !others.is_empty() {
        parts.push(format!("{} more", others.len()));
    }
    let last = parts.pop().unwrap_or_default();
    let before = if parts.is_empty() { String::new() } else { format!("{} and ", parts.join(", ")) };
    format!("Given more than once: {before}{last}")
}

/// The question and the counts; one sentence where nothing was seen.
pub(super) fn counts(summary: &Summary) -> String {
    let in_time = format!("in the last {} h", summary.look_back_hours);
    match summary.addresses {
        1 if summary.is_all_unseen() => return format!("The address was not seen {in_time}"),
        all if summary.is_all_unseen() => return format!("None of the {all} addresses was seen {in_time}"),
        _ => {}
    }
    let rare = if summary.rare > 0 { format!(" ({} rare)", summary.rare) } else { String::new() };
    let mut counts = vec![format!("{} seen{rare}", summary.seen), format!("{} unseen", summary.unseen)];
    let others = [
        (summary.contradictory, Status::Contradictory),
        (summary.failed, Status::Failed),
        (summary.invalid, Status::Invalid),
    ];
    for (count, status) in others {
        if count > 0 {
            counts.push(format!("{count} {}", status.name()));
        }
    }
    format!("{} {in_time}: {}", what(summary), counts.join(", "))
}

/// When any of several addresses was seen first and last.
pub(super) fn first_and_last(summary: &Summary, times: &Times) -> Option<String> {
    let (first, last) = summary.org_first_seen.zip(summary.org_last_seen)?;
    let text = || format!("First seen {}, last seen {}", times.whole_text(first), times.whole_text(last));
    (summary.seen > 1).then(text)
}

/// What is known of whose devices were counted, each part with its name.
pub(super) fn organization(organization: &Organization) -> Vec<(&'static str, String)> {
    let Organization { tenant, app, profile } = organization;
    let parts = [("tenant", tenant), ("app", app), ("profile", profile)];
    parts.into_iter().filter_map(|(name, value)| Some((name, escape(value.as_ref()?)))).collect()
}

/// A list of more records than this is long: a terminal does not show its beginning any more.
pub(super) const LONG: usize = 20;

/// How many addresses are repeated at the end of a long list.
const RAREST: usize = 10;

/// The rarest that were seen, for the end of a long list, and how many more there are.
pub(super) fn rarest(records: &[Record]) -> (Vec<&Record>, usize) {
    let mut known = HashSet::new();
    let seen = records.iter().filter(|record| record.status == Status::Seen && known.insert(record.ip));
    let mut seen: Vec<_> = seen.filter(|_| records.len() > LONG).collect();
    seen.sort_by_key(|record| record.devices());
    let more = seen.len().saturating_sub(RAREST);
    seen.truncate(RAREST);
    (seen, more)
}

/// Records and addresses, if their numbers differ.
fn what(summary: &Summary) -> String {
    match (summary.records(), summary.addresses) {
        (records, addresses) if records == addresses => self::addresses(addresses),
        (all, 0) => format!("{} of no address", count_of_records(all)),
        (all, addresses) => format!("{} of {}", count_of_records(all), self::addresses(addresses)),
    }
}

/// Remarks on the list, each a sentence without its full stop.
pub(super) fn remarks(summary: &Summary, now: DateTime<Utc>) -> Vec<String> {
    let mut remarks = Vec::new();
    if !summary.is_complete() {
        remarks.push(format!(
            "Not complete: only {} known, because the run was interrupted",
            share(summary.records(), summary.expected, "record", "records")
        ));
    }
    if summary.not_shown > 0 {
        remarks.push(format!("Not shown: {}", summary.not_shown_because));
    }
    if summary.left_out > 0 {
        remarks.push(format!("Skipped: {}, because not public", addresses(summary.left_out)));
    }
    if summary.passed_over.total() > 0 {
        remarks.push(format!("Passed over: {}", summary.passed_over));
    }
    if summary.mapped > 0 {
        let mapped = plural(summary.mapped, "address that was", "addresses that were");
        remarks.push(format!("Asked as IPv4: {mapped} given in IPv6 form"));
    }
    remarks.extend(cached(summary, now));
    remarks
}

/// Of all, shown or not: an address that is not listed may be one that was not seen.
fn cached(summary: &Summary, now: DateTime<Utc>) -> Option<String> {
    let count = summary.from_cache;
    let age = summary.oldest_cached.and_then(|oldest| (now - oldest.to_datetime()).to_std().ok());
    let up_to = if count == 1 { "" } else { "up to " };
    let age = age.map(|age| match age.as_secs() {
        0..60 => ", under 1 min old".to_owned(),
        // Seconds would be more precise than needed.
        seconds => format!(", {up_to}{} old", rounded_up(Duration::from_secs(seconds.div_ceil(60) * 60))),
    });
    (count > 0).then(|| format!("Cached: {}{}", addresses(count), age.unwrap_or_default()))
}

/// One reason for missing answers, and their records.
pub(super) struct Unanswered<'a> {
    pub(super) reason: String,
    pub(super) records: Vec<&'a Record>,
}

/// All reasons, each once: a list that breaks off has one reason for thousands of addresses.
pub(super) fn unanswered(records: &[Record]) -> Vec<Unanswered<'_>> {
    let mut all: Vec<Unanswered<'_>> = Vec::new();
    let mut known = HashMap::new();
    for record in records {
        let Some(error) = &record.error else { continue };
        let index = *known.entry(error.text.as_str()).or_insert(all.len());
        if index == all.len() {
            all.push(Unanswered { reason: escape(&error.text), records: Vec::new() });
        }
        all[index].records.push(record);
    }
    all
}

/// The records whose answers contradict themselves, each with what does.
pub(super) fn contradictory(records: &[Record]) -> impl Iterator<Item = (&Record, String)> {
    let contradictions =
        |record: &Record| record.statistics.as_ref().map(|statistics| statistics.contradictions.join("; "));
    let all = records.iter().filter_map(move |record| Some((record, contradictions(record)?)));
    all.filter(|(_, contradictions)| !contradictions.is_empty()).map(|(record, text)| (record, escape(&text)))
}

/// The location of an invalid address.
pub(super) fn location(record: &Record) -> Option<String> {
    (record.status == Status::Invalid).then(|| escape(&record.place))
}

pub(super) fn addresses(count: usize) -> String {
    plural(count, "address", "addresses")
}

fn count_of_records(count: usize) -> String {
    plural(count, "record", "records")
}

/// In which zone times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// The zone of this machine.
    Local,
    Utc,
}

impl Zone {
    fn at(self, moment: Timestamp) -> DateTime<FixedOffset> {
        match self {
            Self::Local => moment.to_datetime().with_timezone(&Local).fixed_offset(),
            Self::Utc => moment.to_datetime().fixed_offset(),
        }
    }
}

/// How the times of one list are written: the offset once where all share it, else at each.
pub(super) struct Times {
    zone: Zone,
    shared: Option<FixedOffset>,
}

impl Times {
    /// For those at which the addresses of the records were seen.
    pub(super) fn of(zone: Zone, records: &[Record]) -> Self {
        let moments = records.iter().flat_map(|record| [record.first_seen(), record.last_seen()]).flatten();
        let mut offsets = moments.map(|moment| *zone.at(moment).offset());
        let first = offsets.next().unwrap_or_else(|| *zone.at(Utc::now().into()).offset());
        Self { zone, shared: offsets.all(|offset| offset == first).then_some(first) }
    }

    /// For the heading of a column: the offset that all share.
    pub(super) fn zone(&self) -> String {
        match self.shared {
            None => "local".to_owned(),
            Some(offset) => name(&offset),
        }
    }

    pub(super) fn text(&self, moment: Timestamp) -> String {
        let placed = self.zone.at(moment);
        let text = placed.format("%Y-%m-%d %H:%M:%S");
        match self.shared {
            Some(_) => text.to_string(),
            None => format!("{text} {}", placed.offset()),
        }
    }

    /// With the offset in any case, for a time outside of a column.
    pub(super) fn whole_text(&self, moment: Timestamp) -> String {
        let placed = self.zone.at(moment);
        format!("{} {}", placed.format("%Y-%m-%d %H:%M:%S"), name(placed.offset()))
    }

    pub(super) fn date(&self, moment: Timestamp) -> impl Display {
        self.zone.at(moment).date_naive()
    }
}

fn name(offset: &FixedOffset) -> String {
    if offset.local_minus_utc() == 0 { "UTC".to_owned() } else { offset.to_string() }
}

#[cfg(test)]
mod tests {
    use mde_input::PassedOver;

    use super::*;
    use crate::samples::{answered, invalid, now, summary};

    #[test]
    fn records_are_no_addresses() {
        let answer = || answered("8.8.8.8", 1, None);
        let none = || answered("8.8.8.8", 0, None);
        let text = || invalid("x", "no address");
        let cases = [
            (vec![answer(), answered("1.1.1.1", 0, None)], "2 addresses in the last 720 h: 1 seen (1 rare), 1 unseen"),
            (vec![answer()], "1 address in the last 720 h: 1 seen (1 rare), 0 unseen"),
            (vec![answer(), answer(), answer()], "3 records of 1 address in the last 720 h: 3 seen (3 rare), 0 unseen"),
            (vec![answer(), text()], "2 records of 1 address in the last 720 h: 1 seen (1 rare), 0 unseen, 1 invalid"),
            (vec![text()], "1 record of no address in the last 720 h: 0 seen, 0 unseen, 1 invalid"),
            (vec![], "0 addresses in the last 720 h: 0 seen, 0 unseen"),
            (vec![none()], "The address was not seen in the last 720 h"),
            (vec![none(), answered("1.1.1.1", 0, None)], "None of the 2 addresses was seen in the last 720 h"),
            (vec![none(), text()], "2 records of 1 address in the last 720 h: 0 seen, 1 unseen, 1 invalid"),
        ];
        for (records, expected) in cases {
            assert_eq!(counts(&summary(&records)), expected);
        }
    }

    #[test]
    fn few_of_the_repeated_are_named() {
        let given = |occurrences| Record { occurrences, ..answered("8.8.8.8", 1, None) };
        let cases: [(&[u64], &str); 4] = [
            (&[1, 2], "8.8.8.8 (2 times)"),
            (&[2, 3], "8.8.8.8 (3 times) and 8.8.8.8 (2 times)"),
            (&[2, 4, 3], "8.8.8.8 (4 times), 8.8.8.8 (3 times) and 8.8.8.8 (2 times)"),
            (&[2, 4, 1, 3, 2, 2], "8.8.8.8 (4 times), 8.8.8.8 (3 times), 8.8.8.8 (2 times) and 2 more"),
        ];
        for (occurrences, expected) in cases {
            let records: Vec<_> = occurrences.iter().map(|occurrences| given(*occurrences)).collect();
            assert_eq!(repeated(&records), format!("Given more than once: {expected}"));
        }
    }

    #[test]
    fn a_long_list_repeats_the_rarest_each_once() {
        let short: Vec<_> = (0..20).map(|last| answered(&format!("192.0.2.{last}"), 30 - last, None)).collect();
        assert_eq!(rarest(&short).0.len(), 0);
        let long = [&short[..], &short[18..]].concat();
        let (named, more) = rarest(&long);
        assert_eq!((named.len(), more), (10, 10));
        assert_eq!(named[..2].iter().map(|record| address(record)).collect::<Vec<_>>(), ["192.0.2.19", "192.0.2.18"]);
    }

    /// What is missing, or not shown, may be no address, or one of several records of one.
    #[test]
    fn what_is_missing_are_records() {
        let records = [answered("8.8.8.8", 1, None), answered("8.8.8.8", 1, None)];
        let mut summary = summary(&records);
        (summary.expected, summary.not_shown) = (3, 1);
        summary.not_shown_because = "1 unseen (--seen-only)".to_owned();
        let expected = [
            "Not complete: only 2 of 3 records are known, because the run was interrupted",
            "Not shown: 1 unseen (--seen-only)",
        ];
        assert_eq!(remarks(&summary, now()), expected);
    }

    #[test]
    fn one_missing_record_is_singular() {
        for (known, all, expected) in
            [(0, 1, "0 of 1 record is"), (1, 3, "1 of 3 records is"), (0, 3, "0 of 3 records are")]
        {
            let mut summary = summary(&vec![answered("8.8.8.8", 1, None); known]);
            summary.expected = all;
            let expected = format!("Not complete: only {expected} known, because the run was interrupted");
            assert_eq!(remarks(&summary, now()), [expected]);
        }
    }

    #[test]
    fn the_oldest_of_cached_answers_counts_also_where_it_is_not_shown() {
        let cached = |at| crate::samples::cached(answered("8.8.8.8", 0, None), at);
        let cases: [(&[&str], &str); 4] = [
            (&["2026-03-31T11:59:30Z"], "1 address, under 1 min old"),
            (&["2026-03-31T11:59:30Z", "2026-03-31T11:59:01Z"], "2 addresses, under 1 min old"),
            (&["2026-03-31T11:58:30Z"], "1 address, 2 min old"),
            (&["2026-03-31T11:59:30Z", "2026-03-30T12:00:00Z"], "2 addresses, up to 24 h old"),
        ];
        for (answered_at, expected) in cases {
            let records: Vec<_> = answered_at.iter().map(|at| cached(at)).collect();
            assert_eq!(remarks(&summary(&records), now()), [format!("Cached: {expected}")]);
        }
    }

    /// What was not asked about for other reasons than its answer.
    #[test]
    fn what_is_not_as_written_is_remarked() {
        let mut summary = summary(&[]);
        summary.passed_over = PassedOver { comments: 1, without_address: 5, ..PassedOver::default() };
        for (mapped, expected) in [
            (1, "Asked as IPv4: 1 address that was given in IPv6 form"),
            (2, "Asked as IPv4: 2 addresses that were given in IPv6 form"),
        ] {
            summary.mapped = mapped;
            assert_eq!(remarks(&summary, now()), ["Passed over: 1 comment, 5 without an address", expected]);
        }
    }
}
