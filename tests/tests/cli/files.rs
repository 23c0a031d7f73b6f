//! `--output`: a file that is complete or not there.

use std::fs;
use std::path::Path;

use mde_sandbox::Sandbox;

use crate::{Run, mde, run_against, sandbox, settings};

const ADDRESSES: [&str; 4] = ["203.0.113.7", "192.168.1.1", "2001:db8::8:42", "198.51.100.1"];

fn asked(sandbox: &Sandbox, path: &Path) -> Run {
    run_against(sandbox, &[&["ip", "stats", "-f", "csv", "-o", path.to_str().unwrap()], &ADDRESSES[..]].concat())
}

fn names(folder: &Path) -> Vec<String> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn it_holds_what_would_be_printed() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    let run = asked(&sandbox, &path);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""));
    insta::assert_snapshot!(run.err.replace(path.to_str().unwrap(), "FILE"), @"mde: 4 records are in FILE");
    let text = fs::read_to_string(&path).unwrap();
    let inputs: Vec<_> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(inputs, [&["input"], &ADDRESSES[..]].concat());
    assert_eq!(names(folder.path()), ["answers.csv"], "and nothing beside it");
}

#[tokio::test]
async fn what_is_not_shown_is_not_in_it() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    let options = ["ip", "stats", "--unseen-only", "-f", "csv", "-o", path.to_str().unwrap()];
    let run = run_against(&sandbox, &[&options[..], &ADDRESSES].concat());
    insta::assert_snapshot!(run.err.replace(path.to_str().unwrap(), "FILE"), @r"
        mde: 2 of 4 records are not shown: 2 seen (--unseen-only)
        mde: 2 records are in FILE
        ");
    assert_eq!((run.code, fs::read_to_string(&path).unwrap().lines().count()), (Some(0), 3));
}

#[tokio::test]
async fn some_failures_do_not_keep_it_from_being_written() {
    let sandbox = sandbox().fault("501 every=2".parse().unwrap()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    let run = asked(&sandbox, &path);
    assert_eq!((run.code, fs::read_to_string(&path).unwrap().lines().count()), (Some(1), 5));
}

/// A refusal ends the list.
#[tokio::test]
async fn a_refusal_leaves_what_was_there() {
    let sandbox = sandbox().fault("403 every=3".parse().unwrap()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    fs::write(&path, "of yesterday").unwrap();
    let run = asked(&sandbox, &path);
    assert_eq!((run.code, fs::read_to_string(&path).unwrap().as_str()), (Some(1), "of yesterday"));
    assert_eq!(names(folder.path()), ["answers.csv", "answers.csv.partial"]);
    let err = run.err.replace(path.to_str().unwrap(), "FILE");
    let mut settings = settings();
    // Calls in flight at the refusal are finished.
    settings.add_filter(r"\d answers? (is|are) cached, \d calls?", "N answers are cached, N calls");
    settings.bind(|| {
        insta::assert_snapshot!(err, @r"
        mde: the service answered 403 Forbidden without a body
        the token holds the permission Ip.Read.All; get a new token for https://api.securitycenter.microsoft.com
        FILE is not written, because the list is not complete; what is known is in FILE.partial
        run the same command again to resume: N answers are cached, N calls to go
        ")
    });
}

#[tokio::test]
async fn where_it_cannot_be_written_nothing_is_asked() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let read_only = folder.path().join("read-only.csv");
    fs::write(&read_only, "").unwrap();
    let mut permissions = fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&read_only, permissions).unwrap();
    let mut notes = String::new();
    for name in ["missing/answers.csv", "", "read-only.csv", ".."] {
        let run = asked(&sandbox, &folder.path().join(name));
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{name}");
        notes += &run.err.replace(folder.path().to_str().unwrap(), "FOLDER");
    }
    insta::assert_snapshot!(notes, @r"
        mde: cannot write FOLDER/missing/answers.csv: its folder does not exist
        mde: cannot write FOLDER/: it is a folder
        mde: cannot write FOLDER/read-only.csv: it is read-only
        mde: cannot write FOLDER/..: it is a folder
        ");
    assert_eq!(sandbox.requests().len(), 0);
}

/// The name of a file may be hostile, too.
#[cfg(unix)]
#[tokio::test]
async fn control_characters_of_a_name_are_escaped() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = asked(&sandbox, &folder.path().join("a\u{1b}[31m.csv"));
    assert_eq!((run.code, run.err.contains('\u{1b}')), (Some(0), false), "{:?}", run.err);
}

#[tokio::test]
async fn a_dash_is_standard_output() {
    let sandbox = sandbox().start().await.unwrap();
    let run = asked(&sandbox, Path::new("-"));
    assert_eq!((run.code, run.out.lines().count(), run.err.as_str()), (Some(0), 5, ""));
    assert!(!Path::new("-").exists());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_new_file_has_the_mode_of_any_new_file() {
        let sandbox = sandbox().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.csv");
        let plain = mde(&[]);
        let mut command = Command::new("sh");
        command.args(["-c", "umask 027 && exec \"$0\" \"$@\""]).arg(plain.get_program());
        command.args(["ip", "stats", "8.8.8.8", "-o"]).arg(&path);
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
        assert_eq!(Run::from(command.output().unwrap()).code, Some(0));
        assert_eq!(mode(&path), 0o640);
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_keeps_its_mode() {
        let sandbox = sandbox().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.csv");
        fs::write(&path, "of yesterday").unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(asked(&sandbox, &path).code, Some(0));
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().lines().count()), (0o600, 5));
    }

    /// Also one that leads to nothing yet.
    #[tokio::test]
    async fn a_link_stays_a_link() {
        let sandbox = sandbox().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("there")).unwrap();
        let (link, target) = (folder.path().join("answers.csv"), folder.path().join("there/today.csv"));
        symlink("there/today.csv", &link).unwrap();
        for _ in 0..2 {
            assert_eq!(asked(&sandbox, &link).code, Some(0));
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&target).unwrap().lines().count(), 5);
            fs::write(&target, "of yesterday").unwrap();
        }
    }

    #[tokio::test]
    async fn a_device_is_written_to_and_not_replaced() {
        let sandbox = sandbox().start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
        };
        assert_eq!(asked(&sandbox, &pipe).code, Some(0));
        assert_eq!(reader.join().unwrap().lines().count(), 5);
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
