//! How a client keeps within the quota of the service.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::clock::within;
use crate::{Clock, Operation, QuotaWindow};

/// The ledgers of a client, one for each operation, shared by all its clones.
#[derive(Debug)]
pub(crate) struct Quota {
    clock: Arc<dyn Clock>,
    /// Instead of or besides what the contract says.
    own: OwnWindows,
    ledgers: Mutex<HashMap<&'static str, Arc<Ledger>>>,
}

/// What the caller says about the quota.
#[derive(Clone, Debug)]
pub(crate) enum OwnWindows {
    /// On a service of the caller's own, these and no others.
    Instead(Vec<QuotaWindow>),
    /// On the service, these besides those of the contract.
    Besides(Vec<QuotaWindow>),
}

impl Quota {
    pub(crate) fn new(clock: Arc<dyn Clock>, own: OwnWindows) -> Self {
        Self { clock, own, ledgers: Mutex::default() }
    }

    /// Waits for the permission to make one call, for at most `limit`; otherwise says how long it would have taken.
    pub(crate) async fn acquire(&self, operation: &Operation, limit: Duration) -> Result<Permit, Duration> {
        let ledger = self.ledger(operation);
        let start = self.clock.now();
        loop {
            // Before the ledger is asked, lest an answer that comes in between goes unnoticed.
            let mut answered = std::pin::pin!(ledger.answered.notified());
            answered.as_mut().enable();
            let now = self.clock.now();
            let left = limit.saturating_sub(now - start);
            let taken = ledger.entries().try_take(now, &ledger.windows);
            match taken {
                Ok(()) => return Ok(Permit::taken(&ledger, &self.clock)),
                Err(Blocked::For(wait)) if wait > left => return Err(wait.saturating_add(now - start)),
                Err(Blocked::For(wait)) => {
                    within(&*self.clock, wait, answered).await;
                }
                Err(Blocked::ByCallsUnderWay) => {
                    if within(&*self.clock, left, answered).await.is_none() {
                        return Err(limit);
                    }
                }
            }
        }
    }

    /// Lets nobody call the operation for a while, because the service said so.
    pub(crate) fn hold(&self, operation: &Operation, wait: Duration) {
        let until = self.clock.now().checked_add(wait);
        let ledger = self.ledger(operation);
        let mut entries = ledger.entries();
        entries.held_until = entries.held_until.max(until);
    }

    pub(crate) fn windows(&self, operation: &Operation) -> Vec<QuotaWindow> {
        match &self.own {
            OwnWindows::Instead(own) => own.clone(),
            OwnWindows::Besides(own) => own.iter().chain(operation.quota).copied().collect(),
        }
    }

    fn ledger(&self, operation: &Operation) -> Arc<Ledger> {
        let mut ledgers = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        let ledger = ledgers.entry(operation.id).or_insert_with(|| {
            let windows = self.windows(operation);
            Arc::new(Ledger { windows, entries: Mutex::default(), answered: Notify::new() })
        });
        Arc::clone(ledger)
    }
}

/// Whether a window allows more than the contract does in the same time.
pub(crate) fn exceeds(window: QuotaWindow, contract: &[QuotaWindow]) -> bool {
    let most = contract.iter().map(|of_contract| {
        let periods = window.period().as_nanos().div_ceil(of_contract.period().as_nanos().max(1));
        periods.saturating_mul(u128::from(of_contract.calls()))
    });
    most.min().is_some_and(|most| u128::from(window.calls()) > most)
}

/// The calls of one operation.
#[derive(Debug)]
struct Ledger {
    windows: Vec<QuotaWindow>,
    entries: Mutex<Entries>,
    answered: Notify,
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service counts a call when it arrives, which is some time between its sending and its answer. So a call counts as
/// under way until it is answered, and from then on by the time of its answer: whatever the latency, the service never
/// sees more calls within a window than are counted here.
#[derive(Debug, Default)]
struct Entries {
    under_way: u32,
    /// When the calls of the longest window were answered, oldest first.
    answered_at: VecDeque<Instant>,
    held_until: Option<Instant>,
}

#[derive(Debug)]
enum Blocked {
    For(Duration),
    ByCallsUnderWay,
}

impl Entries {
    fn try_take(&mut self, now: Instant, windows: &[QuotaWindow]) -> Result<(), Blocked> {
        let longest = windows.iter().map(QuotaWindow::period).max().unwrap_or_default();
        while self.answered_at.front().is_some_and(|at| now.duration_since(*at) >= longest) {
            self.answered_at.pop_front();
        }
        let mut wait = self.held_until.map(|until| until.saturating_duration_since(now)).unwrap_or_default();
        for window in windows {
            let allowed = usize::try_from(window.calls().saturating_sub(self.under_way)).unwrap_or(usize::MAX);
            if allowed == 0 {
                return Err(Blocked::ByCallsUnderWay);
            }
            // With this many calls answered within the window, the oldest of them must leave it first.
            let oldest = self.answered_at.len().checked_sub(allowed).and_then(|index| self.answered_at.get(index));
            let leaves_in = oldest.map(|at| window.period().saturating_sub(now.duration_since(*at)));
            wait = wait.max(leaves_in.unwrap_or_default());
        }
        if !wait.is_zero() {
            return Err(Blocked::For(wait));
        }
        self.under_way += 1;
        Ok(())
    }
}

/// The permission to make one call. It is spent when it is dropped, whatever came of the call, unless it was given back.
#[derive(Debug)]
pub(crate) struct Permit {
    ledger: Arc<Ledger>,
    clock: Arc<dyn Clock>,
    given_back: bool,
}

impl Permit {
    fn taken(ledger: &Arc<Ledger>, clock: &Arc<dyn Clock>) -> Self {
        Self { ledger: Arc::clone(ledger), clock: Arc::clone(clock), given_back: false }
    }

    /// For a call that was never sent.
    pub(crate) fn give_back(mut self) {
        self.given_back = true;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.clock.now();
        let mut entries = self.ledger.entries();
        entries.under_way = entries.under_way.saturating_sub(1);
        if !self.given_back {
            entries.answered_at.push_back(now);
        }
        drop(entries);
        self.ledger.answered.notify_waiters();
    }
}
