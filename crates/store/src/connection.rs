//! The connection of a store: opens the file, waits for locks, quarantines a file that is damaged, and repeats the job on a
//! new one.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mde_client::Clock;

use crate::answers;
use crate::boot_clock::{BootClock, Clocks, Moment};
use crate::claim_rows::{self, OwnClaims};
use crate::error::{DbError, StoreError, unusable};
use crate::file::{self, FolderLock, Identity, NewerVersion, Quarantined};
use crate::ledger_rows::{self, KnownRows};
use crate::schema;
use crate::turns;

/// How many files of one path are quarantined for one job, before it fails.
const MAX_QUARANTINED: usize = 3;

const ALL_LOST: &str = "every new file becomes unusable too";

/// What was wrong with a file whose quarantine another process began and did not end.
const FOUND_EARLIER: &str = "was found damaged by a process that was killed";

/// How long SQLite waits for a lock at a time: it cannot be interrupted.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// The pause between two attempts to get a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a wait may take before the user hears of it.
const UNREPORTED: Duration = Duration::from_secs(2);

/// How long the last handle waits for a lock, so that a program can end.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// Called when a lock is waited for.
#[derive(Clone)]
pub(crate) struct OnLockWait(pub(crate) Arc<dyn Fn(&Path) + Send + Sync>);

impl fmt::Debug for OnLockWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnLockWait")
    }
}

/// How a connection reads the time, and waits.
#[derive(Clone, Debug)]
pub(crate) struct Behavior {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) boot_clock: Arc<dyn BootClock>,
    pub(crate) lock_wait: Duration,
    pub(crate) on_lock_wait: Option<OnLockWait>,
    /// Whether the file stays as it is, but for what is recorded in it.
    pub(crate) stays: bool,
}

impl Behavior {
    fn clocks(&self) -> Clocks<'_> {
        Clocks { time_of_day: &*self.clock, boot: &*self.boot_clock }
    }

    pub(crate) fn now(&self) -> Moment {
        self.clocks().now()
    }
}

/// What a store and its connection share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    notices: Mutex<Notices>,
    /// Whether the future that opens the file was dropped.
    is_open_canceled: AtomicBool,
    /// Whether the last handle is gone.
    is_closing: AtomicBool,
}

/// What the caller has not asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pub(crate) quarantined: VecDeque<Quarantined>,
    pub(crate) newer_version: Option<NewerVersion>,
    /// Why the ledger is no longer in the file.
    pub(crate) failure: Option<StoreError>,
}

impl Shared {
    pub(crate) fn notices(&self) -> MutexGuard<'_, Notices> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cancel_open(&self) {
        self.is_open_canceled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    fn is_open_canceled(&self) -> bool {
        self.is_open_canceled.load(Ordering::Relaxed)
    }
}

/// How long to wait while another process holds a lock. Ends at once when opening the file is canceled.
pub(crate) struct LockWait<'a> {
    path: &'a Path,
    behavior: &'a Behavior,
    shared: &'a Shared,
    since: Cell<Instant>,
    is_reported: Cell<bool>,
}

impl<'a> LockWait<'a> {
    pub(crate) fn new(path: &'a Path, behavior: &'a Behavior, shared: &'a Shared) -> Self {
        Self { path, behavior, shared, since: Cell::new(Instant::now()), is_reported: Cell::new(false) }
    }

    fn restart(&self) {
        self.since.set(Instant::now());
    }

    /// Pauses before the next attempt. False once the limit is reached.
    pub(crate) fn pause(&self) -> bool {
        let waited = self.since.get().elapsed();
        let limit = match self.shared.is_closing.load(Ordering::Relaxed) {
            true => self.behavior.lock_wait.min(LAST_WAIT),
            false => self.behavior.lock_wait,
        };
        if waited >= limit || self.shared.is_open_canceled() {
            return false;
        }
        if waited >= UNREPORTED
            && !self.is_reported.replace(true)
            && let Some(OnLockWait(report)) = &self.behavior.on_lock_wait
        {
            report(self.path);
        }
        std::thread::sleep(PAUSE);
        true
    }

    /// Repeats what meets a lock.
    pub(crate) fn repeat<T>(&self, mut attempt: impl FnMut() -> Result<T, DbError>) -> Result<T, DbError> {
        loop {
            match attempt() {
                Err(DbError::Locked) if self.pause() => {}
                done => return done,
            }
        }
    }
}

