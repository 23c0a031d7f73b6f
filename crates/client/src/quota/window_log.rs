//! The attempts that share one quota, counted by exact sliding windows, and the form in which serde writes them.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::ledger::{Acquire, Pause, PermitId, PermitRequest, PermitUse};
use crate::QuotaWindow;

/// How long after the start of a log. Sums of it saturate, so that what is never over needs no case of its own.
pub(super) type Moment = Duration;

/// How much longer than documented each window counts.
const MARGIN: Duration = Duration::from_millis(250);

/// How long a request may still be on its way after the client gave up.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// The minimum time for which a share is kept free: a program that has called in the last hour may call again.
const RESERVED: Duration = Duration::from_secs(60 * 60);

/// The longest pause where no window is known.
const LONGEST_WITHOUT_WINDOWS: Duration = Duration::from_secs(60 * 60);

/// The attempts that share one quota, counted by exact sliding windows.
///
/// [`MemoryLedger`](crate::MemoryLedger) has one for each key. Another [`QuotaLedger`](crate::QuotaLedger) can store them
/// where several programs reach them: a log is written and read through serde, with times rounded up to whole milliseconds.
///
/// The caller supplies the time: `now` is the time since the log was created. It may stand still but not go back, and a log
/// has one writer at a time. The caller numbers the permits; permits in flight have different numbers.
///
/// # How it counts
///
/// The service counts an attempt when it arrives, between its sending and its answer. So a permit counts as in flight until
/// it is released, and then by the time of its release: however long requests and answers travel, the service never sees
/// more attempts within a window than are counted here. A token bucket would allow up to twice as many as a window does.
///
/// - The permit of an attempt that was never sent is free at once.
/// - An attempt without an answer counts as released **2 s** late, because its request may still be on its way. So does a
///   permit that is never released, from the end of its lease.
/// - Each window counts as **250 ms** longer than documented. Clocks do not run equally fast (50 ppm are 180 ms in an hour),
///   and a service may count in ticks.
///
/// # What it does after a 429
///
/// After a [pause](Self::pause), one attempt may be in flight at a time, and with each one that is answered one
/// more, until the next pause.
///
/// A pause is as long as the service asks for, but no longer than the longest window, or than **an hour** where there is
/// none. Of several in a row, without a served attempt between them, each is twice as long as the one before it, up to a
/// **twelfth** of the longest window; so **20** in a row last longer than that window. Any answer but a 429, to an attempt
/// that was sent after the last pause, counts as served. Of attempts that are in flight at once when the service
/// throttles them, the first one makes the pause longer, the others do not.
///
/// A log never allows too many calls, so a pause means that other programs use the same app registration. Of the windows
/// that are no shorter than the pause, the fullest one is assumed to be used up, the rest of it by those programs. That
/// much and a **twentieth** more stays free from then on, for the length of the window but at least **an hour**; then half
/// of it for as long again, and so on. A **tenth** of the window is always left for the owner of the log.
#[derive(Debug, Deserialize)]
#[serde(from = "SerdeForm")]
pub struct WindowLog {
    in_flight: HashMap<PermitId, InFlight>,
    /// When permits count as released, in order of time. Those that no window needs any more are dropped.
    released: VecDeque<Moment>,
    /// The longest window and the most calls of a window that was asked for.
    longest: Duration,
    most_calls: usize,
    paused_until: Moment,
    /// How many pauses there were without a served attempt between them.
    in_a_row: u32,
    /// How many times the service throttled.
    pauses: u64,
    /// How many permits may be in flight at once.
    at_once: usize,
    foreign_usage: ForeignUsage,
}

#[derive(Debug)]
struct InFlight {
    lease_ends: Moment,
    /// How many pauses there had been when it was taken.
    pauses: u64,
}

impl InFlight {
    /// When it counts as released where it is never released.
    fn released_by_lease(&self) -> Moment {
        self.lease_ends.saturating_add(ON_ITS_WAY)
    }
}

impl Default for WindowLog {
    fn default() -> Self {
        Self {
            in_flight: HashMap::new(),
            released: VecDeque::new(),
            longest: Duration::ZERO,
            most_calls: 0,
            paused_until: Moment::ZERO,
            in_a_row: 0,
            pauses: 0,
            at_once: usize::MAX,
            foreign_usage: ForeignUsage::default(),
        }
    }
}

