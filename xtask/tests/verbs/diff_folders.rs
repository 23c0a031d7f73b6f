//! `diff` against a folder.

use std::fs;

use crate::support::{Run, assert_runs, command, contracts, diff};

const BEFORE: [&str; 2] = ["--base", "before"];
const GATE: [&str; 4] = ["--base", "before", "--fail-on", "breaking"];
/// What `--format` takes.
const FORMATS: [&str; 3] = ["text", "markdown", "json"];
const MARKER: &str = "<!-- mde-contract-diff -->\n";

const ID: &str = "operationId: getIPStatistics";
const RENAMED: &str = "operationId: getIPStats";

#[test]
fn each_change_is_reported_for_a_reviewer() {
    let changes = [
        ("renamed-operation", ID, RENAMED),
        ("tightened-bound", "      maximum: 720\n      default: 720\n", "      maximum: 700\n      default: 700\n"),
        ("property-made-optional", "required: [ipAddress, organizationPrevalence]", "required: [ipAddress]"),
        (
            "new-server",
            "  - url: https://swa.api.security.microsoft.com\n",
            "  - url: https://xyz.api.security.microsoft.com\n    description: Commercial cloud, made up.\n    \
             x-mde-name: xyz\n    x-mde-authority: https://login.microsoftonline.com\n    \
             x-mde-audience: https://api.securitycenter.microsoft.com\n  - url: https://swa.api.security.microsoft.com\n",
        ),
        ("reworded-description", "The address that was asked about.", "The address."),
    ];
    let runs = changes.map(|(name, find, replace)| {
        let contracts = contracts();
        contracts.edit("openapi/mde.yaml", find, replace);
        let run = diff(&contracts, &["--base", "before", "--format", "markdown"]);
        assert!(run.stdout.starts_with(MARKER), "{name}: {}", run.stdout);
        (name, run)
    });
    assert_runs("diff-markdown", runs);
}

#[test]
fn a_changed_scope_is_reported_for_a_reviewer() {
    let contracts = contracts();
    let contract = contracts.read("openapi/mde.yaml");
    let scope = "https://api.securitycenter.microsoft.com/.default";
    contracts.write("openapi/mde.yaml", contract.replace(scope, "https://api.security.microsoft.com/.default"));
    diff(&contracts, &["--base", "before", "--format", "markdown"]).assert_snapshot("diff-changed-scope");
}

#[test]
fn there_is_a_form_for_each_reader() {
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", ID, RENAMED);
    diff(&contracts, &BEFORE).assert_snapshot("diff-text");
    diff(&contracts, &["--base", "before", "--format", "json"]).assert_snapshot("diff-json");
}

#[test]
fn a_contract_does_not_differ_from_itself() {
    let contracts = contracts();
    let runs = FORMATS
        .map(|format| (format, diff(&contracts, &["--base", "before", "--format", format, "--fail-on", "breaking"])));
    assert_runs("diff-nothing", runs);
    let other_folder = diff(&contracts, &["--base", "before", "--openapi", "before", "--fail-on", "breaking"]);
    assert_eq!(other_folder.code, 0);
}

#[test]
fn the_gate_is_closed_to_breaks_that_nobody_accepted() {
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", "The address that was asked about.", "The address.");
    let too_low = diff(&contracts, &GATE);
    assert_eq!(too_low.code, 4, "nobody breaks, but a version must follow");
    let decision = "a person must decide: info.version is 1.0.0, raise it to 1.0.1 in openapi/mde.yaml\n";
    assert!(too_low.stdout.ends_with(decision), "{}", too_low.stdout);
    contracts.edit("openapi/mde.yaml", "  version: 1.0.0\n", "  version: 1.1.0\n");
    assert_eq!(diff(&contracts, &GATE).code, 0, "nobody breaks");
    contracts.edit("openapi/mde.yaml", ID, RENAMED);
    assert_eq!(diff(&contracts, &BEFORE).code, 0, "there is no gate");
    let closed = diff(&contracts, &GATE);
    assert_eq!(closed.code, 4);
    assert!(closed.stdout.ends_with("accept it with an entry in openapi/accepted-breaks.yaml\n"), "{}", closed.stdout);
}

