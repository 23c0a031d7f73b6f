use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mde_client::{Clock, SystemClock};

use crate::{SetAside, Store, StoreError};

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lock_wait: Duration,
}

impl StoreOptions {
    /// The machine's clock, and 5 s for a lock.
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemClock), lock_wait: Duration::from_secs(5) }
    }

    /// Tells the time of day by this clock. Processes that share a file should all go by the same.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// How long to wait while somebody else has the file locked, before it is set aside.
    #[must_use]
    pub fn lock_wait(self, lock_wait: Duration) -> Self {
        Self { lock_wait, ..self }
    }

    /// As [`Store::open`].
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open(self, path: &Path) -> Result<(Store, Option<SetAside>), StoreError> {
        Store::open_file(path, self).await
    }

    /// As [`Store::in_memory`].
    pub fn in_memory(self) -> Store {
        Store::of(None, self)
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self::new()
    }
}
