//! How a new file takes the place of one that cannot be used. All that can be read of the old one is in the new one before
//! the old one is moved, so that whoever is killed in between loses none of it.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use crate::SetAside;
use crate::aside::{DAMAGED, beside, set_aside};
use crate::connect::{Opened, connect};
use crate::salvage::salvage;
use crate::trouble::{Trouble, hopeless};

const NEW: &str = ".new";

/// What SQLite keeps beside a file in which something is not written to its end.
const UNFINISHED: [&str; 2] = ["-wal", "-journal"];

/// Sets a file aside, with a new one in its place. `fault` is a word for what was wrong.
pub(crate) fn replace(
    path: &Path,
    (fault, reason): (&str, String),
    lock_wait: Duration,
    now: SystemTime,
) -> Result<SetAside, Trouble> {
    let new = beside(path, NEW);
    let begun = discard(&new).and_then(|()| begin(&new, path, lock_wait));
    let cannot_begin = |trouble| Trouble::Hopeless(format!("it cannot be used, and no new file be made: {trouble}"));
    let moved = begun
        .map_err(cannot_begin)
        .and_then(|()| set_aside(path, fault, reason, now).map_err(hopeless("it cannot be used, nor renamed")));
    if moved.is_err() && is_there(path) {
        let _ = discard(&new);
    }
    let moved = moved?;
    put_in_place(&new, path)?;
    Ok(moved)
}

/// Ends a replacement that was broken off. One whose old file was not moved yet will be met again.
pub(crate) fn end_broken_off(path: &Path, now: SystemTime) -> Result<(), Trouble> {
    let new = beside(path, NEW);
    if is_there(path) || !is_whole(&new) {
        return discard(&new);
    }
    // What is left of the old one would be taken for a part of the new one.
    set_aside(path, DAMAGED, String::new(), now).map_err(hopeless("what is left of it cannot be renamed"))?;
    put_in_place(&new, path)
}

/// Whether there is a file that only a replacement leaves that was broken off.
pub(crate) fn is_broken_off(path: &Path) -> bool {
    is_there(&beside(path, NEW))
}

fn begin(new: &Path, old: &Path, lock_wait: Duration) -> Result<(), Trouble> {
    let Opened { connection, .. } = connect(Some(new), lock_wait)?;
    salvage(old, &connection)?;
    // All of it goes into the file itself, as nothing else is renamed.
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.close().map_err(|(_, error)| error.into())
}

fn is_whole(new: &Path) -> bool {
    let has_content = fs::symlink_metadata(new).is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0);
    has_content && UNFINISHED.iter().all(|part| !is_there(&beside(new, part)))
}

fn put_in_place(new: &Path, path: &Path) -> Result<(), Trouble> {
    fs::rename(new, path).map_err(hopeless("the new file cannot be renamed"))
}

fn discard(new: &Path) -> Result<(), Trouble> {
    for part in ["", "-shm"].iter().chain(&UNFINISHED) {
        match fs::remove_file(beside(new, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(hopeless("an unfinished file beside it cannot be deleted")(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
