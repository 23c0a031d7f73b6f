//! What a test replaces to be deterministic: the clock of a client, with a timeout by it, and its random numbers.

use std::fmt;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;
use futures_util::future::{Either, select};
use reqwest::header::HeaderValue;

/// A future on the heap, as the traits of this crate return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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

/// The id of a call, in the form of a random UUID (version 4).
#[derive(Clone, Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&RequestId> for HeaderValue {
    fn from(RequestId(text): &RequestId) -> Self {
        // Hexadecimal digits and hyphens can stand in any header.
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-"))
    }
}

/// A source of random numbers; none of them guards anything.
#[derive(Debug)]
pub(crate) struct Random(Mutex<Rng>);

impl Random {
    /// The same numbers each time for the same seed; others each time without one.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(seed.map_or_else(Rng::new, Rng::with_seed)))
    }

    pub(crate) fn request_id(&self) -> RequestId {
        const VERSION: u128 = 0x4 << 76;
        const VARIANT: u128 = 0x2 << 62;
        let bits = self.with(|rng| rng.u128(..)) & !(0xf << 76) & !(0x3 << 62) | VERSION | VARIANT;
        let digits = format!("{bits:032x}");
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        RequestId(parts.join("-"))
    }

    /// From 0 to 1.
    pub(crate) fn fraction(&self) -> f64 {
        self.with(Rng::f64)
    }

    fn with<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
