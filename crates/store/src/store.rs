//! The handle that callers have, its options, and the thread that does the work.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use mde_client::{Clock, QuotaKey, QuotaWindow, SystemClock};
use rusqlite::{Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::answers::{self, CachedAnswer, Scope};
use crate::claim_rows::{self, HEARTBEAT};
use crate::connection::{Connection, Context, Shared};
use crate::error::{DbError, StoreError, unusable};
use crate::file::{self, Quarantined};
use crate::ledger_rows::{self, QuotaUse};

/// A process that does not use its store for so long loses its claims: it may hang in a write to a pipe that is not read.
const STALLED: Duration = Duration::from_secs(30);

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions {
    clock: Arc<dyn Clock>,
    lock_wait: Duration,
}

impl StoreOptions {
    /// The machine's clock, and a lock wait of 5 s.
    pub fn new() -> Self {
        Self { clock: Arc::new(SystemClock), lock_wait: Duration::from_secs(5) }
    }

    /// Reads the time of day from this clock. Processes that share a file should all use the same.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// How long to wait while another process has the file locked, before the file is quarantined.
    #[must_use]
    pub fn lock_wait(self, lock_wait: Duration) -> Self {
        Self { lock_wait, ..self }
    }

    /// As [`Store::open`].
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open(self, path: &Path) -> Result<(Store, Option<Quarantined>), StoreError> {
        let store = Store(Worker::start(Some(path.to_owned()), self));
        // Dropped before the store, whose end waits for the thread.
        let guard = CancelOnDrop(Some(&store.0.shared));
        // Any job opens the file.
        store.0.run(|_| Ok(())).await?;
        guard.disarm();
        let quarantined = store.quarantined();
        Ok((store, quarantined))
    }

    /// As [`Store::in_memory`].
    pub fn in_memory(self) -> Store {
        Store(Worker::start(None, self))
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Cancels the opening of a file when the future that waits for it is dropped.
struct CancelOnDrop<'a>(Option<&'a Shared>);

impl CancelOnDrop<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.cancel_open();
        }
    }
}

/// A cache of answers and a ledger of the quota, in a file that processes share. Clones are cheap and share everything.
#[derive(Clone, Debug)]
pub struct Store(pub(crate) Arc<Worker>);

/// What a store contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// The number of answers.
    pub answers: u64,
    /// When the oldest answer came.
    pub oldest: Option<SystemTime>,
    /// When the newest answer came.
    pub newest: Option<SystemTime>,
    /// The size of the file and its write-ahead log, in bytes; 0 in memory.
    pub size: u64,
    /// The quarantined files beside it, by whichever process. They may contain answers too.
    pub quarantined: Vec<PathBuf>,
}

/// What [`Store::clear`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cleared {
    /// The number of answers.
    pub answers: u64,
    /// The number of quarantined files.
    pub files: u64,
}

impl Store {
    /// Opens the store in a file, or creates it. A file that is damaged or stays locked is quarantined.
    ///
    /// # Errors
    /// If the file can neither be opened nor created.
    pub async fn open(path: &Path) -> Result<(Self, Option<Quarantined>), StoreError> {
        StoreOptions::new().open(path).await
    }

    /// A store that ends with the process.
    pub fn in_memory() -> Self {
        StoreOptions::new().in_memory()
    }

    /// The path of the file; none in memory.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The answers about these subjects that came at `not_before` or later, and not in the future.
    ///
    /// # Errors
    /// If the file can no longer be used, and no new one be created.
    pub async fn get(
        &self,
        scope: &Scope,
        subjects: Vec<String>,
        not_before: SystemTime,
    ) -> Result<HashMap<String, CachedAnswer>, StoreError> {
        let scope = scope.text();
        self.0.run(move |context| answers::get(context.db, &scope, &subjects, (not_before, context.now()))).await
    }

