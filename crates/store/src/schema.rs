//! The tables: whose database a file is, opening it, and the migrations that lead to the tables of this version.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::claim_rows;
use crate::error::DbError;
use crate::file::{self, beside};
use crate::{ownership, turns};

/// Each leads from the version before to its own, which is SQLite's `user_version`: append, and change none that was
/// released. A new file goes through all of them.
const MIGRATIONS: &[&[&str]] = &[&[VERSION_1], &[VERSION_2], &[VERSION_3, claim_rows::TABLES, turns::TABLES]];

/// The version of the last of them.
pub(crate) const VERSION: usize = MIGRATIONS.len();

/// SQLite's `application_id`, by which a file is known as ours: "mdec".
const APPLICATION_ID: i64 = 0x6d64_6563;

/// It had a checksum in each row, and a random number by which processes knew the file.
const VERSION_1: &str = "
    CREATE TABLE generation (id INTEGER NOT NULL);
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
    ) WITHOUT ROWID;";

const VERSION_2: &str = "
    ALTER TABLE answers DROP COLUMN checksum;
    ALTER TABLE ledger DROP COLUMN checksum;
    ALTER TABLE ledger RENAME COLUMN book TO entry;
    DROP TABLE generation;";

/// From here on a file is known by its `application_id`, which is in the first 100 bytes.
const VERSION_3: &str = "PRAGMA application_id = 0x6d646563;";

/// The tables of the versions that had no `application_id`.
const TABLES_BEFORE_3: [&[&str]; 2] = [&["answers", "generation", "ledger"], &["answers", "ledger"]];

/// Files up to this size, in bytes, are checked when they are opened. Damage to a larger one shows in use.
const MAX_CHECKED: u64 = 8 << 20;

/// Opens the file at a path, and creates or migrates it where necessary, unless it `stays` as it is. Whatever is not ours
/// always does.
pub(crate) fn open(path: &Path, busy_timeout: Duration, stays: bool) -> Result<Connection, DbError> {
    if stays {
        if !ownership::check(path)? {
            return Err(DbError::Unusable("the file does not exist".to_owned()));
        }
        if open_to_read(path)?.1 != VERSION {
            return Err(DbError::Unusable("the file has to be migrated first".to_owned()));
        }
    }
    if ownership::check(path)? {
        let uri = Uri::of(path)?;
        refuse_foreign(look(&uri)?)?;
        // SQLite would open it read-only, and fail at the first write.
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
            return Err(DbError::Unusable("the file is read-only".to_owned()));
        }
    } else {
        file::create(path)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(file::resolve(path)?, flags)?;
    connection.busy_timeout(busy_timeout)?;
    // Until it is known as good and ours of this version, not even the last to close it moves the write-ahead log into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let owner = refuse_foreign(owner(&connection)?)?;
    // Before there are tables, so that a file is never without a write-ahead log.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    if owner != Owner::Us(VERSION) {
        migrate(&mut connection)?;
    }
    if !stays {
        ownership::restrict_to_owner(path);
    }
    // A killed process loses nothing that was committed; a power failure may take the last commits.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    check(&connection, path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

