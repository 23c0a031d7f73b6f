//! The tables: opening a file, creating them, and migrating those of an earlier version.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::claim_rows;
use crate::error::DbError;
use crate::file;
use crate::turns;

/// SQLite's `user_version` of the newest tables. A file of a version that has no migration is quarantined.
const VERSION: i64 = 3;

/// Files up to this size, in bytes, are checked when they are opened. Damage to a larger one shows in use.
const MAX_CHECKED: u64 = 8 << 20;

const TABLES: &str = "
    CREATE TABLE answers (
        scope TEXT NOT NULL,
        subject TEXT NOT NULL,
        answered_at INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (scope, subject)
    );
    CREATE INDEX answers_by_time ON answers (answered_at);
    CREATE TABLE ledger (
        key TEXT NOT NULL PRIMARY KEY,
        entry TEXT NOT NULL
    ) WITHOUT ROWID;
    PRAGMA user_version = 2;";

/// Version 1 had a checksum in each row, and a random number by which processes knew the file.
const FROM_1_TO_2: &str = "
    ALTER TABLE answers DROP COLUMN checksum;
    ALTER TABLE ledger DROP COLUMN checksum;
    ALTER TABLE ledger RENAME COLUMN book TO entry;
    DROP TABLE generation;
    PRAGMA user_version = 2;";

/// Opens the file at a path, and creates or migrates it where necessary; without a path, a database in memory.
pub(crate) fn open(path: Option<&Path>, busy_timeout: Duration) -> Result<Connection, DbError> {
    let mut connection = match path {
        Some(path) => {
            file::create(path)?;
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(path, flags)?
        }
        None => Connection::open_in_memory()?,
    };
    connection.busy_timeout(busy_timeout)?;
    if version(&connection)? != VERSION {
        migrate(&mut connection)?;
    }
    // A killed process loses nothing that was committed; a power failure may take the last commits.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if let Some(path) = path {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        check(&connection, path)?;
    }
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", (), |row| row.get(0))
}

fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    // Another process may be doing the same: what there is to do is known only within the transaction.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        VERSION => {}
        1 => {
            transaction.execute_batch(FROM_1_TO_2)?;
            from_2_to_3(&transaction)?;
        }
        2 => from_2_to_3(&transaction)?,
        0 => {
            let table = transaction.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", (), |_| Ok(()));
            if table.optional()?.is_some() {
                return Err(DbError::Damaged("is a database of another program".to_owned()));
            }
            transaction.execute_batch(TABLES)?;
            from_2_to_3(&transaction)?;
        }
        other => {
            let reason = format!("was written by another version of mde: its schema is version {other}, not {VERSION}");
            return Err(DbError::Damaged(reason));
        }
    }
    Ok(transaction.commit()?)
}

/// Version 2 had neither claims nor turns.
fn from_2_to_3(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(claim_rows::TABLES)?;
    connection.execute_batch(turns::TABLES)?;
    connection.execute_batch("PRAGMA user_version = 3;")
}

fn check(connection: &Connection, path: &Path) -> Result<(), DbError> {
    if file::size(path) > MAX_CHECKED {
        return Ok(());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(DbError::Damaged("is damaged".to_owned())) }
}
