//! `mde store`: where the cache is, what it holds, and how to clear it.

#[cfg(unix)]
use std::io::{BufRead, BufReader};
use std::path::Path;
#[cfg(unix)]
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use mde_client::{PermitRequest, QuotaKey, QuotaWindow};
use mde_store::{Scope, Store};
use tempfile::TempDir;

#[cfg(unix)]
use crate::gate::Gate;
use crate::{Cases, Run, mde, run};

const WINDOWS: [QuotaWindow; 2] =
    [QuotaWindow::new(100, Duration::from_secs(60)), QuotaWindow::new(1500, Duration::from_secs(3600))];

/// Runs it with the cache in a folder.
fn store(folder: &Path, arguments: &[&str]) -> Run {
    mde(&[&["store"], arguments].concat()).env("MDE_STORE", folder).output().unwrap().into()
}

fn assert_text(name: &str, folder: &Path, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&regex_of(folder), "FOLDER");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ", "TIME");
    settings.add_filter(r"\d+ KiB", "N KiB");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A path, in which a dot would be any character.
fn regex_of(path: &Path) -> String {
    path.display().to_string().replace('\\', r"\\").replace('.', r"\.")
}

/// Two answers, and two calls of the last minute.
async fn fill(file: &Path, endpoint: &str) {
    let (store, _) = Store::open(file).await.unwrap();
    let key = QuotaKey::new(endpoint, "getIPStatistics").of_app(Some("tenant-1".to_owned()), Some("app-1".to_owned()));
    let scope = Scope { key: key.clone(), parameters: "lookBackHours=48".to_owned() };
    // Never expired.
    let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800_u64 + seconds);
    for (subject, answered_at) in [("203.0.113.7", time(0)), ("203.0.113.8", time(3_661))] {
        store.put(&scope, subject, b"{}", answered_at).await.unwrap();
    }
    for _ in 0..2 {
        let request = PermitRequest::new(&key, &WINDOWS, Duration::from_secs(3600));
        store.ledger().acquire(request).await.unwrap();
    }
}

