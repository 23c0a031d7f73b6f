//! Prevalence bands: what a number of devices is called.

use crate::record::{Record, Status};

/// The bands are ours: the service returns a number of devices only, and not how many devices there are.
const UNCOMMON_FROM: i64 = 10;
const COMMON_FROM: i64 = 100;

/// The legend of the bands.
pub(crate) const LEGEND: &str = "rare means 1 to 9 devices, uncommon 10 to 99, common 100 or more";

/// The prevalence band of a record, or why it has none: the rarest first, as they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PrevalenceBand {
    Rare,
    Uncommon,
    Common,
    Contradictory,
    Unseen,
    Failed,
    Invalid,
}

impl PrevalenceBand {
    pub(crate) const ALL: [Self; 7] =
        [Self::Rare, Self::Uncommon, Self::Common, Self::Contradictory, Self::Unseen, Self::Failed, Self::Invalid];

    pub(crate) fn of(record: &Record) -> Self {
        let devices = record.devices().unwrap_or_default();
        match record.status {
            Status::Unseen => Self::Unseen,
            Status::Contradictory => Self::Contradictory,
            Status::Failed => Self::Failed,
            Status::Invalid => Self::Invalid,
            Status::Seen if devices < UNCOMMON_FROM => Self::Rare,
            Status::Seen if devices < COMMON_FROM => Self::Uncommon,
            Status::Seen => Self::Common,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Rare => "rare",
            Self::Uncommon => "uncommon",
            Self::Common => "common",
            Self::Contradictory => "contradictory",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }

    /// The sort key.
    pub(crate) fn position(self) -> u8 {
        self as u8
    }

    pub(crate) fn is_seen(self) -> bool {
        matches!(self, Self::Rare | Self::Uncommon | Self::Common)
    }
}
