//! Clocks for clients under test: one that a test moves, and one that runs faster than time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mde_client::{BoxFuture, Clock};
use tokio::sync::watch;

/// Midnight of 2026-01-01 in UTC, when every such clock begins.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// A clock for a client that runs twenty times as fast as time, so that retries and timeouts are short.
#[derive(Clone, Copy, Debug)]
pub struct FastClock {
    start: Instant,
    start_of_day: SystemTime,
}

impl FastClock {
    const SPEED: u32 = 20;

    fn elapsed(&self) -> Duration {
        self.start.elapsed() * Self::SPEED
    }
}

impl Default for FastClock {
    fn default() -> Self {
        Self { start: Instant::now(), start_of_day: SystemTime::now() }
    }
}

impl Clock for FastClock {
    fn now(&self) -> Instant {
        self.start + self.elapsed()
    }

    fn system_time(&self) -> SystemTime {
        self.start_of_day + self.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration / Self::SPEED))
    }
}

/// A clock for a client that stands still until a test moves it. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Instant,
    elapsed: Arc<watch::Sender<Duration>>,
    sleeping: Arc<Mutex<Vec<Duration>>>,
}

impl Default for ManualClock {
    fn default() -> Self {
        let elapsed = Arc::new(watch::Sender::new(Duration::ZERO));
        Self { start: Instant::now(), elapsed, sleeping: Arc::default() }
    }
}

impl ManualClock {
    /// Advances the clock, and wakes every sleep that is over.
    pub fn advance(&self, by: Duration) {
        self.elapsed.send_modify(|elapsed| *elapsed += by);
    }

    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    /// Waits until a sleep of exactly this duration begins.
    ///
    /// # Panics
    /// If none does within a minute of real time: a test should fail rather than hang.
    pub async fn somebody_sleeps(&self, duration: Duration) {
        let now = *self.elapsed.borrow();
        let sleeps = async {
            while !self.sleeping().contains(&(now + duration)) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(60), sleeps).await.is_err() {
            let others: Vec<_> = self.sleeping().iter().map(|until| until.saturating_sub(now)).collect();
            panic!("nobody sleeps for {duration:?}, but for {others:?}");
        }
    }

    fn sleeping(&self) -> MutexGuard<'_, Vec<Duration>> {
        self.sleeping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + *self.elapsed.borrow()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + *self.elapsed.borrow()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = self.elapsed.borrow().saturating_add(duration);
        let sleeper = Sleeper { clock: self.clone(), until };
        self.sleeping().push(until);
        Box::pin(async move {
            let mut elapsed = sleeper.clock.elapsed.subscribe();
            // The sender lives in the clock, which the sleeper holds.
            let _ = elapsed.wait_for(|elapsed| *elapsed >= sleeper.until).await;
        })
    }
}

/// One who sleeps, and who is forgotten when it wakes or is dropped.
struct Sleeper {
    clock: ManualClock,
    until: Duration,
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut sleeping = self.clock.sleeping();
        if let Some(index) = sleeping.iter().position(|until| *until == self.until) {
            sleeping.swap_remove(index);
        }
    }
}
