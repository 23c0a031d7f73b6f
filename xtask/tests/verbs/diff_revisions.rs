//! `diff` against a revision, in a repository of its own. Ignored tests keep no snapshots, for those would count as
//! forgotten wherever the tests are not run.

use std::fs;
use std::process::Command;

use crate::support::{Copy, contracts, diff, without_repository};

const SNAPSHOTS: &str = "tests/tests/client/snapshots";

/// What the snapshots of the wire differ in where one is gone, one reads otherwise and one is new.
const WIRE: &str = "\
--- a/…/client__answers__c.json.snap
+++ /dev/null
@@ -1 +0,0 @@
-client__answers__c.json as it was
--- a/…/client__wire__a.http.snap
+++ b/…/client__wire__a.http.snap
@@ -1 +1 @@
-client__wire__a.http as it was
+client__wire__a.http as it is
--- /dev/null
+++ b/…/client__wire__new.http.snap
@@ -0,0 +1 @@
+new
";

/// A workspace with one commit.
fn repository() -> Copy {
    let copy = contracts();
    git(&copy, &["init", "--quiet", "--initial-branch", "main"]);
    for name in ["client__wire__a.http", "client__wire__b.http", "client__answers__c.json", "client__timeout"] {
        copy.write(&format!("{SNAPSHOTS}/{name}.snap"), format!("{name} as it was\n"));
    }
    commit(&copy);
    copy
}

fn commit(copy: &Copy) {
    git(copy, &["add", "--all"]);
    git(copy, &["commit", "--quiet", "--message", "So far"]);
}

fn git(copy: &Copy, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "-c", "core.autocrlf=false"]);
    git.args(arguments).current_dir(copy.path("")).env("GIT_CONFIG_GLOBAL", "").env("GIT_CONFIG_NOSYSTEM", "1");
    without_repository(&mut git);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "needs git"]
fn the_working_tree_is_compared_with_the_last_commit() {
    let copy = repository();
    let nothing = diff(&copy, &["--fail-on", "breaking"]);
    assert_eq!(nothing.code, 0, "{}{}", nothing.stdout, nothing.stderr);
    copy.edit("openapi/mde.yaml", "operationId: getIPStatistics", "operationId: getIPStats");
    let changed = diff(&copy, &["--fail-on", "breaking"]);
    assert_eq!(changed.code, 4, "{}{}", changed.stdout, changed.stderr);
    assert!(changed.stdout.contains("operation-id-renamed"), "{}", changed.stdout);
    commit(&copy);
    assert_eq!(diff(&copy, &[]).stdout, nothing.stdout);
    assert_eq!(diff(&copy, &["--base", "HEAD~1", "--fail-on", "breaking"]).code, 4);
    assert_eq!(diff(&copy, &["--base", "main~1", "--fail-on", "breaking"]).code, 4);
}

#[test]
#[ignore = "needs git"]
fn the_snapshots_of_the_wire_are_shown_with_the_contract_of_the_workspace() {
    let copy = repository();
    copy.edit("openapi/mde.yaml", "The address that was asked about.", "The address.");
    copy.write(&format!("{SNAPSHOTS}/client__wire__a.http.snap"), "client__wire__a.http as it is\n");
    copy.write(&format!("{SNAPSHOTS}/client__wire__new.http.snap"), "new\n");
    copy.write(&format!("{SNAPSHOTS}/client__timeout.snap"), "of no concern\n");
    copy.write(&format!("{SNAPSHOTS}/client__wire__b.http.snap.new"), "not accepted yet\n");
    fs::remove_file(copy.path(&format!("{SNAPSHOTS}/client__answers__c.json.snap"))).unwrap();
    let run = diff(&copy, &["--format", "markdown"]);
    let (_, wire) = run.stdout.split_once("```diff\n--- a/").unwrap();
    let wire = format!("--- a/{}", wire.split("```").next().unwrap()).replace(SNAPSHOTS, "…");
    assert_eq!(wire, WIRE);
    assert!(run.stdout.contains("generated.rs for HEAD:openapi/mde.yaml"), "{}", run.stdout);
    let elsewhere = diff(&copy, &["--openapi", "openapi", "--format", "markdown"]);
    assert!(!elsewhere.stdout.contains("client__"), "{}", elsewhere.stdout);
    assert!(elsewhere.stdout.contains("The address."), "{}", elsewhere.stdout);
}

#[test]
#[ignore = "needs git"]
fn the_version_of_the_client_is_that_of_the_revision() {
    let copy = repository();
    copy.edit("openapi/mde.yaml", "operationId: getIPStatistics", "operationId: getIPStats");
    copy.edit("Cargo.lock", "version = \"0.1.0\"", "version = \"0.2.0\"");
    let raised = diff(&copy, &["--format", "json"]);
    assert_eq!(versions(&raised.stdout), r#""base":"0.1.0","bump":"major","needed":"0.2.0","new":"0.2.0""#);
    let asked = diff(&copy, &["--base", "before", "--format", "json"]);
    assert_eq!(versions(&asked.stdout), r#""base":"0.2.0","bump":"major","needed":"0.3.0","new":"0.2.0""#);
}

/// What the report says of the versions of the client.
fn versions(json: &str) -> String {
    let (_, client) = json.split_once("\"client\": {").unwrap();
    client.split('}').next().unwrap().split_whitespace().collect()
}

#[test]
#[ignore = "needs git"]
fn a_folder_wins_over_a_revision_of_the_same_name() {
    let copy = repository();
    git(&copy, &["branch", "before"]);
    copy.edit("openapi/mde.yaml", "operationId: getIPStatistics", "operationId: getIPStats");
    copy.edit("before/mde.yaml", "operationId: getIPStatistics", "operationId: getIPStats");
    assert_eq!(diff(&copy, &["--base", "before", "--fail-on", "breaking"]).code, 0);
    assert_eq!(diff(&copy, &["--base", "heads/before", "--fail-on", "breaking"]).code, 4);
}

#[test]
#[ignore = "needs git"]
fn a_revision_that_cannot_be_compared_with_is_named() {
    let copy = repository();
    for unknown in ["nowhere", "HEAD:openapi"] {
        let run = diff(&copy, &["--base", unknown]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        let expected =
            format!("xtask: git knows no revision {unknown:?}, and there is no such folder; `git fetch` may bring it");
        assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
    }
    fs::remove_file(copy.path("openapi/mde.yaml")).unwrap();
    commit(&copy);
    copy.write("openapi/mde.yaml", copy.read("before/mde.yaml"));
    let run = diff(&copy, &[]);
    let expected = "xtask: \"HEAD\" has no openapi/mde.yaml to compare with; name a later revision\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (2, "", expected));
}

#[test]
#[ignore = "needs git"]
fn a_workspace_without_a_repository_has_no_revisions() {
    let run = diff(&contracts(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("xtask: git finds no repository here to look for \"HEAD\" in"), "{}", run.stderr);
}