impl WindowLog {
    /// Takes a permit of this number out of every window, or out of none.
    pub fn acquire(&mut self, id: PermitId, request: PermitRequest<'_>, now: Duration) -> Acquire {
        self.advance(request.windows, now);
        let windows = request.windows;
        let free_at = windows.iter().map(|window| self.free_at(window, now)).fold(self.paused_until, Moment::max);
        if free_at > now {
            return Acquire::Wait(until(free_at, now));
        }
        let is_full = windows.iter().any(|window| self.own(window, now) >= self.allowed(window));
        if is_full || self.in_flight.len() >= self.at_once {
            return Acquire::Busy;
        }
        self.in_flight.insert(id, InFlight { lease_ends: now.saturating_add(request.lease), pauses: self.pauses });
        Acquire::Permit(id)
    }

    /// Says what became of a permit. One that is not in flight is none of the log's concern.
    pub fn release(&mut self, id: PermitId, usage: PermitUse, now: Duration) {
        // A permit whose lease has ended is released already.
        let Some(permit) = self.in_flight.remove(&id) else { return };
        match usage {
            PermitUse::Unsent => {}
            PermitUse::Answered => {
                insert(&mut self.released, now);
                if permit.pauses == self.pauses {
                    self.in_a_row = 0;
                    self.at_once = self.at_once.saturating_add(1);
                }
            }
            PermitUse::Unanswered => insert(&mut self.released, now.saturating_add(ON_ITS_WAY)),
        }
    }

    /// Gives out no permit for a while, because the service throttled an attempt, which is still in flight. `wait` is how
    /// long the service wants to be left alone.
    pub fn pause(&mut self, request: PermitRequest<'_>, wait: Duration, now: Duration) -> Pause {
        self.advance(request.windows, now);
        let longest = longest_wait(request.windows);
        let is_another = self.is_paused_anew(now);
        if is_another || self.in_a_row == 0 {
            self.in_a_row = self.in_a_row.saturating_add(1);
        }
        let pause = if is_another { grown(wait, self.in_a_row, longest) } else { wait };
        self.paused_until = self.paused_until.max(now.saturating_add(pause.min(longest)));
        self.pauses += 1;
        self.at_once = 1;
        // No window makes a call wait for longer than the window.
        let may_be_full = request.windows.iter().filter(|window| window.period() >= wait);
        let own = may_be_full.map(|window| (*window, u32::try_from(self.own(window, now)).unwrap_or(u32::MAX)));
        if let Some((window, own)) = own.max_by(|a, b| by_fill(*a, *b)) {
            self.foreign_usage.record_rest(window, own, now);
        }
        Pause::new(until(self.paused_until, now), self.in_a_row)
    }

    /// The pause that is going on.
    pub fn paused(&self, now: Duration) -> Option<Pause> {
        (self.paused_until > now).then(|| Pause::new(until(self.paused_until, now), self.in_a_row))
    }

    /// Ends a pause before its time, and begins to count anew how many come in a row. What is kept free for other programs
    /// stays so, and so does the number of attempts that may be in flight at once.
    pub fn resume(&mut self, now: Duration) {
        self.paused_until = self.paused_until.min(now);
        self.in_a_row = 0;
    }

    /// Whether a 429 is another one in a row. Those of a burst are not: they answer attempts that were in
    /// flight already when the last pause began, and may come when it is over.
    fn is_paused_anew(&self, now: Duration) -> bool {
        let is_of_burst = |permit: &InFlight| permit.pauses < self.pauses;
        self.paused_until <= now && (self.in_flight.is_empty() || !self.in_flight.values().all(is_of_burst))
    }

    /// How many attempts a window holds, those in flight among them. Of attempts that no window needed that a permit was
    /// asked for, nothing may be known.
    pub fn used(&self, window: QuotaWindow, now: Duration) -> u32 {
        let counts = |released: Moment| released.saturating_add(length(&window)) > now;
        let released = self.released.iter().filter(|released| counts(**released)).count();
        let of_lease = |permit: &&InFlight| permit.lease_ends > now || counts(permit.released_by_lease());
        let in_flight = self.in_flight.values().filter(of_lease).count();
        u32::try_from(released + in_flight).unwrap_or(u32::MAX)
    }

    /// Whether an empty log would do as well.
    pub fn is_blank(&mut self, now: Duration) -> bool {
        self.advance(&[], now);
        self.entries() == 0 && self.paused_until <= now && self.in_a_row == 0 && self.foreign_usage.is_empty()
    }

