//! The ledger of the quota that processes share.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use mde_client::{
    Acquire, BoxError, BoxFuture, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, QuotaWindow,
};

use crate::books::{Act, act};
use crate::keeper::{Desk, Keeper};
use crate::trouble::Trouble;
use crate::worker::{Job, Worker};

pub(crate) struct Ledger(pub(crate) Arc<Worker>);

/// Without the keys, which name tenants and apps.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl QuotaLedger for Ledger {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        let Request { key, windows, lease } = Request::of(request);
        let entrance = self.0.entrance();
        Box::pin(async move {
            let take = move |desk: &mut Desk<'_>| {
                let id = PermitId(fastrand::u64(..));
                let request = PermitRequest::new(&key, &windows, lease);
                let acquired = on_book(desk, &key, Some(&windows), |book, now| {
                    let acquired = book.acquire(id, request, now);
                    Act { value: acquired, changes: matches!(acquired, Acquire::Permit(_)) }
                })?;
                Ok(Handed { acquired, to_give_back: entrance.clone().map(|entrance| (entrance, key.clone())) })
            };
            Ok(self.0.ask(|keeper| keeper.perform_on_ledger(take)).await?.accept())
        })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        let key = key.clone();
        self.0.enqueue(move |keeper| release(keeper, &key, permit, usage));
    }

    fn pause<'a>(&'a self, request: PermitRequest<'a>, wait: Duration) -> BoxFuture<'a, Result<(), BoxError>> {
        let Request { key, windows, lease } = Request::of(request);
        Box::pin(async move {
            let hold = move |desk: &mut Desk<'_>| {
                let request = PermitRequest::new(&key, &windows, lease);
                on_book(desk, &key, Some(&windows), |book, now| {
                    book.pause(request, wait, now);
                    Act { value: (), changes: true }
                })
            };
            Ok(self.0.ask(|keeper| keeper.perform_on_ledger(hold)).await?)
        })
    }
}

/// A request that a thread can have.
struct Request {
    key: QuotaKey,
    windows: Vec<QuotaWindow>,
    lease: Duration,
}

impl Request {
    fn of(request: PermitRequest<'_>) -> Self {
        Self { key: request.key.clone(), windows: request.windows.to_vec(), lease: request.lease }
    }
}

/// What was acquired, on its way to who asked. If nobody is there any more, a permit goes back.
struct Handed {
    acquired: Acquire,
    to_give_back: Option<(Sender<Job>, QuotaKey)>,
}

impl Handed {
    fn accept(mut self) -> Acquire {
        self.to_give_back = None;
        self.acquired
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let (Acquire::Permit(id), Some((entrance, key))) = (self.acquired, self.to_give_back.take()) {
            let _ = entrance.send(Box::new(move |keeper| release(keeper, &key, id, PermitUse::Unsent)));
        }
    }
}

/// Where it cannot be written, the permit counts as used at the end of its lease.
fn release(keeper: &mut Keeper, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
    let _ = keeper.perform_on_ledger(|desk| {
        on_book(desk, key, None, |book, now| {
            book.release(permit, usage, now);
            Act { value: (), changes: true }
        })
    });
}

fn on_book<T>(
    desk: &mut Desk<'_>,
    key: &QuotaKey,
    windows: Option<&[QuotaWindow]>,
    what: impl FnOnce(&mut mde_client::WindowLog, Duration) -> Act<T>,
) -> Result<T, Trouble> {
    let clock = desk.clock;
    act(desk.connection, desk.seen, (key, windows), || clock.system_time(), what)
}
