//! The calls that were let through, and whether another one may follow.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::behaviour::ThrottledCalls;
use crate::clock::Clock;
use crate::quota::{Quota, QuotaWindow};

/// What one app has taken, in exact sliding windows: the moments of the calls themselves, oldest first, not a count per
/// slice of time.
pub(crate) struct Permits {
    quota: Quota,
    taken: Mutex<VecDeque<DateTime<Utc>>>,
}

/// The window that has to empty, and how long until a call fits in again.
pub(crate) struct Throttled {
    pub(crate) window: QuotaWindow,
    pub(crate) wait: Duration,
}

impl Permits {
    pub(crate) fn new(quota: Quota) -> Permits {
        Permits { quota, taken: Mutex::default() }
    }

    /// Takes one permit out of every window, or is refused, which takes none or one as is set.
    pub(crate) fn take(&self, clock: &Clock, throttled_calls: ThrottledCalls) -> Result<(), Throttled> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that moments are pushed in order.
        let now = clock.now();
        // Only a clock that was set back leaves moments in the future; they must not lock the sandbox up.
        while taken.back().is_some_and(|moment| *moment > now) {
            taken.pop_back();
        }
        let longest = self.quota.windows().iter().map(|window| window.per).max().unwrap_or_default();
        while taken.front().is_some_and(|moment| age(*moment, now) >= longest) {
            taken.pop_front();
        }

        let Some(throttled) = self.longest_wait(&taken, now) else {
            taken.push_back(now);
            return Ok(());
        };
        if throttled_calls == ThrottledCalls::Free {
            return Err(throttled);
        }
        taken.push_back(now);
        // However many are sent on, a window is full with as many as it allows.
        let most = self.quota.windows().iter().map(|window| window.calls).max().unwrap_or_default();
        while taken.len() > usize::try_from(most).unwrap_or(usize::MAX) {
            taken.pop_front();
        }
        Err(self.longest_wait(&taken, now).unwrap_or(throttled))
    }

    fn longest_wait(&self, taken: &VecDeque<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Throttled> {
        self.quota
            .windows()
            .iter()
            .filter_map(|window| wait(*window, taken, now).map(|wait| Throttled { window: *window, wait }))
            .max_by_key(|throttled| throttled.wait)
    }
}

/// How long until the window has room, or nothing if it has.
fn wait(window: QuotaWindow, taken: &VecDeque<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    let calls = usize::try_from(window.calls).unwrap_or(usize::MAX);
    let leaves_next = taken.get(taken.len().checked_sub(calls)?)?;
    window.per.checked_sub(age(*leaves_next, now)).filter(|wait| !wait.is_zero())
}

fn age(moment: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - moment).to_std().unwrap_or_default()
}
