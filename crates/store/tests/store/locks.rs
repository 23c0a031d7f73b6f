//! Files that somebody else has.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mde_client::QuotaWindow;
use rusqlite::Connection;

use crate::{Place, TimeOfDay, keep, known, open, take};

const LOCK_WAIT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_file_that_stays_locked_is_set_aside_and_the_job_goes_on() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    keep(&open(&place.path(), &clock).await, "8.8.8.8").await;
    let locking = Connection::open(place.path()).unwrap();
    let (store, set_aside) = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap();
    assert_eq!(set_aside, None);
    locking.execute_batch("BEGIN EXCLUSIVE").unwrap();

    // Reading goes on as long as it can.
    let asked = ["8.8.8.8".to_owned(), "1.1.1.1".to_owned()];
    assert_eq!(known(&store, &asked).await, ["8.8.8.8"]);
    keep(&store, "1.1.1.1").await;
    take(&store, &[QuotaWindow::new(1, LOCK_WAIT)]).await;
    assert_eq!(known(&store, &asked).await, asked);
    let set_aside = store.set_aside().unwrap();
    assert_eq!(set_aside.reason, "was locked by another program for 20ms");
    assert_eq!(place.set_aside(), ["mde.db.locked-2026-01-31T12-00-00Z"]);
    assert_eq!(store.set_aside(), None);

    // It is whole, and can be used where it is.
    locking.execute_batch("COMMIT").unwrap();
    assert_eq!(known(&open(&set_aside.moved_to, &clock).await, &asked).await, ["8.8.8.8"]);
}

#[tokio::test]
async fn a_file_that_is_locked_from_the_start_is_set_aside_when_it_is_opened() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE").unwrap();
    let (store, set_aside) = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap();
    assert_eq!(set_aside.unwrap().reason, "was locked by another program for 20ms");
    keep(&store, "8.8.8.8").await;
}

#[tokio::test]
async fn a_lock_that_is_given_up_in_time_is_waited_for() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let unlocking = std::thread::spawn(move || {
        std::thread::sleep(LOCK_WAIT);
        locking.execute_batch("COMMIT").unwrap();
    });
    keep(&store, "8.8.8.8").await;
    unlocking.join().unwrap();
    assert_eq!((place.set_aside().len(), store.set_aside()), (0, None));
}

#[tokio::test]
async fn once_nobody_waits_for_it_a_locked_file_stays_where_it_is() {
    let place = Place::new();
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE").unwrap();
    let path = place.path();
    {
        let mut opening = pin!(TimeOfDay::noon().options().lock_wait(Duration::from_secs(5)).open(&path));
        assert!(opening.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        // It has come to the lock, or will.
        while !place.folder.path().join("mde.db.lock").exists() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(place.set_aside(), [""; 0]);
}
