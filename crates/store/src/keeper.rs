//! Who has the connection: does jobs, and sees to it that there is a file to do them on.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use mde_client::Clock;
use rusqlite::Connection;

use crate::aside::set_aside;
use crate::books::{Seen, forget_blank, take_along};
use crate::connect::{Opened, connect};
use crate::files::{Identity, Opening, make_folder};
use crate::salvage::salvage;
use crate::trouble::Trouble;
use crate::{SetAside, StoreError, StoreOptions, answers};

/// How many files of one path are set aside for one job, before it is given up.
const MOST_SET_ASIDE: usize = 3;

const AGAIN_AND_AGAIN: &str = "each file that is begun is lost again";

/// The files that were set aside and that nobody was told of yet.
pub(crate) type Untold = Arc<Mutex<VecDeque<SetAside>>>;

pub(crate) struct Keeper {
    path: Option<PathBuf>,
    options: StoreOptions,
    open: Option<Open>,
    seen: Seen,
    untold: Untold,
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
    pub(crate) fn new(path: Option<PathBuf>, options: StoreOptions, untold: Untold) -> Self {
        Self { path, options, open: None, seen: Seen::new(), untold }
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
        let mut version = data_version(connection)?;
        loop {
            match job(&mut desk) {
                Err(Trouble::Locked) => {
                    let before = std::mem::replace(&mut version, data_version(connection)?);
                    if before == version {
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
            let opened = connect(self.path.as_deref(), self.options.lock_wait);
            let trouble = match (opened, met.take()) {
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
        match make_folder(path) {
            Ok(()) => Ok(Some(Opening::of(path, self.options.lock_wait * 3))),
            Err(trouble) => Err(self.error(trouble)),
        }
    }

    /// Makes a file the one to work on, with what is left of the one that is lost.
    fn take(&mut self, opened: Opened, lost: Option<&Path>) -> Result<i64, Trouble> {
        let Opened { connection, generation } = opened;
        let now = self.options.clock.system_time();
        if let Some(lost) = lost {
            salvage(lost, &connection)?;
        }
        take_along(&connection, &self.seen)?;
        // Tidying can wait for another time.
        connection.busy_timeout(Duration::ZERO)?;
        match answers::forget_old(&connection, now).and_then(|()| forget_blank(&connection, now)) {
            Ok(()) | Err(Trouble::Locked) => {}
            Err(trouble) => return Err(trouble),
        }
        connection.busy_timeout(self.options.lock_wait)?;
        let identity = self.path.as_deref().and_then(Identity::of);
        self.open = Some(Open { connection, generation, identity });
        Ok(generation)
    }

    /// Renames the file, which nobody else opens meanwhile, and says where it is now.
    fn set_aside(&mut self, trouble: Trouble) -> Result<PathBuf, StoreError> {
        let (fault, reason) = match trouble {
            Trouble::Damaged(reason) => ("damaged", reason),
            Trouble::Locked => ("locked", format!("was locked by another program for {:?}", self.options.lock_wait)),
            Trouble::Hopeless(problem) => return Err(self.error(problem)),
        };
        let Some(path) = &self.path else { return Err(self.error(reason)) };
        let file = set_aside(path, fault, reason, self.options.clock.system_time());
        let file = file.map_err(|error| self.error(format_args!("it cannot be used, nor renamed: {error}")))?;
        let moved_to = file.moved_to.clone();
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).push_back(file);
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
