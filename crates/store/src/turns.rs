//! Turns: which of the processes that wait for permits of a key gets the next one.

use std::time::Duration;

use mde_client::Acquire;
use rusqlite::{Connection, params};

use crate::answers::to_nanoseconds;
use crate::boot_clock::Moment;
use crate::error::DbError;

/// The processes that ask for permits of a key, how far each has come, and until when it counts as waiting.
pub(crate) const TABLES: &str = "
    CREATE TABLE turns (
        key TEXT NOT NULL,
        process INTEGER NOT NULL,
        boot TEXT NOT NULL,
        permits INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        waits_until INTEGER NOT NULL,
        PRIMARY KEY (key, process)
    ) WITHOUT ROWID;";

/// How many permits a process may be ahead of one that waits. It is no less than a process usually has calls in flight.
const AHEAD: i64 = 8;

/// How soon a process asks again to which `Busy` was returned.
const BUSY: Duration = Duration::from_secs(1);

/// How much later than at the end of its wait a process may ask before its turn goes to others.
const PATIENCE: Duration = Duration::from_secs(1);

/// Moments that are as close as this, in nanoseconds, are one.
const SAME: i64 = 50_000_000;

/// A process that neither asked nor waited for so long begins anew.
const IDLE: Duration = Duration::from_secs(5);

/// After so long the row of a process that no longer asks is deleted, if the process was killed.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

/// A process that asks for a permit, within the transaction in which it gets one.
pub(crate) struct Turn<'a> {
    connection: &'a Connection,
    key: &'a str,
    process: i64,
    now: Moment,
    /// What its row holds, if it has one.
    row: Option<Row>,
    /// How far it has come.
    permits: i64,
    /// How far the one has come that has come least far, of the others that wait.
    least: Option<i64>,
    /// Whether others have rows.
    has_others: bool,
}

#[derive(Clone, Copy)]
struct Row {
    permits: i64,
    asked_at: i64,
    waits_until: i64,
}

impl Row {
    fn waits(self, now: i64) -> bool {
        // A clock that was set back leaves times that are too far ahead.
        self.asked_at <= now && now <= self.waits_until
    }

    fn is_idle(self, now: i64) -> bool {
        !self.waits(now) && !(0..=nanoseconds(IDLE)).contains(&now.saturating_sub(self.asked_at))
    }
}

impl<'a> Turn<'a> {
    pub(crate) fn read(
        connection: &'a Connection,
        (key, process): (&'a str, i64),
        now: Moment,
    ) -> Result<Self, DbError> {
        let mut statement = connection
            .prepare_cached("SELECT process, permits, asked_at, waits_until FROM turns WHERE key = ?1 AND boot = ?2")?;
        let mut rows = statement.query([key, now.boot_id()])?;
        let mut turn = Self { connection, key, process, now, row: None, permits: 0, least: None, has_others: false };
        let now = to_nanoseconds(turn.now.shared());
        while let Some(columns) = rows.next()? {
            let row = Row { permits: columns.get(1)?, asked_at: columns.get(2)?, waits_until: columns.get(3)? };
            if columns.get::<_, i64>(0)? == process {
                turn.row = Some(row);
            } else {
                turn.has_others = true;
                if row.waits(now) {
                    turn.least = Some(turn.least.map_or(row.permits, |least| least.min(row.permits)));
                }
            }
        }
        turn.permits = match turn.row {
            Some(row) if !row.is_idle(now) => row.permits,
            // What others got meanwhile, it did not wait for.
            row => turn.least.max(row.map(|row| row.permits)).unwrap_or_default(),
        };
        Ok(turn)
    }

    /// Whether the next permits are for others.
    pub(crate) fn is_ahead(&self) -> bool {
        self.least.is_some_and(|least| self.permits >= least.saturating_add(AHEAD))
    }

    /// Notes what the process gets. Returns whether anything was written.
    pub(crate) fn note(self, acquired: Acquire) -> Result<bool, DbError> {
        let now = to_nanoseconds(self.now.shared());
        let (permits, waits_until) = match acquired {
            // Alone, it is in nobody's way.
            Acquire::Permit(_) if !self.has_others => return Ok(false),
            // If more of its calls wait, they ask again.
            Acquire::Permit(_) => (self.permits.saturating_add(1), now.saturating_sub(1)),
            Acquire::Wait(wait) => (self.permits, self.until(wait)),
            Acquire::Busy => (self.permits, self.until(BUSY)),
        };
        // Several calls that wait in a process get the same.
        let is_known = |row: Row| row.permits == permits && row.waits(now) && row.waits_until >= waits_until - SAME;
        if self.row.is_some_and(is_known) {
            return Ok(false);
        }
        let mut statement =
            self.connection.prepare_cached("INSERT OR REPLACE INTO turns VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        statement.execute(params![self.key, self.process, self.now.boot_id(), permits, now, waits_until])?;
        Ok(true)
    }

    fn until(&self, wait: Duration) -> i64 {
        to_nanoseconds(self.now.shared()).saturating_add(nanoseconds(wait.saturating_add(PATIENCE)))
    }
}

/// Deletes the rows of a process.
pub(crate) fn leave(connection: &Connection, process: i64) -> Result<(), DbError> {
    connection.execute("DELETE FROM turns WHERE process = ?1", [process])?;
    Ok(())
}

/// Deletes the rows that killed processes left.
pub(crate) fn delete_forgotten(connection: &Connection, now: &Moment) -> Result<(), DbError> {
    let until = to_nanoseconds(now.shared());
    let since = until.saturating_sub(nanoseconds(FORGOTTEN));
    let statement = "DELETE FROM turns WHERE asked_at NOT BETWEEN ?1 AND ?2 OR boot <> ?3";
    connection.execute(statement, params![since, until, now.boot_id()])?;
    Ok(())
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
