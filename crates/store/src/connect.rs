//! From a path to a connection to a file of the right form.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::aside::beside;
use crate::trouble::{Trouble, hopeless};

/// The form of the tables. A file of another one is set aside.
const VERSION: i64 = 1;

/// How large a file may be, in bytes, that is read through when it is opened. Damage to a larger one is met in its use.
const READ_THROUGH: u64 = 8 << 20;

const TABLES: &str = "
    CREATE TABLE generation (id INTEGER NOT NULL);
    INSERT INTO generation VALUES (random());
    CREATE TABLE answers (
        scope TEXT NOT NULL,
        subject TEXT NOT NULL,
        answered_at INTEGER NOT NULL,
        body BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (scope, subject)
    );
    CREATE INDEX answers_by_time ON answers (answered_at);
    CREATE TABLE ledger (
        key TEXT NOT NULL PRIMARY KEY,
        book TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// A file that is open.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    /// By which a file is known from the one that was begun in its place.
    pub(crate) generation: i64,
}

/// Opens the file at a path, and makes it where it is not there; without a path, a memory of the process.
pub(crate) fn connect(path: Option<&Path>, lock_wait: Duration) -> Result<Opened, Trouble> {
    let mut connection = match path {
        Some(path) => file(path)?,
        None => Connection::open_in_memory()?,
    };
    connection.busy_timeout(lock_wait)?;
    if version(&connection)? == 0 {
        begin(&mut connection)?;
    }
    match version(&connection)? {
        VERSION => {}
        0 => return Err(Trouble::Damaged("is a database of another program".to_owned())),
        other => {
            let reason = format!("was written by another version of mde, in form {other} instead of {VERSION}");
            return Err(Trouble::Damaged(reason));
        }
    }
    // Whoever dies takes nothing along that was written; what the system loses with the power is another matter.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    if let Some(path) = path {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        check(&connection, path)?;
    }
    let generation = connection.query_row("SELECT id FROM generation", (), |row| row.get(0))?;
    Ok(Opened { connection, generation })
}

/// How many bytes a file has, with those that SQLite keeps beside it.
pub(crate) fn size(path: &Path) -> u64 {
    ["", "-wal"].iter().filter_map(|part| fs::metadata(beside(path, part)).ok()).map(|metadata| metadata.len()).sum()
}

fn file(path: &Path) -> Result<Connection, Trouble> {
    crate::files::make(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite would open read-only what cannot be written, and say so no sooner than at the first answer.
    let metadata = fs::metadata(path).map_err(hopeless("the file cannot be opened"))?;
    if metadata.permissions().readonly() {
        return Err(Trouble::Hopeless("the file is read-only".to_owned()));
    }
    Ok(Connection::open_with_flags(path, flags)?)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", (), |row| row.get(0))
}

/// Makes the tables where there are none at all, for two processes may make the same file.
fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_empty = transaction.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", (), |_| Ok(())).optional()?.is_none();
    if is_empty && version(&transaction)? == 0 {
        transaction.execute_batch(TABLES)?;
    }
    transaction.commit()
}

fn check(connection: &Connection, path: &Path) -> Result<(), Trouble> {
    if size(path) > READ_THROUGH {
        return Ok(());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Trouble::Damaged("is damaged".to_owned())) }
}