#[test]
fn what_a_person_must_fix_first_is_reported_instead_of_a_comparison() {
    let contracts = contracts();
    let line = contracts.edit("openapi/mde.yaml", "openapi: 3.0.3", "openapi: 3.1.0");
    let text = diff(&contracts, &BEFORE);
    assert!(text.stdout.contains(&format!("--> openapi/mde.yaml:{line}:10\n")), "{}", text.stdout);
    let runs = FORMATS.map(|format| (format, diff(&contracts, &["--base", "before", "--format", format])));
    assert_runs("diff-unsound", runs);
    contracts.write("before/mde.yaml", "openapi: [\n");
    diff(&contracts, &BEFORE).assert_snapshot("diff-unreadable-base");
}

#[test]
fn a_base_that_the_generator_of_today_refuses_is_compared_all_the_same() {
    let contracts = contracts();
    contracts.edit("before/mde.yaml", ID, "operationId: builder");
    let run = diff(&contracts, &BEFORE);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("the generator of today writes no code to compare with"), "{}", run.stdout);
    assert!(run.stdout.contains("operation-id-renamed"), "{}", run.stdout);
}

#[test]
fn a_version_that_is_raised_already_is_not_asked_for() {
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", "The address that was asked about.", "The address.");
    let asked = diff(&contracts, &BEFORE);
    assert!(asked.stdout.contains("the contract 1.0.0 must become 1.0.1"), "{}", asked.stdout);
    for version in ["1.0.1", "1.5.0"] {
        let contract = contracts.read("before/mde.yaml").replace("The address that was asked about.", "The address.");
        contracts.write("openapi/mde.yaml", contract.replace("version: 1.0.0", &format!("version: {version}")));
        let raised = diff(&contracts, &BEFORE);
        assert!(raised.stdout.contains(&format!("the contract {version} is enough")), "{}", raised.stdout);
    }
}

#[test]
fn a_version_that_cannot_be_raised_is_named() {
    let contracts = contracts();
    contracts.edit("before/mde.yaml", "  version: 1.0.0\n", "  version: one\n");
    diff(&contracts, &BEFORE).assert_snapshot("diff-version-is-none");
}

#[test]
fn what_cannot_be_compared_with_is_named() {
    let contracts = contracts();
    fs::create_dir(contracts.path("empty")).unwrap();
    let run = diff(&contracts, &["--base", "empty"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("xtask: empty/mde.yaml cannot be read: "), "{}", run.stderr);
    diff(&contracts, &["--base=-x"]).assert_snapshot("diff-hyphen");
    assert_eq!(diff(&contracts, &["--fail-on", "anything"]).code, 2);
}

#[test]
fn a_revision_needs_git() {
    let contracts = contracts();
    let run = Run::of(command(&contracts, &["--base", "main"]).env("PATH", contracts.path("before")));
    run.assert_snapshot("diff-without-git");
}

#[test]
fn an_accepted_break_passes_the_gate() {
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", ID, RENAMED);
    contracts.edit("openapi/mde.yaml", "  version: 1.0.0\n", "  version: 1.1.0\n");
    contracts.write("openapi/accepted-breaks.yaml", accepted("getIPStats", "2026-01-31"));
    let run = diff(&contracts, &GATE);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("accepted: The portal calls it so."), "{}", run.stdout);
}

#[test]
fn an_entry_that_accepts_nothing_is_for_a_person_to_decide() {
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", ID, RENAMED);
    contracts.write("openapi/accepted-breaks.yaml", accepted("getIPStats2", "2026-01-31"));
    let run = diff(&contracts, &BEFORE);
    assert!(run.stdout.contains("--> openapi/accepted-breaks.yaml:2:5\n"), "{}", run.stdout);
    run.assert_snapshot("diff-accepted-stale");
    contracts.write("openapi/accepted-breaks.yaml", accepted("getIPStats", "yesterday"));
    let run = diff(&contracts, &["--base", "before", "--format", "markdown"]);
    assert!(run.stdout.starts_with(MARKER), "{}", run.stdout);
    assert!(run.stdout.contains("--> openapi/accepted-breaks.yaml:6:11\n"), "{}", run.stdout);
    assert_eq!(run.code, 4);
    let run = diff(&contracts, &["--base", "before", "--format", "json"]);
    assert!(run.stdout.contains("\"rule\": \"accepted-break-form\""), "{}", run.stdout);
    assert_eq!(run.code, 4);
}

fn accepted(new: &str, date: &str) -> String {
    format!(
        "accepted-breaks:\n  - rule: operation-id-renamed\n    \
         pointer: /paths/~1api~1ips~1{{ip}}~1stats/get/operationId\n    old: getIPStatistics\n    new: {new}\n    \
         date: {date}\n    because: The portal calls it so.\n"
    )
}
