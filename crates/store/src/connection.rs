//! The connection of a store: opens the file, waits for locks, quarantines a file that is damaged, and repeats the job on a
//! new one.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use mde_client::Clock;

use crate::answers;
use crate::claim_rows::{self, OwnClaims};
use crate::error::{DbError, StoreError, unusable};
use crate::file::{self, DAMAGED, FolderLock, Identity, LOCKED, Quarantined, quarantine};
use crate::ledger_rows::{self, KnownRows};
use crate::schema;
use crate::turns;

/// How many files of one path are quarantined for one job, before it fails.
const MAX_QUARANTINED: usize = 3;

const ALL_LOST: &str = "every new file becomes unusable too";

/// How long SQLite waits for a lock at a time: it cannot be interrupted.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

/// The pause between two attempts to get a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// What a store and its connection share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    notices: Mutex<Notices>,
    /// Whether the future that opens the file was dropped.
    is_open_canceled: AtomicBool,
}

/// What the caller has not asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pub(crate) quarantined: VecDeque<Quarantined>,
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

    fn is_open_canceled(&self) -> bool {
        self.is_open_canceled.load(Ordering::Relaxed)
    }
}

/// How long to wait while another process holds a lock. Ends at once when opening the file is canceled.
struct LockWait<'a> {
    limit: Duration,
    since: Instant,
    shared: &'a Shared,
}

impl LockWait<'_> {
    fn restart(&mut self) {
        self.since = Instant::now();
    }

    /// Pauses before the next attempt. False once the limit is reached.
    fn pause(&self) -> bool {
        let goes_on = self.since.elapsed() < self.limit && !self.shared.is_open_canceled();
        if goes_on {
            std::thread::sleep(PAUSE);
        }
        goes_on
    }
}

/// What a job works with.
pub(crate) struct Context<'a> {
    pub(crate) db: &'a rusqlite::Connection,
    pub(crate) known: &'a mut KnownRows,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) claims: &'a mut OwnClaims,
}

impl Context<'_> {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.system_time()
    }
}

/// A connection to the file at a path, whichever file that is by now.
pub(crate) struct Connection {
    path: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    lock_wait: Duration,
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
    identity: Option<Identity>,
}

impl Connection {
    pub(crate) fn new(path: Option<PathBuf>, clock: Arc<dyn Clock>, lock_wait: Duration, shared: Arc<Shared>) -> Self {
        let (known, claims) = (KnownRows::new(), OwnClaims::new());
        Self { path, clock, lock_wait, open: None, fallback: None, known, claims, shared }
    }

