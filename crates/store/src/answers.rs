//! The cached answers: whose they are, and the rows that hold them.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use mde_client::QuotaKey;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::DbError;

/// How long answers are kept: the service looks back at most 30 days.
const RETENTION: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Whose answers to which question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// Endpoint, operation, tenant and app, by which the quota is counted too.
    pub key: QuotaKey,
    /// The parameters of the request beside its subject, such as `lookBackHours=48`.
    pub parameters: String,
}

/// An answer in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedAnswer {
    /// The body, as it came.
    pub body: Vec<u8>,
    /// When it came.
    pub answered_at: SystemTime,
}

impl Scope {
    /// A text that no other scope has.
    pub(crate) fn text(&self) -> String {
        let QuotaKey { endpoint, operation, tenant, app, .. } = &self.key;
        serde_json::json!([endpoint, operation, tenant, app, self.parameters]).to_string()
    }

    /// The scope that has this text.
    fn of_text(text: &str) -> Option<Self> {
        type Parts = (String, String, Option<String>, Option<String>, String);
        let (endpoint, operation, tenant, app, parameters): Parts = serde_json::from_str(text).ok()?;
        Some(Self { key: QuotaKey::new(endpoint, operation).of_app(tenant, app), parameters })
    }
}

pub(crate) fn put(connection: &Connection, scope: &str, subject: &str, answer: &CachedAnswer) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![scope, subject, to_nanoseconds(answer.answered_at), answer.body])?;
    Ok(())
}

/// The answers that came between two moments.
pub(crate) fn get(
    connection: &Connection,
    scope: &str,
    subjects: &[String],
    between: (SystemTime, SystemTime),
) -> Result<HashMap<String, CachedAnswer>, DbError> {
    // One transaction, so that the file is locked once and not per subject.
    let transaction = connection.unchecked_transaction()?;
    let mut known = HashMap::new();
    for subject in subjects {
        if let Some(answer) = get_one(&transaction, scope, subject, between)? {
            known.insert(subject.clone(), answer);
        }
    }
    Ok(known)
}

/// The answer about a subject, if it came between two moments.
pub(crate) fn get_one(
    connection: &Connection,
    scope: &str,
    subject: &str,
    (not_before, now): (SystemTime, SystemTime),
) -> Result<Option<CachedAnswer>, DbError> {
    let between = to_nanoseconds(not_before)..=to_nanoseconds(now);
    let mut statement =
        connection.prepare_cached("SELECT answered_at, body FROM answers WHERE scope = ?1 AND subject = ?2")?;
    let row = statement.query_row((scope, subject), |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
    let row = row.optional()?.filter(|(answered_at, _)| between.contains(answered_at));
    Ok(row.map(|(answered_at, body)| CachedAnswer { body, answered_at: from_nanoseconds(answered_at) }))
}

/// The scopes of which there are answers, in the order of their texts.
pub(crate) fn scopes(connection: &Connection) -> Result<Vec<Scope>, DbError> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT scope FROM answers ORDER BY scope")?;
    let texts = statement.query_map((), |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    // A text of another form is of nothing that could be asked for.
    Ok(texts.iter().filter_map(|text| Scope::of_text(text)).collect())
}

/// How many answers there are, and when the oldest and the newest came.
pub(crate) fn summary(connection: &Connection) -> Result<(u64, Option<SystemTime>, Option<SystemTime>), DbError> {
    // Three statements, because each of them reads only an index.
    let count: i64 = connection.query_row("SELECT count(*) FROM answers", (), |row| row.get(0))?;
    let moment = |sql| -> rusqlite::Result<Option<i64>> { connection.query_row(sql, (), |row| row.get(0)) };
    let oldest = moment("SELECT min(answered_at) FROM answers")?;
    let newest = moment("SELECT max(answered_at) FROM answers")?;
    Ok((count.unsigned_abs(), oldest.map(from_nanoseconds), newest.map(from_nanoseconds)))
}

/// Deletes all answers, and shrinks the file where no other process uses it.
pub(crate) fn clear(connection: &Connection) -> Result<u64, DbError> {
    let count = connection.execute("DELETE FROM answers", ())?;
    let _ = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Deletes answers that are older than [`RETENTION`]. They have to be that much older than the newest one too, so that a
/// clock that is far ahead deletes nothing.
pub(crate) fn expire(connection: &Connection, now: SystemTime) -> Result<(), DbError> {
    let newest: Option<i64> = connection.query_row("SELECT max(answered_at) FROM answers", (), |row| row.get(0))?;
    let reference = newest.map(from_nanoseconds).map_or(now, |newest| newest.min(now));
    let oldest = reference.checked_sub(RETENTION).map_or(i64::MIN, to_nanoseconds);
    connection.execute("DELETE FROM answers WHERE answered_at < ?1", [oldest])?;
    Ok(())
}

/// Nanoseconds since 1970, which can express 1677 to 2262.
pub(crate) fn to_nanoseconds(time: SystemTime) -> i64 {
    let number = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => number(after),
        Err(error) => -number(error.duration()),
    }
}

pub(crate) fn from_nanoseconds(nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
    let time = match nanoseconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
        _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
