//! Where the calls of a client wait for their permits, and which windows they keep within.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::ledger::{Acquire, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, Throttled};
use crate::clock::timeout;
use crate::{BoxError, Clock, Operation, QuotaWindow};

/// What the caller says about the quota.
#[derive(Clone, Debug)]
pub(crate) enum OwnWindows {
    /// On a service of the caller's own, these and no others.
    Instead(Vec<QuotaWindow>),
    /// On the service, these besides those of the contract.
    Besides(Vec<QuotaWindow>),
}

impl OwnWindows {
    pub(crate) fn of(&self, operation: &Operation) -> Vec<QuotaWindow> {
        match self {
            Self::Instead(own) => own.clone(),
            Self::Besides(own) => own.iter().chain(operation.quota).copied().collect(),
        }
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

/// Where the calls of a client wait for their permits.
#[derive(Debug)]
pub(crate) struct Limiter {
    ledger: Arc<dyn QuotaLedger>,
    /// Notified when a permit of this client is released.
    released: Arc<Notify>,
}

/// Why there is no permit.
#[derive(Debug)]
pub(crate) enum NoPermit {
    /// The wait would be longer than it may be: this long from now on, where that is known.
    TooLong(Option<Duration>),
    /// The ledger failed.
    Ledger(BoxError),
}

impl Limiter {
    pub(crate) fn new(ledger: Arc<dyn QuotaLedger>) -> Self {
        Self { ledger, released: Arc::default() }
    }

    /// Waits for a permit, for at most `limit`, and notifies of each wait before it begins.
    pub(crate) async fn acquire(
        &self,
        clock: &dyn Clock,
        request: PermitRequest<'_>,
        limit: Duration,
        mut notify: impl FnMut(Option<Duration>),
    ) -> Result<Permit, NoPermit> {
        let start = clock.now();
        let mut is_busy_notified = false;
        let mut notified_until = Some(start);
        loop {
            // Before the ledger is asked, so that a release in between is noticed.
            let mut released = pin!(self.released.notified());
            released.as_mut().enable();
            let acquired = self.ledger.acquire(request).await.map_err(NoPermit::Ledger)?;
            let now = clock.now();
            let waited = now.saturating_duration_since(start);
            let left = limit.saturating_sub(waited);
            match acquired {
                Acquire::Permit(id) => return Ok(self.permit(request.key.clone(), id)),
                Acquire::Wait(wait) if wait > left => return Err(NoPermit::TooLong(Some(wait))),
                Acquire::Wait(wait) => {
                    // A permit that is released meanwhile wakes this call, but is not notified again.
                    let until = now.checked_add(wait);
                    if until.is_none() || until > notified_until {
                        notified_until = until;
                        notify(Some(wait));
                    }
                    timeout(clock, wait, released).await;
                }
                Acquire::Busy if left.is_zero() => return Err(NoPermit::TooLong(None)),
                Acquire::Busy => {
                    if !std::mem::replace(&mut is_busy_notified, true) {
                        notify(None);
                    }
                    timeout(clock, left.min(POLL_INTERVAL), released).await;
                }
            }
        }
    }

    pub(crate) async fn pause(&self, request: PermitRequest<'_>, throttled: Throttled<'_>) -> Result<Pause, BoxError> {
        self.ledger.pause(request, throttled).await
    }

    fn permit(&self, key: QuotaKey, id: PermitId) -> Permit {
        let (ledger, released) = (Arc::clone(&self.ledger), Arc::clone(&self.released));
        Permit { ledger, released, key, id, usage: PermitUse::Unanswered }
    }
}

/// How soon a ledger that others use too is asked again, where it cannot say when.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The permission to make one attempt. It is released when it is dropped: as used, unless something else was said.
#[derive(Debug)]
pub(crate) struct Permit {
    ledger: Arc<dyn QuotaLedger>,
    released: Arc<Notify>,
    key: QuotaKey,
    id: PermitId,
    usage: PermitUse,
}

impl Permit {
    pub(crate) fn release(mut self, usage: PermitUse) {
        self.usage = usage;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.ledger.release(&self.key, self.id, self.usage);
        self.released.notify_waiters();
    }
}
