//! The store, as a program uses it: what it caches, shares, survives and quarantines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod claims;
mod damage;
mod damage_in_use;
mod failure;
mod files;
#[cfg(target_os = "linux")]
mod killed;
mod ledger;
mod locks;
mod migration;
mod planted;
mod processes;
mod versions;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use mde_client::{Acquire, BoxFuture, Clock, PermitRequest, QuotaKey, QuotaWindow};
use mde_store::{BootClock, BootTime, Scope, Store, StoreOptions};
use tempfile::TempDir;

/// 2026-01-31T12:00:00Z.
const NOON: Duration = Duration::from_secs(1_769_860_800);

const LEASE: Duration = Duration::from_secs(30);

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + NOON
}

/// A time of day that stands still until a test sets it. Clones are the same clock.
#[derive(Clone, Debug)]
struct TimeOfDay(Arc<Mutex<SystemTime>>);

impl TimeOfDay {
    fn noon() -> Self {
        Self(Arc::new(Mutex::new(noon())))
    }

    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    fn set_back(&self, by: Duration) {
        *self.0.lock().unwrap() -= by;
    }

    fn options(&self) -> StoreOptions {
        StoreOptions::new().clock(Arc::new(self.clone()))
    }
}

impl Clock for TimeOfDay {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system_time(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        panic!("a store that sleeps for {duration:?}")
    }
}

/// The time since a start of the machine, which stands still until a test sets it. Clones are the same clock.
#[derive(Clone, Debug, Default)]
struct SinceBoot(Arc<Mutex<(u32, Duration)>>);

impl SinceBoot {
    fn advance(&self, by: Duration) {
        self.0.lock().unwrap().1 += by;
    }

    fn restart(&self) {
        let mut now = self.0.lock().unwrap();
        *now = (now.0 + 1, Duration::ZERO);
    }
}

impl BootClock for SinceBoot {
    fn now(&self) -> Option<BootTime> {
        let (boot, elapsed) = *self.0.lock().unwrap();
        Some(BootTime { boot_id: boot.to_string(), elapsed })
    }
}

/// A folder with the place of a file in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("mde.db")
    }

    /// The quarantined files, without their `-wal` and `-shm`.
    fn quarantined(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| [".damaged-", ".locked-", ".moving-"].iter().any(|kind| name.contains(kind)))
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        names.sort();
        names
    }
}

/// Opens a file that needs no quarantine.
async fn open(path: &Path, clock: &TimeOfDay) -> Store {
    let (store, quarantined) = clock.options().open(path).await.unwrap();
    assert_eq!(quarantined, None);
    store
}

fn key() -> QuotaKey {
    QuotaKey::new("https://api.example", "getIPStatistics").of_app(Some("tenant".to_owned()), Some("app".to_owned()))
}

fn scope() -> Scope {
    Scope { key: key(), parameters: "lookBackHours=48".to_owned() }
}

async fn put(store: &Store, subject: &str) {
    store.put(&scope(), subject, body(subject).as_bytes(), noon()).await.unwrap();
}

/// Puts an answer about each of these subjects, without waiting for one before the next.
async fn put_all(store: &Store, subjects: &[String]) {
    let puts = subjects.iter().cloned().map(|subject| {
        let store = store.clone();
        tokio::spawn(async move { put(&store, &subject).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap();
    }
}

/// The answers to these subjects that are known, each of which has to be right.
async fn known(store: &Store, subjects: &[String]) -> Vec<String> {
    let known = store.get(&scope(), subjects.to_vec(), SystemTime::UNIX_EPOCH).await.unwrap();
    for (subject, cached) in &known {
        assert_eq!(cached.body, body(subject).as_bytes(), "the answer about {subject}");
        assert_eq!(cached.answered_at, noon(), "the time of {subject}");
    }
    subjects.iter().filter(|subject| known.contains_key(*subject)).cloned().collect()
}

fn body(subject: &str) -> String {
    format!("{{\"ipAddress\":\"{subject}\",\"organizationPrevalence\":3,\"orgFirstSeen\":null,\"orgLastSeen\":null}}")
}

fn subjects(count: u32) -> Vec<String> {
    (0..count).map(|number| std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string()).collect()
}

async fn take(store: &Store, windows: &[QuotaWindow]) -> Acquire {
    let key = key();
    store.ledger().acquire(PermitRequest::new(&key, windows, LEASE)).await.unwrap()
}

async fn used(store: &Store, window: QuotaWindow) -> u32 {
    store.quota_used(&key(), &[window]).await.unwrap()[0]
}
