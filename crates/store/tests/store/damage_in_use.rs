//! Files that are damaged while they are in use.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use mde_client::{Acquire, QuotaWindow};
use mde_store::Store;

use crate::{Place, TimeOfDay, known, open, put, put_all, scope, subjects, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(1_000, Duration::from_secs(3_600));

pub(crate) fn overwrite(path: &Path, place: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(bytes).unwrap();
}

/// A store with 400 answers and a permit, of which copies are damaged.
async fn template(clock: &TimeOfDay) -> (Place, Store) {
    let place = Place::new();
    // The write-ahead log holds answers, and not the tables.
    drop(open(&place.path(), clock).await);
    let store = open(&place.path(), clock).await;
    put_all(&store, &subjects(400)).await;
    assert!(matches!(take(&store, &[WINDOW]).await, Acquire::Permit(_)));
    (place, store)
}

/// The job continues, and so does the count of the quota, whichever bytes change of a file that is in use. Returns how many
/// of 30 files were quarantined.
async fn damage_copies(template: &Place, clock: &TimeOfDay, damaged: &str, bytes: Range<usize>) -> usize {
    let mut quarantined = 0;
    for seed in 0..30 {
        let mut random = Rng::with_seed(seed);
        let place = Place::new();
        for name in ["mde.db", "mde.db-wal"] {
            let _ = fs::copy(template.folder.path().join(name), place.folder.path().join(name));
        }
        let damaged = place.folder.path().join(damaged);
        let length = fs::metadata(&damaged).unwrap().len();
        let (store, other) = (open(&place.path(), clock).await, open(&place.path(), clock).await);
        let mut file = File::options().write(true).open(&damaged).unwrap();
        for _ in 0..random.usize(bytes.clone()) {
            file.seek(SeekFrom::Start(random.u64(..length))).unwrap();
            file.write_all(&[random.u8(..)]).unwrap();
        }
        drop(file);
        // What one of them writes, the other has to read again.
        put(&other, "8.8.8.8").await;
        // SQLite does not notice a byte that changes within a body.
        store.get(&scope(), subjects(400), SystemTime::UNIX_EPOCH).await.unwrap();
        put(&store, "8.8.8.8").await;
        assert_eq!(known(&other, &["8.8.8.8".to_owned()]).await.len(), 1, "seed {seed}");
        assert!(matches!(take(&store, &[WINDOW]).await, Acquire::Permit(_)), "seed {seed}");
        assert!(used(&store, WINDOW).await >= 1, "seed {seed}");
        quarantined += place.quarantined().len();
    }
    quarantined
}

#[tokio::test]
async fn a_job_continues_whichever_bytes_of_the_file_change() {
    let clock = TimeOfDay::noon();
    let (template, store) = template(&clock).await;
    // The last to close writes all of the log into the file.
    drop(store);
    let quarantined = damage_copies(&template, &clock, "mde.db", 1..40).await;
    assert!(quarantined > 10, "{quarantined} of 30 were noticed");
}

#[tokio::test]
async fn a_job_continues_whichever_bytes_of_the_write_ahead_log_change() {
    let clock = TimeOfDay::noon();
    let (template, _store) = template(&clock).await;
    // Most of its bytes are of pages that a later commit wrote again.
    let quarantined = damage_copies(&template, &clock, "mde.db-wal", 500..2_000).await;
    assert!(quarantined > 10, "{quarantined} of 30 were noticed");
}

#[tokio::test]
async fn a_file_that_is_overwritten_is_quarantined_and_the_quota_carried_over() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    put_all(&store, &subjects(400)).await;
    drop(store);
    let store = open(&place.path(), &clock).await;
    take(&store, &[WINDOW]).await;
    take(&store, &[WINDOW]).await;
    // All but the first page, of the file and of what is to go into it.
    overwrite(&place.path(), 4_096, &[0xa5; 60_000]);
    overwrite(&place.folder.path().join("mde.db-wal"), 0, &[0xa5; 4_000]);

    let (second, _) = clock.options().open(&place.path()).await.unwrap();
    put(&store, "8.8.8.8").await;
    put(&second, "1.1.1.1").await;
    assert_eq!(place.quarantined().len(), 1, "{:?}", place.quarantined());
    for store in [&store, &second] {
        assert_eq!(store.contents().await.unwrap().answers, 2);
    }
    assert_eq!((used(&store, WINDOW).await, used(&second, WINDOW).await), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_use_a_damaged_file_continue_with_the_same_new_one() {
    for round in 0..5 {
        let place = Place::new();
        let clock = TimeOfDay::noon();
        let filled = open(&place.path(), &clock).await;
        put_all(&filled, &subjects(400)).await;
        drop(filled);
        let mut stores = Vec::new();
        for _ in 0..6 {
            stores.push(open(&place.path(), &clock).await);
        }
        let length = fs::metadata(place.path()).unwrap().len();
        overwrite(&place.path(), 0, &vec![0xa5; usize::try_from(length).unwrap()]);
        let users: Vec<_> = stores
            .into_iter()
            .zip(subjects(6))
            .map(|(store, subject)| {
                tokio::spawn(async move {
                    known(&store, &subjects(400)).await;
                    put(&store, &subject).await;
                    (store.quarantined(), store)
                })
            })
            .collect();
        let mut reports = 0;
        let mut stores = Vec::new();
        for user in users {
            let (quarantined, store) = user.await.unwrap();
            reports += usize::from(quarantined.is_some());
            stores.push(store);
        }
        assert_eq!((reports, place.quarantined().len()), (1, 1), "in round {round}");
        for (store, subject) in stores.iter().zip(subjects(6)) {
            // The first may have gone into the old file, by a process that did not have to read the damage.
            put(store, &subject).await;
        }
        for store in stores {
            assert_eq!(known(&store, &subjects(6)).await.len(), 6, "in round {round}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_good_file_in_the_place_of_a_damaged_one_stays() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    take(&store, &[WINDOW]).await;
    overwrite(&place.path(), 0, &[0xa5; 4_096]);
    overwrite(&place.folder.path().join("mde.db-wal"), 0, &[0xa5; 4_000]);
    for part in ["", "-wal", "-shm"] {
        let name = |suffix: &str| place.folder.path().join(format!("{suffix}{part}"));
        fs::rename(name("mde.db"), name("elsewhere")).unwrap();
    }
    let other = open(&place.path(), &clock).await;
    put(&other, "8.8.8.8").await;

    assert_eq!(known(&store, &["8.8.8.8".to_owned()]).await, ["8.8.8.8"]);
    assert_eq!(
        (used(&store, WINDOW).await, used(&other, WINDOW).await),
        (1, 1),
        "what the process knows is carried over"
    );
    assert_eq!((store.quarantined(), place.quarantined().len()), (None, 0));
}