    pub(super) fn entries(&self) -> usize {
        self.in_flight.len() + self.released.len()
    }

    fn advance(&mut self, windows: &[QuotaWindow], now: Duration) {
        for window in windows {
            self.longest = self.longest.max(length(window));
            self.most_calls = self.most_calls.max(count(window.calls()));
        }
        self.in_flight.retain(|_, permit| {
            let is_leased = permit.lease_ends > now;
            if !is_leased {
                insert(&mut self.released, permit.released_by_lease());
            }
            is_leased
        });
        let has_left = |released: &Moment| released.saturating_add(self.longest) <= now;
        while self.released.len() > self.most_calls || self.released.front().is_some_and(has_left) {
            self.released.pop_front();
        }
        self.foreign_usage.advance(now);
        // After that long nothing of what led to it counts any more.
        let forgotten_after = if self.longest.is_zero() { LONGEST_WITHOUT_WINDOWS } else { self.longest };
        if self.paused_until.saturating_add(forgotten_after) <= now {
            self.in_a_row = 0;
        }
    }

    /// How many attempts a window holds.
    fn own(&self, window: &QuotaWindow, now: Duration) -> usize {
        let left = self.released.partition_point(|released| released.saturating_add(length(window)) <= now);
        self.released.len() - left + self.in_flight.len()
    }

    /// How many it may hold.
    fn allowed(&self, window: &QuotaWindow) -> usize {
        count(self.foreign_usage.leaves(window))
    }

    /// From when on a window may have room. Permits in flight count for nothing here, for they may be given back.
    fn free_at(&self, window: &QuotaWindow, now: Duration) -> Moment {
        let allowed = self.allowed(window);
        if allowed == 0 {
            return Moment::MAX;
        }
        let leaves_first = self.released.len().checked_sub(allowed).and_then(|index| self.released.get(index));
        let has_left_at = leaves_first.map_or(now, |released| released.saturating_add(length(window)));
        self.foreign_usage.change_at(window).map_or(has_left_at, |change| has_left_at.min(change))
    }
}

fn insert(released: &mut VecDeque<Moment>, moment: Moment) {
    let index = released.partition_point(|earlier| *earlier <= moment);
    released.insert(index, moment);
}

fn length(window: &QuotaWindow) -> Duration {
    window.period().saturating_add(MARGIN)
}

fn count(calls: u32) -> usize {
    usize::try_from(calls).unwrap_or(usize::MAX)
}

/// The longest pause after a 429: as long as the longest window, since no window makes a call wait for longer.
pub(crate) fn longest_wait(windows: &[QuotaWindow]) -> Duration {
    windows.iter().map(QuotaWindow::period).max().unwrap_or(LONGEST_WITHOUT_WINDOWS)
}

/// How long one of several pauses in a row is: twice as long as the one before it, up to a twelfth of the longest one.
/// Each is as long as the service asks for, at least. From a 3,600th of the longest on, twenty are longer than that one.
fn grown(wait: Duration, in_a_row: u32, longest: Duration) -> Duration {
    if in_a_row <= 1 {
        return wait;
    }
    let doubled = wait.max(longest / 3600).saturating_mul(2_u32.saturating_pow(in_a_row - 1));
    let grown = doubled.min(longest / 12);
    // As it is stored.
    wait.max(Milliseconds::from(grown).into())
}

/// Compares how large a part of two windows is used.
fn by_fill((a, used_of_a): (QuotaWindow, u32), (b, used_of_b): (QuotaWindow, u32)) -> Ordering {
    (u64::from(used_of_a) * u64::from(b.calls())).cmp(&(u64::from(used_of_b) * u64::from(a.calls())))
}

/// How long until a moment. What never comes stays so.
fn until(moment: Moment, now: Duration) -> Duration {
    if moment == Moment::MAX { Duration::MAX } else { moment.saturating_sub(now) }
}

/// How much of each window others are taken to use.
#[derive(Debug, Default)]
struct ForeignUsage {
    shares: Vec<Share>,
}

#[derive(Debug)]
struct Share {
    window: QuotaWindow,
    calls: u32,
    halves_at: Moment,
}

impl ForeignUsage {
    /// Notes that a window is full with so many calls of our own in it.
    fn record_rest(&mut self, window: QuotaWindow, own: u32, now: Moment) {
        let rest = window.calls().saturating_sub(own);
        // Their calls do not come evenly.
        let calls = rest.saturating_add(rest.div_ceil(20));
        self.shares.retain(|share| share.window != window);
        self.shares.push(Share { window, calls, halves_at: now.saturating_add(reserved_for(&window)) });
    }

