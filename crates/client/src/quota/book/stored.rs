//! How a book is written: small, for a ledger may write it at each attempt.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::others::{Others, Share};
use super::{Moment, UnderWay, WindowLog};
use crate::{PermitId, QuotaWindow};

/// A moment in milliseconds, rounded up: what is counted for longer than it should be does no harm.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Milliseconds(u64);

/// What is never over.
const NEVER: u64 = u64::MAX;

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    under_way: Vec<(u64, Milliseconds, u64)>,
    /// The first moment, and then how much later each is than the one before it.
    settled: Vec<u64>,
    longest: Milliseconds,
    most_calls: usize,
    held_until: Milliseconds,
    holds: u64,
    /// None where there is no limit.
    at_once: Option<usize>,
    shares: Vec<StoredShare>,
}

#[derive(Serialize, Deserialize)]
struct StoredShare {
    window: (u32, Duration),
    calls: u32,
    halves_at: Milliseconds,
}

impl From<Moment> for Milliseconds {
    fn from(moment: Moment) -> Self {
        let milliseconds = moment.as_nanos().div_ceil(1_000_000);
        Self(u64::try_from(milliseconds).unwrap_or(NEVER))
    }
}

impl From<Milliseconds> for Moment {
    fn from(Milliseconds(milliseconds): Milliseconds) -> Self {
        if milliseconds == NEVER { Self::MAX } else { Self::from_millis(milliseconds) }
    }
}

impl Serialize for WindowLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored::from(self).serialize(serializer)
    }
}

impl From<&WindowLog> for Stored {
    fn from(book: &WindowLog) -> Self {
        let under_way = book.under_way.iter();
        let mut under_way: Vec<_> =
            under_way.map(|(id, permit)| (id.0, permit.lease_ends.into(), permit.holds)).collect();
        under_way.sort_unstable_by_key(|(id, ..)| *id);
        let mut before = 0;
        let settled = book.settled.iter().map(|moment| {
            let Milliseconds(moment) = Milliseconds::from(*moment);
            moment - std::mem::replace(&mut before, moment)
        });
        let shares = book.others.shares.iter().map(|share| StoredShare {
            window: (share.window.calls(), share.window.period()),
            calls: share.calls,
            halves_at: share.halves_at.into(),
        });
        Self {
            under_way,
            settled: settled.collect(),
            longest: book.longest.into(),
            most_calls: book.most_calls,
            held_until: book.held_until.into(),
            holds: book.holds,
            at_once: (book.at_once < usize::MAX).then_some(book.at_once),
            shares: shares.collect(),
        }
    }
}

impl From<Stored> for WindowLog {
    fn from(stored: Stored) -> Self {
        let under_way = stored.under_way.into_iter();
        let under_way = under_way
            .map(|(id, lease_ends, holds)| (PermitId(id), UnderWay { lease_ends: lease_ends.into(), holds }))
            .collect();
        let settled = stored.settled.into_iter().scan(0_u64, |moment, later| {
            *moment = moment.saturating_add(later);
            Some(Milliseconds(*moment).into())
        });
        let shares = stored.shares.into_iter().map(|share| Share {
            window: QuotaWindow::new(share.window.0, share.window.1),
            calls: share.calls,
            halves_at: share.halves_at.into(),
        });
        Self {
            under_way,
            settled: settled.collect(),
            longest: stored.longest.into(),
            most_calls: stored.most_calls,
            held_until: stored.held_until.into(),
            holds: stored.holds,
            at_once: stored.at_once.unwrap_or(usize::MAX),
            others: Others { shares: shares.collect() },
        }
    }
}
