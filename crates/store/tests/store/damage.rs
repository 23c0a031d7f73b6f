//! Files that are not what they should be, when they are opened.

use std::fs;
use std::path::Path;

use mde_store::SetAside;
use rusqlite::Connection;

use crate::{Place, TimeOfDay, keep, known, open, subjects};

/// A memory with 300 answers, written to its end.
async fn filled(path: &Path) {
    let store = open(path, &TimeOfDay::noon()).await;
    for subject in subjects(300) {
        keep(&store, &subject).await;
    }
}

fn change(path: &Path, statements: &str) {
    Connection::open(path).unwrap().execute_batch(statements).unwrap();
}

/// Opens a file that cannot be used, looks at what has become of it, and says why and how many answers were saved.
async fn reason(place: &Place) -> (String, usize) {
    let was_folder = place.path().is_dir();
    let before = fs::read(place.path()).unwrap_or_default();
    let (store, set_aside) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
    let SetAside { path, moved_to, reason } = set_aside.unwrap();
    assert_eq!(
        (path, moved_to.clone()),
        (place.path(), place.path().with_file_name("mde.db.damaged-2026-01-31T12-00-00Z"))
    );
    assert_eq!(moved_to.is_dir(), was_folder);
    assert!(was_folder || fs::read(&moved_to).unwrap() == before, "what was there is there still");
    keep(&store, "8.8.8.8").await;
    let saved = known(&store, &subjects(300)).await.len();
    drop(store);
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    assert_eq!(known(&store, &["8.8.8.8".to_owned()]).await.len(), 1);
    (reason, saved)
}

#[tokio::test]
async fn something_else() {
    let place = Place::new();
    fs::write(place.path(), "ip,prevalence\n".repeat(1000)).unwrap();
    assert_eq!(reason(&place).await, ("is no memory of mde".to_owned(), 0));
}

#[tokio::test]
async fn a_folder() {
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    fs::write(place.path().join("notes"), "").unwrap();
    assert_eq!(reason(&place).await, ("is a folder".to_owned(), 0));
}

#[tokio::test]
async fn a_file_that_was_cut_off() {
    for length in [50, 100, 4_096, 20_000] {
        let place = Place::new();
        filled(&place.path()).await;
        fs::File::options().write(true).open(place.path()).unwrap().set_len(length).unwrap();
        let (reason, _) = reason(&place).await;
        assert!(reason.starts_with("is damaged") || reason == "is no memory of mde", "{length}: {reason}");
    }
}

#[tokio::test]
async fn a_page_of_zeros() {
    let place = Place::new();
    filled(&place.path()).await;
    let mut bytes = fs::read(place.path()).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0);
    fs::write(place.path(), bytes).unwrap();
    let (reason, saved) = reason(&place).await;
    assert_eq!(reason, "is damaged");
    assert!(saved > 250, "{saved} of 300 were saved");
}

#[tokio::test]
async fn another_version() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "PRAGMA user_version = 2");
    let reason = reason(&place).await.0;
    assert_eq!(reason, "was written by another version of mde, in form 2 instead of 1");
}

#[tokio::test]
async fn a_database_of_another_program() {
    let place = Place::new();
    change(&place.path(), "CREATE TABLE notes (text TEXT)");
    assert_eq!(reason(&place).await, ("is a database of another program".to_owned(), 0));
}

#[tokio::test]
async fn a_table_that_is_missing() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "DROP TABLE ledger");
    let (reason, saved) = reason(&place).await;
    assert!(reason.starts_with("is not as it should be: no such table: ledger"), "{reason}");
    assert_eq!(saved, 300);
}

#[tokio::test]
async fn an_empty_file_is_as_good_as_none() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    keep(&open(&place.path(), &TimeOfDay::noon()).await, "8.8.8.8").await;
    assert_eq!(place.set_aside(), [""; 0]);
}

#[tokio::test]
async fn nothing_that_was_set_aside_is_overwritten() {
    let place = Place::new();
    for content in ["the first", "the second", "the third"] {
        fs::write(place.path(), content).unwrap();
        for part in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.folder.path().join(format!("mde.db{part}")));
        }
        drop(TimeOfDay::noon().options().open(&place.path()).await.unwrap());
    }
    let names = ["", "-2", "-3"].map(|number| format!("mde.db.damaged-2026-01-31T12-00-00Z{number}"));
    assert_eq!(place.set_aside(), names);
    let contents = names.map(|name| fs::read_to_string(place.folder.path().join(name)).unwrap());
    assert_eq!(contents, ["the first", "the second", "the third"]);
}

#[tokio::test]
async fn people_are_told_what_was_done() {
    let place = Place::new();
    fs::write(place.path(), "nothing that one could read as a database").unwrap();
    let (_, set_aside) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
    let told = set_aside.unwrap().to_string().replace(&place.folder.path().display().to_string(), "FOLDER");
    assert_eq!(
        told,
        "FOLDER/mde.db is no memory of mde; it is now FOLDER/mde.db.damaged-2026-01-31T12-00-00Z, and a new \
         one was begun"
    );
}

/// However many come upon the same damage, one of them sets it aside, and all go on with the same new file.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_open_a_damaged_file_one_sets_it_aside() {
    for _ in 0..5 {
        let place = Place::new();
        fs::write(place.path(), "no database at all, but long enough to be taken for one ".repeat(20)).unwrap();
        let path = place.path();
        let openings: Vec<_> = subjects(8)
            .into_iter()
            .map(|subject| {
                let path = path.clone();
                tokio::spawn(async move {
                    let (store, set_aside) = TimeOfDay::noon().options().open(&path).await.unwrap();
                    keep(&store, &subject).await;
                    usize::from(set_aside.is_some())
                })
            })
            .collect();
        let mut told = 0;
        for opening in openings {
            told += opening.await.unwrap();
        }
        let store = open(&path, &TimeOfDay::noon()).await;
        assert_eq!((told, place.set_aside().len(), known(&store, &subjects(8)).await.len()), (1, 1, 8));
    }
}
