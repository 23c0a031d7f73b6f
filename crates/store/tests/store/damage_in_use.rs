//! Files that are damaged while they are in use.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use mde_client::{Acquire, QuotaWindow};

use crate::{Place, TimeOfDay, keep, known, open, subjects, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(1_000, Duration::from_secs(3_600));

fn overwrite(path: &Path, place: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Bytes anywhere, in the file or what has not gone into it yet: what is known stays right or is forgotten, the job goes
/// on, and so does the count of the quota.
#[tokio::test]
async fn bytes_that_change_are_no_answers() {
    let (mut set_aside, mut left) = (0, 0);
    for seed in 0..60 {
        let mut random = Rng::with_seed(seed);
        let place = Place::new();
        let clock = TimeOfDay::noon();
        let store = open(&place.path(), &clock).await;
        let asked = subjects(400);
        for subject in &asked {
            keep(&store, subject).await;
        }
        assert!(matches!(take(&store, &[WINDOW]).await, Acquire::Permit(_)));
        if seed % 2 == 0 {
            // Now all of it is in the file.
            drop(store);
        }
        let beside = if seed % 2 == 0 { "" } else { "-wal" };
        let damaged = place.folder.path().join(format!("mde.db{beside}"));
        let length = std::fs::metadata(&damaged).unwrap().len();
        let (store, other) = (open(&place.path(), &clock).await, open(&place.path(), &clock).await);
        for _ in 0..random.usize(1..40) {
            overwrite(&damaged, random.u64(..length), &[random.u8(..)]);
        }
        // What one of them writes, the other has to read again.
        keep(&other, "8.8.8.8").await;
        left += known(&store, &asked).await.len();
        keep(&store, "8.8.8.8").await;
        assert_eq!(known(&other, &["8.8.8.8".to_owned()]).await.len(), 1, "seed {seed}");
        assert!(matches!(take(&store, &[WINDOW]).await, Acquire::Permit(_)), "seed {seed}");
        set_aside += place.set_aside().len();
    }
    assert!(set_aside > 10 && left > 60 * 200, "{set_aside} of 60 were noticed, {left} answers left");
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_set_aside_and_the_quota_taken_along() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    for subject in subjects(400) {
        keep(&store, &subject).await;
    }
    drop(store);
    let store = open(&place.path(), &clock).await;
    take(&store, &[WINDOW]).await;
    take(&store, &[WINDOW]).await;
    // All but the first page, of the file and of what is to go into it.
    overwrite(&place.path(), 4_096, &[0xa5; 60_000]);
    overwrite(&place.folder.path().join("mde.db-wal"), 0, &[0xa5; 4_000]);

    let (second, _) = clock.options().open(&place.path()).await.unwrap();
    keep(&store, "8.8.8.8").await;
    keep(&second, "1.1.1.1").await;
    assert_eq!(place.set_aside().len(), 1, "{:?}", place.set_aside());
    for store in [&store, &second] {
        assert_eq!(store.contents().await.unwrap().answers, 2);
    }
    assert_eq!((used(&store, WINDOW).await, used(&second, WINDOW).await), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_use_a_damaged_file_go_on_with_the_same_new_one() {
    for round in 0..5 {
        let place = Place::new();
        let clock = TimeOfDay::noon();
        let filled = open(&place.path(), &clock).await;
        for subject in subjects(400) {
            keep(&filled, &subject).await;
        }
        drop(filled);
        let mut stores = Vec::new();
        for _ in 0..6 {
            stores.push(open(&place.path(), &clock).await);
        }
        let length = std::fs::metadata(place.path()).unwrap().len();
        overwrite(&place.path(), 0, &vec![0xa5; usize::try_from(length).unwrap()]);
        let users: Vec<_> = stores
            .into_iter()
            .zip(subjects(6))
            .map(|(store, subject)| {
                tokio::spawn(async move {
                    known(&store, &subjects(400)).await;
                    keep(&store, &subject).await;
                    (store.set_aside(), store)
                })
            })
            .collect();
        let mut told = 0;
        let mut stores = Vec::new();
        for user in users {
            let (set_aside, store) = user.await.unwrap();
            told += usize::from(set_aside.is_some());
            stores.push(store);
        }
        assert_eq!((told, place.set_aside().len()), (1, 1), "in round {round}");
        for (store, subject) in stores.iter().zip(subjects(6)) {
            // The one of before may have gone to the old file, from someone who had no need to read it again.
            keep(store, &subject).await;
        }
        for store in stores {
            assert_eq!(known(&store, &subjects(6)).await.len(), 6, "in round {round}");
        }
    }
}
