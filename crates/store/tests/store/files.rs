//! Who may read the file, and where none can be made.

use std::fs;

use mde_store::Store;

use crate::{Place, TimeOfDay, keep, open, take};

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let folder = place.folder.path().join("new/folder");
    let path = folder.join("mde.db");
    let store = open(&path, &TimeOfDay::noon()).await;
    keep(&store, "8.8.8.8").await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut modes: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path())))
        .collect();
    modes.sort();
    let expected = ["mde.db", "mde.db-shm", "mde.db-wal", "mde.db.lock"].map(|name| (name.to_owned(), 0o600));
    assert_eq!(modes, expected);
    assert_eq!((mode(&folder), mode(folder.parent().unwrap())), (0o700, 0o700));

    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&path, &TimeOfDay::noon()).await;
    assert_eq!(mode(&path), 0o600, "of one that was there");
}

#[tokio::test]
async fn where_no_file_can_be_made_one_is_told_what_to_do() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    let inside_a_file = place.path().join("folder/mde.db");
    let error = Store::open(&inside_a_file).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: its folder cannot be made: ", inside_a_file.display())), "{error}");
    assert!(!error.contains("--"), "the flags are the program's: {error}");
    assert_eq!(fs::read(place.path()).unwrap(), b"", "the file in the way stays as it is");
}

/// Not even who may do everything can write there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_takes_no_file_is_named() {
    let path = std::path::Path::new("/proc/self/mde.db");
    let error = Store::open(path).await.unwrap_err().to_string();
    assert!(error.starts_with("/proc/self/mde.db: the file cannot be made: "), "{error}");
}

#[tokio::test]
async fn a_file_that_is_read_only_is_named_and_stays() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    drop(open(&place.path(), &clock).await);
    let mut permissions = fs::metadata(place.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(place.path(), permissions).unwrap();
    let error = Store::open(&place.path()).await.unwrap_err().to_string();
    assert_eq!(error, format!("{}: the file is read-only", place.path().display()));
    assert_eq!(place.set_aside(), [""; 0]);
}

#[tokio::test]
async fn a_name_with_control_characters_does_not_reach_a_terminal() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    let error = Store::open(&place.path().join("\u{1b}[31m/mde.db")).await.unwrap_err().to_string();
    assert!(!error.chars().any(char::is_control), "{error:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn who_deletes_the_file_in_use_gets_a_new_one_with_the_quota_of_before() {
    let place = Place::new();
    let clock = TimeOfDay::noon();
    let store = open(&place.path(), &clock).await;
    keep(&store, "8.8.8.8").await;
    let window = mde_client::QuotaWindow::new(5, std::time::Duration::from_secs(10));
    take(&store, &[window]).await;
    for name in ["mde.db", "mde.db-wal", "mde.db-shm"] {
        fs::remove_file(place.folder.path().join(name)).unwrap();
    }
    keep(&store, "1.1.1.1").await;
    assert_eq!(store.contents().await.unwrap().answers, 1);
    assert_eq!(store.set_aside(), None);
    let other = open(&place.path(), &clock).await;
    assert_eq!((other.contents().await.unwrap().answers, crate::used(&other, window).await), (1, 1));
}
