use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::Moment;
use super::others::Others;
use crate::{PermitId, PermitRequest, PermitUse, QuotaWindow, Taken};

/// How much longer than it is each window is taken to be.
const MARGIN: Duration = Duration::from_millis(250);

/// How long a request may still be on its way after it was given up.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

/// The attempts of one key.
#[derive(Debug)]
pub(super) struct Book {
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
    others: Others,
}

#[derive(Debug)]
struct UnderWay {
    lease_ends: Moment,
    /// How many holds there had been when it was taken.
    holds: u64,
}

impl Default for Book {
    fn default() -> Self {
        Self {
            under_way: HashMap::new(),
            settled: VecDeque::new(),
            longest: Duration::ZERO,
            most_calls: 0,
            held_until: Moment::ZERO,
            holds: 0,
            at_once: usize::MAX,
            others: Others::default(),
        }
    }
}

impl Book {
    pub(super) fn take(&mut self, id: PermitId, request: PermitRequest<'_>, now: Moment) -> Taken {
        self.bring_up_to_date(request.windows, now);
        let windows = request.windows;
        let free_at = windows.iter().map(|window| self.free_at(window, now)).fold(self.held_until, Moment::max);
        if free_at > now {
            return Taken::Wait(until(free_at, now));
        }
        let is_full = windows.iter().any(|window| self.own(window, now) >= self.allowed(window));
        if is_full || self.under_way.len() >= self.at_once {
            return Taken::Busy;
        }
        self.under_way.insert(id, UnderWay { lease_ends: now.saturating_add(request.lease), holds: self.holds });
        Taken::Permit(id)
    }

    pub(super) fn settle(&mut self, id: PermitId, usage: PermitUse, now: Moment) {
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

    pub(super) fn hold(&mut self, request: PermitRequest<'_>, wait: Duration, now: Moment) {
        self.bring_up_to_date(request.windows, now);
        self.held_until = self.held_until.max(now.saturating_add(wait));
        self.holds += 1;
        self.at_once = 1;
        // No window makes anybody wait for longer than it lasts.
        let may_be_full = request.windows.iter().filter(|window| window.period() >= wait);
        let own = may_be_full.map(|window| (*window, u32::try_from(self.own(window, now)).unwrap_or(u32::MAX)));
        if let Some((window, own)) = own.max_by(|a, b| by_fill(*a, *b)) {
            self.others.have_used_the_rest(window, own, now);
        }
    }

    /// Whether an empty book would do as well.
    pub(super) fn is_blank(&mut self, now: Moment) -> bool {
        self.bring_up_to_date(&[], now);
        self.entries() == 0 && self.held_until <= now && self.others.use_nothing()
    }

    pub(super) fn entries(&self) -> usize {
        self.under_way.len() + self.settled.len()
    }

    fn bring_up_to_date(&mut self, windows: &[QuotaWindow], now: Moment) {
        for window in windows {
            self.longest = self.longest.max(length(window));
            self.most_calls = self.most_calls.max(count(window.calls()));
        }
        self.under_way.retain(|_, permit| {
            let is_leased = permit.lease_ends > now;
            if !is_leased {
                insert(&mut self.settled, permit.lease_ends.saturating_add(ON_ITS_WAY));
            }
            is_leased
        });
        let has_left = |settled: &Moment| settled.saturating_add(self.longest) <= now;
        while self.settled.len() > self.most_calls || self.settled.front().is_some_and(has_left) {
            self.settled.pop_front();
        }
        self.others.bring_up_to_date(now);
    }

    /// How many attempts of this process a window holds.
    fn own(&self, window: &QuotaWindow, now: Moment) -> usize {
        let left = self.settled.partition_point(|settled| settled.saturating_add(length(window)) <= now);
        self.settled.len() - left + self.under_way.len()
    }

    /// How many it may hold.
    fn allowed(&self, window: &QuotaWindow) -> usize {
        count(self.others.leave(window))
    }

    /// From when on a window may have room. Permits under way count for nothing here, for they may be given back.
    fn free_at(&self, window: &QuotaWindow, now: Moment) -> Moment {
        let allowed = self.allowed(window);
        if allowed == 0 {
            return Moment::MAX;
        }
        let leaves_first = self.settled.len().checked_sub(allowed).and_then(|index| self.settled.get(index));
        let has_left_at = leaves_first.map_or(now, |settled| settled.saturating_add(length(window)));
        self.others.change_at(window).map_or(has_left_at, |change| has_left_at.min(change))
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
fn until(moment: Moment, now: Moment) -> Duration {
    if moment == Moment::MAX { Duration::MAX } else { moment.saturating_sub(now) }
}
