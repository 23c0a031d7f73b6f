//! Times for people.

use std::fmt::Display;

use chrono::{DateTime, FixedOffset, Local, Utc};
use mde_client::Timestamp;

use super::wording::{first_seen, last_seen};
use crate::record::Record;

/// In which zone times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// That of this machine.
    Local,
    Utc,
}

impl Zone {
    fn place(self, moment: Timestamp) -> DateTime<FixedOffset> {
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
        let moments = records.iter().flat_map(|record| [first_seen(record), last_seen(record)]).flatten();
        let mut offsets = moments.map(|moment| *zone.place(moment).offset());
        let first = offsets.next().unwrap_or_else(|| *zone.place(Utc::now().into()).offset());
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
        let placed = self.zone.place(moment);
        let text = placed.format("%Y-%m-%d %H:%M:%S");
        match self.shared {
            Some(_) => text.to_string(),
            None => format!("{text} {}", placed.offset()),
        }
    }

    /// With the offset in any case, for a time outside of a column.
    pub(super) fn whole_text(&self, moment: Timestamp) -> String {
        let placed = self.zone.place(moment);
        format!("{} {}", placed.format("%Y-%m-%d %H:%M:%S"), name(placed.offset()))
    }

    pub(super) fn date(&self, moment: Timestamp) -> impl Display {
        self.zone.place(moment).date_naive()
    }
}

fn name(offset: &FixedOffset) -> String {
    if offset.local_minus_utc() == 0 { "UTC".to_owned() } else { offset.to_string() }
}
