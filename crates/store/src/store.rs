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
use crate::boot_clock::{BootClock, NoBootClock, SystemBootClock};
use crate::claim_rows::{self, HEARTBEAT};
use crate::connection::{Behavior, Connection, Context, OnLockWait, Shared};
use crate::error::{DbError, StoreError, unusable};
use crate::file::{self, NewerVersion, Quarantined};
use crate::inspection::{self, Contents, Inspection};
use crate::ledger_rows::{self, QuotaPause, QuotaUse};

/// A process that does not use its store for so long loses its claims: it may hang in a write to a pipe that is not read.
const STALLED: Duration = Duration::from_secs(30);

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct StoreOptions(Behavior);

impl StoreOptions {
    /// The machine's clocks, and a lock wait of 5 s.
    pub fn new() -> Self {
        Self(Behavior {
            clock: Arc::new(SystemClock),
            boot_clock: Arc::new(SystemBootClock),
            lock_wait: Duration::from_secs(5),
            on_lock_wait: None,
            stays: false,
        })
    }

    /// Reads the time of day from this clock, and knows no time since the machine was started, unless a
    /// [`boot_clock`](Self::boot_clock) is given after it. Processes that share a file should all use the same.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self(Behavior { clock, boot_clock: Arc::new(NoBootClock), ..self.0 })
    }

    /// Reads the time since the machine was started from this clock. The ledger counts by it.
    #[must_use]
    pub fn boot_clock(self, boot_clock: Arc<dyn BootClock>) -> Self {
        Self(Behavior { boot_clock, ..self.0 })
    }

    /// How long to wait at a time while another program has the file locked and does not commit. Then the call fails:
    /// [`StoreError::is_locked`]. `Duration::MAX` is without end.
    #[must_use]
    pub fn lock_wait(self, lock_wait: Duration) -> Self {
        Self(Behavior { lock_wait, ..self.0 })
    }

    /// Calls a function with the path of the file once a wait for its lock takes 2 s, on a thread of the store.
    #[must_use]
    pub fn on_lock_wait(self, on_lock_wait: impl Fn(&Path) + Send + Sync + 'static) -> Self {
        Self(Behavior { on_lock_wait: Some(OnLockWait(Arc::new(on_lock_wait))), ..self.0 })
    }

    /// Leaves the file as it is, but for what is recorded in it: to create, migrate or quarantine it would be an error, and
    /// permissions and old rows stay.
    #[must_use]
    pub fn leave_as_it_is(self) -> Self {
        Self(Behavior { stays: true, ..self.0 })
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

    /// As [`Store::inspect`].
    ///
    /// # Errors
    /// As for [`Store::inspect`].
    pub async fn inspect(self, path: &Path) -> Result<Option<Inspection>, StoreError> {
        inspection::inspect(path.to_owned(), self.0).await
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
    /// Opens the store in a file, or creates it. A file of ours that is damaged is quarantined. Of a newer version's file
    /// nothing is used: see [`Self::newer_version`].
    ///
    /// # Errors
    /// If the file can neither be opened nor created, is locked for too long, or is not ours: a link, a file of another
    /// user, a database of another program, anything that is not a regular file. That is left as it is.
    pub async fn open(path: &Path) -> Result<(Self, Option<Quarantined>), StoreError> {
        StoreOptions::new().open(path).await
    }

    /// What is in the file at a path, without changing anything: no file is created, migrated, renamed or deleted, and no
    /// permission changed. None if there is no file, and no quarantined one beside it.
    ///
    /// # Errors
    /// If the file cannot be read, is locked for too long, is damaged or not ours, or has to be completed or migrated first.
    pub async fn inspect(path: &Path) -> Result<Option<Inspection>, StoreError> {
        StoreOptions::new().inspect(path).await
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

    /// The scopes of which there are answers, of whatever age: which organizations' answers to which questions.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.0.run(|context| answers::scopes(context.db)).await
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
        let used = move |context: &mut Context<'_>| ledger_rows::used(context.db, &key, &windows, context.moment());
        self.0.call(|connection| connection.read_ledger(used)).await
    }

    /// The quotas of which anything is used.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn quotas_in_use(&self) -> Result<Vec<QuotaUse>, StoreError> {
        let in_use = |context: &mut Context<'_>| ledger_rows::in_use(context.db, &context.moment());
        self.0.call(move |connection| connection.read_ledger(in_use)).await
    }

    /// The pause of all calls of a quota, while there is one.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn pause(&self, key: &QuotaKey) -> Result<Option<QuotaPause>, StoreError> {
        let key = key.clone();
        let paused = move |context: &mut Context<'_>| ledger_rows::paused(context.db, &key, context.moment());
        self.0.call(|connection| connection.read_ledger(paused)).await
    }

    /// Lifts every pause, for all processes, and returns what was lifted. The next call of each quota goes alone; if the
    /// service throttles it too, all calls pause again.
    ///
    /// Sending on while the service throttles keeps every program on the same app registration throttled.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn resume(&self) -> Result<Vec<(QuotaKey, QuotaPause)>, StoreError> {
        let resume = |context: &mut Context<'_>| ledger_rows::resume(context.db, context.known, context.clock);
        self.0.call(move |connection| connection.run_on_ledger(resume)).await
    }

    /// What the store contains.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub async fn contents(&self) -> Result<Contents, StoreError> {
        let contents = self.0.run(move |context| inspection::contents(context.db, context.file));
        contents.await
    }

    /// Deletes all answers and the quarantined files, which may contain answers too. The ledger stays, as the service keeps
    /// counting.
    ///
    /// # Errors
    /// As for [`Self::get`], and if a file cannot be deleted.
    pub async fn clear(&self) -> Result<Cleared, StoreError> {
        let cleared = self.0.run(move |context| {
            let answers = answers::clear(context.db)?;
            let files = context.file.map(file::quarantined).unwrap_or_default();
            for file in &files {
                let what = format!("cannot delete {}", file.display());
                file::delete(file).map_err(unusable(&what))?;
            }
            Ok(Cleared { answers, files: u64::try_from(files.len()).unwrap_or(u64::MAX) })
        });
        cleared.await
    }

    /// Whether there is something at a path, or a quarantined file beside it, that may contain answers. Opens and creates
    /// nothing.
    pub fn exists(path: &Path) -> bool {
        file::has_name(path) || !file::quarantined(path).is_empty()
    }

    /// The file of a newer version that is left as it is, which is returned once. The store uses another file beside it,
    /// and shares neither answers nor the quota with the newer version.
    pub fn newer_version(&self) -> Option<NewerVersion> {
        self.0.shared.notices().newer_version.take()
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

/// Sends jobs to the thread that has the connection. Dropping it waits until all of them are done, but no longer than 5 s for
/// a lock.
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
        let connection = Connection::new(path.clone(), options.0, Arc::clone(&shared));
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
        self.shared.close();
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
