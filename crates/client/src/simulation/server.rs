//! Services that count the calls of a window in one way or another.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::QuotaWindow;

/// How a service counts the calls of one window.
pub(crate) trait Counter: fmt::Debug + Send {
    /// How long until one more call fits.
    fn wait(&self, now: Duration) -> Duration;

    fn count(&mut self, now: Duration);
}

/// So many calls from one edge to the next. The first edge comes when three tenths of the window are over.
#[derive(Debug)]
pub(crate) struct Fixed {
    window: QuotaWindow,
    next_edge: Duration,
    calls: u32,
}

impl Fixed {
    pub(crate) fn new(window: QuotaWindow) -> Self {
        Self { window, next_edge: window.period() * 3 / 10, calls: 0 }
    }
}

impl Counter for Fixed {
    fn wait(&self, now: Duration) -> Duration {
        if self.calls < self.window.calls() { Duration::ZERO } else { self.next_edge.saturating_sub(now) }
    }

    fn count(&mut self, now: Duration) {
        while self.next_edge <= now {
            self.next_edge += self.window.period();
            self.calls = 0;
        }
        self.calls += 1;
    }
}

/// So many calls in any stretch of time.
#[derive(Debug)]
pub(crate) struct Sliding {
    window: QuotaWindow,
    /// As many as the window allows, or fewer.
    last_calls: VecDeque<Duration>,
}

impl Sliding {
    pub(crate) fn new(window: QuotaWindow) -> Self {
        Self { window, last_calls: VecDeque::new() }
    }

    fn is_full(&self) -> bool {
        self.last_calls.len() == usize::try_from(self.window.calls()).unwrap()
    }
}

impl Counter for Sliding {
    fn wait(&self, now: Duration) -> Duration {
        let leaves_first = self.last_calls.front().filter(|_| self.is_full());
        leaves_first.map_or(Duration::ZERO, |call| (*call + self.window.period()).saturating_sub(now))
    }

    fn count(&mut self, now: Duration) {
        if self.is_full() {
            self.last_calls.pop_front();
        }
        self.last_calls.push_back(now);
    }
}

/// A bucket that holds the calls of one window, is full at the start, and fills up steadily.
#[derive(Debug)]
pub(crate) struct Bucket {
    window: QuotaWindow,
    full_at: Duration,
}

impl Bucket {
    pub(crate) fn new(window: QuotaWindow) -> Self {
        Self { window, full_at: Duration::ZERO }
    }

    fn time_of_one_call(&self) -> Duration {
        self.window.period() / self.window.calls()
    }
}

impl Counter for Bucket {
    fn wait(&self, now: Duration) -> Duration {
        (self.full_at + self.time_of_one_call()).saturating_sub(now + self.window.period())
    }

    fn count(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now) + self.time_of_one_call();
    }
}

/// A service that enforces all its windows at once, when a call arrives.
#[derive(Debug)]
pub(crate) struct Server(Vec<Box<dyn Counter>>);

impl Server {
    pub(crate) fn new(counters: impl IntoIterator<Item = Box<dyn Counter>>) -> Self {
        Self(counters.into_iter().collect())
    }

    /// Counts a call, or says in how many whole seconds one fits in again.
    pub(crate) fn arrive(&mut self, at: Duration) -> Result<(), Duration> {
        let now = by_its_clock(at);
        let wait = self.wait(now);
        if wait.is_zero() {
            self.count(now);
            return Ok(());
        }
        Err(Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
    }

    /// How many calls it would take in this time, if each came as soon as there is room for it.
    pub(crate) fn most_calls_in(mut self, time: Duration) -> usize {
        let (mut now, mut calls) = (Duration::ZERO, 0);
        while now <= time {
            let wait = self.wait(now);
            if wait.is_zero() {
                self.count(now);
                calls += 1;
            }
            now += wait;
        }
        calls
    }

    fn wait(&self, now: Duration) -> Duration {
        self.0.iter().map(|counter| counter.wait(now)).max().unwrap_or_default()
    }

    fn count(&mut self, now: Duration) {
        self.0.iter_mut().for_each(|counter| counter.count(now));
    }
}

/// The time as a service reads it whose clock is slow by 50 millionths and goes in ticks of 50 ms.
fn by_its_clock(at: Duration) -> Duration {
    let millis = u64::try_from(at.as_millis()).unwrap();
    let slow = millis - millis * 50 / 1_000_000;
    Duration::from_millis(slow / 50 * 50)
}