    /// How many calls they leave to us, of which a tenth of the window is the least.
    fn leaves(&self, window: &QuotaWindow) -> u32 {
        let calls = self.share(window).map_or(0, |share| share.calls);
        window.calls().saturating_sub(calls).max(window.calls().div_ceil(10))
    }

    /// When they will be taken to use less of a window.
    fn change_at(&self, window: &QuotaWindow) -> Option<Moment> {
        self.share(window).map(|share| share.halves_at)
    }

    fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    fn advance(&mut self, now: Moment) {
        for share in &mut self.shares {
            while share.calls > 0 && share.halves_at <= now {
                share.calls /= 2;
                share.halves_at = share.halves_at.saturating_add(reserved_for(&share.window));
            }
        }
        self.shares.retain(|share| share.calls > 0);
    }

    fn share(&self, window: &QuotaWindow) -> Option<&Share> {
        self.shares.iter().find(|share| share.window == *window)
    }
}

fn reserved_for(window: &QuotaWindow) -> Duration {
    window.period().max(RESERVED)
}

/// A moment in milliseconds, rounded up: what is counted for longer than it should be does no harm.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Milliseconds(u64);

/// What is never over.
const NEVER: u64 = u64::MAX;

#[derive(Serialize, Deserialize)]
struct SerdeForm {
    #[serde(rename = "under_way")]
    in_flight: Vec<(u64, Milliseconds, u64)>,
    /// The first moment, and then how much later each is than the one before it.
    #[serde(rename = "settled")]
    released: Vec<u64>,
    longest: Milliseconds,
    most_calls: usize,
    #[serde(rename = "held_until")]
    paused_until: Milliseconds,
    #[serde(rename = "holds")]
    pauses: u64,
    /// Older versions did not count them.
    #[serde(default)]
    in_a_row: u32,
    /// None where there is no limit.
    at_once: Option<usize>,
    shares: Vec<SerdeShare>,
}

#[derive(Serialize, Deserialize)]
struct SerdeShare {
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
        SerdeForm::from(self).serialize(serializer)
    }
}

impl From<&WindowLog> for SerdeForm {
    fn from(log: &WindowLog) -> Self {
        let in_flight = log.in_flight.iter();
        let mut in_flight: Vec<_> =
            in_flight.map(|(id, permit)| (id.0, permit.lease_ends.into(), permit.pauses)).collect();
        in_flight.sort_unstable_by_key(|(id, ..)| *id);
        let mut before = 0;
        let released = log.released.iter().map(|moment| {
            let Milliseconds(moment) = Milliseconds::from(*moment);
            moment - std::mem::replace(&mut before, moment)
        });
        let shares = log.foreign_usage.shares.iter().map(|share| SerdeShare {
            window: (share.window.calls(), share.window.period()),
            calls: share.calls,
            halves_at: share.halves_at.into(),
        });
        Self {
            in_flight,
            released: released.collect(),
            longest: log.longest.into(),
            most_calls: log.most_calls,
            paused_until: log.paused_until.into(),
            pauses: log.pauses,
            in_a_row: log.in_a_row,
            at_once: (log.at_once < usize::MAX).then_some(log.at_once),
            shares: shares.collect(),
        }
    }
}

impl From<SerdeForm> for WindowLog {
    fn from(stored: SerdeForm) -> Self {
        let in_flight = stored.in_flight.into_iter();
        let in_flight = in_flight
            .map(|(id, lease_ends, pauses)| (PermitId(id), InFlight { lease_ends: lease_ends.into(), pauses }))
            .collect();
        let released = stored.released.into_iter().scan(0_u64, |moment, later| {
            *moment = moment.saturating_add(later);
            Some(Milliseconds(*moment).into())
        });
        let shares = stored.shares.into_iter().map(|share| Share {
            window: QuotaWindow::new(share.window.0, share.window.1),
            calls: share.calls,
            halves_at: share.halves_at.into(),
        });
        Self {
            in_flight,
            released: released.collect(),
            longest: stored.longest.into(),
            most_calls: stored.most_calls,
            paused_until: stored.paused_until.into(),
            pauses: stored.pauses,
            in_a_row: stored.in_a_row,
            at_once: stored.at_once.unwrap_or(usize::MAX),
            foreign_usage: ForeignUsage { shares: shares.collect() },
        }
    }
}
