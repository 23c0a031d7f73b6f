//! Files that another program has locked.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mde_client::QuotaWindow;
use rusqlite::Connection;

use crate::{Place, TimeOfDay, known, open, put, take};

const LOCK_WAIT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_file_that_stays_locked_is_quarantined_and_the_job_continues() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    put(&open(&place.path(), &clock).await, "8.8.8.8").await;
    let locking = Connection::open(place.path()).unwrap();
    let (store, quarantined) = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap();
    assert_eq!(quarantined, None);
    locking.execute_batch("BEGIN EXCLUSIVE").unwrap();

    // A write-ahead log can be read while another program writes.
    let asked = ["8.8.8.8".to_owned(), "1.1.1.1".to_owned()];
    assert_eq!(known(&store, &asked).await, ["8.8.8.8"]);
    put(&store, "1.1.1.1").await;
    take(&store, &[QuotaWindow::new(1, LOCK_WAIT)]).await;
    assert_eq!(known(&store, &asked).await, ["1.1.1.1"]);
    let quarantined = store.quarantined().unwrap();
    assert_eq!(quarantined.reason, "was locked by another program for 20ms");
    assert_eq!(place.quarantined(), ["mde.db.locked-2026-01-31T12-00-00Z"]);
    assert_eq!(store.quarantined(), None);

    // It is intact, and can be used under its new name.
    locking.execute_batch("COMMIT").unwrap();
    assert_eq!(known(&open(&quarantined.moved_to, &clock).await, &asked).await, ["8.8.8.8"]);
}

#[tokio::test]
async fn a_file_that_is_locked_from_the_start_is_quarantined_when_it_is_opened() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE").unwrap();
    let (store, quarantined) = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap();
    assert_eq!(quarantined.unwrap().reason, "was locked by another program for 20ms");
    put(&store, "8.8.8.8").await;
}

#[tokio::test]
async fn a_lock_is_waited_for() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let unlocking = std::thread::spawn(move || {
        std::thread::sleep(LOCK_WAIT);
        locking.execute_batch("COMMIT").unwrap();
    });
    put(&store, "8.8.8.8").await;
    unlocking.join().unwrap();
    assert_eq!((place.quarantined().len(), store.quarantined()), (0, None));
}

#[tokio::test]
async fn a_locked_file_stays_once_the_future_is_dropped() {
    let place = Place::new();
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE").unwrap();
    let path = place.path();
    {
        let mut opening = pin!(TimeOfDay::noon().options().lock_wait(Duration::from_secs(5)).open(&path));
        assert!(opening.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        // Until the thread opens the file, for which it locks the folder.
        #[cfg(unix)]
        while std::fs::File::open(place.folder.path()).unwrap().try_lock().is_ok() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(place.quarantined(), [""; 0]);
}
