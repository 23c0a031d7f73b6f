//! The rows of the ledger: one per [`QuotaKey`], each with a [`WindowLog`] as JSON.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use mde_client::{Pause, PermitRequest, QuotaKey, QuotaWindow, Throttled, WindowLog};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::boot_clock::{BootTime, Clocks, Moment};
use crate::error::DbError;
use crate::file::resolve;

/// How much of a quota is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaUse {
    /// Whose quota.
    pub key: QuotaKey,
    /// The windows of the last request, and how many calls of each are used.
    pub windows: Vec<(QuotaWindow, u32)>,
    /// The pause of all its calls, while there is one.
    pub pause: Option<QuotaPause>,
}

/// A pause of all calls of a quota, by all processes, because the service throttled one of them (429).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaPause {
    /// How much longer it takes.
    pub remaining: Duration,
    /// How many pauses there were since the service last served a call, this one included.
    pub in_a_row: u32,
    /// The call whose 429 set it; none where an earlier version of this crate wrote the row.
    pub call: Option<ThrottledCall>,
}

/// A call that the service throttled (429).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ThrottledCall {
    /// What the service said, redacted. It may contain characters that a terminal must not get: escape it.
    pub cause: String,
    /// The id of the process that made the call.
    pub process: u32,
    /// When the process learned of it, by the time of day.
    pub at: SystemTime,
}

/// What a row holds.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Entry {
    /// The time of day at the last write, since 1970.
    written: Duration,
    /// The start of the machine before the last write, and how long ago it was then. Earlier versions wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<(String, Duration)>,
    /// The age of the log at the last write, which is the time that the log goes by.
    age: Duration,
    /// The calls and periods of the windows of the last request.
    windows: Vec<(u32, Duration)>,
    /// Version 1 of the schema called it a book.
    #[serde(alias = "book")]
    log: WindowLog,
    /// The call that set the last pause. Earlier versions did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    throttled: Option<ThrottledCall>,
}

/// How long to wait while a process that has a quarantined file open recovers its log.
const CARRY_OVER_WAIT: Duration = Duration::from_secs(1);

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
    /// Adds the time since the last write to the age, and returns the age.
    fn advance_to(&mut self, now: Moment) -> Duration {
        let time_of_day = since_1970(now.time_of_day);
        let elapsed = self.elapsed_since_boot(now.boot.as_ref());
        // Across a start of the machine only the time of day is left. One that was set back adds nothing.
        let elapsed = elapsed.unwrap_or_else(|| time_of_day.saturating_sub(self.written));
        self.age = self.age.saturating_add(elapsed);
        self.written = time_of_day;
        self.boot = now.boot.map(|boot| (boot.boot_id, boot.elapsed));
        self.age
    }

    /// The time since the last write, if the machine has not been started since then.
    fn elapsed_since_boot(&self, now: Option<&BootTime>) -> Option<Duration> {
        let ((boot_id, written), now) = self.boot.as_ref().zip(now)?;
        (*boot_id == now.boot_id).then(|| now.elapsed.saturating_sub(*written))
    }

    /// Whether the clocks show an earlier time than at the last write, so that the time since then is lost.
    fn is_set_back(&self, now: &Moment) -> bool {
        self.elapsed_since_boot(now.boot.as_ref()).is_none() && since_1970(now.time_of_day) < self.written
    }

    fn used(&self, window: QuotaWindow) -> u32 {
        self.log.used(window, self.age)
    }

    /// The pause that is in force, by the age that the entry was advanced to.
    fn pause(&self) -> Option<QuotaPause> {
        let Pause { remaining, in_a_row, .. } = self.log.paused(self.age)?;
        Some(QuotaPause { remaining, in_a_row, call: self.throttled.clone() })
    }
}

/// Changes the log of a key within a transaction that excludes all other processes. `windows` are those of a request.
pub(crate) fn update<T>(
    connection: &Connection,
    known: &mut KnownRows,
    clocks: Clocks<'_>,
    (key, windows): (&QuotaKey, Option<&[QuotaWindow]>),
    change: impl FnOnce(&mut WindowLog, Duration) -> Result<Changed<T>, DbError>,
) -> Result<T, DbError> {
    update_entry(connection, known, clocks, (key, windows), |entry| change(&mut entry.log, entry.age))
}

/// Pauses all calls of a key, and notes which call was throttled.
pub(crate) fn pause(
    connection: &Connection,
    known: &mut KnownRows,
    clocks: Clocks<'_>,
    request: PermitRequest<'_>,
    throttled: Throttled<'_>,
) -> Result<Pause, DbError> {
    let at = clocks.now().time_of_day;
    update_entry(connection, known, clocks, (request.key, Some(request.windows)), |entry| {
        let pause = entry.log.pause(request, throttled.wait, entry.age);
        entry.throttled = Some(ThrottledCall { cause: throttled.cause.to_owned(), process: std::process::id(), at });
        Ok(Changed::log(pause))
    })
}

