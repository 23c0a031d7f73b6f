//! Who has the connection: does jobs, and sees to it that there is a file to do them on.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use mde_client::Clock;
use rusqlite::Connection;

use crate::aside::{DAMAGED, LOCKED};
use crate::books::{Seen, forget_blank, take_along};
use crate::connect::{Opened, connect};
use crate::files::{Identity, Opening, make_folder};
use crate::patience::{Abandoned, Patience, stretch};
use crate::replace::{end_broken_off, replace};
use crate::salvage::salvage;
use crate::trouble::Trouble;
use crate::{SetAside, StoreError, StoreOptions, answers};

/// How many files of one path are set aside for one job, before it is given up.
const MOST_SET_ASIDE: usize = 3;

const AGAIN_AND_AGAIN: &str = "each file that is begun is lost again";

/// What nobody was told of yet.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    pub(crate) set_aside: VecDeque<SetAside>,
    /// Why the ledger is no longer in the file.
    pub(crate) failure: Option<StoreError>,
}

/// What a keeper and who hands it jobs both have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    pub(crate) untold: Arc<Mutex<Untold>>,
    pub(crate) abandoned: Abandoned,
}

impl Shared {
    pub(crate) fn untold(&self) -> MutexGuard<'_, Untold> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Keeper {
    path: Option<PathBuf>,
    options: StoreOptions,
    open: Option<Open>,
    /// Where the ledger is once the file has failed, for as long as the process lasts.
    fallback: Option<Connection>,
    seen: Seen,
    shared: Shared,
}

struct Open {
    connection: Connection,
    generation: i64,
    identity: Option<Identity>,
}

/// What a job is done with.
pub(crate) struct Desk<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) seen: &'a mut Seen,
    pub(crate) clock: &'a dyn Clock,
}

impl Desk<'_> {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.system_time()
    }
}

/// Something that was met, and in which file, where that could be read.
struct Met {
    trouble: Trouble,
    generation: Option<i64>,
}

impl Keeper {
    pub(crate) fn new(path: Option<PathBuf>, options: StoreOptions, shared: Shared) -> Self {
        Self { path, options, open: None, fallback: None, seen: Seen::new(), shared }
    }

