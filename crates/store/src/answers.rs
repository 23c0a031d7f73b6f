//! The answers, as they are written and read.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mde_client::QuotaKey;
use rusqlite::{Connection, OptionalExtension, params};

use crate::rows::{checksum, nanoseconds, not_as_written, time};
use crate::trouble::Trouble;

/// For how long answers are kept: the service looks back no further than 30 days.
const KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Whose answers to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Endpoint, operation, tenant and app: what the quota is counted by, too.
    pub key: QuotaKey,
    /// The parameters of the question beside its subject, such as `lookBackHours=48`.
    pub parameters: String,
}

/// An answer that was given before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The body, as it came.
    pub body: Vec<u8>,
    /// When it was given.
    pub answered_at: SystemTime,
}

impl Scope {
    /// As a text that no other scope has.
    pub(crate) fn text(&self) -> String {
        let QuotaKey { endpoint, operation, tenant, app, .. } = &self.key;
        serde_json::json!([endpoint, operation, tenant, app, self.parameters]).to_string()
    }
}

pub(crate) fn keep(connection: &Connection, scope: &str, subject: &str, answer: &Remembered) -> Result<(), Trouble> {
    let answered_at = nanoseconds(answer.answered_at);
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let checksum = of_row(scope, subject, answered_at, &answer.body);
    statement.execute(params![scope, subject, answered_at, answer.body, checksum])?;
    Ok(())
}

/// Those between two moments.
pub(crate) fn recall(
    connection: &Connection,
    scope: &str,
    subjects: &[String],
    (not_before, now): (SystemTime, SystemTime),
) -> Result<HashMap<String, Remembered>, Trouble> {
    let between = nanoseconds(not_before)..=nanoseconds(now);
    // One transaction, so that the file is locked once and not for each.
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction
        .prepare_cached("SELECT answered_at, body, checksum FROM answers WHERE scope = ?1 AND subject = ?2")?;
    let mut known = HashMap::new();
    for subject in subjects {
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, u32>(2)?));
        let Some((answered_at, body, checksum)) = statement.query_row((scope, subject), row).optional()? else {
            continue;
        };
        if checksum != of_row(scope, subject, answered_at, &body) {
            return Err(not_as_written());
        }
        if between.contains(&answered_at) {
            known.insert(subject.clone(), Remembered { body, answered_at: time(answered_at) });
        }
    }
    Ok(known)
}

/// How many there are, and when the oldest and the newest were given.
pub(crate) fn survey(connection: &Connection) -> Result<(u64, Option<SystemTime>, Option<SystemTime>), Trouble> {
    // Each by itself, for each reads an index only.
    let count: i64 = connection.query_row("SELECT count(*) FROM answers", (), |row| row.get(0))?;
    let moment = |sql| -> rusqlite::Result<Option<i64>> { connection.query_row(sql, (), |row| row.get(0)) };
    let oldest = moment("SELECT min(answered_at) FROM answers")?;
    let newest = moment("SELECT max(answered_at) FROM answers")?;
    Ok((count.unsigned_abs(), oldest.map(time), newest.map(time)))
}

/// Forgets all, and gives their room back where nobody else is in the file.
pub(crate) fn clear(connection: &Connection) -> Result<u64, Trouble> {
    let count = connection.execute("DELETE FROM answers", ())?;
    let _ = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Forgets those that are older than anybody asks for. A clock that is far ahead is not believed: they have to be as much
/// older than the newest of them, too.
pub(crate) fn forget_old(connection: &Connection, now: SystemTime) -> Result<(), Trouble> {
    let newest: Option<i64> = connection.query_row("SELECT max(answered_at) FROM answers", (), |row| row.get(0))?;
    let reference = newest.map(time).map_or(now, |newest| newest.min(now));
    let oldest = reference.checked_sub(KEPT).map_or(i64::MIN, nanoseconds);
    connection.execute("DELETE FROM answers WHERE answered_at < ?1", [oldest])?;
    Ok(())
}

pub(crate) fn of_row(scope: &str, subject: &str, answered_at: i64, body: &[u8]) -> u32 {
    checksum(&[scope.as_bytes(), subject.as_bytes(), &answered_at.to_le_bytes(), body])
}
