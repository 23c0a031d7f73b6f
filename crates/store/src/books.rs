//! The books of the quota, as they are written and read.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mde_client::{QuotaKey, QuotaWindow, WindowLog};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use crate::rows::{checksum, key_of, key_text, not_as_written};
use crate::trouble::Trouble;

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaUse {
    /// Whose quota.
    pub key: QuotaKey,
    /// The windows that were last asked for, and how many calls each of them holds.
    pub windows: Vec<(QuotaWindow, u32)>,
}

/// What a row of the ledger holds.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Entry {
    /// The time of day when it was written, since 1970.
    written: Duration,
    /// How old the book was then.
    age: Duration,
    /// The calls and the periods of the windows that were last asked for.
    windows: Vec<(u32, Duration)>,
    book: WindowLog,
}

/// What this process has last seen of each book, to go on by where a file is lost.
pub(crate) type Seen = HashMap<String, String>;

/// What is done to a book.
pub(crate) struct Act<T> {
    pub(crate) value: T,
    /// Whether the book is another one now.
    pub(crate) changes: bool,
}

impl Entry {
    /// Lets the time go on, and says how old the book is. A time of day that was set back lets it stand still.
    fn bring_forward(&mut self, now: Duration) -> Duration {
        self.age = self.age.saturating_add(now.saturating_sub(self.written));
        self.written = now;
        self.age
    }

    fn used(&self, window: QuotaWindow) -> u32 {
        self.book.used(window, self.age)
    }
}

/// Does something to the book of a key, at its own time, while nobody else has it. `windows` are those asked for.
pub(crate) fn act<T>(
    connection: &Connection,
    seen: &mut Seen,
    (key, windows): (&QuotaKey, Option<&[QuotaWindow]>),
    now: impl FnOnce() -> SystemTime,
    act: impl FnOnce(&mut WindowLog, Duration) -> Act<T>,
) -> Result<T, Trouble> {
    let key = key_text(key);
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let mut entry = match read(&transaction, &key)? {
        Some((entry, text)) => {
            seen.insert(key.clone(), text);
            entry
        }
        None => Entry::default(),
    };
    // Read while nobody else can write, so that entries are in the order of their times.
    let now = since_1970(now());
    let is_set_back = now < entry.written;
    let age = entry.bring_forward(now);
    let Act { value, changes } = act(&mut entry.book, age);
    if let Some(windows) = windows {
        entry.windows = windows.iter().map(|window| (window.calls(), window.period())).collect();
    }
    if changes || is_set_back {
        let text = serde_json::to_string(&entry).map_err(|error| Trouble::Hopeless(error.to_string()))?;
        write(&transaction, &key, &text)?;
        transaction.commit()?;
        seen.insert(key, text);
    }
    Ok(value)
}

/// How much of each window a key uses.
pub(crate) fn used(
    connection: &Connection,
    key: &QuotaKey,
    windows: &[QuotaWindow],
    now: SystemTime,
) -> Result<Vec<u32>, Trouble> {
    let mut entry = read(connection, &key_text(key))?.map(|(entry, _)| entry).unwrap_or_default();
    entry.bring_forward(since_1970(now));
    Ok(windows.iter().map(|window| entry.used(*window)).collect())
}

/// The keys that have anything in their books.
pub(crate) fn survey(connection: &Connection, now: SystemTime) -> Result<Vec<QuotaUse>, Trouble> {
    let mut in_use = Vec::new();
    for (key, mut entry) in all(connection)? {
        let age = entry.bring_forward(since_1970(now));
        if entry.book.is_blank(age) {
            continue;
        }
        let windows = std::mem::take(&mut entry.windows).into_iter();
        let windows = windows.map(|(calls, period)| QuotaWindow::new(calls, period));
        let windows = windows.map(|window| (window, entry.used(window))).collect();
        in_use.push(QuotaUse { key: key_of(&key)?, windows });
    }
    Ok(in_use)
}

/// Forgets the books that have nothing in them any more.
pub(crate) fn forget_blank(connection: &Connection, now: SystemTime) -> Result<(), Trouble> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (key, mut entry) in all(&transaction)? {
        let age = entry.bring_forward(since_1970(now));
        if entry.book.is_blank(age) {
            transaction.execute("DELETE FROM ledger WHERE key = ?1", [key])?;
        }
    }
    Ok(transaction.commit()?)
}

/// Writes into a new file what was seen in the one before, where nobody else has.
pub(crate) fn take_along(connection: &Connection, seen: &Seen) -> Result<(), Trouble> {
    for (key, text) in seen {
        let statement = "INSERT OR IGNORE INTO ledger VALUES (?1, ?2, ?3)";
        connection.execute(statement, params![key, text, of_row(key, text)])?;
    }
    Ok(())
}

fn all(connection: &Connection) -> Result<Vec<(String, Entry)>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT key FROM ledger ORDER BY key")?;
    let keys: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut entries = Vec::new();
    for key in keys {
        if let Some((entry, _)) = read(connection, &key)? {
            entries.push((key, entry));
        }
    }
    Ok(entries)
}

/// An entry, and as it is written.
fn read(connection: &Connection, key: &str) -> Result<Option<(Entry, String)>, Trouble> {
    let mut statement = connection.prepare_cached("SELECT book, checksum FROM ledger WHERE key = ?1")?;
    let row = statement.query_row([key], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)));
    let Some((text, checksum)) = row.optional()? else { return Ok(None) };
    if checksum != of_row(key, &text) {
        return Err(not_as_written());
    }
    let entry = serde_json::from_str(&text).map_err(|_| not_as_written())?;
    Ok(Some((entry, text)))
}

fn write(connection: &Connection, key: &str, text: &str) -> Result<(), Trouble> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO ledger VALUES (?1, ?2, ?3)")?;
    statement.execute(params![key, text, of_row(key, text)])?;
    Ok(())
}

/// Writes a row of another file, unless there is a later one in its place.
pub(crate) fn copy(connection: &Connection, key: &str, text: &str) -> Result<(), Trouble> {
    let written = |text: &str| serde_json::from_str(text).map(|entry: Entry| entry.written).ok();
    let there = read(connection, key)?.map(|(entry, _)| entry.written);
    if written(text) > there { write(connection, key, text) } else { Ok(()) }
}

pub(crate) fn of_row(key: &str, text: &str) -> u32 {
    checksum(&[key.as_bytes(), text.as_bytes()])
}

fn since_1970(now: SystemTime) -> Duration {
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
