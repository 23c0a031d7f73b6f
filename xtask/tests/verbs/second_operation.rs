//! A second operation and a third in a checkout of their own: after `cargo xtask attest` and `cargo xtask regen`, the check
//! finds nothing, and the client asks for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::evidence::Tree;

use crate::overlay::with_siblings;
use crate::support::Run;

/// What is no part of a checkout.
const IGNORED: [&str; 3] = [".git", "fuzz", "target"];

/// The manifest of the program that asks.
const MANIFEST: &str = "[package]
name = \"asks\"
version = \"0.0.0\"
edition.workspace = true

[dependencies]
mde-client = { path = \"../client\", default-features = false }
tokio = { workspace = true, features = [\"macros\", \"rt\"] }
";

/// A copy of the workspace to which both operations were added. What is built in it stays, for the next run.
struct Checkout(PathBuf);

impl Checkout {
    fn new(name: &str) -> Self {
        let checkout = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        for kept in entries(&checkout.0).filter(|path| !path.ends_with("target")) {
            if kept.is_dir() { fs::remove_dir_all(kept).unwrap() } else { fs::remove_file(kept).unwrap() }
        }
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in entries(&workspace).filter(|path| !IGNORED.iter().any(|ignored| path.ends_with(ignored))) {
            copy(&entry, &checkout.0.join(entry.file_name().unwrap()));
        }
        let mut openapi = Tree::new();
        let folder = checkout.0.join("openapi");
        for file in ["mde.yaml", "rulings.yaml"] {
            openapi.insert(file.to_owned(), fs::read(folder.join(file)).unwrap());
        }
        for path in entries(&folder.join("documented")).flat_map(|path| files(&path)) {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
            openapi.insert(name, fs::read(path).unwrap());
        }
        for (name, bytes) in with_siblings(&openapi) {
            write(&folder.join(name), &bytes);
        }
        checkout
    }

    /// A run of the tool, as in a checkout where it was built.
    fn xtask(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        Run::of(command.args(arguments).current_dir(&self.0).env("CARGO_MANIFEST_DIR", self.0.join("xtask")))
    }

    fn cargo(&self, arguments: &[&str]) -> Run {
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        cargo.args(arguments).args(["--offline", "--quiet"]).current_dir(&self.0);
        // Not those of the tests around.
        for variable in ["CARGO_MANIFEST_DIR", "INSTA_WORKSPACE_ROOT", "INSTA_SNAPSHOT_REFERENCES_FILE"] {
            cargo.env_remove(variable);
        }
        let run = Run::of(cargo.env("CARGO_TARGET_DIR", self.0.join("target")).env("INSTA_UPDATE", "no"));
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Writes what is generated, after which the check finds nothing.
    fn regenerate(&self) {
        let regen = self.xtask(&["regen"]);
        assert_eq!(regen.code, 0, "{}", regen.stdout);
        assert_eq!(regen.stdout.matches("written ").count(), 3, "{}", regen.stdout);
        self.xtask(&["check"]).assert_silent();
    }
}

#[test]
fn regen_and_check_of_two_more_operations() {
    Checkout::new("regenerated").regenerate();
}

#[test]
#[ignore = "builds the client again"]
fn the_client_asks_for_two_more_operations() {
    let checkout = Checkout::new("second-operation");
    checkout.regenerate();
    let program = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_operation/asks.rs")).unwrap();
    write(&checkout.0.join("crates/asks/src/main.rs"), &program);
    write(&checkout.0.join("crates/asks/Cargo.toml"), MANIFEST.as_bytes());
    insta::assert_snapshot!(checkout.cargo(&["run", "--package", "asks"]).stdout);
}

#[test]
#[ignore = "builds the workspace again"]
fn the_tests_hold_with_two_more_operations_within_minutes() {
    let checkout = Checkout::new("second-operation");
    checkout.regenerate();
    checkout.cargo(&["test", "--workspace", "--test", "agreement", "--test", "client"]);
}

/// What is in a folder, which need not be there.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path())
}

/// Every file below a path.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() { entries(path).flat_map(|path| files(&path)).collect() } else { vec![path.to_owned()] }
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        let target = if file == from { to.to_owned() } else { target };
        write(&target, &fs::read(file).unwrap());
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