    /// Does a job, on another file if need be.
    pub(crate) fn perform<T>(
        &mut self,
        mut job: impl FnMut(&mut Desk<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        for _ in 0..=MOST_SET_ASIDE {
            let generation = self.open(None)?;
            match self.attempt(&mut job) {
                // Else somebody set the file aside in between, and may have seen the job done there or not.
                Ok(value) if self.is_at_path() => return Ok(value),
                Ok(_) => {}
                Err(Trouble::Hopeless(problem)) => return Err(self.error(problem)),
                Err(trouble) => drop(self.open(Some(Met { trouble, generation: Some(generation) }))?),
            }
        }
        Err(self.error(AGAIN_AND_AGAIN))
    }

    /// Does a job on the ledger, and that in memory where no file can be used.
    pub(crate) fn perform_on_ledger<T>(
        &mut self,
        mut job: impl FnMut(&mut Desk<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        if self.fallback.is_none() {
            match self.perform(&mut job) {
                Err(error) => self.fall_back(error)?,
                done => return done,
            }
        }
        self.perform_on_what_is_left(job)
    }

    /// Does a job on the ledger wherever that is by now.
    pub(crate) fn perform_on_what_is_left<T>(
        &mut self,
        mut job: impl FnMut(&mut Desk<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        let Some(connection) = &self.fallback else { return self.perform(job) };
        let done = job(&mut Desk { connection, seen: &mut self.seen, clock: &*self.options.clock });
        done.map_err(|trouble| self.error(trouble))
    }

    /// Goes on in memory, with what was last seen in the file.
    fn fall_back(&mut self, error: StoreError) -> Result<(), StoreError> {
        let begun = connect(None, Duration::ZERO).and_then(|Opened { connection, .. }| {
            take_along(&connection, &self.seen)?;
            Ok(connection)
        });
        let Ok(connection) = begun else { return Err(error) };
        self.fallback = Some(connection);
        self.shared.untold().failure = Some(error);
        Ok(())
    }

    /// Whether the file that is open is the one at the path.
    fn is_at_path(&self) -> bool {
        let identity = self.open.as_ref().and_then(|open| open.identity);
        self.path.as_deref().is_none_or(|path| Identity::of(path) == identity)
    }

    /// Does it once. A lock is none while others get something written.
    fn attempt<T>(&mut self, job: &mut impl FnMut(&mut Desk<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let Some(open) = &self.open else { return Err(Trouble::Hopeless("it is not open".to_owned())) };
        let (connection, clock) = (&open.connection, &*self.options.clock);
        let mut desk = Desk { connection, seen: &mut self.seen, clock };
        let mut patience = Patience::new(self.options.lock_wait, &self.shared.abandoned);
        let mut version = data_version(connection).ok();
        loop {
            match job(&mut desk) {
                Err(Trouble::Locked) => {
                    let before = std::mem::replace(&mut version, data_version(connection).ok());
                    if version.is_some() && before != version {
                        patience.renew();
                    } else if !patience.waits() {
                        return Err(Trouble::Locked);
                    }
                }
                result => return result,
            }
        }
    }

    /// Sees to it that the file at the path is open, and is none in which something was met. Says which one it is.
    fn open(&mut self, mut met: Option<Met>) -> Result<i64, StoreError> {
        if let (None, Some(open), true) = (&met, &self.open, self.is_at_path()) {
            return Ok(open.generation);
        }
        self.open = None;
        let _opening = self.enter()?;
        let mut lost = None;
        for _ in 0..=MOST_SET_ASIDE {
            let trouble = match (self.connect(), met.take()) {
                (Err(trouble), _) => trouble,
                (Ok(opened), met) => match met {
                    Some(met) if met.generation == Some(opened.generation) => met.trouble,
                    _ => match self.take(opened, lost.as_deref()) {
                        Ok(generation) => return Ok(generation),
                        Err(trouble) => trouble,
                    },
                },
            };
            lost = Some(self.set_aside(trouble)?);
        }
        Err(self.error(AGAIN_AND_AGAIN))
    }

    /// Keeps others from opening the file and from setting it aside.
    fn enter(&self) -> Result<Option<Opening>, StoreError> {
        let Some(path) = &self.path else { return Ok(None) };
        make_folder(path).map_err(|trouble| self.error(trouble))?;
        let patience = Patience::new(self.options.lock_wait.saturating_mul(3), &self.shared.abandoned);
        let opening = Opening::of(path, &patience);
        if opening.excludes_others() {
            let now = self.options.clock.system_time();
            end_broken_off(path, now).map_err(|trouble| self.error(trouble))?;
        }
        Ok(Some(opening))
    }

    fn connect(&self) -> Result<Opened, Trouble> {
        let patience = Patience::new(self.options.lock_wait, &self.shared.abandoned);
        loop {
            match connect(self.path.as_deref(), stretch(self.options.lock_wait)) {
                Err(Trouble::Locked) if patience.waits() => {}
                result => return result,
            }
        }
    }

    /// Makes a file the one to work on, with what is left of the one that is lost.
    fn take(&mut self, opened: Opened, lost: Option<&Path>) -> Result<i64, Trouble> {
        let Opened { connection, generation } = opened;
        let now = self.options.clock.system_time();
        connection.busy_timeout(self.options.lock_wait)?;
        if let Some(lost) = lost {
            // Once more, for others may have written there until it was moved.
            salvage(lost, &connection)?;
        }
        take_along(&connection, &self.seen)?;
        // Tidying can wait for another time.
        connection.busy_timeout(Duration::ZERO)?;
        match answers::forget_old(&connection, now).and_then(|()| forget_blank(&connection, now)) {
            Ok(()) | Err(Trouble::Locked) => {}
            Err(trouble) => return Err(trouble),
        }
        connection.busy_timeout(stretch(self.options.lock_wait))?;
        let identity = self.path.as_deref().and_then(Identity::of);
        self.open = Some(Open { connection, generation, identity });
        Ok(generation)
    }

    /// Puts a new file in the place of the one there, which nobody else opens meanwhile, and says where that is now.
    fn set_aside(&mut self, trouble: Trouble) -> Result<PathBuf, StoreError> {
        let (fault, reason) = match trouble {
            Trouble::Damaged(reason) => (DAMAGED, reason),
            Trouble::Locked => (LOCKED, format!("was locked by another program for {:?}", self.options.lock_wait)),
            Trouble::Hopeless(problem) => return Err(self.error(problem)),
        };
        let Some(path) = &self.path else { return Err(self.error(reason)) };
        if self.shared.abandoned.is_so() {
            return Err(self.error(format_args!("it {reason}, and nobody waits for it any more")));
        }
        let file = replace(path, (fault, reason), self.options.lock_wait, self.options.clock.system_time());
        let file = file.map_err(|trouble| self.error(trouble))?;
        let moved_to = file.moved_to.clone();
        self.shared.untold().set_aside.push_back(file);
        Ok(moved_to)
    }

    fn error(&self, problem: impl fmt::Display) -> StoreError {
        StoreError::new(self.path.as_deref(), problem)
    }
}

/// A number that is another one once another connection has written something.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", (), |row| row.get(0))
}
