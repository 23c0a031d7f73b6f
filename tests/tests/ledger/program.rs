//! What a program does with a ledger, for tests of single steps.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use mde_client::{
    Acquire, MemoryLedger, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, QuotaWindow, Throttled,
};
use mde_tests::ManualClock;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// How much longer a window is acquired to be than it is, as documented.
pub(crate) const MARGIN: Duration = Duration::from_millis(250);

/// For how long permits are leased.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// A ledger, and one who takes permits from it.
pub(crate) struct Program {
    pub(crate) ledger: MemoryLedger,
    pub(crate) key: QuotaKey,
    pub(crate) windows: Vec<QuotaWindow>,
    clock: ManualClock,
}

impl Program {
    pub(crate) fn new(windows: &[(u32, Duration)]) -> Self {
        let clock = ManualClock::default();
        Self { ledger: MemoryLedger::new(Arc::new(clock.clone())), key: key(), windows: of(windows), clock }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(crate) fn acquire(&self) -> Acquire {
        self.take_for(&self.key, &self.windows)
    }

    pub(crate) fn take_for(&self, key: &QuotaKey, windows: &[QuotaWindow]) -> Acquire {
        at_once(self.ledger.acquire(PermitRequest::new(key, windows, LEASE))).unwrap()
    }

    pub(crate) fn permit(&self) -> PermitId {
        match self.acquire() {
            Acquire::Permit(permit) => permit,
            other => panic!("no permit but {other:?}"),
        }
    }

    pub(crate) fn release(&self, permit: PermitId, usage: PermitUse) {
        self.ledger.release(&self.key, permit, usage);
    }

    /// An attempt that is answered at once.
    pub(crate) fn call(&self) {
        self.release(self.permit(), PermitUse::Answered);
    }

    /// An attempt that is answered at once, with a 429.
    pub(crate) fn throttled_call(&self, wait: Duration) -> Pause {
        let permit = self.permit();
        let pause = self.pause(wait);
        self.release(permit, PermitUse::Answered);
        pause
    }

    /// Calls for as long as there are permits, and says how many it got and what came then.
    pub(crate) fn calls(&self) -> (usize, Acquire) {
        let mut calls = 0;
        loop {
            match self.acquire() {
                Acquire::Permit(permit) => self.release(permit, PermitUse::Answered),
                other => return (calls, other),
            }
            calls += 1;
        }
    }

    pub(crate) fn pause(&self, wait: Duration) -> Pause {
        let request = PermitRequest::new(&self.key, &self.windows, LEASE);
        at_once(self.ledger.pause(request, Throttled::new(wait, "too many"))).unwrap()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} after {:?}", self.ledger, self.clock.elapsed())
    }
}

pub(crate) fn key() -> QuotaKey {
    QuotaKey::new("https://api.example", "getIPStatistics")
}

pub(crate) fn of(windows: &[(u32, Duration)]) -> Vec<QuotaWindow> {
    windows.iter().map(|(calls, period)| QuotaWindow::new(*calls, *period)).collect()
}

/// What a future of the ledger in memory yields, which has nothing to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}
