//! The time by which the sandbox counts and throttles.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// The years that a clock can show. Those beyond have no form in answers, and the history reaches 30 days further back.
const YEARS: [i32; 2] = [1, 9999];

/// What time it is for a sandbox. It drives the statistics, the quota and the life of tokens alike, so that a clock
/// which stands still makes every answer repeatable.
///
/// It shows the years 1 to 9999, and stops at either end. The text form is a time as of RFC 3339, at which the clock
/// stands still.
///
/// Clones are the same clock: what is done to one shows on all, and a sandbox keeps one of them.
///
/// ```
/// use std::time::Duration;
/// use mde_sandbox::Clock;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock: Clock = "2025-06-01T00:00:00Z".parse()?;
/// let of_a_sandbox = clock.clone();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(of_a_sandbox.now().to_rfc3339(), "2025-06-01T00:01:00+00:00");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Hand>>);

#[derive(Clone, Copy)]
enum Hand {
    Standing(DateTime<Utc>),
    Running { ahead: Duration },
}

/// What a clock shows.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) now: DateTime<Utc>,
    pub(crate) stands_still: bool,
}

impl Clock {
    /// The time of the machine.
    pub fn system() -> Clock {
        Clock::at(Hand::Running { ahead: Duration::ZERO })
    }

    /// A clock that stands still at `time` until it is moved. A quota that is spent stays spent.
    pub fn fixed(time: DateTime<Utc>) -> Clock {
        Clock::at(Hand::Standing(shown(time)))
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.read().now
    }

    /// Sets the time, to an earlier one as well, and stops the clock there.
    pub fn set(&self, time: DateTime<Utc>) {
        *self.hand() = Hand::Standing(shown(time));
    }

    /// Moves the time forward, at most to the end of the year 9999. A clock that stands still goes on standing; one that follows the machine is ahead of it from then on.
    pub fn advance(&self, by: Duration) {
        let mut hand = self.hand();
        *hand = match *hand {
            Hand::Standing(time) => Hand::Standing(later(time, by)),
            Hand::Running { ahead } => Hand::Running { ahead: ahead.saturating_add(by) },
        };
    }

    /// Shows the time of the machine from now on, whatever was done before.
    pub fn follow_system(&self) {
        *self.hand() = Hand::Running { ahead: Duration::ZERO };
    }

    pub(crate) fn read(&self) -> Reading {
        match *self.hand() {
            Hand::Standing(now) => Reading { now, stands_still: true },
            Hand::Running { ahead } => Reading { now: later(Utc::now(), ahead), stands_still: false },
        }
    }

    fn at(hand: Hand) -> Clock {
        Clock(Arc::new(Mutex::new(hand)))
    }

    /// A hand is whole whoever panicked while holding the lock.
    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let later = TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by));
    shown(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// The moment, or the nearest that a clock can show.
fn shown(moment: DateTime<Utc>) -> DateTime<Utc> {
    let [first, last] = YEARS;
    let start = NaiveDate::from_ymd_opt(first, 1, 1).map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let end = NaiveDate::from_ymd_opt(last + 1, 1, 1)
        .map(|day| day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::nanoseconds(1));
    moment.clamp(start.unwrap_or(DateTime::<Utc>::MIN_UTC), end.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// Why a text is no [`Clock`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no time as of RFC 3339 in the years 1 to 9999: write one such as 2025-06-01T00:00:00Z")]
#[non_exhaustive]
pub struct ClockError {
    /// What was written.
    pub text: String,
}

impl FromStr for Clock {
    type Err = ClockError;

    fn from_str(text: &str) -> Result<Clock, ClockError> {
        let time = DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc));
        let time = time.filter(|time| shown(*time) == *time);
        time.map(Clock::fixed).ok_or_else(|| ClockError { text: text.to_owned() })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.hand() {
            Hand::Standing(time) => write!(formatter, "Clock::fixed({time:?})"),
            Hand::Running { ahead: Duration::ZERO } => formatter.write_str("Clock::system()"),
            Hand::Running { ahead } => write!(formatter, "Clock::system() and {ahead:?}"),
        }
    }
}
