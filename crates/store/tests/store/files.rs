//! Permissions of the file, and places where none can be created.

use std::fs;

use mde_store::Store;

use crate::{Place, TimeOfDay, known, open, put, take};

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let folder = place.folder.path().join("new/folder");
    let path = folder.join("mde.db");
    let store = open(&path, &TimeOfDay::noon()).await;
    put(&store, "8.8.8.8").await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut modes: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path())))
        .collect();
    modes.sort();
    let expected = ["mde.db", "mde.db-shm", "mde.db-wal"].map(|name| (name.to_owned(), 0o600));
    assert_eq!(modes, expected);
    assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));

    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&path, &TimeOfDay::noon()).await;
    assert_eq!(mode(&path), 0o600, "of one that was there");
}

#[tokio::test]
async fn the_error_names_a_folder_that_cannot_be_created() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    let inside_a_file = place.path().join("folder/mde.db");
    let error = Store::open(&inside_a_file).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot create its folder: ", inside_a_file.display())), "{error}");
    assert!(!error.contains("--"), "the flags are the program's: {error}");
    assert_eq!(fs::read(place.path()).unwrap(), b"", "the file in the way stays as it is");
}

/// Not even root can write there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_error_names_a_folder_that_takes_no_file() {
    let path = std::path::Path::new("/proc/self/mde.db");
    let error = Store::open(path).await.unwrap_err().to_string();
    assert!(error.starts_with("/proc/self/mde.db: cannot create the file: "), "{error}");
}

#[tokio::test]
async fn a_read_only_file_stays_and_the_error_names_it() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    drop(open(&place.path(), &clock).await);
    let mut permissions = fs::metadata(place.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(place.path(), permissions).unwrap();
    let error = Store::open(&place.path()).await.unwrap_err().to_string();
    assert_eq!(error, format!("{}: the file is read-only", place.path().display()));
    assert_eq!(place.quarantined(), [""; 0]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_deleted_in_use_is_replaced_and_the_quota_carried_over() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    put(&store, "8.8.8.8").await;
    let window = mde_client::QuotaWindow::new(5, std::time::Duration::from_secs(10));
    take(&store, &[window]).await;
    for name in ["mde.db", "mde.db-wal", "mde.db-shm"] {
        fs::remove_file(place.folder.path().join(name)).unwrap();
    }
    put(&store, "1.1.1.1").await;
    assert_eq!(store.contents().await.unwrap().answers, 1);
    assert_eq!(store.quarantined(), None);
    let other = open(&place.path(), &clock).await;
    assert_eq!((other.contents().await.unwrap().answers, crate::used(&other, window).await), (1, 1));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_deleted_without_its_log_is_replaced() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    put(&store, "8.8.8.8").await;
    fs::remove_file(place.path()).unwrap();
    let other = open(&place.path(), &clock).await;
    put(&other, "1.1.1.1").await;
    put(&store, "9.9.9.9").await;
    let subjects = ["1.1.1.1", "9.9.9.9"].map(str::to_owned);
    for store in [&store, &other] {
        assert_eq!(known(store, &subjects).await, subjects);
        assert_eq!(store.contents().await.unwrap().answers, 2);
    }
    drop((store, other));
    assert_eq!(open(&place.path(), &clock).await.contents().await.unwrap().answers, 2);
    assert_eq!(place.quarantined(), [""; 0]);
}