/// What a job works with.
pub(crate) struct Context<'a> {
    pub(crate) db: &'a rusqlite::Connection,
    /// The file that is open. None in memory.
    pub(crate) file: Option<&'a Path>,
    pub(crate) known: &'a mut KnownRows,
    pub(crate) clock: Clocks<'a>,
    pub(crate) claims: &'a mut OwnClaims,
}

impl Context<'_> {
    /// The time of day, by which answers are dated.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.time_of_day.system_time()
    }

    /// The time by which the ledger counts.
    pub(crate) fn moment(&self) -> Moment {
        self.clock.now()
    }
}

/// A connection to the file at a path, whichever file that is by now.
pub(crate) struct Connection {
    path: Option<PathBuf>,
    behavior: Behavior,
    open: Option<Open>,
    /// The ledger in memory, once the file has failed.
    fallback: Option<rusqlite::Connection>,
    known: KnownRows,
    claims: OwnClaims,
    shared: Arc<Shared>,
}

struct Open {
    db: rusqlite::Connection,
    /// None in memory.
    file: Option<OpenFile>,
}

struct OpenFile {
    path: PathBuf,
    identity: Option<Identity>,
}

impl OpenFile {
    /// Whether it is still the one at the path.
    fn is_there(&self) -> bool {
        Identity::of(&self.path) == self.identity
    }
}

impl Connection {
    pub(crate) fn new(path: Option<PathBuf>, behavior: Behavior, shared: Arc<Shared>) -> Self {
        let (known, claims) = (KnownRows::new(), OwnClaims::new());
        Self { path, behavior, open: None, fallback: None, known, claims, shared }
    }

