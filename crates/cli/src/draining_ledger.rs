//! A ledger that can be drained: it grants no further permit, and reports when the last attempt in flight is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mde_client::{Acquire, BoxError, BoxFuture, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger};
use tokio::sync::Notify;

/// Another ledger, until it is stopped.
#[derive(Debug)]
pub(crate) struct DrainingLedger {
    ledger: Arc<dyn QuotaLedger>,
    is_draining: AtomicBool,
    /// How many permits are out.
    out: AtomicUsize,
    /// How many permits are being acquired, and how many answers are being kept.
    at_work: AtomicUsize,
    is_idle: Notify,
}

impl DrainingLedger {
    pub(crate) fn new(ledger: Arc<dyn QuotaLedger>) -> Self {
        let (out, at_work) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { ledger, is_draining: AtomicBool::new(false), out, at_work, is_idle: Notify::new() }
    }

    /// From now on no attempt begins. Calls that want a permit wait for as long as they are let.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    /// How many attempts are under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.out.load(Ordering::SeqCst)
    }

    /// What has begun and has to be waited for, until it is dropped.
    pub(crate) fn begin_work(&self) -> PendingWork<'_> {
        self.at_work.fetch_add(1, Ordering::SeqCst);
        PendingWork(self)
    }

    /// Waits until no attempt is under way, and nothing is to be done after one.
    pub(crate) async fn idle(&self) {
        loop {
            let changed = self.is_idle.notified();
            if self.is_idle_now() {
                return;
            }
            changed.await;
        }
    }

    fn is_idle_now(&self) -> bool {
        self.in_flight() == 0 && self.at_work.load(Ordering::SeqCst) == 0
    }

    fn notify_if_idle(&self) {
        if self.is_idle_now() {
            self.is_idle.notify_waiters();
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }
}

/// Something that a run does not end before.
pub(crate) struct PendingWork<'a>(&'a DrainingLedger);

impl Drop for PendingWork<'_> {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
        self.0.notify_if_idle();
    }
}

impl QuotaLedger for DrainingLedger {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        Box::pin(async move {
            if self.is_draining() {
                return Ok(Acquire::Busy);
            }
            let _work = self.begin_work();
            let acquired = self.ledger.acquire(request).await?;
            match acquired {
                Acquire::Permit(permit) if self.is_draining() => {
                    self.ledger.release(request.key, permit, PermitUse::Unsent);
                    Ok(Acquire::Busy)
                }
                Acquire::Permit(_) => {
                    self.out.fetch_add(1, Ordering::SeqCst);
                    Ok(acquired)
                }
                _ => Ok(acquired),
            }
        })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        self.ledger.release(key, permit, usage);
        self.out.fetch_sub(1, Ordering::SeqCst);
        self.notify_if_idle();
    }

    fn pause<'a>(&'a self, request: PermitRequest<'a>, wait: Duration) -> BoxFuture<'a, Result<(), BoxError>> {
        self.ledger.pause(request, wait)
    }
}
