//! The ledger in the memory of one process: a book for each key.

mod book;
mod others;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::book::Book;
use crate::{
    BoxError, BoxFuture, Clock, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, SystemClock, Taken,
};

/// The ledger of one process: exact sliding windows, in memory.
///
/// # How it counts
///
/// The service counts an attempt when it arrives, which is some time between its sending and its answer. So a permit
/// counts as under way until it is settled, and from then on by the time of its settling: however long requests and
/// answers travel, the service never sees more attempts within a window than are counted here. A token bucket would let
/// through up to twice as many as a window allows.
///
/// - An attempt that was never sent is free again at once.
/// - An attempt without an answer counts as settled **2 s** later than it was, since its request may still be on its way.
///   So does a permit that nobody settles, from the end of its lease.
/// - Each window is taken to be **250 ms** longer than it is. Clocks do not run equally fast (50 millionths are 180 ms
///   in an hour), and a service may count in ticks.
///
/// # What it does after a 429
///
/// After a [hold](QuotaLedger::hold), one attempt may be under way at a time, and with each one that is answered one
/// more, until the next hold.
///
/// Since these books never allow too much, a hold also says that others call on the same app registration. Of the
/// windows that are no shorter than the hold, the one that this process has filled the most is taken for the full one,
/// and others are taken to have used the rest of it. That much and a **twentieth** more is kept free from then on, for
/// the length of the window but at least **an hour**; then half of it for as long again, and so on. A **tenth** of the
/// window is always left to this process.
pub struct MemoryLedger {
    clock: Arc<dyn Clock>,
    start: Instant,
    books: Mutex<Books>,
}

/// How long after the ledger's start. Sums of it saturate, so that what is never over needs no case of its own.
type Moment = Duration;

#[derive(Debug, Default)]
struct Books {
    by_key: HashMap<QuotaKey, Book>,
    permits: u64,
}

impl MemoryLedger {
    /// An empty ledger that tells the time by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { start: clock.now(), clock, books: Mutex::default() }
    }

    /// The books and, since they may only be written in order of time, the time read after they were locked.
    fn open(&self) -> (MutexGuard<'_, Books>, Moment) {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        (books, self.clock.now().saturating_duration_since(self.start))
    }
}

impl Books {
    /// The book of a key. Where that is a new one, those that have nothing in them any more go.
    fn of(&mut self, key: &QuotaKey, now: Moment) -> &mut Book {
        if !self.by_key.contains_key(key) {
            self.by_key.retain(|_, book| !book.is_blank(now));
        }
        self.by_key.entry(key.clone()).or_default()
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

/// How much is in the books, not what: the keys name tenants and apps.
impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (books, _) = self.open();
        let entries = books.by_key.values().map(Book::entries).sum::<usize>();
        f.debug_struct("MemoryLedger")
            .field("keys", &books.by_key.len())
            .field("entries", &entries)
            .finish_non_exhaustive()
    }
}

impl QuotaLedger for MemoryLedger {
    fn take<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Taken, BoxError>> {
        Box::pin(async move {
            let (mut books, now) = self.open();
            let id = PermitId(books.permits);
            books.permits += 1;
            Ok(books.of(request.key, now).take(id, request, now))
        })
    }

    fn settle(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        let (mut books, now) = self.open();
        if let Some(book) = books.by_key.get_mut(key) {
            book.settle(permit, usage, now);
        }
    }

    fn hold<'a>(&'a self, request: PermitRequest<'a>, wait: Duration) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let (mut books, now) = self.open();
            books.of(request.key, now).hold(request, wait, now);
            Ok(())
        })
    }
}