    /// Runs a job, and repeats it where the file was quarantined by this process or another.
    pub(crate) fn run<T>(
        &mut self,
        mut job: impl FnMut(&mut Context<'_>) -> Result<T, DbError>,
    ) -> Result<T, StoreError> {
        if self.open.is_none() || !self.is_current() {
            self.open(None)?;
        }
        for _ in 0..=MAX_QUARANTINED {
            match self.attempt(&mut job) {
                Ok(value) if self.is_current() => return Ok(value),
                // Another process quarantined the file meanwhile, and no process reads it there.
                Ok(_) => self.open(None)?,
                Err(DbError::Unusable(problem)) => return Err(self.error(problem)),
                Err(error) => self.open(Some(error))?,
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
                Err(error) => self.fall_back(error)?,
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
        let done = job(&mut Context { db, known: &mut self.known, clock: &*self.clock, claims: &mut self.claims });
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
        let opened = schema::open(None, Duration::ZERO).and_then(|db| {
            ledger_rows::insert_missing(&db, &self.known)?;
            Ok(db)
        });
        let Ok(db) = opened else { return Err(error) };
        self.fallback = Some(db);
        self.shared.notices().failure = Some(error);
        Ok(())
    }

    /// Whether the open file is still the one at the path.
    fn is_current(&self) -> bool {
        let identity = self.open.as_ref().and_then(|open| open.identity);
        self.path.as_deref().is_none_or(|path| Identity::of(path) == identity)
    }

    /// Runs a job once, and again while it meets a lock. The wait starts anew whenever another process commits.
    fn attempt<T>(&mut self, job: &mut impl FnMut(&mut Context<'_>) -> Result<T, DbError>) -> Result<T, DbError> {
        let Some(Open { db, .. }) = &self.open else { return Err(DbError::Unusable("it is not open".to_owned())) };
        let mut context = Context { db, known: &mut self.known, clock: &*self.clock, claims: &mut self.claims };
        let mut wait = LockWait { limit: self.lock_wait, since: Instant::now(), shared: &self.shared };
        let mut version = data_version(db).ok();
        loop {
            match job(&mut context) {
                Err(DbError::Locked) => {
                    let before = std::mem::replace(&mut version, data_version(db).ok());
                    if version.is_some() && before != version {
                        wait.restart();
                    } else if !wait.pause() {
                        return Err(DbError::Locked);
                    }
                }
                result => return result,
            }
        }
    }

    /// Opens the file at the path. `error` is what a job met in the file that was open: that one is quarantined, if it is
    /// still there.
    fn open(&mut self, error: Option<DbError>) -> Result<(), StoreError> {
        let Some(path) = self.path.clone() else { return self.open_in_memory(error) };
        let mut failed = self.open.take().and_then(|open| open.identity).zip(error);
        file::create_folder(&path).map_err(|error| self.error(error))?;
        let shared = Arc::clone(&self.shared);
        let wait = LockWait { limit: self.lock_wait.saturating_mul(3), since: Instant::now(), shared: &shared };
        let _lock = FolderLock::acquire(&path, || wait.pause());
        let mut lost = None;
        for _ in 0..=MAX_QUARANTINED {
            let identity = Identity::of(&path);
            let error = match failed.take() {
                Some((failed, error)) if Some(failed) == identity => error,
                _ => match self.connect(&path, lost.as_deref()) {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                },
            };
            lost = self.quarantine(&path, identity, error)?.or(lost);
        }
        Err(self.error(ALL_LOST))
    }

    fn open_in_memory(&mut self, error: Option<DbError>) -> Result<(), StoreError> {
        let opened = match error {
            Some(error) => Err(error),
            None => schema::open(None, Duration::ZERO),
        };
        self.open = Some(Open { db: opened.map_err(|error| self.error(error))?, identity: None });
        Ok(())
    }

    /// Connects to the file at the path, carries over the ledger of the file that was `lost`, and deletes what is old.
    fn connect(&mut self, path: &Path, lost: Option<&Path>) -> Result<(), DbError> {
        let wait = LockWait { limit: self.lock_wait, since: Instant::now(), shared: &self.shared };
        let busy_timeout = self.lock_wait.min(BUSY_TIMEOUT);
        let db = loop {
            match schema::open(Some(path), busy_timeout) {
                Err(DbError::Locked) if wait.pause() => {}
                opened => break opened?,
            }
        };
        db.busy_timeout(self.lock_wait)?;
        if let Some(lost) = lost {
            ledger_rows::carry_over(lost, &db)?;
        }
        ledger_rows::insert_missing(&db, &self.known)?;
        // Another process may do this later.
        db.busy_timeout(Duration::ZERO)?;
        let now = self.clock.system_time();
        let expired = answers::expire(&db, now).and_then(|()| ledger_rows::delete_blank(&db, now));
        match expired.and_then(|()| turns::delete_forgotten(&db, now)) {
            Ok(()) | Err(DbError::Locked) => {}
            Err(error) => return Err(error),
        }
        db.busy_timeout(busy_timeout)?;
        self.open = Some(Open { db, identity: Identity::of(path) });
        Ok(())
    }

    /// Renames the file in which an error was met, and returns its new name. None if another file is at the path.
    fn quarantine(
        &self,
        path: &Path,
        identity: Option<Identity>,
        error: DbError,
    ) -> Result<Option<PathBuf>, StoreError> {
        let (kind, reason) = match error {
            DbError::Damaged(reason) => (DAMAGED, reason),
            DbError::Locked => (LOCKED, format!("was locked by another program for {:?}", self.lock_wait)),
            DbError::Unusable(problem) => return Err(self.error(problem)),
        };
        if self.shared.is_open_canceled() {
            return Err(self.error(format_args!("it {reason}, and opening it was canceled")));
        }
        // Without a lock on the folder another process may have been faster, and the file there now a good one.
        if Identity::of(path) != identity {
            return Ok(None);
        }
        let quarantined = quarantine(path, kind, reason, self.clock.system_time());
        let quarantined = quarantined.map_err(unusable("cannot quarantine it"));
        let quarantined = quarantined.map_err(|error| self.error(error))?;
        let moved_to = quarantined.moved_to.clone();
        self.shared.notices().quarantined.push_back(quarantined);
        Ok(Some(moved_to))
    }

    fn error(&self, problem: impl fmt::Display) -> StoreError {
        StoreError::new(self.path.as_deref(), problem)
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

    /// Where the folder cannot be locked, another process may quarantine the damaged file first.
    #[test]
    fn only_the_file_in_which_the_damage_was_met_is_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, damaged] = ["mde.db", "mde.db.damaged-1"].map(|name| folder.path().join(name));
        fs::write(&path, "a good file").unwrap();
        fs::write(&damaged, "the damaged file").unwrap();
        let shared = Arc::new(Shared::default());
        let connection =
            Connection::new(Some(path.clone()), Arc::new(SystemClock), Duration::ZERO, Arc::clone(&shared));
        let quarantine = |met_in: &Path| {
            connection.quarantine(&path, Identity::of(met_in), DbError::Damaged("is damaged".to_owned())).unwrap()
        };

        assert_eq!((quarantine(&damaged), path.exists()), (None, true));
        assert!(shared.notices().quarantined.is_empty());
        let moved_to = quarantine(&path).unwrap();
        assert_eq!((fs::read_to_string(moved_to).unwrap().as_str(), path.exists()), ("a good file", false));
    }
}
