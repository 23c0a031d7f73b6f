//! Versions of `mde` that live together: a file of a newer one stays as it is, and a file beside it is used.

use std::fs;

use mde_client::QuotaWindow;
use mde_store::Store;
use rusqlite::Connection;

use crate::{LEASE, Place, TimeOfDay, known, open, put, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(5, LEASE);

/// What a newer version may do to a file: other columns, another version.
const TO_VERSION_99: &str = "
    BEGIN IMMEDIATE;
    ALTER TABLE answers ADD COLUMN source TEXT;
    ALTER TABLE ledger RENAME COLUMN entry TO log;
    PRAGMA user_version = 99;
    COMMIT;";

const TO_VERSION_3: &str = "
    BEGIN IMMEDIATE;
    ALTER TABLE answers DROP COLUMN source;
    ALTER TABLE ledger RENAME COLUMN log TO entry;
    PRAGMA user_version = 3;
    COMMIT;";

fn change(place: &Place, statements: &str) {
    Connection::open(place.path()).unwrap().execute_batch(statements).unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_version_stays_and_one_beside_it_is_used() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    put(&store, "8.8.8.8").await;
    take(&store, &[WINDOW]).await;
    drop(store);
    change(&place, TO_VERSION_99);
    let before = fs::read(place.path()).unwrap();
    for round in 1..=2 {
        let store = open(&place.path(), &clock).await;
        let text = store.newer_version().unwrap().to_string();
        assert_eq!(
            text.replace(&place.folder.path().display().to_string(), "FOLDER"),
            "FOLDER/mde.db was written by a newer mde (version 99 of its schema) and is left as it is; FOLDER/mde.v3.db is \
             used, so the two versions share neither answers nor the quota"
        );
        assert!(store.newer_version().is_none(), "once");
        take(&store, &[WINDOW]).await;
        put(&store, "1.1.1.1").await;
        assert_eq!((used(&store, WINDOW).await, store.contents().await.unwrap().answers), (round, 1));
        let inspection = TimeOfDay::noon().options().inspect(&place.path()).await.unwrap().unwrap();
        assert_eq!((inspection.contents.answers, inspection.newer_version.unwrap().version), (1, 99));
    }
    assert!(fs::read(place.path()).unwrap() == before, "nothing is written to it");
    assert_eq!(place.quarantined(), [""; 0]);

    // The newer one would find its file as it was; this one does, once the file is as before.
    change(&place, TO_VERSION_3);
    let store = open(&place.path(), &clock).await;
    assert_eq!((known(&store, &["8.8.8.8".to_owned()]).await.len(), used(&store, WINDOW).await), (1, 1));
    assert!(store.newer_version().is_none());
}

/// A newer version is installed while an older one runs for hours.
#[tokio::test]
async fn a_file_that_is_migrated_in_use_is_left_to_the_newer_version() {
    let place = Place::new();
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    put(&store, "8.8.8.8").await;
    take(&store, &[WINDOW]).await;
    change(&place, TO_VERSION_99);
    put(&store, "1.1.1.1").await;
    take(&store, &[WINDOW]).await;
    assert_eq!(store.newer_version().unwrap().version, 99);
    assert_eq!(store.contents().await.unwrap().answers, 1);
    assert_eq!(used(&store, WINDOW).await, 2, "what this process knows of the quota it counts on");
    let count =
        |sql: &str| -> i64 { Connection::open(place.path()).unwrap().query_row(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM answers"), 1, "nothing is written to it");
    assert_eq!(place.quarantined(), [""; 0]);
}

#[tokio::test]
async fn a_second_newer_file_is_an_error() {
    let place = Place::new();
    for name in ["mde.db", "mde.v3.db"] {
        let path = place.folder.path().join(name);
        drop(open(&path, &TimeOfDay::noon()).await);
        Connection::open(path).unwrap().execute_batch(TO_VERSION_99).unwrap();
    }
    let error = Store::open(&place.path()).await.unwrap_err().to_string();
    let beside = place.folder.path().join("mde.v3.db");
    assert_eq!(error, format!("{}: it was written by a newer mde: its schema is version 99", beside.display()));
}
