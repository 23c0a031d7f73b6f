//! Two contracts to compare: that of the folder `before`, and that of `openapi`, in a workspace of its own.

use std::process::Command;

use crate::support::{Copy, Run};

/// A list of versions as cargo writes it, whatever the version of the real client is.
const LOCK: &str =
    "[[package]]\nname = \"mde-cli\"\nversion = \"0.7.0\"\n\n[[package]]\nname = \"mde-client\"\nversion = \"0.1.0\"\n";

/// A workspace with the same contract twice, in version 1.0.0 whatever that of the real one is.
pub(crate) fn contracts() -> Copy {
    let copy = Copy::new();
    let contract = copy.read("openapi/mde.yaml");
    let version = contract.lines().find(|line| line.starts_with("  version: ")).unwrap();
    let contract = contract.replace(version, "  version: 1.0.0");
    copy.write("openapi/mde.yaml", &contract);
    copy.write("openapi/accepted-breaks.yaml", "accepted-breaks: []\n");
    copy.write("before/mde.yaml", &contract);
    copy.write("Cargo.lock", LOCK);
    copy
}

/// Compares in the workspace of the copy.
pub(crate) fn diff(copy: &Copy, arguments: &[&str]) -> Run {
    Run::of(&mut command(copy, arguments))
}

/// A comparison in the workspace of the copy, which a repository around the tests is nothing to.
pub(crate) fn command(copy: &Copy, arguments: &[&str]) -> Command {
    let mut command = copy.command(&["diff"]);
    command.args(arguments).env("CARGO_MANIFEST_DIR", copy.path("xtask"));
    without_repository(&mut command);
    command
}

/// Removes from a command the variables that git sets for the programs that it runs itself.
pub(crate) fn without_repository(command: &mut Command) {
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
}
