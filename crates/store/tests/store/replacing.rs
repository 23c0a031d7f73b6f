//! What is left where a process is killed while it puts a new file in the place of one that cannot be used.

use std::fs;
use std::path::{Path, PathBuf};

use mde_client::QuotaWindow;

use crate::{LEASE, Place, TimeOfDay, keep, known, open, subjects, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(5, LEASE);

impl Place {
    fn beside(&self, suffix: &str) -> PathBuf {
        self.folder.path().join(format!("mde.db{suffix}"))
    }
}

/// A file with answers and a permit in it.
async fn filled(path: &Path, answers: u32) {
    let store = open(path, &TimeOfDay::noon()).await;
    for subject in subjects(answers) {
        keep(&store, &subject).await;
    }
    take(&store, &[WINDOW]).await;
    drop(store);
    fs::remove_file(path.with_file_name(format!("{}.lock", path.file_name().unwrap().to_str().unwrap()))).unwrap();
}

/// Opens what is there, with nothing to tell, and says how many answers and permits it has.
async fn what_is_left(place: &Place) -> (usize, u32) {
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    let left = (known(&store, &subjects(300)).await.len(), used(&store, WINDOW).await);
    for part in ["", "-wal", "-shm", "-journal"] {
        assert!(!place.beside(&format!(".new{part}")).exists(), "{part}");
    }
    left
}

/// Bytes of a file that was in use, with what SQLite has beside it, as a process leaves it that is killed.
async fn leave_in_use(place: &Place, name: &str) {
    let elsewhere = Place::new();
    let store = open(&elsewhere.path(), &TimeOfDay::noon()).await;
    keep(&store, "203.0.113.7").await;
    for part in ["", "-wal"] {
        fs::copy(elsewhere.beside(part), place.folder.path().join(format!("{name}{part}"))).unwrap();
    }
}

#[tokio::test]
async fn before_the_new_one_is_whole_it_is_begun_anew() {
    let place = Place::new();
    filled(&place.path(), 300).await;
    let mut bytes = fs::read(place.path()).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0);
    fs::write(place.path(), bytes).unwrap();
    leave_in_use(&place, "mde.db.new").await;

    let (store, set_aside) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
    assert_eq!(set_aside.unwrap().reason, "is damaged");
    drop(store);
    let (answers, permits) = what_is_left(&place).await;
    assert!(answers > 250 && permits == 1, "{answers} answers and {permits} permits");
}

#[tokio::test]
async fn once_the_old_one_is_moved_the_new_one_is_taken() {
    let place = Place::new();
    filled(&place.beside(".new"), 300).await;
    fs::write(place.beside(".damaged-2026-01-31T12-00-00Z"), "").unwrap();
    assert_eq!(what_is_left(&place).await, (300, 1));
}

/// Else it would be read as what is to go into the new one.
#[tokio::test]
async fn what_is_beside_the_old_one_is_moved_too() {
    let place = Place::new();
    leave_in_use(&place, "mde.db").await;
    let beside_it = fs::read(place.beside("-wal")).unwrap();
    fs::rename(place.path(), place.beside(".damaged-2026-01-31T11-00-00Z")).unwrap();
    filled(&place.beside(".new"), 300).await;
    assert_eq!(what_is_left(&place).await, (300, 1));
    assert_eq!(fs::read(place.beside(".damaged-2026-01-31T12-00-00Z-wal")).unwrap(), beside_it);
}

#[tokio::test]
async fn one_that_is_not_whole_is_not_taken() {
    let place = Place::new();
    leave_in_use(&place, "mde.db.new").await;
    let store = open(&place.path(), &TimeOfDay::noon()).await;
    assert_eq!(store.contents().await.unwrap().answers, 0);
    drop(store);
    assert_eq!(what_is_left(&place).await, (0, 0));
}

#[tokio::test]
async fn a_file_that_can_be_used_stays() {
    let place = Place::new();
    filled(&place.path(), 300).await;
    filled(&place.beside(".new"), 10).await;
    assert_eq!(what_is_left(&place).await, (300, 1));
    assert_eq!(place.set_aside(), [""; 0]);
}

#[tokio::test]
async fn where_no_new_one_can_be_made_the_old_one_is_not_moved() {
    let place = Place::new();
    fs::write(place.path(), "nothing that one could read as a database").unwrap();
    fs::create_dir(place.beside(".new")).unwrap();
    assert!(TimeOfDay::noon().options().open(&place.path()).await.is_err());
    assert_eq!((place.path().exists(), place.set_aside().len()), (true, 0));
}
