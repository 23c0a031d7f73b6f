//! A clock that a test sets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use mde_client::{BoxFuture, Clock};

/// A clock that shows what a test says. Clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    start: Instant,
    elapsed: Arc<Mutex<Duration>>,
}

impl Dial {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), elapsed: Arc::default() }
    }

    /// The time since the clock was made.
    pub(crate) fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    pub(crate) fn set(&self, elapsed: Duration) {
        *self.elapsed.lock().unwrap() = elapsed;
    }
}

impl Clock for Dial {
    fn now(&self) -> Instant {
        self.start + self.elapsed()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        unreachable!("a ledger does not wait")
    }
}
