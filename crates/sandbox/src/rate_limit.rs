//! The quota of an app, as people write it and as it is counted: exact sliding windows.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::duration::{self, NumberError, UNITS_FROM_SECONDS, whole_number};
use crate::quirks::ThrottledCalls;

/// The calls that are answered in any period: one or more windows, all of which apply at once.
///
/// Each window slides: at most so many calls in *any* period of that length, to the precision of the clock. Each app
/// has its own quota, which all its tokens share, since the live service counts per tenant and app (recorded: "for the
/// key Destination+TenantID+AppID").
///
/// The text form is `calls/duration`, separated by commas, where a duration is a whole number and one of the units `s`,
/// `m` and `h`. Both numbers go from 1 to 4,294,967,295.
///
/// ```
/// use mde_sandbox::Quota;
///
/// let quota: Quota = "100/60s, 1500/1h".parse()?;
/// assert_eq!(quota.to_string(), "100/1m,1500/1h");
/// assert_eq!(quota, Quota::default());
/// # Ok::<(), mde_sandbox::QuotaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota(Vec<QuotaWindow>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotaWindow {
    pub(crate) calls: u32,
    pub(crate) per: Duration,
}

impl Quota {
    pub(crate) fn windows(&self) -> &[QuotaWindow] {
        &self.0
    }
}

/// 100 calls a minute and 1,500 calls an hour, the documented limits of "Get IP statistics API".
impl Default for Quota {
    fn default() -> Quota {
        Quota(vec![
            QuotaWindow { calls: 100, per: Duration::from_secs(60) },
            QuotaWindow { calls: 1500, per: Duration::from_secs(3600) },
        ])
    }
}

/// Why a text is not a [`Quota`]. Every variant holds the part of the text that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaError {
    /// The part is not of the form calls, slash, number, unit.
    #[error(
        "{part:?} is not a quota window: write calls/duration, where a duration is a number and s, m or h, \
         such as 100/1m,1500/1h"
    )]
    Malformed {
        /// The part between two commas.
        part: String,
    },
    /// A number is above 4,294,967,295.
    #[error("{number} in {part:?} is too large: the largest number in a quota is {}", u32::MAX)]
    TooLarge {
        /// The part between two commas.
        part: String,
        /// The number, as it was written.
        number: String,
    },
    /// No call would ever be allowed.
    #[error("{part:?} allows no call at all: write at least 1, such as 100/1m,1500/1h")]
    NoCalls {
        /// The part between two commas.
        part: String,
    },
    /// The window would have no length.
    #[error("{part:?} has no duration: write at least 1s, such as 100/1m,1500/1h")]
    NoTime {
        /// The part between two commas.
        part: String,
    },
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Quota, QuotaError> {
        text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Quota)
    }
}

impl FromStr for QuotaWindow {
    type Err = QuotaError;

    fn from_str(part: &str) -> Result<QuotaWindow, QuotaError> {
        let wrong = |error| match error {
            NumberError::Malformed => QuotaError::Malformed { part: part.to_owned() },
            NumberError::TooLarge { number } => QuotaError::TooLarge { part: part.to_owned(), number },
        };
        let (calls, per) = part.split_once('/').ok_or_else(|| wrong(NumberError::Malformed))?;
        let (per, calls) = (
            duration::parse::<u32>(per, &UNITS_FROM_SECONDS).map_err(wrong)?,
            whole_number::<u32>(calls).map_err(wrong)?,
        );
        if calls == 0 {
            return Err(QuotaError::NoCalls { part: part.to_owned() });
        }
        if per.is_zero() {
            return Err(QuotaError::NoTime { part: part.to_owned() });
        }
        Ok(QuotaWindow { calls, per })
    }
}

/// The form that [`Quota::from_str`] reads, each duration in the largest unit that divides it.
impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, window) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(formatter, "{comma}{}/{}", window.calls, duration::text(window.per))?;
        }
        Ok(())
    }
}

/// The calls of one app in exact sliding windows: the times of the calls, oldest first, not a count per slice of time.
pub(crate) struct RateLimit {
    quota: Quota,
    taken: Mutex<VecDeque<DateTime<Utc>>>,
}

/// The window that is full, and the wait until it has room.
pub(crate) struct Throttled {
    pub(crate) window: QuotaWindow,
    pub(crate) wait: Duration,
}

impl RateLimit {
    pub(crate) fn new(quota: Quota) -> RateLimit {
        RateLimit { quota, taken: Mutex::default() }
    }

    /// Counts a call in every window, or refuses it. A refused call counts only if that is set.
    pub(crate) fn acquire(&self, clock: &Clock, throttled_calls: ThrottledCalls) -> Result<(), Throttled> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that times are pushed in order.
        let now = clock.now();
        // Only a clock that was set back leaves times in the future; they must not block the quota.
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
        // However many calls follow, a window is full with as many as it allows.
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

/// The wait until the window has room, or `None` if it has.
fn wait(window: QuotaWindow, taken: &VecDeque<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    let calls = usize::try_from(window.calls).unwrap_or(usize::MAX);
    let leaves_next = taken.get(taken.len().checked_sub(calls)?)?;
    window.per.checked_sub(age(*leaves_next, now)).filter(|wait| !wait.is_zero())
}

fn age(moment: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (now - moment).to_std().unwrap_or_default()
}
