//! The rows of the ledger: one per [`QuotaKey`], each with a [`WindowLog`] as JSON.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use mde_client::{Clock, QuotaKey, QuotaWindow, WindowLog};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::error::DbError;

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaUse {
    /// Whose quota.
    pub key: QuotaKey,
    /// The windows of the last request, and how many calls of each are used.
    pub windows: Vec<(QuotaWindow, u32)>,
}

/// What a row holds.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Entry {
    /// The time of day at the last write, since 1970.
    written: Duration,
    /// The age of the log at the last write, which is the time that the log goes by.
    age: Duration,
    /// The calls and periods of the windows of the last request.
    windows: Vec<(u32, Duration)>,
    /// Version 1 of the schema called it a book.
    #[serde(alias = "book")]
    log: WindowLog,
}

/// The rows as this process last read or wrote them, by key. They go into a new file where the old one is lost.
pub(crate) type KnownRows = HashMap<String, String>;

/// What a change of a log returns.
pub(crate) struct Changed<T> {
    pub(crate) value: T,
    /// Whether the log has to be written.
    pub(crate) write: bool,
    /// Whether something else was written, within the same transaction.
    pub(crate) wrote: bool,
}

impl<T> Changed<T> {
    /// A log that has to be written.
    pub(crate) fn log(value: T) -> Self {
        Self { value, write: true, wrote: false }
    }
}

impl Entry {
    /// Adds the time since the last write to the age, and returns the age. A clock that was set back adds nothing.
    fn advance_to(&mut self, now: Duration) -> Duration {
        self.age = self.age.saturating_add(now.saturating_sub(self.written));
        self.written = now;
        self.age
    }

    fn used(&self, window: QuotaWindow) -> u32 {
        self.log.used(window, self.age)
    }
}

/// Changes the log of a key within a transaction that excludes all other processes. `windows` are those of a request.
pub(crate) fn update<T>(
    connection: &Connection,
    known: &mut KnownRows,
    clock: &dyn Clock,
    (key, windows): (&QuotaKey, Option<&[QuotaWindow]>),
    change: impl FnOnce(&mut WindowLog, Duration) -> Result<Changed<T>, DbError>,
) -> Result<T, DbError> {
    let key = encode_key(key);
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let mut entry = match read(&transaction, &key)? {
        Some((entry, text)) => {
            known.insert(key.clone(), text);
            entry
        }
        None => Entry::default(),
    };
    // Read within the transaction, so that the entries are in the order of their times.
    let now = since_1970(clock.system_time());
    let is_set_back = now < entry.written;
    let age = entry.advance_to(now);
    let Changed { value, write: is_changed, wrote } = change(&mut entry.log, age)?;
    if let Some(windows) = windows {
        entry.windows = windows.iter().map(|window| (window.calls(), window.period())).collect();
    }
    if is_changed || is_set_back {
        let text = serde_json::to_string(&entry).map_err(|error| DbError::Unusable(error.to_string()))?;
        write(&transaction, &key, &text)?;
        transaction.commit()?;
        known.insert(key, text);
    } else if wrote {
        transaction.commit()?;
    }
    Ok(value)
}

/// How many calls of each window a key has used.
pub(crate) fn used(
    connection: &Connection,
    key: &QuotaKey,
    windows: &[QuotaWindow],
    now: SystemTime,
) -> Result<Vec<u32>, DbError> {
    let mut entry = read(connection, &encode_key(key))?.map(|(entry, _)| entry).unwrap_or_default();
    entry.advance_to(since_1970(now));
    Ok(windows.iter().map(|window| entry.used(*window)).collect())
}

/// The quotas of which anything is used.
pub(crate) fn in_use(connection: &Connection, now: SystemTime) -> Result<Vec<QuotaUse>, DbError> {
    let mut in_use = Vec::new();
    for (key, mut entry) in all(connection)? {
        let age = entry.advance_to(since_1970(now));
        if entry.log.is_blank(age) {
            continue;
        }
        let windows = std::mem::take(&mut entry.windows).into_iter();
        let windows = windows.map(|(calls, period)| QuotaWindow::new(calls, period));
        let windows = windows.map(|window| (window, entry.used(window))).collect();
        in_use.push(QuotaUse { key: decode_key(&key)?, windows });
    }
    Ok(in_use)
}

/// Deletes the rows of which nothing is used any more.
pub(crate) fn delete_blank(connection: &Connection, now: SystemTime) -> Result<(), DbError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (key, mut entry) in all(&transaction)? {
        let age = entry.advance_to(since_1970(now));
        if entry.log.is_blank(age) {
            transaction.execute("DELETE FROM ledger WHERE key = ?1", [key])?;
        }
    }
    Ok(transaction.commit()?)
}

/// Inserts the rows that this process knows, where the file has none.
pub(crate) fn insert_missing(connection: &Connection, known: &KnownRows) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO ledger VALUES (?1, ?2)")?;
    for row in known {
        statement.execute(row)?;
    }
    Ok(())
}

/// Copies the rows that can still be read of a quarantined file, where the new file has no later ones.
pub(crate) fn carry_over(from: &Path, to: &Connection) -> Result<(), DbError> {
    let transaction = to.unchecked_transaction()?;
    for (key, text) in readable_rows(from) {
        let Ok(entry) = decode(&text) else { continue };
        let existing = read(&transaction, &key)?.map(|(entry, _)| entry.written);
        if decode_key(&key).is_ok() && Some(entry.written) > existing {
            write(&transaction, &key, &text)?;
        }
    }
    Ok(transaction.commit()?)
}

/// The rows of a damaged file, up to the first that cannot be read. By number of column, for its version may be another.
fn readable_rows(file: &Path) -> Vec<(String, String)> {
    let read = || -> rusqlite::Result<Vec<_>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        let mut statement = connection.prepare("SELECT * FROM ledger")?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.map_while(Result::ok).collect())
    };
    read().unwrap_or_default()
}

fn all(connection: &Connection) -> Result<Vec<(String, Entry)>, DbError> {
    let mut statement = connection.prepare_cached("SELECT key, entry FROM ledger ORDER BY key")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (key, text) = row?;
        Ok((key, decode(&text)?))
    })
    .collect()
}

/// The entry of a key, and its text.
fn read(connection: &Connection, key: &str) -> Result<Option<(Entry, String)>, DbError> {
    let mut statement = connection.prepare_cached("SELECT entry FROM ledger WHERE key = ?1")?;
    let text: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
    text.map(|text| Ok((decode(&text)?, text))).transpose()
}

fn write(connection: &Connection, key: &str, text: &str) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO ledger VALUES (?1, ?2)")?;
    statement.execute([key, text])?;
    Ok(())
}

fn decode(text: &str) -> Result<Entry, DbError> {
    serde_json::from_str(text).map_err(|_| invalid_row())
}

/// A text that no other key has.
pub(crate) fn encode_key(key: &QuotaKey) -> String {
    serde_json::json!([key.endpoint, key.operation, key.tenant, key.app]).to_string()
}

fn decode_key(text: &str) -> Result<QuotaKey, DbError> {
    let (endpoint, operation, tenant, app): (String, String, _, _) =
        serde_json::from_str(text).map_err(|_| invalid_row())?;
    Ok(QuotaKey::new(endpoint, operation).of_app(tenant, app))
}

fn invalid_row() -> DbError {
    DbError::Damaged("is damaged: a row of the ledger is not valid".to_owned())
}

fn since_1970(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