/// Changes an entry as [`update`] changes its log.
fn update_entry<T>(
    connection: &Connection,
    known: &mut KnownRows,
    clocks: Clocks<'_>,
    (key, windows): (&QuotaKey, Option<&[QuotaWindow]>),
    change: impl FnOnce(&mut Entry) -> Result<Changed<T>, DbError>,
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
    let now = clocks.now();
    let is_set_back = entry.is_set_back(&now);
    entry.advance_to(now);
    let Changed { value, write: is_changed, wrote } = change(&mut entry)?;
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
    now: Moment,
) -> Result<Vec<u32>, DbError> {
    let mut entry = read(connection, &encode_key(key))?.map(|(entry, _)| entry).unwrap_or_default();
    entry.advance_to(now);
    Ok(windows.iter().map(|window| entry.used(*window)).collect())
}

/// The quotas of which anything is used.
pub(crate) fn in_use(connection: &Connection, now: &Moment) -> Result<Vec<QuotaUse>, DbError> {
    let mut in_use = Vec::new();
    for (key, mut entry) in all(connection)? {
        let age = entry.advance_to(now.clone());
        if entry.log.is_blank(age) {
            continue;
        }
        let windows = std::mem::take(&mut entry.windows).into_iter();
        let windows = windows.map(|(calls, period)| QuotaWindow::new(calls, period));
        let windows = windows.map(|window| (window, entry.used(window))).collect();
        in_use.push(QuotaUse { key: decode_key(&key)?, windows, pause: entry.pause() });
    }
    Ok(in_use)
}

/// The pause of a key that is in force.
pub(crate) fn paused(connection: &Connection, key: &QuotaKey, now: Moment) -> Result<Option<QuotaPause>, DbError> {
    let Some((mut entry, _)) = read(connection, &encode_key(key))? else { return Ok(None) };
    entry.advance_to(now);
    Ok(entry.pause())
}

/// Lifts the pauses of all keys, and returns what they were.
pub(crate) fn resume(
    connection: &Connection,
    known: &mut KnownRows,
    clocks: Clocks<'_>,
) -> Result<Vec<(QuotaKey, QuotaPause)>, DbError> {
    let mut lifted = Vec::new();
    for (key, _) in all(connection)? {
        let key = decode_key(&key)?;
        let pause = update_entry(connection, known, clocks, (&key, None), |entry| {
            let pause = entry.pause();
            entry.log.resume(entry.age);
            Ok(Changed { write: pause.is_some(), value: pause, wrote: false })
        })?;
        lifted.extend(pause.map(|pause| (key, pause)));
    }
    Ok(lifted)
}

/// Deletes the rows of which nothing is used any more.
pub(crate) fn delete_blank(connection: &Connection, now: &Moment) -> Result<(), DbError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (key, mut entry) in all(&transaction)? {
        let age = entry.advance_to(now.clone());
        if entry.log.is_blank(age) {
            transaction.execute("DELETE FROM ledger WHERE key = ?1", [key])?;
        }
    }
    Ok(transaction.commit()?)
}

/// Inserts the rows that this process knows, where the file has none or earlier ones.
pub(crate) fn insert_known(connection: &Connection, known: &KnownRows) -> Result<(), DbError> {
    insert_later(connection, known.iter().map(|(key, text)| (key.as_str(), text.as_str())))
}

/// Copies the rows that can still be read of a quarantined file, where the new file has no later ones.
pub(crate) fn carry_over(from: &Path, to: &Connection) -> Result<(), DbError> {
    let rows = readable_rows(from);
    insert_later(to, rows.iter().map(|(key, text)| (key.as_str(), text.as_str())))
}

fn insert_later<'a>(to: &Connection, rows: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), DbError> {
    let mut rows = rows.peekable();
    // Without any, no lock is needed.
    if rows.peek().is_none() {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(to, TransactionBehavior::Immediate)?;
    for (key, text) in rows {
        let Ok(entry) = decode(text) else { continue };
        let existing = read(&transaction, key)?.map(|(entry, _)| entry.written);
        if decode_key(key).is_ok() && Some(entry.written) > existing {
            write(&transaction, key, text)?;
        }
    }
    Ok(transaction.commit()?)
}

/// The rows of a damaged file, up to the first that cannot be read. By number of column, for its version may be another.
fn readable_rows(file: &Path) -> Vec<(String, String)> {
    let read = || -> rusqlite::Result<Vec<_>> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let file = resolve(file).map_err(|_| rusqlite::Error::InvalidQuery)?;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(CARRY_OVER_WAIT)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
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
