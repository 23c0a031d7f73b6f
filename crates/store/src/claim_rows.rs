//! The rows of claims, of the processes that made them, and of the work that is left to each.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use mde_client::QuotaKey;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use crate::answers::{self, CachedAnswer, from_nanoseconds, to_nanoseconds};
use crate::boot_clock::{Clocks, Moment};
use crate::error::DbError;
use crate::ledger_rows::encode_key;

/// The claims, the processes that made them, and the work that is left to each.
pub(crate) const TABLES: &str = "
    CREATE TABLE processes (
        id INTEGER PRIMARY KEY,
        boot TEXT NOT NULL,
        alive_until INTEGER NOT NULL
    );
    CREATE TABLE claims (
        scope TEXT NOT NULL,
        subject TEXT NOT NULL,
        process INTEGER NOT NULL,
        PRIMARY KEY (scope, subject)
    ) WITHOUT ROWID;
    CREATE INDEX claims_by_process ON claims (process);
    CREATE TABLE work (
        process INTEGER NOT NULL,
        key TEXT NOT NULL,
        list INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        PRIMARY KEY (process, key)
    ) WITHOUT ROWID;";

/// For how long a process counts as alive after its last heartbeat.
const LEASE: Duration = Duration::from_secs(5);

/// How often a process that has claims reports that it is alive.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);

/// What is known of a subject that was to be claimed.
#[derive(Debug)]
pub(crate) enum Known {
    /// There is an answer that is new enough.
    Answered(CachedAnswer),
    /// It is claimed now.
    Claimed,
    /// Somebody else has a claim to it.
    Held,
}

/// The claims of this process, as it knows them.
#[derive(Debug)]
pub(crate) struct OwnClaims {
    /// By which the other processes know this one.
    process: i64,
    held: HashMap<Question, Held>,
    numbers: u64,
    /// Whether it reported that it has calls to make.
    has_work: bool,
    /// Whether there may be rows of this process.
    has_rows: bool,
}

/// The text of a scope, and a subject.
pub(crate) type Question = (String, String);

#[derive(Debug)]
struct Held {
    /// Of two claims to the same, one after the other, the end of the first must not end the second.
    number: u64,
    /// When an answer has to have come, or later, to do.
    not_before: SystemTime,
    lost: oneshot::Sender<()>,
}

impl OwnClaims {
    pub(crate) fn new() -> Self {
        // A positive one, as people read it more easily.
        let process = i64::from_ne_bytes(fastrand::u64(..).to_ne_bytes()) & i64::MAX;
        Self { process, held: HashMap::new(), numbers: 0, has_work: false, has_rows: false }
    }

    pub(crate) fn process(&self) -> i64 {
        self.process
    }

    /// Whether this process has to report from time to time that it is alive.
    pub(crate) fn needs_heartbeat(&self) -> bool {
        self.has_work || !self.held.is_empty()
    }

    /// Notes that there is a row of this process, in whichever table.
    pub(crate) fn note_row(&mut self) {
        self.has_rows = true;
    }

    /// Whether there may be rows of this process.
    pub(crate) fn has_rows(&self) -> bool {
        self.has_rows
    }

    /// Notes a claim that is in the file, and returns its number and what reports that it is lost.
    pub(crate) fn note(&mut self, question: Question, not_before: SystemTime) -> (u64, oneshot::Receiver<()>) {
        let (sender, lost) = oneshot::channel();
        self.numbers += 1;
        self.held.insert(question, Held { number: self.numbers, not_before, lost: sender });
        (self.numbers, lost)
    }

    /// Whether a claim of this number is still held.
    pub(crate) fn holds(&self, question: &Question, number: u64) -> bool {
        self.held.get(question).is_some_and(|held| held.number == number)
    }

    fn has(&self, scope: &str, subject: &str) -> bool {
        self.held.contains_key(&(scope.to_owned(), subject.to_owned()))
    }

    /// Forgets the claim to what is answered.
    pub(crate) fn answered(&mut self, scope: &str, subject: &str) {
        if !self.held.is_empty() {
            self.held.remove(&(scope.to_owned(), subject.to_owned()));
        }
    }
}

