//! Several processes, and some that are killed. A test runs itself once more for each of them.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fastrand::Rng;
use mde_client::{Acquire, PermitUse, QuotaWindow};
use mde_store::Store;
use tokio::runtime::Builder;

use crate::damage::damage;
use crate::{Place, TimeOfDay, key, known, put, take, used};

/// The file of the parent, where this process is a child.
const FILE: &str = "MDE_STORE_TEST_FILE";

/// The prefix of a line of a child: the test harness prints lines too.
const PREFIX: &str = "child: ";

pub(crate) fn parents_file() -> Option<PathBuf> {
    std::env::var_os(FILE).map(PathBuf::from)
}

fn child(test: &str, path: &Path) -> Child {
    child_under(&[], test, path)
}

/// A child that another program starts.
pub(crate) fn child_under(program: &[&str], test: &str, path: &Path) -> Child {
    let itself = std::env::current_exe().unwrap();
    let mut words = program.iter().map(std::ffi::OsStr::new).chain([itself.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .args(["--ignored"].iter().filter(|_| !program.is_empty()))
        .args(["--exact", test, "--nocapture"])
        .env(FILE, path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command.stderr(Stdio::null()).spawn().unwrap()
}

pub(crate) fn print_line(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{PREFIX}{text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The lines of a child, to its end.
pub(crate) fn lines_of(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.filter_map(|line| line.unwrap().strip_prefix(PREFIX).map(str::to_owned))
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn open(path: &Path) -> Store {
    let (store, quarantined) = TimeOfDay::noon().options().open(path).await.unwrap();
    assert_eq!(quarantined, None);
    store
}

#[test]
fn an_answer_outlives_a_kill_at_any_moment() {
    if let Some(path) = parents_file() {
        return block_on(put_forever(&path));
    }
    let place = Place::new();
    let mut random = Rng::with_seed(9);
    let mut written = Vec::new();
    for round in 0..8 {
        let mut child = child("processes::an_answer_outlives_a_kill_at_any_moment", &place.path());
        let lines = lines_of(&mut child);
        // The first may be killed while it creates the file, before its first line.
        let enough = if round == 0 { 0 } else { random.usize(1..200) };
        let mut lines = lines.peekable();
        written.extend(lines.by_ref().take(enough));
        std::thread::sleep(Duration::from_micros(random.u64(0..3_000)));
        child.kill().unwrap();
        // All that it printed before it was killed, but for a line that was cut off.
        written.extend(lines.filter(|line| line.ends_with('.')));
        child.wait().unwrap();
    }
    let written: Vec<_> = written.into_iter().map(|line| line.trim_end_matches('.').to_owned()).collect();
    assert!(written.len() > 100, "{} were written", written.len());
    block_on(async {
        let store = open(&place.path()).await;
        assert_eq!(known(&store, &written).await, written);
    });
}

async fn put_forever(path: &Path) {
    let store = open(path).await;
    for number in 0_u64.. {
        let subject = format!("{}-{number}", std::process::id());
        put(&store, &subject).await;
        print_line(&format!("{subject}."));
    }
}

const FIFTY: QuotaWindow = QuotaWindow::new(50, Duration::from_secs(24 * 60 * 60));

#[test]
fn processes_that_hammer_one_ledger_share_its_quota_to_the_call() {
    if let Some(path) = parents_file() {
        return block_on(take_all(&path));
    }
    let place = Place::new();
    let test = "processes::processes_that_hammer_one_ledger_share_its_quota_to_the_call";
    let mut children: Vec<_> = (0..6).map(|_| child(test, &place.path())).collect();
    let mut shares = Vec::new();
    for child in &mut children {
        shares.push(lines_of(child).count());
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(shares.iter().sum::<usize>(), 50, "{shares:?}");
    assert_eq!(block_on(async { used(&open(&place.path()).await, FIFTY).await }), 50);
    assert_eq!(place.quarantined(), [""; 0]);
}

/// Takes permits until there are none, giving back one of three.
async fn take_all(path: &Path) {
    let store = open(path).await;
    for number in 0_u32.. {
        match take(&store, &[FIFTY]).await {
            Acquire::Permit(permit) if number % 3 == 0 => store.ledger().release(&key(), permit, PermitUse::Unsent),
            Acquire::Permit(permit) => {
                store.ledger().release(&key(), permit, PermitUse::Answered);
                print_line("acquired");
            }
            Acquire::Busy => tokio::task::yield_now().await,
            Acquire::Wait(_) => return,
        }
    }
}

#[test]
fn of_processes_that_open_a_damaged_file_one_quarantines_it() {
    if let Some(path) = parents_file() {
        return block_on(put_one(&path));
    }
    let place = Place::new();
    block_on(damage(&place.path()));
    let test = "processes::of_processes_that_open_a_damaged_file_one_quarantines_it";
    let mut children: Vec<_> = (0..4).map(|_| child(test, &place.path())).collect();
    let mut lines = Vec::new();
    for child in &mut children {
        lines.extend(lines_of(child));
        assert!(child.wait().unwrap().success());
    }
    let (reports, subjects): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.starts_with("quarantined"));
    assert_eq!((reports.len(), place.quarantined().len()), (1, 1));
    assert_eq!(block_on(async { known(&open(&place.path()).await, &subjects).await.len() }), 4);
}

async fn put_one(path: &Path) {
    let (store, quarantined) = TimeOfDay::noon().options().open(path).await.unwrap();
    let subject = std::process::id().to_string();
    put(&store, &subject).await;
    print_line(&subject);
    if quarantined.is_some() {
        print_line("quarantined");
    }
}

/// As after a kill between the renames of a file that another process still has open.
#[cfg(unix)]
#[test]
fn the_log_and_the_shared_memory_of_a_deleted_file_are_not_used() {
    if let Some(path) = parents_file() {
        return block_on(put_forever(&path));
    }
    let place = Place::new();
    let test = "processes::the_log_and_the_shared_memory_of_a_deleted_file_are_not_used";
    let mut child = KillOnDrop(child(test, &place.path()));
    assert!(lines_of(&mut child.0).next().is_some());
    // Stopped, or it would see that its file is gone.
    let stop = Command::new("kill").args(["-STOP", &child.0.id().to_string()]).status().unwrap();
    assert!(stop.success());
    std::fs::remove_file(place.path()).unwrap();
    block_on(async {
        for _ in 0..2 {
            let store = open(&place.path()).await;
            put(&store, "8.8.8.8").await;
            assert_eq!(known(&store, &["8.8.8.8".to_owned()]).await, ["8.8.8.8"]);
            assert_eq!(store.contents().await.unwrap().answers, 1);
        }
    });
    assert_eq!(place.quarantined(), [""; 0]);
}

/// A child that a failed assertion does not leave behind.
struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const A_DAY: QuotaWindow = QuotaWindow::new(1, Duration::from_secs(24 * 60 * 60));

/// With the clocks of the machine.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs faketime"]
fn a_time_of_day_that_is_set_forward_frees_no_quota() {
    if let Some(path) = parents_file() {
        return block_on(async {
            let (store, _) = Store::open(&path).await.unwrap();
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            match take(&store, &[A_DAY]).await {
                Acquire::Permit(permit) => {
                    store.ledger().release(&key(), permit, PermitUse::Answered);
                    print_line(&format!("{now} acquired"));
                }
                _ => print_line(&format!("{now} none")),
            }
        });
    }
    let place = Place::new();
    let test = "processes::a_time_of_day_that_is_set_forward_frees_no_quota";
    let mut lines = Vec::new();
    for program in [&["env"][..], &["faketime", "-f", "+2d"]] {
        let mut child = child_under(program, test, &place.path());
        let line = lines_of(&mut child).last().unwrap();
        assert!(child.wait().unwrap().success());
        let (now, outcome) = line.split_once(' ').unwrap();
        lines.push((now.parse::<u64>().unwrap(), outcome.to_owned()));
    }
    assert!(lines[1].0 > lines[0].0 + 24 * 60 * 60, "the second one sees another day: {lines:?}");
    assert_eq!((lines[0].1.as_str(), lines[1].1.as_str()), ("acquired", "none"));
}
