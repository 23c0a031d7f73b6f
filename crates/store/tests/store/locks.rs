//! Files that another program has locked.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mde_client::{PermitRequest, QuotaWindow};
use rusqlite::Connection;

use crate::{LEASE, Place, TimeOfDay, key, known, noon, open, put, scope};

const LOCK_WAIT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_file_that_stays_locked_is_an_error_and_stays() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    put(&open(&place.path(), &clock).await, "8.8.8.8").await;
    let locking = Connection::open(place.path()).unwrap();
    let (store, _) = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap();
    locking.execute_batch("BEGIN EXCLUSIVE").unwrap();

    // A write-ahead log can be read while another program writes.
    let asked = ["8.8.8.8".to_owned(), "1.1.1.1".to_owned()];
    assert_eq!(known(&store, &asked).await, ["8.8.8.8"]);
    let refused = store.put(&scope(), "1.1.1.1", b"", noon()).await.unwrap_err();
    let text = format!("{}: it is locked by another program, for longer than 20ms", place.path().display());
    assert_eq!((refused.is_locked(), refused.to_string()), (true, text));
    // A ledger that went on in memory would count too little.
    let (key, windows) = (key(), [QuotaWindow::new(1, LOCK_WAIT)]);
    store.ledger().acquire(PermitRequest::new(&key, &windows, LEASE)).await.unwrap_err();
    assert!(store.failure().is_none());
    let opened = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await;
    assert!(opened.is_ok_and(|(_, quarantined)| quarantined.is_none()), "what it has to write can wait");

    locking.execute_batch("COMMIT").unwrap();
    put(&store, "1.1.1.1").await;
    assert_eq!(known(&store, &asked).await, asked);
    assert_eq!((place.quarantined().len(), store.quarantined()), (0, None));
}

#[tokio::test]
async fn a_file_that_is_locked_from_the_start_is_an_error_and_stays() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    drop(open(&place.path(), &clock).await);
    let locking = locked_to_all(&place);
    let error = clock.options().lock_wait(LOCK_WAIT).open(&place.path()).await.unwrap_err();
    assert!(error.is_locked(), "{error}");
    assert_eq!(place.quarantined(), [""; 0]);
    drop(locking);
    put(&open(&place.path(), &clock).await, "8.8.8.8").await;
}

/// In this mode not even a write-ahead log can be read.
fn locked_to_all(place: &Place) -> Connection {
    let locking = Connection::open(place.path()).unwrap();
    locking.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").unwrap();
    locking
}

/// The wait is without end, and said once it takes long.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_is_said() {
    let place = Place::new();
    drop(open(&place.path(), &TimeOfDay::noon()).await);
    let locking = locked_to_all(&place);
    let (sender, said) = std::sync::mpsc::channel();
    let options = TimeOfDay::noon().options().lock_wait(Duration::MAX);
    let options = options.on_lock_wait(move |path| sender.send(path.to_owned()).unwrap());
    let path = place.path();
    let opening = tokio::spawn(async move { options.open(&path).await });
    assert_eq!(said.recv().unwrap(), place.path());
    assert!(!opening.is_finished());
    drop(locking);
    let (store, quarantined) = opening.await.unwrap().unwrap();
    assert_eq!(quarantined, None);
    drop(store);
    assert!(said.recv().is_err(), "once");
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
    drop(open(&place.path(), &TimeOfDay::noon()).await);
    let _locking = locked_to_all(&place);
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