    /// Runs a job, and repeats it where the file was quarantined by this process or another.
    pub(crate) fn run<T>(
        &mut self,
        mut job: impl FnMut(&mut Context<'_>) -> Result<T, DbError>,
    ) -> Result<T, StoreError> {
        if !self.is_current() {
            self.open(None)?;
        }
        for _ in 0..=MAX_QUARANTINED {
            match self.attempt(&mut job) {
                Ok(value) if self.is_there() => return Ok(value),
                // Another process quarantined the file meanwhile, and no process reads it there.
                Ok(_) => self.open(None)?,
                Err(DbError::Damaged(_)) if !self.is_current() => self.open(None)?,
                Err(DbError::Damaged(reason)) => self.open(Some(reason))?,
                Err(error) => return Err(self.store_error(error)),
            }
        }
        Err(self.error(ALL_LOST))
    }

    /// Runs a job on the ledger, in memory where no file can be used.
    pub(crate) fn run_on_ledger<T>(
        &mut self,
        mut job: impl FnMut(&mut Context<'_>) -> Result<T, DbError>,
    ) -> Result<T, StoreError> {
        if self.fallback.is_none() {
            match self.run(&mut job) {
                // The file is good: to count elsewhere would be to count too little.
                Err(error) if !error.is_locked() => self.fall_back(error)?,
                done => return done,
            }
        }
        self.read_ledger(job)
    }

    /// Runs a job on the ledger where it is by now, without moving it into memory.
    pub(crate) fn read_ledger<T>(
        &mut self,
        mut job: impl FnMut(&mut Context<'_>) -> Result<T, DbError>,
    ) -> Result<T, StoreError> {
        let Some(db) = &self.fallback else { return self.run(job) };
        let clock = self.behavior.clocks();
        let done = job(&mut Context { db, file: None, known: &mut self.known, clock, claims: &mut self.claims });
        done.map_err(|error| self.error(error))
    }

    /// The claims of this process.
    pub(crate) fn claims(&mut self) -> &mut OwnClaims {
        &mut self.claims
    }

    /// Says that this process is alive. Where that fails, the next job reports it.
    pub(crate) fn heartbeat(&mut self) {
        let _ = self.run(|context| claim_rows::heartbeat(context.db, context.claims, context.clock));
    }

    /// Deletes the rows of this process from the file, if that is there. Where it fails, they are out of date soon.
    pub(crate) fn leave(&mut self) {
        if self.path.is_some() && self.claims.has_rows() && self.is_current() {
            let _ = self.attempt(&mut |context: &mut Context<'_>| {
                turns::leave(context.db, context.claims.process())?;
                claim_rows::leave(context.db, context.claims)
            });
        }
    }

    /// Continues the ledger in memory, with the rows that this process knows.
    fn fall_back(&mut self, error: StoreError) -> Result<(), StoreError> {
        let opened = schema::open_in_memory().and_then(|db| {
            ledger_rows::insert_known(&db, &self.known)?;
            Ok(db)
        });
        let Ok(db) = opened else { return Err(error) };
        self.fallback = Some(db);
        self.shared.notices().failure = Some(error);
        Ok(())
    }

    /// Whether the open file is still the one at the path.
    fn is_there(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.file.as_ref().is_none_or(OpenFile::is_there))
    }

    /// Whether it is, and no newer version has migrated it.
    fn is_current(&self) -> bool {
        self.is_there() && self.open.as_ref().is_some_and(|open| !schema::is_newer(&open.db))
    }

    /// Runs a job once, and again while it meets a lock. The wait starts anew whenever another process commits.
    fn attempt<T>(&mut self, job: &mut impl FnMut(&mut Context<'_>) -> Result<T, DbError>) -> Result<T, DbError> {
        let Some(Open { db, file }) = &self.open else { return Err(DbError::Unusable("it is not open".to_owned())) };
        let file = file.as_ref().map(|file| file.path.as_path());
        let (known, claims) = (&mut self.known, &mut self.claims);
        let mut context = Context { db, file, known, clock: self.behavior.clocks(), claims };
        let wait = LockWait::new(file.unwrap_or(Path::new("")), &self.behavior, &self.shared);
        let version = Cell::new(data_version(db).ok());
        wait.repeat(|| {
            let done = job(&mut context);
            if matches!(done, Err(DbError::Locked)) {
                let before = version.replace(data_version(db).ok());
                if version.get().is_some() && before != version.get() {
                    wait.restart();
                }
            }
            done
        })
    }

    /// Opens the file at the path, or the one beside it if that is of a newer version. `damage` is what a job met in the
    /// file that was open: that one is quarantined, if it is still there.
    fn open(&mut self, damage: Option<String>) -> Result<(), StoreError> {
        let Some(path) = self.path.clone() else { return self.open_in_memory(damage) };
        let mut failed = self.open.take().and_then(|open| open.file).zip(damage);
        if !self.behavior.stays {
            file::create_folder(&path).map_err(|error| self.error(error))?;
        }
        let (behavior, shared) = (self.behavior.clone(), Arc::clone(&self.shared));
        let wait = LockWait::new(&path, &behavior, &shared);
        let _lock = FolderLock::acquire(&path, || wait.pause()).map_err(|error| self.store_error(error))?;
        let Some(version) = self.open_at(&path, &mut failed)? else { return Ok(()) };
        let used = file::of_version(&path, schema::VERSION);
        if let Some(version) = self.open_at(&used, &mut failed)? {
            return Err(StoreError::new(Some(&used), DbError::Newer(version)));
        }
        self.shared.notices().newer_version = Some(NewerVersion { path, version, used });
        Ok(())
    }

    fn open_in_memory(&mut self, damage: Option<String>) -> Result<(), StoreError> {
        let opened = match damage {
            Some(damage) => Err(DbError::Damaged(damage)),
            None => schema::open_in_memory(),
        };
        self.open = Some(Open { db: opened.map_err(|error| self.error(error))?, file: None });
        Ok(())
    }

    /// Opens the file at a path, and quarantines it as often as it is damaged. Returns its version where that is newer.
    fn open_at(&mut self, path: &Path, failed: &mut Option<(OpenFile, String)>) -> Result<Option<usize>, StoreError> {
        if self.behavior.stays {
            let connected = self.connect(path, &[]);
            return connected.map(|()| None).map_err(|error| self.store_error(error));
        }
        let unfinished = file::unfinished(path).map_err(unusable("cannot quarantine an earlier file"));
        let unfinished = unfinished.map_err(|error| self.error(error))?.into_iter();
        let mut moving: Vec<_> = unfinished.map(|moving| (moving, FOUND_EARLIER.to_owned())).collect();
        for _ in 0..=MAX_QUARANTINED {
            let identity = Identity::of(path);
            let damage = match failed.take() {
                Some((file, damage)) if file.path == path && file.identity == identity => damage,
                _ => match self.connect(path, &moving) {
                    Ok(()) => return self.finish_quarantine(path, moving).map(|()| None),
                    Err(DbError::Newer(version)) => return Ok(Some(version)),
                    Err(DbError::Damaged(damage)) => damage,
                    Err(error) => return Err(self.store_error(error)),
                },
            };
            moving.extend(self.begin_quarantine(path, identity, damage)?);
        }
        Err(self.error(ALL_LOST))
    }

    /// Connects to the file at a path, carries over the ledgers of files that are `moving`, and deletes what is old.
    fn connect(&mut self, path: &Path, moving: &[(PathBuf, String)]) -> Result<(), DbError> {
        let wait = LockWait::new(path, &self.behavior, &self.shared);
        let busy_timeout = self.behavior.lock_wait.min(BUSY_TIMEOUT);
        let db = wait.repeat(|| schema::open(path, busy_timeout, self.behavior.stays))?;
        for (lost, _) in moving {
            wait.repeat(|| ledger_rows::carry_over(lost, &db))?;
        }
        wait.repeat(|| ledger_rows::insert_known(&db, &self.known))?;
        if !self.behavior.stays {
            self.delete_old(&db)?;
        }
        db.busy_timeout(busy_timeout)?;
        let file = OpenFile { path: path.to_owned(), identity: Identity::of(path) };
        self.open = Some(Open { db, file: Some(file) });
        Ok(())
    }

    fn delete_old(&self, db: &rusqlite::Connection) -> Result<(), DbError> {
        // Another process may do this later.
        db.busy_timeout(Duration::ZERO)?;
        let now = self.behavior.now();
        let expired = answers::expire(db, now.time_of_day).and_then(|()| ledger_rows::delete_blank(db, &now));
        match expired.and_then(|()| turns::delete_forgotten(db, &now)) {
            Err(DbError::Locked) => Ok(()),
            done => done,
        }
    }

    /// Renames the file in which damage was met, and returns its new name. None if another file is at the path.
    fn begin_quarantine(
        &self,
        path: &Path,
        identity: Option<Identity>,
        damage: String,
    ) -> Result<Option<(PathBuf, String)>, StoreError> {
        if self.shared.is_open_canceled() {
            return Err(self.error(format_args!("it {damage}, and opening it was canceled")));
        }
        // Without a lock on the folder another process may have been faster, and the file there now a good one.
        if Identity::of(path) != identity {
            return Ok(None);
        }
        let moving = file::begin_quarantine(path, self.behavior.clock.system_time());
        let moving = moving.map_err(unusable("cannot quarantine it")).map_err(|error| self.error(error))?;
        Ok(Some((moving, damage)))
    }

    /// The new file has their ledgers now.
    fn finish_quarantine(&self, path: &Path, moving: Vec<(PathBuf, String)>) -> Result<(), StoreError> {
        for (moving, reason) in moving {
            let moved_to = file::finish(path, &moving).map_err(unusable("cannot quarantine it"));
            let moved_to = moved_to.map_err(|error| self.error(error))?;
            let quarantined = Quarantined { path: path.to_owned(), moved_to, reason };
            self.shared.notices().quarantined.push_back(quarantined);
        }
        Ok(())
    }

    fn error(&self, problem: impl fmt::Display) -> StoreError {
        StoreError::new(self.path.as_deref(), problem)
    }

    fn store_error(&self, error: DbError) -> StoreError {
        match error {
            DbError::Locked if self.shared.is_open_canceled() => self.error("opening it was canceled"),
            DbError::Locked => StoreError::locked(self.path.as_deref(), self.behavior.lock_wait),
            error => self.error(error),
        }
    }
}

/// A number that changes when another connection commits.
fn data_version(db: &rusqlite::Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA data_version", (), |row| row.get(0))
}

#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#[cfg(test)]
mod tests {
    use std::fs;

    use mde_client::SystemClock;

    use super::*;
    use crate::boot_clock::NoBootClock;

    /// Where the folder cannot be locked, another process may quarantine the damaged file first.
    #[test]
    fn only_the_file_in_which_the_damage_was_met_is_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, damaged] = ["mde.db", "mde.db.damaged-1"].map(|name| folder.path().join(name));
        fs::write(&path, "a good file").unwrap();
        fs::write(&damaged, "the damaged file").unwrap();
        let shared = Arc::new(Shared::default());
        let behavior = Behavior {
            clock: Arc::new(SystemClock),
            boot_clock: Arc::new(NoBootClock),
            lock_wait: Duration::ZERO,
            on_lock_wait: None,
            stays: false,
        };
        let connection = Connection::new(Some(path.clone()), behavior, Arc::clone(&shared));
        let quarantine = |met_in: &Path| {
            let moving = connection.begin_quarantine(&path, Identity::of(met_in), "is damaged".to_owned()).unwrap();
            moving.map(|(moving, _)| moving)
        };

        assert_eq!((quarantine(&damaged), path.exists()), (None, true));
        let moved_to = quarantine(&path).unwrap();
        assert_eq!((fs::read_to_string(moved_to).unwrap().as_str(), path.exists()), ("a good file", false));
    }
}
