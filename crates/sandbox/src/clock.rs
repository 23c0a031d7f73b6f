//! The time by which the sandbox counts and throttles.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// The years that a clock can show. Answers have no form for others, and the history reaches 30 days further back.
const YEARS: [i32; 2] = [1, 9999];

/// The time of a sandbox. It drives the statistics, the quota and the expiry of tokens, so that a fixed clock makes
/// every answer repeatable.
///
/// It shows the years 1 to 9999, and stops at either end. The text form is an RFC 3339 time, at which the clock is
/// fixed.
///
/// Clones share one clock: a change of one shows on all, and a sandbox keeps one of them.
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
pub struct Clock(Arc<Mutex<Mode>>);

#[derive(Clone, Copy)]
enum Mode {
    Fixed(DateTime<Utc>),
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
        Clock::at(Mode::Running { ahead: Duration::ZERO })
    }

    /// A clock that stands still at `time` until it is set or advanced. A quota that is spent stays spent.
    pub fn fixed(time: DateTime<Utc>) -> Clock {
        Clock::at(Mode::Fixed(shown(time)))
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.read().now
    }

    /// Sets the time, to an earlier one as well, and stops the clock there.
    pub fn set(&self, time: DateTime<Utc>) {
        *self.mode() = Mode::Fixed(shown(time));
    }

    /// Advances the time, at most to the end of the year 9999. A fixed clock stays fixed; one that follows the machine
    /// is ahead of it from then on.
    pub fn advance(&self, by: Duration) {
        let mut mode = self.mode();
        *mode = match *mode {
            Mode::Fixed(time) => Mode::Fixed(later(time, by)),
            Mode::Running { ahead } => Mode::Running { ahead: ahead.saturating_add(by) },
        };
    }

    /// Follows the machine's clock again, whatever was set before.
    pub fn follow_system(&self) {
        *self.mode() = Mode::Running { ahead: Duration::ZERO };
    }

    pub(crate) fn read(&self) -> Reading {
        match *self.mode() {
            Mode::Fixed(now) => Reading { now, stands_still: true },
            Mode::Running { ahead } => Reading { now: later(Utc::now(), ahead), stands_still: false },
        }
    }

    fn at(mode: Mode) -> Clock {
        Clock(Arc::new(Mutex::new(mode)))
    }

    /// The value is valid even if a holder of the lock panicked.
    fn mode(&self) -> MutexGuard<'_, Mode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(time: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let later = TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by));
    shown(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// The time, or the nearest that a clock can show.
fn shown(moment: DateTime<Utc>) -> DateTime<Utc> {
    let [first, last] = YEARS;
    let start = NaiveDate::from_ymd_opt(first, 1, 1).map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let end = NaiveDate::from_ymd_opt(last + 1, 1, 1)
        .map(|day| day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::nanoseconds(1));
    moment.clamp(start.unwrap_or(DateTime::<Utc>::MIN_UTC), end.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// Why a text is not a [`Clock`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an RFC 3339 time in the years 1 to 9999: write one such as 2025-06-01T00:00:00Z")]
#[non_exhaustive]
pub struct ClockError {
    /// The text.
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
        match *self.mode() {
            Mode::Fixed(time) => write!(formatter, "Clock::fixed({time:?})"),
            Mode::Running { ahead: Duration::ZERO } => formatter.write_str("Clock::system()"),
            Mode::Running { ahead } => write!(formatter, "Clock::system() and {ahead:?}"),
        }
    }
}
