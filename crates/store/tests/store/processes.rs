//! Several processes, and some that are killed. A test runs itself once more for each of them.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fastrand::Rng;
use mde_client::{Acquire, PermitUse, QuotaWindow};
use mde_store::Store;
use tokio::runtime::Builder;

use crate::{Place, TimeOfDay, keep, key, known, take, used};

/// The file of the parent, where this process is a child.
const FILE: &str = "MDE_STORE_TEST_FILE";

/// What a line of a child begins with, since the harness prints some of its own.
const SAID: &str = "said ";

fn parents_file() -> Option<PathBuf> {
    std::env::var_os(FILE).map(PathBuf::from)
}

fn child(test: &str, path: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(FILE, path).stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(Stdio::null()).spawn().unwrap()
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{SAID}{text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// What a child says, to its end.
fn said(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.filter_map(|line| line.unwrap().strip_prefix(SAID).map(str::to_owned))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn open(path: &Path) -> Store {
    let (store, set_aside) = TimeOfDay::noon().options().open(path).await.unwrap();
    assert_eq!(set_aside, None);
    store
}

#[test]
fn what_was_kept_outlives_a_kill_at_any_moment() {
    if let Some(path) = parents_file() {
        return block_on(keep_on(&path));
    }
    let place = Place::new();
    let mut random = Rng::with_seed(9);
    let mut kept = Vec::new();
    for round in 0..8 {
        let mut child = child("processes::what_was_kept_outlives_a_kill_at_any_moment", &place.path());
        let lines = said(&mut child);
        // The first says nothing: it may be killed while it makes the file.
        let enough = if round == 0 { 0 } else { random.usize(1..200) };
        let mut lines = lines.peekable();
        kept.extend(lines.by_ref().take(enough));
        std::thread::sleep(Duration::from_micros(random.u64(0..3_000)));
        child.kill().unwrap();
        // What it said before it was killed, to the last line that is whole.
        kept.extend(lines.filter(|line| line.ends_with('.')));
        child.wait().unwrap();
    }
    let kept: Vec<_> = kept.into_iter().map(|line| line.trim_end_matches('.').to_owned()).collect();
    assert!(kept.len() > 100, "{} were kept", kept.len());
    block_on(async {
        let store = open(&place.path()).await;
        assert_eq!(known(&store, &kept).await, kept);
    });
}

async fn keep_on(path: &Path) {
    let store = open(path).await;
    for number in 0_u64.. {
        let subject = format!("{}-{number}", std::process::id());
        keep(&store, &subject).await;
        say(&format!("{subject}."));
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
        shares.push(said(child).count());
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(shares.iter().sum::<usize>(), 50, "{shares:?}");
    assert_eq!(block_on(async { used(&open(&place.path()).await, FIFTY).await }), 50);
    assert_eq!(place.set_aside(), [""; 0]);
}

/// Takes permits until there are none, giving back one of three.
async fn take_all(path: &Path) {
    let store = open(path).await;
    for number in 0_u32.. {
        match take(&store, &[FIFTY]).await {
            Acquire::Permit(permit) if number % 3 == 0 => store.ledger().release(&key(), permit, PermitUse::Unsent),
            Acquire::Permit(permit) => {
                store.ledger().release(&key(), permit, PermitUse::Answered);
                say("took one");
            }
            Acquire::Busy => tokio::task::yield_now().await,
            Acquire::Wait(_) => return,
        }
    }
}
