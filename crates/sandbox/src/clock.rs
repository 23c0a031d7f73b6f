//! The time by which the sandbox counts and throttles.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// What time it is for a sandbox. It drives the statistics and the quota alike, so that a clock which stands
/// still makes every answer repeatable. Cloning is cheap, and clones agree.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Fixed(DateTime<Utc>),
    Manual(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The time of the machine.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands still at `time`. A quota that is spent stays spent.
    pub fn fixed(time: DateTime<Utc>) -> Clock {
        Clock(Source::Fixed(time))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now(),
            Source::Fixed(time) => *time,
            Source::Manual(time) => *locked(time),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => formatter.write_str("Clock::system()"),
            Source::Fixed(time) => write!(formatter, "Clock::fixed({time:?})"),
            Source::Manual(time) => write!(formatter, "ManualClock at {:?}", *locked(time)),
        }
    }
}

/// The hand that moves a [`Clock`], for tests in which time has to pass.
#[derive(Debug)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands still at `time` until it is moved.
    pub fn starting_at(time: DateTime<Utc>) -> ManualClock {
        ManualClock(Arc::new(Mutex::new(time)))
    }

    /// The clock to give to a sandbox. All clocks of one hand show the same time.
    pub fn clock(&self) -> Clock {
        Clock(Source::Manual(Arc::clone(&self.0)))
    }

    /// Moves the time forward, at most to the last moment that chrono can hold.
    pub fn advance(&self, by: Duration) {
        let mut time = locked(&self.0);
        *time =
            TimeDelta::from_std(by).ok().and_then(|by| time.checked_add_signed(by)).unwrap_or(DateTime::<Utc>::MAX_UTC);
    }
}

/// A moment is whole whoever panicked while holding the lock.
fn locked(time: &Mutex<DateTime<Utc>>) -> MutexGuard<'_, DateTime<Utc>> {
    time.lock().unwrap_or_else(PoisonError::into_inner)
}
