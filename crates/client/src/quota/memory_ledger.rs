//! The ledger in the memory of one process: a log for each key.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::ledger::{Acquire, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, Throttled};
use super::window_log::{Moment, WindowLog};
use crate::{BoxError, BoxFuture, Clock, SystemClock};

/// The ledger of one process: exact sliding windows, in memory. [`WindowLog`] says how it counts.
pub struct MemoryLedger {
    clock: Arc<dyn Clock>,
    start: Instant,
    logs: Mutex<Logs>,
}

#[derive(Debug, Default)]
struct Logs {
    by_key: HashMap<QuotaKey, WindowLog>,
    permits: u64,
}

impl MemoryLedger {
    /// An empty ledger that tells the time by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { start: clock.now(), clock, logs: Mutex::default() }
    }

    /// The logs and, since they may only be written in order of time, the time read after they were locked.
    fn lock(&self) -> (MutexGuard<'_, Logs>, Moment) {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        (logs, self.clock.now().saturating_duration_since(self.start))
    }
}

impl Logs {
    /// The log of a key. Where that is a new one, those that have nothing in them any more go.
    fn log_of(&mut self, key: &QuotaKey, now: Moment) -> &mut WindowLog {
        if !self.by_key.contains_key(key) {
            self.by_key.retain(|_, log| !log.is_blank(now));
        }
        self.by_key.entry(key.clone()).or_default()
    }
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

/// How much is in the logs, not what: the keys name tenants and apps.
impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (logs, _) = self.lock();
        let entries = logs.by_key.values().map(WindowLog::entries).sum::<usize>();
        f.debug_struct("MemoryLedger")
            .field("keys", &logs.by_key.len())
            .field("entries", &entries)
            .finish_non_exhaustive()
    }
}

impl QuotaLedger for MemoryLedger {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Result<Acquire, BoxError>> {
        Box::pin(async move {
            let (mut logs, now) = self.lock();
            let id = PermitId(logs.permits);
            logs.permits += 1;
            Ok(logs.log_of(request.key, now).acquire(id, request, now))
        })
    }

    fn release(&self, key: &QuotaKey, permit: PermitId, usage: PermitUse) {
        let (mut logs, now) = self.lock();
        if let Some(log) = logs.by_key.get_mut(key) {
            log.release(permit, usage, now);
        }
    }

    fn pause<'a>(
        &'a self,
        request: PermitRequest<'a>,
        throttled: Throttled<'a>,
    ) -> BoxFuture<'a, Result<Pause, BoxError>> {
        Box::pin(async move {
            let (mut logs, now) = self.lock();
            Ok(logs.log_of(request.key, now).pause(request, throttled.wait, now))
        })
    }
}
