//! Files of earlier versions.

use std::path::Path;

use mde_client::{Acquire, QuotaWindow};
use rusqlite::{Connection, params};

use crate::{LEASE, Place, TimeOfDay, body, known, noon, open, put, scope, take, used};

const TWO: QuotaWindow = QuotaWindow::new(2, LEASE);

/// The tables of version 1, which had checksums and a random number.
const VERSION_1: &str = "
    CREATE TABLE generation (id INTEGER NOT NULL);
    INSERT INTO generation VALUES (random());
    CREATE TABLE answers (
        scope TEXT NOT NULL,
        subject TEXT NOT NULL,
        answered_at INTEGER NOT NULL,
        body BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (scope, subject)
    );
    CREATE INDEX answers_by_time ON answers (answered_at);
    CREATE TABLE ledger (
        key TEXT NOT NULL PRIMARY KEY,
        book TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;
    PRAGMA journal_mode = WAL;";

/// The row of a permit, as version 1 wrote it.
async fn ledger_row() -> (String, String) {
    let place = Place::new();
    take(&open(&place.path(), &TimeOfDay::noon()).await, &[TWO]).await;
    let connection = Connection::open(place.path()).unwrap();
    let row = connection.query_row("SELECT key, entry FROM ledger", (), |row| Ok((row.get(0)?, row.get(1)?)));
    let (key, entry): (String, String) = row.unwrap();
    assert!(entry.contains("\"log\":"), "{entry}");
    (key, entry.replace("\"log\":", "\"book\":"))
}

/// A file of version 1 with an answer about 8.8.8.8 and a permit.
pub(crate) async fn file_of_version_1(path: &Path) {
    let (key, book) = ledger_row().await;
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    let scope = scope();
    let text =
        serde_json::json!([scope.key.endpoint, scope.key.operation, scope.key.tenant, scope.key.app, scope.parameters]);
    let answered_at = i64::try_from(noon().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()).unwrap();
    let (text, body) = (text.to_string(), body("8.8.8.8"));
    let answer = params![text, "8.8.8.8", answered_at, body.as_bytes(), 1_u32];
    connection.execute("INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5)", answer).unwrap();
    connection.execute("INSERT INTO ledger VALUES (?1, ?2, ?3)", params![key, book, 1_u32]).unwrap();
}

/// The same of version 2, which had no checksums, and no id of the application yet.
pub(crate) async fn file_of_version_2(path: &Path) {
    file_of_version_1(path).await;
    Connection::open(path).unwrap().execute_batch(FROM_1_TO_2).unwrap();
}

const FROM_1_TO_2: &str = "
    ALTER TABLE answers DROP COLUMN checksum;
    ALTER TABLE ledger DROP COLUMN checksum;
    ALTER TABLE ledger RENAME COLUMN book TO entry;
    DROP TABLE generation;
    PRAGMA user_version = 2;";

#[tokio::test]
async fn earlier_versions_keep_their_answers_and_their_quota() {
    for version in [1, 2] {
        let place = Place::new();
        match version {
            1 => file_of_version_1(&place.path()).await,
            _ => file_of_version_2(&place.path()).await,
        }
        let clock = TimeOfDay::noon();
        let store = open(&place.path(), &clock).await;
        assert_eq!(used(&store, TWO).await, 1, "version {version}");
        put(&store, "1.1.1.1").await;
        assert!(matches!(take(&store, &[TWO]).await, Acquire::Permit(_)));
        drop(store);
        let store = open(&place.path(), &clock).await;
        assert_eq!(known(&store, &["8.8.8.8".to_owned(), "1.1.1.1".to_owned()]).await, ["8.8.8.8", "1.1.1.1"]);
        assert_eq!((used(&store, TWO).await, place.quarantined().len()), (2, 0));
    }
}

/// Which run migrates it is for the user to decide.
#[tokio::test]
async fn an_inspection_migrates_nothing() {
    let place = Place::new();
    file_of_version_2(&place.path()).await;
    let before = std::fs::read(place.path()).unwrap();
    let inspection = TimeOfDay::noon().options().inspect(&place.path()).await.unwrap().unwrap();
    assert_eq!((inspection.contents.answers, inspection.quotas.len(), inspection.is_current), (1, 1, false));
    assert!(std::fs::read(place.path()).unwrap() == before);

    let place = Place::new();
    file_of_version_1(&place.path()).await;
    let error = TimeOfDay::noon().options().inspect(&place.path()).await.unwrap_err().to_string();
    assert!(
        error.ends_with("it is of version 1 of its schema; the next run that uses the file migrates it"),
        "{error}"
    );
}

/// Version 2 had neither claims nor turns.
#[tokio::test]
async fn version_2_keeps_its_answers_and_its_quota() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    put(&store, "8.8.8.8").await;
    assert!(matches!(take(&store, &[TWO]).await, Acquire::Permit(_)));
    drop(store);
    let tables = "DROP TABLE processes; DROP TABLE claims; DROP TABLE work; DROP TABLE turns; PRAGMA user_version = 2;";
    Connection::open(place.path()).unwrap().execute_batch(tables).unwrap();

    let store = open(&place.path(), &clock).await;
    assert_eq!(known(&store, &["8.8.8.8".to_owned()]).await, ["8.8.8.8"]);
    assert_eq!((used(&store, TWO).await, place.quarantined().len()), (1, 0));
    let claimed = store.claim(&scope(), vec!["1.1.1.1".to_owned()], noon(), 1).await.unwrap();
    assert!(matches!(claimed[0].1, mde_store::Claimed::Granted(_)), "{claimed:?}");
}
