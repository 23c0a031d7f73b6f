//! How long to wait while somebody else has the file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// For how long SQLite waits at a stretch, for it cannot be told meanwhile that nobody wants the file any more.
const STRETCH: Duration = Duration::from_millis(50);

const PAUSE: Duration = Duration::from_millis(5);

/// Whether nobody waits any more for the file to be opened. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Makes it so when what this gives is dropped, unless that was ended before.
    pub(crate) fn unless_opened(&self) -> Waiting {
        Waiting(Some(self.clone()))
    }
}

/// Who waits for a file to be opened.
pub(crate) struct Waiting(Option<Abandoned>);

impl Waiting {
    pub(crate) fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(abandoned) = self.0.take() {
            abandoned.0.store(true, Ordering::Relaxed);
        }
    }
}

/// How long a lock is waited for, from now on.
pub(crate) struct Patience<'a> {
    limit: Duration,
    since: Instant,
    abandoned: &'a Abandoned,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(limit: Duration, abandoned: &'a Abandoned) -> Self {
        Self { limit, since: Instant::now(), abandoned }
    }

    /// Begins anew.
    pub(crate) fn renew(&mut self) {
        self.since = Instant::now();
    }

    /// Waits a little. False where that has been done for long enough.
    pub(crate) fn waits(&self) -> bool {
        let waits = self.since.elapsed() < self.limit && !self.abandoned.is_so();
        if waits {
            std::thread::sleep(PAUSE);
        }
        waits
    }
}

/// What SQLite is told to wait for a lock, where it is tried again until patience ends.
pub(crate) fn stretch(lock_wait: Duration) -> Duration {
    lock_wait.min(STRETCH)
}
