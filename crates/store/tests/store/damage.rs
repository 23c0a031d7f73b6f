//! Files that are not what they should be, when they are opened.

use std::fs;
use std::path::Path;

use mde_client::QuotaWindow;
use mde_store::Quarantined;
use rusqlite::Connection;

use crate::{LEASE, Place, TimeOfDay, known, open, put, put_all, subjects, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(5, LEASE);

/// A store with a permit and 300 answers, all of them in the file itself.
async fn filled(path: &Path) {
    let store = open(path, &TimeOfDay::noon()).await;
    take(&store, &[WINDOW]).await;
    put_all(&store, &subjects(300)).await;
}

fn change(path: &Path, statements: &str) {
    Connection::open(path).unwrap().execute_batch(statements).unwrap();
}

/// Opens a file that cannot be used, checks that it is quarantined, and returns the reason and how many permits were carried
/// over.
async fn reason(place: &Place) -> (String, u32) {
    let was_folder = place.path().is_dir();
    let before = fs::read(place.path()).unwrap_or_default();
    let (store, quarantined) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
    let Quarantined { path, moved_to, reason } = quarantined.unwrap();
    assert_eq!(
        (path, moved_to.clone()),
        (place.path(), place.path().with_file_name("mde.db.damaged-2026-01-31T12-00-00Z"))
    );
    assert_eq!(moved_to.is_dir(), was_folder);
    assert!(was_folder || fs::read(&moved_to).unwrap() == before, "what was there is there still");
    put(&store, "8.8.8.8").await;
    let carried_over = used(&store, WINDOW).await;
    drop(store);
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    assert_eq!(known(&store, &["8.8.8.8".to_owned()]).await.len(), 1);
    assert_eq!(used(&store, WINDOW).await, carried_over);
    (reason, carried_over)
}

#[tokio::test]
async fn something_else() {
    let place = Place::new();
    fs::write(place.path(), "ip,prevalence\n".repeat(1000)).unwrap();
    assert_eq!(reason(&place).await, ("is not a SQLite database".to_owned(), 0));
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
        assert!(reason.starts_with("is damaged") || reason == "is not a SQLite database", "{length}: {reason}");
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
    assert_eq!(reason(&place).await, ("is damaged".to_owned(), 1));
}

#[tokio::test]
async fn another_version() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "PRAGMA user_version = 4");
    let (reason, carried_over) = reason(&place).await;
    assert_eq!(reason, "was written by another version of mde: its schema is version 4, not 3");
    assert_eq!(carried_over, 1);
}

#[tokio::test]
async fn a_database_of_another_program() {
    let place = Place::new();
    change(&place.path(), "CREATE TABLE notes (text TEXT)");
    assert_eq!(reason(&place).await, ("is a database of another program".to_owned(), 0));
}

#[tokio::test]
async fn a_missing_table() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "DROP TABLE ledger");
    let (reason, carried_over) = reason(&place).await;
    assert!(reason.starts_with("has unexpected contents: no such table: ledger"), "{reason}");
    assert_eq!(carried_over, 0);
}

#[tokio::test]
async fn a_missing_table_beside_a_ledger() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "DROP TABLE answers");
    let (reason, carried_over) = reason(&place).await;
    assert!(reason.starts_with("has unexpected contents: no such table: answers"), "{reason}");
    assert_eq!(carried_over, 1);
}

#[tokio::test]
async fn a_row_of_the_ledger_that_is_not_json() {
    let place = Place::new();
    filled(&place.path()).await;
    change(&place.path(), "INSERT INTO ledger VALUES ('another key', '{')");
    assert_eq!(reason(&place).await, ("is damaged: a row of the ledger is not valid".to_owned(), 1));
}

/// As a process leaves it that is killed between the renames.
#[tokio::test]
async fn a_write_ahead_log_whose_file_is_gone_is_not_read() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let in_use = open(&elsewhere.path(), &TimeOfDay::noon()).await;
    put(&in_use, "8.8.8.8").await;
    fs::copy(elsewhere.folder.path().join("mde.db-wal"), place.folder.path().join("mde.db-wal")).unwrap();
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    assert_eq!(store.contents().await.unwrap().answers, 0);
    put(&store, "1.1.1.1").await;
    drop(store);
    assert_eq!(open(&place.path(), &TimeOfDay::noon()).await.contents().await.unwrap().answers, 1);
}

#[tokio::test]
async fn an_empty_file_is_as_good_as_none() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    put(&open(&place.path(), &TimeOfDay::noon()).await, "8.8.8.8").await;
    assert_eq!(place.quarantined(), [""; 0]);
}

#[tokio::test]
async fn no_quarantined_file_is_overwritten() {
    let place = Place::new();
    for content in ["the first", "the second", "the third"] {
        fs::write(place.path(), content).unwrap();
        for part in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.folder.path().join(format!("mde.db{part}")));
        }
        drop(TimeOfDay::noon().options().open(&place.path()).await.unwrap());
    }
    let names = ["", "-2", "-3"].map(|number| format!("mde.db.damaged-2026-01-31T12-00-00Z{number}"));
    assert_eq!(place.quarantined(), names);
    let contents = names.map(|name| fs::read_to_string(place.folder.path().join(name)).unwrap());
    assert_eq!(contents, ["the first", "the second", "the third"]);
}

#[tokio::test]
async fn the_report_is_a_sentence() {
    let place = Place::new();
    fs::write(place.path(), "nothing that one could read as a database").unwrap();
    let (_, quarantined) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
    let text = quarantined.unwrap().to_string().replace(&place.folder.path().display().to_string(), "FOLDER");
    assert_eq!(
        text,
        "FOLDER/mde.db is not a SQLite database; it was renamed to FOLDER/mde.db.damaged-2026-01-31T12-00-00Z, and a \
         new file was created"
    );
}

/// However many meet the same damage, one of them quarantines the file, and all continue with the same new one.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_open_a_damaged_file_one_quarantines_it() {
    for _ in 0..5 {
        let place = Place::new();
        fs::write(place.path(), "no database at all, but long enough to be taken for one ".repeat(20)).unwrap();
        let path = place.path();
        let openings: Vec<_> = subjects(8)
            .into_iter()
            .map(|subject| {
                let path = path.clone();
                tokio::spawn(async move {
                    let (store, quarantined) = TimeOfDay::noon().options().open(&path).await.unwrap();
                    put(&store, &subject).await;
                    usize::from(quarantined.is_some())
                })
            })
            .collect();
        let mut reports = 0;
        for opening in openings {
            reports += opening.await.unwrap();
        }
        let store = open(&path, &TimeOfDay::noon()).await;
        assert_eq!((reports, place.quarantined().len(), known(&store, &subjects(8)).await.len()), (1, 1, 8));
    }
}
