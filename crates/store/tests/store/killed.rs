//! A process that is killed at each system call that writes: whatever it has said to be done is there afterwards.

use std::fs;
use std::path::Path;

use mde_client::{Acquire, PermitUse, QuotaWindow};
use rusqlite::Connection;

use crate::damage_in_use::overwrite;
use crate::migration::{file_of_version_1, file_of_version_2};
use crate::processes::{block_on, child_under, lines_of, parents_file, print_line};
use crate::{LEASE, Place, TimeOfDay, key, known, open, put, take, used};

const WINDOW: QuotaWindow = QuotaWindow::new(1_000, LEASE);

/// The calls that change files. To be killed after a file was created is to be killed at the next of these.
const WRITES: &str = "pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,link,unlink,unlinkat,\
                      mkdir,mkdirat,chmod,fchmod,fchmodat";

/// What is there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Version1,
    Version2,
    /// The file itself has all of its log.
    Closed,
    /// The newest permit is in the write-ahead log only, as after a process was killed.
    Damaged,
}

const CASES: [Before; 5] = [Before::Nothing, Before::Version1, Before::Version2, Before::Closed, Before::Damaged];

/// Prepares a file. Returns its answers and how many permits are used.
async fn prepare(before: Before, path: &Path) -> (Vec<String>, u32) {
    let answers = vec!["8.8.8.8".to_owned()];
    match before {
        Before::Nothing => return (Vec::new(), 0),
        Before::Version1 => file_of_version_1(path).await,
        Before::Version2 => file_of_version_2(path).await,
        Before::Closed => {
            let store = open(path, &TimeOfDay::noon()).await;
            put(&store, "8.8.8.8").await;
            take(&store, &[WINDOW]).await;
        }
        Before::Damaged => return (Vec::new(), damaged(path).await),
    }
    (answers, 1)
}

/// A file with damaged answers, and with two permits in its write-ahead log.
async fn damaged(path: &Path) -> u32 {
    let elsewhere = Place::new();
    drop(open(&elsewhere.path(), &TimeOfDay::noon()).await);
    let store = open(&elsewhere.path(), &TimeOfDay::noon()).await;
    for _ in 0..2 {
        take(&store, &[WINDOW]).await;
    }
    for part in ["mde.db", "mde.db-wal"] {
        fs::copy(elsewhere.folder.path().join(part), path.with_file_name(part)).unwrap();
    }
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'answers'";
    let page: u32 = Connection::open(elsewhere.path()).unwrap().query_row(root, (), |row| row.get(0)).unwrap();
    overwrite(path, u64::from(page - 1) * 4096, &[0xa5; 4096]);
    2
}

/// What the child does. It prints a line when something is done for good.
async fn work(path: &Path) {
    let (store, _) = TimeOfDay::noon().options().open(path).await.unwrap();
    for subject in ["1.1.1.1", "9.9.9.9"] {
        let Acquire::Permit(permit) = take(&store, &[WINDOW]).await else { return };
        print_line("permit.");
        put(&store, subject).await;
        print_line(&format!("{subject}."));
        store.ledger().release(&key(), permit, PermitUse::Answered);
    }
    store.contents().await.unwrap();
    print_line("clearing.");
    store.clear().await.unwrap();
    put(&store, "4.4.4.4").await;
    print_line("4.4.4.4.");
    drop(store);
    print_line("end.");
}

#[test]
#[ignore = "needs strace"]
fn nothing_that_was_done_is_lost_by_a_kill_at_any_write() {
    if let Some(path) = parents_file() {
        return block_on(work(&path));
    }
    for before in CASES {
        let mut kills = 0;
        loop {
            let place = Place::new();
            let prepared = block_on(prepare(before, &place.path()));
            let lines = killed_at(kills + 1, &place.path());
            check(&place, &format!("{before:?}, killed at write {}", kills + 1), prepared, &lines);
            if lines.iter().any(|line| line == "end.") {
                break;
            }
            kills += 1;
            assert!(kills < 500, "{before:?}: the child never ends");
        }
        assert!(kills > 15, "{before:?}: {kills} writes");
    }
}

/// Kills the child at the write of this number, and returns what it printed.
fn killed_at(number: u32, path: &Path) -> Vec<String> {
    let (trace, inject) = (format!("trace={WRITES}"), format!("inject={WRITES}:signal=KILL:when={number}"));
    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let mut child = child_under(&strace, "killed::nothing_that_was_done_is_lost_by_a_kill_at_any_write", path);
    let lines = lines_of(&mut child).collect();
    child.wait().unwrap();
    lines
}

fn check(place: &Place, case: &str, (mut answers, mut permits): (Vec<String>, u32), lines: &[String]) {
    let is_cleared = lines.iter().any(|line| line == "clearing.");
    if is_cleared {
        answers.clear();
    }
    for line in lines {
        match line.trim_end_matches('.') {
            "permit" => permits += 1,
            "4.4.4.4" => answers.push("4.4.4.4".to_owned()),
            "clearing" | "end" => {}
            subject if !is_cleared => answers.push(subject.to_owned()),
            _ => {}
        }
    }
    let is_damaged = case.starts_with("Damaged");
    block_on(async {
        // Twice, for the second process finds what the first one made of it.
        for _ in 0..2 {
            let (store, quarantined) = TimeOfDay::noon().options().open(&place.path()).await.unwrap();
            assert!(is_damaged || quarantined.is_none(), "{case}: {quarantined:?}");
            assert_eq!(known(&store, &answers).await, answers, "{case}");
            let used = used(&store, WINDOW).await;
            // The permit after the last line may have been written, and the line not.
            assert!((permits..=permits + 1).contains(&used), "{case}: {used} used, {permits} acquired");
        }
    });
    let quarantined = place.quarantined();
    assert!(quarantined.iter().all(|name| name.contains(".damaged-")), "{case}: {quarantined:?}");
    let expected = if is_damaged && !is_cleared { 1..=1 } else { 0..=usize::from(is_damaged) };
    assert!(expected.contains(&quarantined.len()), "{case}: {quarantined:?}");
}
