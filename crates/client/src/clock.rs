//! The clock of a client, and a timeout by it.

use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{Either, select};

use crate::BoxFuture;

/// How a client tells the time and waits. A test may bring one of its own.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now, on a clock that never goes back.
    fn now(&self) -> Instant;

    /// The time of day, for what others state as a date: when a token expires, when the service wants to be asked again.
    fn system_time(&self) -> SystemTime;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of the machine. It sleeps by tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// What a future yields, unless the time is up first.
pub(crate) async fn timeout<T>(clock: &dyn Clock, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), clock.sleep(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
