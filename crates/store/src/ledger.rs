//! The ledger of the quota, as a client uses it.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use mde_client::{
    Acquire, BoxError, BoxFuture, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, QuotaWindow,
    Throttled, WindowLog,
};

use crate::claim_rows;
use crate::connection::{Connection, Context};
use crate::error::DbError;
use crate::ledger_rows::{self, Changed};
use crate::store::{Job, Store, Worker};
use crate::turns::Turn;

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
                let acquired = acquire(context, PermitRequest::new(&key, &windows, lease))?;
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
        let Request { key, windows, lease } = Request::from(request);
        let (wait, cause) = (throttled.wait, throttled.cause.to_owned());
        Box::pin(async move {
            let pause = move |context: &mut Context<'_>| {
                let request = PermitRequest::new(&key, &windows, lease);
                let throttled = Throttled::new(wait, &cause);
                ledger_rows::pause(context.db, context.known, context.clock, request, throttled)
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

/// Takes a permit, if the claims of this process still hold. A process that lost one gets none this time, so that the call
/// can be given up.
fn acquire(context: &mut Context<'_>, request: PermitRequest<'_>) -> Result<Acquire, DbError> {
    if let Some(acquired) = acquire_in_turn(context, request)? {
        return Ok(acquired);
    }
    if claim_rows::restore(context.db, context.claims, context.clock)? {
        return Ok(Acquire::Busy);
    }
    Ok(acquire_in_turn(context, request)?.unwrap_or(Acquire::Busy))
}

/// Takes a permit, unless other processes have waited for longer. None where not all claims of this process are there.
fn acquire_in_turn(context: &mut Context<'_>, request: PermitRequest<'_>) -> Result<Option<Acquire>, DbError> {
    let Context { db, known, clock, claims, .. } = context;
    let (id, key) = (PermitId(fastrand::u64(..)), ledger_rows::encode_key(request.key));
    let mut has_row = false;
    let acquired = ledger_rows::update(db, known, *clock, (request.key, Some(request.windows)), |log, now| {
        if !claim_rows::are_in_place(db, claims)? {
            return Ok(Changed { value: None, write: false, wrote: false });
        }
        let turn = Turn::read(db, (&key, claims.process()), clock.now())?;
        let acquired = match log.acquire(id, request, now) {
            Acquire::Permit(id) if turn.is_ahead() => {
                log.release(id, PermitUse::Unsent, now);
                Acquire::Busy
            }
            acquired => acquired,
        };
        has_row = turn.note(acquired)?;
        Ok(Changed { value: Some(acquired), write: matches!(acquired, Acquire::Permit(_)), wrote: has_row })
    })?;
    if has_row {
        claims.note_row();
    }
    Ok(acquired)
}

/// Where it cannot be written, the permit counts as used at the end of its lease.
fn release(connection: &mut Connection, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
    let _ = connection.run_on_ledger(|context| {
        update(context, key, None, |log, now| {
            log.release(permit, usage, now);
            Ok(Changed::log(()))
        })
    });
}

fn update<T>(
    context: &mut Context<'_>,
    key: &QuotaKey,
    windows: Option<&[QuotaWindow]>,
    change: impl FnOnce(&mut WindowLog, Duration) -> Result<Changed<T>, DbError>,
) -> Result<T, DbError> {
    ledger_rows::update(context.db, context.known, context.clock, (key, windows), change)
}
