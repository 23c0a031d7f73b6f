//! What is not ours stands at the path: it is refused with a sentence, and stays as it is.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use mde_client::QuotaWindow;
use mde_store::Store;
use rusqlite::Connection;

use crate::{LEASE, Place, TimeOfDay, noon, open, put, scope, take, used};

/// How something is planted at a path, beside a file that is called `target`, and what is said of it.
type Plant = (&'static str, fn(&Path), &'static str);

const PLANTS: [Plant; 11] = [
    ("", |path| symlink("target", path).unwrap(), "it is a symbolic link, which is not followed"),
    ("", |path| symlink("missing", path).unwrap(), "it is a symbolic link, which is not followed"),
    ("-wal", |path| symlink("target", path).unwrap(), "PATH is a symbolic link, which is not followed"),
    ("-shm", |path| symlink("missing", path).unwrap(), "PATH is a symbolic link, which is not followed"),
    (
        "",
        |path| fs::hard_link(path.with_file_name("target"), path).unwrap(),
        "it has 2 names (hard links), of which a change would reach all",
    ),
    ("", fifo, "it is not a regular file, but a pipe, a socket or a device"),
    ("", |path| drop(UnixListener::bind(path).unwrap()), "it is not a regular file, but a pipe, a socket or a device"),
    ("", |path| fs::create_dir(path).unwrap(), "it is a folder, not a file"),
    (
        "",
        |path| Connection::open(path).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap(),
        "it is a database of another program, so it is not a cache of mde and",
    ),
    (
        "",
        |path| fs::write(path, "ip,prevalence\n".repeat(1000)).unwrap(),
        "it is not a SQLite database, so it is not a cache of mde and",
    ),
    ("", of_another_user, "it belongs to the user with the id 65534, not to this one (0)"),
];

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Only root can give a file away. Where the tests run as somebody else, that file cannot be made, and nothing is planted.
fn of_another_user(path: &Path) {
    File::create(path).unwrap();
    if chown(path, Some(65_534), None).is_err() {
        fs::remove_file(path).unwrap();
    }
}

/// Names, kinds, modes, owners, inodes and contents.
fn state(folder: &Path) -> Vec<(String, u32, u32, u64, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut state: Vec<_> = entries
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            let content = if metadata.is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            let name = entry.file_name().into_string().unwrap();
            (name, metadata.mode(), metadata.uid(), metadata.ino(), content)
        })
        .collect();
    state.sort();
    state
}

#[tokio::test]
async fn it_is_refused_and_stays_as_it_is() {
    for (part, plant, expected) in PLANTS {
        let place = Place::new();
        let target = place.folder.path().join("target");
        fs::write(&target, "").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
        let planted = place.folder.path().join(format!("mde.db{part}"));
        plant(&planted);
        if fs::symlink_metadata(&planted).is_err() {
            continue;
        }
        if !part.is_empty() {
            put(&open(&place.folder.path().join("elsewhere.db"), &TimeOfDay::noon()).await, "8.8.8.8").await;
            fs::rename(place.folder.path().join("elsewhere.db"), place.path()).unwrap();
        }
        let before = state(place.folder.path());
        let sentence = format!("{expected}, so it is left as it is").replace("and, so it is", "and is");
        let sentence =
            format!("{}: {}", place.path().display(), sentence.replace("PATH", &planted.display().to_string()));
        assert_eq!(Store::open(&place.path()).await.unwrap_err().to_string(), sentence);
        assert_eq!(Store::inspect(&place.path()).await.unwrap_err().to_string(), sentence);
        assert!(state(place.folder.path()) == before, "{sentence}");
    }
}

/// A user may keep the folder of data on another disk.
#[tokio::test]
async fn a_folder_may_be_a_link() {
    let place = Place::new();
    fs::create_dir(place.folder.path().join("there")).unwrap();
    symlink("there", place.folder.path().join("here")).unwrap();
    put(&open(&place.folder.path().join("here/mde.db"), &TimeOfDay::noon()).await, "8.8.8.8").await;
    let store = open(&place.folder.path().join("there/mde.db"), &TimeOfDay::noon()).await;
    assert_eq!(store.contents().await.unwrap().answers, 1);
}

/// Of a file in use, of one that no process has open, and of one that was left by a process that was killed.
#[tokio::test]
async fn an_inspection_changes_nothing() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    assert_eq!(clock.options().inspect(&place.path()).await.unwrap(), None);
    let in_use = open(&place.path(), &clock).await;
    put(&in_use, "8.8.8.8").await;
    let killed = Place::new();
    for part in ["", "-wal", "-shm"] {
        let name = format!("mde.db{part}");
        fs::copy(place.folder.path().join(&name), killed.folder.path().join(&name)).unwrap();
    }
    let closed = Place::new();
    put(&open(&closed.path(), &clock).await, "8.8.8.8").await;
    for place in [&place, &closed, &killed] {
        // Others may read it: that is not for a reader to change. Nor can it write where it may not.
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let without_memory = |state: Vec<_>| -> Vec<_> {
            // The readers of a file in use mark in its shared memory what they read.
            state.into_iter().filter(|(name, ..): &(String, _, _, _, _)| name != "mde.db-shm").collect()
        };
        let before = without_memory(state(place.folder.path()));
        let inspection = clock.options().inspect(&place.path()).await.unwrap().unwrap();
        assert_eq!((inspection.contents.answers, inspection.is_current), (1, true));
        assert!(without_memory(state(place.folder.path())) == before);
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// A call is recorded, and nothing else changes: not the permissions, not what is old, not the version.
#[tokio::test]
async fn a_file_that_is_left_as_it_is_still_counts() {
    let clock = TimeOfDay::noon();
    let place = Place::new();
    let path = place.path();
    let as_it_is = || clock.options().leave_as_it_is().open(&path);
    let error = as_it_is().await.unwrap_err().to_string();
    assert_eq!(error, format!("{}: the file does not exist", place.path().display()));
    assert_eq!(state(place.folder.path()), []);

    let store = open(&place.path(), &clock).await;
    for age in [60, 0] {
        let answered_at = noon() - Duration::from_secs(age * 24 * 60 * 60);
        store.put(&scope(), &age.to_string(), b"", answered_at).await.unwrap();
    }
    drop(store);
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o644)).unwrap();
    let (store, _) = as_it_is().await.unwrap();
    let window = QuotaWindow::new(5, LEASE);
    take(&store, &[window]).await;
    assert_eq!((used(&store, window).await, store.contents().await.unwrap().answers), (1, 2));
    assert_eq!(fs::metadata(place.path()).unwrap().mode() & 0o777, 0o644);
    drop(store);

    crate::damage::damage(&place.path()).await;
    let before = state(place.folder.path());
    let error = as_it_is().await.unwrap_err().to_string();
    assert_eq!(error, format!("{}: it is damaged", place.path().display()));
    assert!(state(place.folder.path()) == before);
}

/// It would be taken for the log of a file that was deleted, and deleted too.
#[tokio::test]
async fn a_text_with_the_name_of_a_log_stays() {
    let place = Place::new();
    let log = place.folder.path().join("mde.db-wal");
    fs::write(&log, "notes").unwrap();
    let error = Store::open(&place.path()).await.unwrap_err().to_string();
    let (path, name) = (place.path(), log.display());
    assert_eq!(error, format!("{}: {name} is not a write-ahead log of SQLite, so it is left as it is", path.display()));
    assert_eq!((fs::read_to_string(&log).unwrap().as_str(), path.exists()), ("notes", false));
}
