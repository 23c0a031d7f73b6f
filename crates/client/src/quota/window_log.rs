//! The attempts that share one quota, counted by exact sliding windows, and the form in which serde writes them.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::foreign_usage::{ForeignUsage, Moment, Share};
use crate::{Acquire, PermitId, PermitRequest, PermitUse, QuotaWindow};

/// How much longer than it is each window is taken to be.
const MARGIN: Duration = Duration::from_millis(250);

/// How long a request may still be on its way after it was given up.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// The attempts that share one quota, booked by exact sliding windows.
///
/// [`MemoryLedger`](crate::MemoryLedger) has one for each key. A [`QuotaLedger`](crate::QuotaLedger) of another kind can
/// keep them where more programs reach them, for a book can be written and read through serde, with times rounded up to
/// whole milliseconds.
///
/// Time is what the caller says: `now` is always how long ago the book was begun. It may stand still but not go back, and
/// a book is for one writer at a time. Permits are numbered by the caller, differently all that are under way at once.
///
/// # How it counts
///
/// The service counts an attempt when it arrives, which is some time between its sending and its answer. So a permit
/// counts as under way until it is settled, and from then on by the time of its settling: however long requests and
/// answers travel, the service never sees more attempts within a window than are counted here. A token bucket would let
/// through up to twice as many as a window allows.
///
/// - An attempt that was never sent is free again at once.
/// - An attempt without an answer counts as settled **2 s** later than it was, since its request may still be on its way.
///   So does a permit that nobody settles, from the end of its lease.
/// - Each window is taken to be **250 ms** longer than it is. Clocks do not run equally fast (50 millionths are 180 ms
///   in an hour), and a service may count in ticks.
///
/// # What it does after a 429
///
/// After a [hold](Self::hold), one attempt may be under way at a time, and with each one that is answered one
/// more, until the next hold.
///
/// Since these books never allow too much, a hold also says that others call on the same app registration. Of the
/// windows that are no shorter than the hold, the one that these books have filled the most is taken for the full one, and
/// others are taken to have used the rest of it. That much and a **twentieth** more is kept free from then on, for
/// the length of the window but at least **an hour**; then half of it for as long again, and so on. A **tenth** of the
/// window is always left to who keeps the books.
#[derive(Debug, Deserialize)]
#[serde(from = "Stored")]
pub struct WindowLog {
    under_way: HashMap<PermitId, UnderWay>,
    /// When permits count as settled, in order of time. Those that no window needs any more are dropped.
    settled: VecDeque<Moment>,
    /// The longest window and the most calls of a window that anybody asked for.
    longest: Duration,
    most_calls: usize,
    held_until: Moment,
    holds: u64,
    /// How many permits may be under way at once.
    at_once: usize,
    foreign_usage: ForeignUsage,
}

#[derive(Debug)]
struct UnderWay {
    lease_ends: Moment,
    /// How many holds there had been when it was taken.
    holds: u64,
}

impl UnderWay {
    /// When it counts as settled where nobody settles it.
    fn settled_by_its_lease(&self) -> Moment {
        self.lease_ends.saturating_add(ON_ITS_WAY)
    }
}

impl Default for WindowLog {
    fn default() -> Self {
        Self {
            under_way: HashMap::new(),
            settled: VecDeque::new(),
            longest: Duration::ZERO,
            most_calls: 0,
            held_until: Moment::ZERO,
            holds: 0,
            at_once: usize::MAX,
            foreign_usage: ForeignUsage::default(),
        }
    }
}

impl WindowLog {
    /// Takes a permit of this number out of every window, or out of none.
    pub fn acquire(&mut self, id: PermitId, request: PermitRequest<'_>, now: Duration) -> Acquire {
        self.bring_up_to_date(request.windows, now);
        let windows = request.windows;
        let free_at = windows.iter().map(|window| self.free_at(window, now)).fold(self.held_until, Moment::max);
        if free_at > now {
            return Acquire::Wait(until(free_at, now));
        }
        let is_full = windows.iter().any(|window| self.own(window, now) >= self.allowed(window));
        if is_full || self.under_way.len() >= self.at_once {
            return Acquire::Busy;
        }
        self.under_way.insert(id, UnderWay { lease_ends: now.saturating_add(request.lease), holds: self.holds });
        Acquire::Permit(id)
    }

    /// Says what became of a permit. One that is not under way is none of the book's concern.
    pub fn release(&mut self, id: PermitId, usage: PermitUse, now: Duration) {
        // A permit whose lease has ended is settled already.
        let Some(permit) = self.under_way.remove(&id) else { return };
        match usage {
            PermitUse::Unsent => {}
            PermitUse::Answered => {
                insert(&mut self.settled, now);
                if permit.holds == self.holds {
                    self.at_once = self.at_once.saturating_add(1);
                }
            }
            PermitUse::Unanswered => insert(&mut self.settled, now.saturating_add(ON_ITS_WAY)),
        }
    }

