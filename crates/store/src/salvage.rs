//! What can still be read of a file that cannot be used.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, params};

use crate::trouble::Trouble;
use crate::{answers, books};

/// From both ends, since nothing is read beyond a page that is damaged.
const ANSWERS: [&str; 2] = [
    "SELECT scope, subject, answered_at, body, checksum FROM answers ORDER BY rowid",
    "SELECT scope, subject, answered_at, body, checksum FROM answers ORDER BY rowid DESC",
];

/// Unless there is a later one.
const COPY: &str = "INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (scope, subject) DO UPDATE
    SET answered_at = excluded.answered_at, body = excluded.body, checksum = excluded.checksum
    WHERE excluded.answered_at > answered_at";

/// Copies the rows that are what was written, where the new file has no later ones in their place.
pub(crate) fn salvage(from: &Path, to: &Connection) -> Result<(), Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(damaged) = Connection::open_with_flags(from, flags) else { return Ok(()) };
    let _ = damaged.busy_timeout(Duration::ZERO);
    let transaction = to.unchecked_transaction()?;
    for statement in ANSWERS {
        each_row(&damaged, statement, |row| copy_answer(row, to))?;
    }
    each_row(&damaged, "SELECT key, book, checksum FROM ledger", |row| copy_book(row, to))?;
    Ok(transaction.commit()?)
}

/// Up to the first row that cannot be read.
fn each_row(
    damaged: &Connection,
    statement: &str,
    mut copy: impl FnMut(&Row<'_>) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let Ok(mut statement) = damaged.prepare(statement) else { return Ok(()) };
    let Ok(mut rows) = statement.query(()) else { return Ok(()) };
    while let Ok(Some(row)) = rows.next() {
        copy(row)?;
    }
    Ok(())
}

fn copy_answer(row: &Row<'_>, to: &Connection) -> Result<(), Trouble> {
    let columns = (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
    let (Ok(scope), Ok(subject), Ok(answered_at), Ok(body), Ok(checksum)) = columns else { return Ok(()) };
    let (scope, subject, body, checksum): (String, String, Vec<u8>, u32) = (scope, subject, body, checksum);
    if answers::of_row(&scope, &subject, answered_at, &body) == checksum {
        to.prepare_cached(COPY)?.execute(params![scope, subject, answered_at, body, checksum])?;
    }
    Ok(())
}

fn copy_book(row: &Row<'_>, to: &Connection) -> Result<(), Trouble> {
    let (Ok(key), Ok(text), Ok(checksum)) = (row.get(0), row.get(1), row.get(2)) else { return Ok(()) };
    let (key, text, checksum): (String, String, u32) = (key, text, checksum);
    if books::of_row(&key, &text) == checksum { books::copy(to, &key, &text) } else { Ok(()) }
}