pub(crate) fn open_in_memory() -> Result<Connection, DbError> {
    let mut connection = Connection::open_in_memory()?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the file at a path to read it, and changes nothing: neither it nor its permissions, and no file is created. The
/// caller has the folder locked. Returns the version of the tables too.
pub(crate) fn open_to_read(path: &Path) -> Result<(Connection, usize), DbError> {
    ownership::check(path)?;
    let uri = Uri::of(path)?;
    refuse_foreign(look(&uri)?)?;
    // Whoever has the file open has its log too, so without one it does not change.
    let connection = match file::has_name(&beside(path, "-wal")) {
        false if file::has_name(&beside(path, "-journal")) => {
            return Err(DbError::Unusable(INCOMPLETE.to_owned()));
        }
        false => uri.open("immutable=1")?,
        true if !file::has_name(&beside(path, "-shm")) => return Err(DbError::Unusable(INCOMPLETE.to_owned())),
        true => uri.open("mode=ro")?,
    };
    connection.busy_timeout(Duration::ZERO)?;
    let version = match refuse_foreign(owner(&connection)?)? {
        Owner::Us(version @ 2..) => version,
        Owner::Us(_) => return Err(DbError::Unusable(OLD.to_owned())),
        Owner::Nobody | Owner::Other(_) => return Err(DbError::Unusable(INCOMPLETE.to_owned())),
    };
    check(&connection, path)?;
    Ok((connection, version))
}

const INCOMPLETE: &str = "a process was killed while it wrote the file; the next run that uses the file completes it";

const OLD: &str = "it is of version 1 of its schema; the next run that uses the file migrates it";

/// Whether a newer `mde` has migrated the file meanwhile. The number alone may be damage.
pub(crate) fn is_newer(connection: &Connection) -> bool {
    version(connection).is_ok_and(|version| version > VERSION) && quick_check(connection).is_ok()
}

/// Whose database a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// It is empty.
    Nobody,
    /// Ours, with this version of the tables.
    Us(usize),
    /// Not ours: a predicate.
    Other(&'static str),
}

fn refuse_foreign(owner: Owner) -> Result<Owner, DbError> {
    match owner {
        Owner::Us(version) if version > VERSION => Err(DbError::Newer(version)),
        Owner::Other(what) => {
            Err(DbError::Unusable(format!("it {what}, so it is not a cache of mde and is left as it is")))
        }
        owner => Ok(owner),
    }
}

/// Whose database a file is, by the file itself. Neither its locks nor its journals are touched, for it may be another's.
fn look(uri: &Uri) -> Result<Owner, DbError> {
    let owner = uri.open("immutable=1").and_then(|connection| {
        // Or a file that was cut off would not even show its first page.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
        owner(&connection)
    });
    match owner {
        Err(rusqlite::Error::SqliteFailure(failure, _)) => match failure.code {
            ErrorCode::NotADatabase => Ok(Owner::Other("is not a SQLite database")),
            ErrorCode::DatabaseCorrupt => Ok(Owner::Other("is damaged, and nothing shows whose it was")),
            _ => Err(DbError::from(rusqlite::Error::SqliteFailure(failure, None))),
        },
        owner => Ok(owner?),
    }
}

fn owner(connection: &Connection) -> rusqlite::Result<Owner> {
    let application: i64 = connection.query_row("PRAGMA application_id", (), |row| row.get(0))?;
    let version = version(connection)?;
    if application == APPLICATION_ID {
        return Ok(Owner::Us(version));
    }
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let tables: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let before_3 = version.checked_sub(1).and_then(|index| TABLES_BEFORE_3.get(index));
    Ok(match before_3 {
        None if (application, version, tables.len()) == (0, 0, 0) => Owner::Nobody,
        Some(expected) if application == 0 && tables == *expected => Owner::Us(version),
        _ => Owner::Other("is a database of another program"),
    })
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    // No version is negative.
    let version: i64 = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

fn migrate(connection: &mut Connection) -> Result<(), DbError> {
    // Another process may be doing the same: what there is to do is known only within the transaction.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    if version > VERSION {
        return Err(DbError::Newer(version));
    }
    for statements in MIGRATIONS[version..].iter().copied().flatten() {
        transaction.execute_batch(statements)?;
    }
    transaction.pragma_update(None, "user_version", u32::try_from(VERSION).unwrap_or(u32::MAX))?;
    Ok(transaction.commit()?)
}

fn check(connection: &Connection, path: &Path) -> Result<(), DbError> {
    if file::size(path) > MAX_CHECKED {
        return Ok(());
    }
    quick_check(connection)
}

fn quick_check(connection: &Connection) -> Result<(), DbError> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(DbError::Damaged("is damaged".to_owned())) }
}

/// A file as SQLite names it where options go with it.
struct Uri(String);

impl Uri {
    fn of(path: &Path) -> Result<Self, DbError> {
        let path = file::resolve(path)?;
        let mut uri = "file:".to_owned();
        #[cfg(windows)]
        uri.push('/');
        for byte in path.as_os_str().as_encoded_bytes() {
            match byte {
                b'\\' if cfg!(windows) => uri.push('/'),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b':' | b'.' | b'-' | b'_' => {
                    uri.push(char::from(*byte))
                }
                // Writing to a string does not fail.
                _ => drop(write!(uri, "%{byte:02x}")),
            }
        }
        Ok(Self(uri))
    }

    /// Opens it to read.
    fn open(&self, option: &str) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW
            | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("{}?{option}", self.0), flags)
    }
}
