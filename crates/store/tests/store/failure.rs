//! No file can be used any more: the ledger continues in memory.

use std::fs;
use std::time::{Duration, SystemTime};

use mde_client::{Acquire, PermitRequest, PermitUse, QuotaWindow, Throttled};

use crate::{LEASE, Place, TimeOfDay, key, open, scope, take, used};

const THREE: QuotaWindow = QuotaWindow::new(3, Duration::from_secs(60));

#[cfg(unix)]
#[tokio::test]
async fn the_quota_is_counted_in_memory_where_the_folder_is_lost() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let folder = place.folder.path().join("folder");
    let store = open(&folder.join("mde.db"), &clock).await;
    let other = open(&folder.join("mde.db"), &clock).await;
    let Acquire::Permit(of_before) = take(&store, &[THREE]).await else { panic!("no permit") };
    // The next change reads what another process recorded.
    take(&other, &[THREE]).await;
    store.ledger().release(&key(), of_before, PermitUse::Answered);
    store.contents().await.unwrap();
    assert!(store.failure().is_none());

    fs::rename(&folder, place.folder.path().join("elsewhere")).unwrap();
    fs::write(&folder, "").unwrap();
    let Acquire::Permit(of_after) = take(&store, &[THREE]).await else { panic!("no permit") };
    assert_eq!(used(&store, THREE).await, 3);
    assert_eq!(take(&store, &[THREE]).await, Acquire::Busy);
    // One that was released before.
    store.ledger().release(&key(), of_before, PermitUse::Unsent);
    store.ledger().release(&key(), of_after, PermitUse::Unsent);
    assert_eq!(used(&store, THREE).await, 2);
    let throttled = Throttled::new(Duration::from_secs(9), "too many");
    store.ledger().pause(PermitRequest::new(&key(), &[THREE], LEASE), throttled).await.unwrap();
    assert!(matches!(take(&store, &[THREE]).await, Acquire::Wait(_)), "paused");
    assert_eq!(store.quotas_in_use().await.unwrap().len(), 1);

    let text = store.failure().unwrap().to_string();
    assert!(text.starts_with(&format!("{}: cannot create its folder: ", folder.join("mde.db").display())), "{text}");
    assert!(store.failure().is_none(), "once");
    assert!(store.put(&scope(), "8.8.8.8", b"", SystemTime::UNIX_EPOCH).await.is_err());
    assert!(store.get(&scope(), vec!["8.8.8.8".to_owned()], SystemTime::UNIX_EPOCH).await.is_err());
}