/// Excludes all other processes, and reads the time then: of two, the one that comes later must not have the earlier time.
fn begin<'a>(connection: &'a Connection, clocks: Clocks<'_>) -> Result<(Transaction<'a>, Moment), DbError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    Ok((transaction, clocks.now()))
}

/// Goes through subjects until so many of them are claimed, and returns what is known of each. The caller notes the claims.
pub(crate) fn claim(
    connection: &Connection,
    own: &mut OwnClaims,
    scope: &str,
    (subjects, most): (&[String], usize),
    (not_before, clocks): (SystemTime, Clocks<'_>),
) -> Result<Vec<Known>, DbError> {
    let (transaction, now) = begin(connection, clocks)?;
    let (mut known, mut claimed) = (Vec::new(), HashSet::new());
    for subject in subjects {
        if claimed.len() == most {
            break;
        }
        let of_subject = match answers::get_one(&transaction, scope, subject, (not_before, now.time_of_day))? {
            Some(answer) => Known::Answered(answer),
            None if claimed.contains(subject) || own.has(scope, subject) => Known::Held,
            None if take(&transaction, own.process, (scope, subject), &now)? => Known::Claimed,
            None => Known::Held,
        };
        if matches!(of_subject, Known::Claimed) {
            claimed.insert(subject);
        }
        known.push(of_subject);
    }
    if !claimed.is_empty() {
        own.has_rows = true;
        renew(&transaction, own.process, &now)?;
    }
    transaction.commit()?;
    Ok(known)
}

/// Writes a claim, unless a process that is alive has one.
fn take(connection: &Connection, process: i64, (scope, subject): (&str, &str), now: &Moment) -> Result<bool, DbError> {
    let mut statement = connection.prepare_cached(
        "SELECT process, alive_until FROM claims JOIN processes ON id = process
         WHERE scope = ?1 AND subject = ?2 AND boot = ?3",
    )?;
    let holder =
        statement.query_row((scope, subject, now.boot_id()), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    if let Some((holder, alive_until)) = holder.optional()?
        && holder != process
        && is_alive(alive_until, now.shared())
    {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO claims VALUES (?1, ?2, ?3)")?;
    statement.execute(params![scope, subject, process])?;
    Ok(true)
}

/// A clock that was set back leaves times that are too far ahead.
fn is_alive(alive_until: i64, now: SystemTime) -> bool {
    let alive_until = from_nanoseconds(alive_until);
    now <= alive_until && alive_until.duration_since(now).is_ok_and(|ahead| ahead <= 2 * LEASE)
}

fn renew(connection: &Connection, process: i64, now: &Moment) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO processes VALUES (?1, ?2, ?3)")?;
    let alive_until = now.shared().checked_add(LEASE).unwrap_or(now.shared());
    statement.execute(params![process, now.boot_id(), to_nanoseconds(alive_until)])?;
    Ok(())
}

/// Says that this process is alive, and deletes the rows of those that are not.
pub(crate) fn heartbeat(connection: &Connection, own: &OwnClaims, clocks: Clocks<'_>) -> Result<(), DbError> {
    let (transaction, now) = begin(connection, clocks)?;
    renew(&transaction, own.process, &now)?;
    let last = now.shared().checked_add(2 * LEASE).unwrap_or(now.shared());
    let mut statement =
        transaction.prepare_cached("DELETE FROM processes WHERE alive_until NOT BETWEEN ?1 AND ?2 OR boot <> ?3")?;
    if statement.execute(params![to_nanoseconds(now.shared()), to_nanoseconds(last), now.boot_id()])? > 0 {
        for table in ["claims", "work"] {
            let orphans = format!("DELETE FROM {table} WHERE process NOT IN (SELECT id FROM processes)");
            transaction.execute(&orphans, ())?;
        }
    }
    drop(statement);
    Ok(transaction.commit()?)
}

/// Deletes the rows of this process.
pub(crate) fn leave(connection: &Connection, own: &mut OwnClaims) -> Result<(), DbError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute("DELETE FROM claims WHERE process = ?1", [own.process])?;
    transaction.execute("DELETE FROM work WHERE process = ?1", [own.process])?;
    transaction.execute("DELETE FROM processes WHERE id = ?1", [own.process])?;
    transaction.commit()?;
    own.has_rows = false;
    Ok(())
}

/// Ends a claim.
pub(crate) fn release(
    connection: &Connection,
    own: &mut OwnClaims,
    question: &Question,
    number: u64,
) -> Result<(), DbError> {
    if own.holds(question, number) {
        let (scope, subject) = question;
        let mut statement =
            connection.prepare_cached("DELETE FROM claims WHERE scope = ?1 AND subject = ?2 AND process = ?3")?;
        statement.execute(params![scope, subject, own.process])?;
        own.held.remove(question);
    }
    Ok(())
}

/// Deletes the claim to what is answered, whosever it is.
pub(crate) fn delete(connection: &Connection, scope: &str, subject: &str) -> Result<(), DbError> {
    let mut statement = connection.prepare_cached("DELETE FROM claims WHERE scope = ?1 AND subject = ?2")?;
    statement.execute([scope, subject])?;
    Ok(())
}

/// Whether all claims of this process are in the file. They are not where it stood still for longer than its lease and
/// others took them, where somebody answered what it was about to ask, and where the file is a new one.
pub(crate) fn are_in_place(connection: &Connection, own: &OwnClaims) -> Result<bool, DbError> {
    if own.held.is_empty() {
        return Ok(true);
    }
    let mut statement = connection.prepare_cached("SELECT count(*) FROM claims WHERE process = ?1")?;
    let count: i64 = statement.query_row([own.process], |row| row.get(0))?;
    Ok(usize::try_from(count) == Ok(own.held.len()))
}

/// Claims again what is free, and notifies the owners of the other claims that they lost them. Returns whether any is lost.
pub(crate) fn restore(connection: &Connection, own: &mut OwnClaims, clocks: Clocks<'_>) -> Result<bool, DbError> {
    let (transaction, now) = begin(connection, clocks)?;
    transaction.execute("DELETE FROM claims WHERE process = ?1", [own.process])?;
    let mut lost = Vec::new();
    for (question @ (scope, subject), held) in &own.held {
        let is_answered = answers::get_one(&transaction, scope, subject, (held.not_before, now.time_of_day))?.is_some();
        if is_answered || !take(&transaction, own.process, (scope, subject), &now)? {
            lost.push(question.clone());
        }
    }
    renew(&transaction, own.process, &now)?;
    transaction.commit()?;
    for question in &lost {
        if let Some(held) = own.held.remove(question) {
            let _ = held.lost.send(());
        }
    }
    Ok(!lost.is_empty())
}

/// Says how many calls of a list this process has still to make, and returns how many all processes have that are alive.
/// Processes with the same list count once, by that which has the fewest left.
pub(crate) fn share_work(
    connection: &Connection,
    own: &mut OwnClaims,
    key: &QuotaKey,
    (list, calls): (u64, u64),
    clocks: Clocks<'_>,
) -> Result<u64, DbError> {
    let key = encode_key(key);
    let (transaction, now) = begin(connection, clocks)?;
    let (list, calls) = (i64::from_ne_bytes(list.to_ne_bytes()), i64::try_from(calls).unwrap_or(i64::MAX));
    transaction.prepare_cached("INSERT OR REPLACE INTO work VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        own.process,
        key,
        list,
        calls
    ])?;
    renew(&transaction, own.process, &now)?;
    let mut lists: HashMap<i64, i64> = HashMap::new();
    {
        let mut statement = transaction.prepare_cached(
            "SELECT list, calls, alive_until FROM work JOIN processes ON id = process WHERE key = ?1 AND boot = ?2",
        )?;
        let mut rows = statement.query([key.as_str(), now.boot_id()])?;
        while let Some(row) = rows.next()? {
            if is_alive(row.get(2)?, now.shared()) {
                let calls: i64 = row.get(1)?;
                lists.entry(row.get(0)?).and_modify(|fewest| *fewest = calls.min(*fewest)).or_insert(calls);
            }
        }
    }
    transaction.commit()?;
    (own.has_rows, own.has_work) = (true, calls > 0);
    Ok(lists.into_values().fold(0, i64::saturating_add).unsigned_abs())
}