    /// Caches an answer. Once this returns, the answer outlives the process, however that ends. A claim to the subject
    /// ends with it.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn put(
        &self,
        scope: &Scope,
        subject: &str,
        body: &[u8],
        answered_at: SystemTime,
    ) -> Result<(), StoreError> {
        let (scope, subject) = (scope.text(), subject.to_owned());
        let answer = CachedAnswer { body: body.to_owned(), answered_at };
        let put = move |context: &mut Context<'_>| {
            let transaction = Transaction::new_unchecked(context.db, TransactionBehavior::Immediate)?;
            answers::put(&transaction, &scope, &subject, &answer)?;
            claim_rows::delete(&transaction, &scope, &subject)?;
            transaction.commit()?;
            context.claims.answered(&scope, &subject);
            Ok(())
        };
        self.0.run(put).await
    }

    /// How many calls of each of these windows are used, by all processes that share the file.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn quota_used(&self, key: &QuotaKey, windows: &[QuotaWindow]) -> Result<Vec<u32>, StoreError> {
        let (key, windows) = (key.clone(), windows.to_vec());
        let used = move |context: &mut Context<'_>| ledger_rows::used(context.db, &key, &windows, context.now());
        self.0.call(|connection| connection.read_ledger(used)).await
    }

    /// The quotas of which anything is used.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn quotas_in_use(&self) -> Result<Vec<QuotaUse>, StoreError> {
        let in_use = |context: &mut Context<'_>| ledger_rows::in_use(context.db, context.now());
        self.0.call(move |connection| connection.read_ledger(in_use)).await
    }

    /// What the store contains.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        let path = self.0.path.clone();
        let contents = self.0.run(move |context| {
            let (answers, oldest, newest) = answers::summary(context.db)?;
            let size = path.as_deref().map_or(0, file::size);
            let quarantined = path.as_deref().map(file::quarantined).unwrap_or_default();
            Ok(Contents { answers, oldest, newest, size, quarantined })
        });
        contents.await
    }

    /// Deletes all answers and the quarantined files, which may contain answers too. The ledger stays, as the service keeps
    /// counting.
    ///
    /// # Errors
    /// As for [`Self::get`], and if a file cannot be deleted.
    pub async fn clear(&self) -> Result<Cleared, StoreError> {
        let path = self.0.path.clone();
        let cleared = self.0.run(move |context| {
            let answers = answers::clear(context.db)?;
            let files = path.as_deref().map(file::quarantined).unwrap_or_default();
            for file in &files {
                let what = format!("cannot delete {}", file.display());
                file::delete(file).map_err(unusable(&what))?;
            }
            Ok(Cleared { answers, files: u64::try_from(files.len()).unwrap_or(u64::MAX) })
        });
        cleared.await
    }

    /// Whether there is a file at a path that may contain answers: a store or a quarantined file. Opens and creates nothing.
    pub fn exists(path: &Path) -> bool {
        path.exists() || !file::quarantined(path).is_empty()
    }

    /// A file that was quarantined, which is returned once: call it until it is none.
    pub fn quarantined(&self) -> Option<Quarantined> {
        self.0.shared.notices().quarantined.pop_front()
    }

    /// Why the ledger can no longer be kept in the file, which is returned once. From then on the ledger is in memory, with
    /// what this process knows of it, and no other process sees the calls that are recorded there. Answers are neither
    /// read nor written while the file cannot be used; each call returns an error.
    pub fn failure(&self) -> Option<StoreError> {
        self.0.shared.notices().failure.take()
    }
}

pub(crate) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Sends jobs to the thread that has the connection. Dropping it waits until all of them are done.
#[derive(Debug)]
pub(crate) struct Worker {
    path: Option<PathBuf>,
    /// None only in `drop`.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

impl Worker {
    fn start(path: Option<PathBuf>, options: StoreOptions) -> Arc<Self> {
        let shared = Arc::new(Shared::default());
        let StoreOptions { clock, lock_wait } = options;
        let connection = Connection::new(path.clone(), clock, lock_wait, Arc::clone(&shared));
        let (jobs, queue) = channel();
        // If the system refuses a thread, the queue is dropped, and each call returns an error.
        let thread = thread::Builder::new().name("mde-store".to_owned()).spawn(move || work(connection, queue)).ok();
        Arc::new(Self { path, jobs: Some(jobs), thread, shared })
    }

    /// Runs a job on the file, and waits for its result.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Context<'_>) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call(move |connection| connection.run(job)).await
    }

    /// Calls a function on the thread, and waits for its result.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        function: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.enqueue(move |connection| {
            // The caller's future may have been dropped.
            let _ = sender.send(function(connection));
        });
        let no_thread = || StoreError::new(self.path.as_deref(), "cannot start a thread for it");
        receiver.await.unwrap_or_else(|_| Err(no_thread()))
    }

    /// Calls a function on the thread, without waiting.
    pub(crate) fn enqueue(&self, job: impl FnOnce(&mut Connection) + Send + 'static) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Box::new(job));
        }
    }

    /// A sender of jobs that does not keep the worker alive. The thread runs until it is dropped.
    pub(crate) fn sender(&self) -> Option<Sender<Job>> {
        self.jobs.clone()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, queue: Receiver<Job>) {
    let (mut used_at, mut beaten_at) = (Instant::now(), Instant::now());
    loop {
        let beats = connection.claims().needs_heartbeat() && used_at.elapsed() < STALLED;
        let job = match beats {
            true => queue.recv_timeout(HEARTBEAT.saturating_sub(beaten_at.elapsed())),
            false => queue.recv().map_err(RecvTimeoutError::from),
        };
        match job {
            Ok(job) => {
                job(&mut connection);
                used_at = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if connection.claims().needs_heartbeat() && beaten_at.elapsed() >= HEARTBEAT {
            connection.heartbeat();
            beaten_at = Instant::now();
        }
    }
    connection.leave();
}
