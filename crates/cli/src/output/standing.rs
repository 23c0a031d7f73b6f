//! How rare an address is, in one word.

use crate::record::{Record, Status};

/// The bands are ours: the service gives a number only, and says nothing about how many devices there are.
const UNCOMMON_FROM: i64 = 10;
const COMMON_FROM: i64 = 100;

/// What the words mean, for a reader.
pub(super) const LEGEND: &str = "rare means 1 to 9 devices, uncommon 10 to 99, common 100 or more";

/// What people are told of a record first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Unseen,
    Rare,
    Uncommon,
    Common,
    Failed,
    Invalid,
}

impl Standing {
    /// What strikes comes first, and what is unknown last.
    pub(super) const ALL: [Self; 6] =
        [Self::Rare, Self::Uncommon, Self::Common, Self::Unseen, Self::Failed, Self::Invalid];

    pub(super) fn of(record: &Record) -> Self {
        let devices = record.statistics.as_ref().map_or(0, |statistics| statistics.organization_prevalence);
        match record.status {
            Status::Unseen => Self::Unseen,
            Status::Failed => Self::Failed,
            Status::Invalid => Self::Invalid,
            Status::Seen if devices < UNCOMMON_FROM => Self::Rare,
            Status::Seen if devices < COMMON_FROM => Self::Uncommon,
            Status::Seen => Self::Common,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Rare => "rare",
            Self::Uncommon => "uncommon",
            Self::Common => "common",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }

    /// By which it is sorted.
    pub(super) fn position(self) -> Option<usize> {
        Self::ALL.iter().position(|standing| *standing == self)
    }

    pub(super) fn is_seen(self) -> bool {
        matches!(self, Self::Rare | Self::Uncommon | Self::Common)
    }
}