#[test]
fn path_prints_the_path_and_creates_nothing() {
    let folder = TempDir::new().unwrap();
    let inside = |name: &str| format!("{}\n", folder.path().join(name).display());
    for (arguments, name) in [(&["path"][..], "mde.db"), (&["path", "--sandbox"], "sandbox.db")] {
        let run = store(folder.path(), arguments);
        assert_eq!((run.out, run.err, run.code), (inside(name), String::new(), Some(0)));
    }
    let other = folder.path().join("other");
    let run = store(folder.path(), &["path", "--store", other.to_str().unwrap()]);
    assert_eq!(run.out, inside("other/mde.db"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The default is the folder of the platform.
#[cfg(target_os = "linux")]
#[test]
fn the_default_is_the_folder_of_the_platform() {
    let mut command = mde(&["store", "path"]);
    let run = Run::from(command.env_remove("MDE_STORE").env("XDG_DATA_HOME", "/data/of/mine").output().unwrap());
    assert_eq!((run.out.as_str(), run.code), ("/data/of/mine/mde/mde.db\n", Some(0)));
}

#[test]
fn without_a_file_there_is_nothing_to_show_or_to_clear() {
    let folder = TempDir::new().unwrap();
    let mut cases = Cases::default();
    for command in ["stats", "clear"] {
        cases.add(command, &store(folder.path(), &[command]).text());
    }
    assert_text("store-without-file", folder.path(), &cases.0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "none is created");
}

#[tokio::test]
async fn clear_deletes_answers_but_not_the_used_quota() {
    let folder = TempDir::new().unwrap();
    fill(&folder.path().join("mde.db"), "https://api.security.microsoft.com").await;
    fill(&folder.path().join("sandbox.db"), "http://127.0.0.1:1").await;
    let mut cases = Cases::default();
    for arguments in [&["stats"][..], &["stats", "--sandbox"], &["clear"], &["stats"]] {
        cases.add(&arguments.join(" "), &store(folder.path(), arguments).text());
    }
    assert_text("store-cleared", folder.path(), &cases.0);
    let sandbox = store(folder.path(), &["stats", "--sandbox"]);
    assert!(sandbox.out.contains("answers      2\n"), "{}", sandbox.out);
}

#[test]
fn a_profile_has_its_own_cache() {
    let folder = TempDir::new().unwrap();
    let inside = |name: &str| format!("{}\n", folder.path().join(name).display());
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[profiles.one]\nstore = \"of-one\"\n").unwrap();
    let mut command = mde(&["store", "path", "--profile", "one"]);
    let run = Run::from(command.env("MDE_CONFIG", config).env_remove("MDE_STORE").output().unwrap());
    assert_eq!((run.out, run.code), (inside("of-one/mde.db"), Some(0)), "{}", run.err);
}

#[test]
fn every_help_has_examples() {
    let groups = [&["store"][..], &["store", "path"], &["store", "stats"], &["store", "clear"], &["ip"], &["config"]];
    for arguments in groups {
        let run = run(&[arguments, &["--help"]].concat());
        let example = format!("\nExamples:\n  mde {} ", arguments.join(" "));
        let (example, _) = example.rsplit_once(' ').unwrap();
        assert!(run.code == Some(0) && run.out.contains(example), "{arguments:?}: {}", run.out);
    }
}

/// Overwrites all but the first page, which shows whose file it is.
fn damage(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(file, bytes).unwrap();
}

/// A reader leaves a damaged file as it is.
#[tokio::test]
async fn a_damaged_file_is_quarantined_by_a_command_that_writes() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mde.db");
    fill(&file, "https://api.security.microsoft.com").await;
    damage(&file);
    let before = std::fs::read(&file).unwrap();
    let mut cases = Cases::default();
    cases.add("stats", &store(folder.path(), &["stats"]).text());
    assert!(std::fs::read(&file).unwrap() == before);
    cases.add("clear", &store(folder.path(), &["clear"]).text());
    assert_text("store-quarantined", folder.path(), &cases.0);
}

/// Quarantined files may hold answers, so they are listed and deleted with the cache.
#[test]
fn quarantined_files_are_listed_and_deleted() {
    let folder = TempDir::new().unwrap();
    let damaged = "mde.db.damaged-2026-01-31T12-00-00Z";
    for name in
        [damaged, &format!("{damaged}-wal"), "mde.db.locked-2026-01-31T12-00-00Z", "sandbox.db.damaged-1", "notes"]
    {
        std::fs::write(folder.path().join(name), "203.0.113.7").unwrap();
    }
    let mut cases = Cases::default();
    for command in ["stats", "clear"] {
        cases.add(command, &store(folder.path(), &[command]).text());
    }
    assert_text("store-quarantined-files", folder.path(), &cases.0);
    let names =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["mde.db", "notes", "sandbox.db.damaged-1"]);
}

#[test]
fn a_read_only_cache_is_an_error_with_advice() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mde.db");
    std::fs::write(&path, "").unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    assert_text("store-read-only", folder.path(), &store(folder.path(), &["clear"]).text());
}

#[tokio::test]
async fn control_characters_of_a_key_do_not_reach_the_terminal() {
    let folder = TempDir::new().unwrap();
    fill(&folder.path().join("mde.db"), "http://127.0.0.1\u{1b}[31m").await;
    let run = store(folder.path(), &["stats"]);
    assert!(run.out.contains("127.0.0.1\\u{1b}[31m"), "{:?}", run.out);
}