    /// Gives out no permit for a while, because the service throttled an attempt.
    pub fn pause(&mut self, request: PermitRequest<'_>, wait: Duration, now: Duration) {
        self.bring_up_to_date(request.windows, now);
        self.held_until = self.held_until.max(now.saturating_add(wait));
        self.holds += 1;
        self.at_once = 1;
        // No window makes anybody wait for longer than it lasts.
        let may_be_full = request.windows.iter().filter(|window| window.period() >= wait);
        let own = may_be_full.map(|window| (*window, u32::try_from(self.own(window, now)).unwrap_or(u32::MAX)));
        if let Some((window, own)) = own.max_by(|a, b| by_fill(*a, *b)) {
            self.foreign_usage.have_used_the_rest(window, own, now);
        }
    }

    /// How many attempts a window holds, those under way among them. Of attempts that no window needed that a permit was
    /// asked for, nothing may be known.
    pub fn used(&self, window: QuotaWindow, now: Duration) -> u32 {
        let counts = |settled: Moment| settled.saturating_add(length(&window)) > now;
        let settled = self.settled.iter().filter(|settled| counts(**settled)).count();
        let of_lease = |permit: &&UnderWay| permit.lease_ends > now || counts(permit.settled_by_its_lease());
        let under_way = self.under_way.values().filter(of_lease).count();
        u32::try_from(settled + under_way).unwrap_or(u32::MAX)
    }

    /// Whether an empty book would do as well.
    pub fn is_blank(&mut self, now: Duration) -> bool {
        self.bring_up_to_date(&[], now);
        self.entries() == 0 && self.held_until <= now && self.foreign_usage.use_nothing()
    }

    pub(super) fn entries(&self) -> usize {
        self.under_way.len() + self.settled.len()
    }

    fn bring_up_to_date(&mut self, windows: &[QuotaWindow], now: Duration) {
        for window in windows {
            self.longest = self.longest.max(length(window));
            self.most_calls = self.most_calls.max(count(window.calls()));
        }
        self.under_way.retain(|_, permit| {
            let is_leased = permit.lease_ends > now;
            if !is_leased {
                insert(&mut self.settled, permit.settled_by_its_lease());
            }
            is_leased
        });
        let has_left = |settled: &Moment| settled.saturating_add(self.longest) <= now;
        while self.settled.len() > self.most_calls || self.settled.front().is_some_and(has_left) {
            self.settled.pop_front();
        }
        self.foreign_usage.bring_up_to_date(now);
    }

    /// How many attempts a window holds.
    fn own(&self, window: &QuotaWindow, now: Duration) -> usize {
        let left = self.settled.partition_point(|settled| settled.saturating_add(length(window)) <= now);
        self.settled.len() - left + self.under_way.len()
    }

    /// How many it may hold.
    fn allowed(&self, window: &QuotaWindow) -> usize {
        count(self.foreign_usage.leave(window))
    }

    /// From when on a window may have room. Permits under way count for nothing here, for they may be given back.
    fn free_at(&self, window: &QuotaWindow, now: Duration) -> Moment {
        let allowed = self.allowed(window);
        if allowed == 0 {
            return Moment::MAX;
        }
        let leaves_first = self.settled.len().checked_sub(allowed).and_then(|index| self.settled.get(index));
        let has_left_at = leaves_first.map_or(now, |settled| settled.saturating_add(length(window)));
        self.foreign_usage.change_at(window).map_or(has_left_at, |change| has_left_at.min(change))
    }
}

fn insert(settled: &mut VecDeque<Moment>, moment: Moment) {
    let index = settled.partition_point(|earlier| *earlier <= moment);
    settled.insert(index, moment);
}

fn length(window: &QuotaWindow) -> Duration {
    window.period().saturating_add(MARGIN)
}

fn count(calls: u32) -> usize {
    usize::try_from(calls).unwrap_or(usize::MAX)
}

/// Compares how large a part of two windows is used.
fn by_fill((a, used_of_a): (QuotaWindow, u32), (b, used_of_b): (QuotaWindow, u32)) -> Ordering {
    (u64::from(used_of_a) * u64::from(b.calls())).cmp(&(u64::from(used_of_b) * u64::from(a.calls())))
}

/// How long until a moment. What never comes stays so.
fn until(moment: Moment, now: Duration) -> Duration {
    if moment == Moment::MAX { Duration::MAX } else { moment.saturating_sub(now) }
}

/// A moment in milliseconds, rounded up: what is counted for longer than it should be does no harm.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Milliseconds(u64);

/// What is never over.
const NEVER: u64 = u64::MAX;

#[derive(Serialize, Deserialize)]
struct Stored {
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
        let shares = book.foreign_usage.shares.iter().map(|share| StoredShare {
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
            foreign_usage: ForeignUsage { shares: shares.collect() },
        }
    }
}
