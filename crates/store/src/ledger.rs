//! The ledger of the quota, as a client uses it.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use mde_client::{
    Acquire, BoxError, BoxFuture, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, QuotaWindow,
    Throttled, WindowLog,
};

use crate::connection::{Connection, Context};
use crate::error::DbError;
use crate::ledger_rows::{self, Changed};
use crate::store::{Job, Store, Worker};

impl Store {
    /// The ledger of the quota, which all processes share that open the same file.
    pub fn ledger(&self) -> Arc<dyn QuotaLedger> {
        Arc::clone(&self.0) as _
    }
}

impl QuotaLedger for Worker {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        let Request { key, windows, lease } = Request::from(request);
        let sender = self.sender();
        Box::pin(async move {
            let acquire = move |context: &mut Context<'_>| {
                let id = PermitId(fastrand::u64(..));
                let request = PermitRequest::new(&key, &windows, lease);
                let acquired = update(context, &key, Some(&windows), |log, now| {
                    let acquired = log.acquire(id, request, now);
                    Changed { value: acquired, write: matches!(acquired, Acquire::Permit(_)) }
                })?;
                Ok(PermitGuard { acquired, release: sender.clone().map(|sender| (sender, key.clone())) })
            };
            Ok(self.call(|connection| connection.run_on_ledger(acquire)).await?.accept())
        })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        let key = key.clone();
        self.enqueue(move |connection| release(connection, &key, permit, usage));
    }

    fn pause<'a>(
        &'a self,
        request: PermitRequest<'a>,
        throttled: Throttled<'a>,
    ) -> BoxFuture<'a, Result<Pause, BoxError>> {
        let (Request { key, windows, lease }, wait) = (Request::from(request), throttled.wait);
        Box::pin(async move {
            let pause = move |context: &mut Context<'_>| {
                let request = PermitRequest::new(&key, &windows, lease);
                update(context, &key, Some(&windows), |log, now| Changed {
                    value: log.pause(request, wait, now),
                    write: true,
                })
            };
            Ok(self.call(|connection| connection.run_on_ledger(pause)).await?)
        })
    }
}

/// A request without borrowed parts.
struct Request {
    key: QuotaKey,
    windows: Vec<QuotaWindow>,
    lease: Duration,
}

impl From<PermitRequest<'_>> for Request {
    fn from(request: PermitRequest<'_>) -> Self {
        Self { key: request.key.clone(), windows: request.windows.to_vec(), lease: request.lease }
    }
}

/// An acquired permit on its way to the caller. It is released where the caller's future was dropped.
struct PermitGuard {
    acquired: Acquire,
    release: Option<(Sender<Job>, QuotaKey)>,
}

impl PermitGuard {
    fn accept(mut self) -> Acquire {
        self.release = None;
        self.acquired
    }
}

impl Drop for PermitGuard {
    fn drop(&mut self) {
        if let (Acquire::Permit(id), Some((sender, key))) = (self.acquired, self.release.take()) {
            let _ = sender.send(Box::new(move |connection| release(connection, &key, id, PermitUse::Unsent)));
        }
    }
}

/// Where it cannot be written, the permit counts as used at the end of its lease.
fn release(connection: &mut Connection, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
    let _ = connection.run_on_ledger(|context| {
        update(context, key, None, |log, now| {
            log.release(permit, usage, now);
            Changed { value: (), write: true }
        })
    });
}

fn update<T>(
    context: &mut Context<'_>,
    key: &QuotaKey,
    windows: Option<&[QuotaWindow]>,
    change: impl FnOnce(&mut WindowLog, Duration) -> Changed<T>,
) -> Result<T, DbError> {
    ledger_rows::update(context.db, context.known, context.clock, (key, windows), change)
}