#[cfg(unix)]
#[tokio::test]
async fn control_characters_of_a_path_do_not_reach_the_terminal() {
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("\u{1b}[31m");
    let path = inside.join("mde.db");
    std::fs::create_dir(&inside).unwrap();
    fill(&path, "https://api.security.microsoft.com").await;
    damage(&path);
    let quarantined = store(&inside, &["clear"]);
    assert!(quarantined.err.contains("\\u{1b}[31m/mde.db.damaged-"), "{:?}", quarantined.err);

    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let unusable = store(&inside, &["clear"]);
    assert!(unusable.err.contains("\\u{1b}[31m/mde.db: "), "{:?}", unusable.err);
    for run in [quarantined, unusable] {
        let text = [run.out, run.err].concat();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

/// What stands in the place of the file, and what every command says of it.
#[cfg(unix)]
#[test]
fn what_is_not_ours_is_refused_by_every_command_and_stays() {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    type Plant = (&'static str, fn(&Path));
    let plants: [Plant; 8] = [
        ("a link", |path| symlink("target", path).unwrap()),
        ("a link that leads nowhere", |path| symlink("missing", path).unwrap()),
        ("a hard link", |path| fs::hard_link(path.with_file_name("target"), path).unwrap()),
        ("a pipe", |path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap())),
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a database of another program", |path| {
            // A header that says so, and one page without tables.
            let mut page = b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20".to_vec();
            page.resize(4096, 0);
            page[31] = 1;
            page[59] = 1;
            page[47] = 4;
            page[68..72].copy_from_slice(b"note");
            page[100] = 13;
            page[105] = 16;
            fs::write(path, page).unwrap();
        }),
        ("a text", |path| fs::write(path, "notes, and nothing that one could read as a database").unwrap()),
    ];
    let state = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut state: Vec<_> = entries
            .map(|entry| {
                let metadata = entry.metadata().unwrap();
                let content = metadata.is_file().then(|| fs::read(entry.path()).unwrap());
                (entry.file_name(), metadata.mode(), metadata.uid(), metadata.ino(), content)
            })
            .collect();
        state.sort();
        state
    };
    let gate = Gate::open();
    let mut cases = Cases::default();
    for (name, plant) in plants {
        let folder = TempDir::new().unwrap();
        let target = folder.path().join("target");
        fs::write(&target, "").unwrap();
        // As /dev/null has it.
        fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
        plant(&folder.path().join("sandbox.db"));
        let before = state(folder.path());
        let mut asking = mde(&["ip", "stats", "203.0.113.7"]);
        let mut checking = mde(&["doctor"]);
        let mut texts = String::new();
        for (command, of_cache) in [
            (gate.ask(&mut asking), "mde: the cache"),
            (&mut mde(&["store", "stats", "--sandbox"]), "mde: "),
            (&mut mde(&["store", "clear", "--sandbox"]), "mde: "),
            (gate.ask(&mut checking).env_remove("HTTPS_PROXY"), "warn  cache"),
        ] {
            let run = Run::from(command.env("MDE_STORE", folder.path()).output().unwrap());
            let text = [run.out, run.err].concat();
            let line = text.lines().find(|line| line.starts_with(of_cache)).unwrap_or(&text);
            texts += &format!("{}\n", line.replace(&folder.path().display().to_string(), "FOLDER"));
            assert!(state(folder.path()) == before, "{name}: {line}");
        }
        cases.add(name, &texts);
    }
    insta::assert_snapshot!("store-planted", cases.0);
}

/// The lock is that of a folder, as a process has it that opens or renames the file.
#[cfg(unix)]
#[test]
fn a_lock_is_waited_for_and_said() {
    let (gate, folder) = (Gate::open(), TempDir::new().unwrap());
    let lock = std::fs::File::open(folder.path()).unwrap();
    lock.lock().unwrap();
    let mut asking = mde(&["ip", "stats", "203.0.113.7"]);
    gate.ask(&mut asking).env("MDE_STORE", folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = asking.spawn().unwrap();
    let mut notes = BufReader::new(running.stderr.take().unwrap()).lines();
    let note = notes.next().unwrap().unwrap().replace(&folder.path().display().to_string(), "FOLDER");
    assert_eq!(note, "mde: waiting for another program that holds the lock of FOLDER/sandbox.db; press Ctrl-C to stop");
    assert_eq!(gate.asked(), 0, "not a call is made without the ledger");
    drop(lock);
    assert!(running.wait().unwrap().success());
    assert_eq!(gate.asked(), 1);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["sandbox.db"]);
}
