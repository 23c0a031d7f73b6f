//! Other people's tools: linters on the contract, a mock that is made of it, and Schemathesis on the sandbox. `.ci/run`
//! installs them and says where they are.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "linters/prism.rs"]
mod prism;
#[path = "linters/schemathesis.rs"]
mod schemathesis;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder in which `.ci/run` has installed the linters.
fn installed(program: &str) -> PathBuf {
    let folder = std::env::var_os("MDE_LINTERS").expect("MDE_LINTERS names the folder of the linters, see .ci/run");
    Path::new(&folder).join(program)
}

fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/mde.yaml")
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat()
}

#[test]
#[ignore = "needs openapi-spec-validator from PyPI"]
fn openapi_spec_validator_reports_nothing() {
    let output = Command::new(installed("python/bin/openapi-spec-validator")).arg(contract()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
#[ignore = "needs Spectral from the npm registry"]
fn spectral_reports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ruleset = folder.path().join("ruleset.yaml");
    std::fs::write(&ruleset, "extends: [\"spectral:oas\"]\n").unwrap();
    let output = Command::new(installed("node_modules/.bin/spectral"))
        .args(["lint", "--quiet", "--format=json", "--fail-severity=hint", "--ruleset"])
        .args([&ruleset, &contract()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results, serde_json::json!([]));
}

#[test]
#[ignore = "needs Redocly from the npm registry"]
fn redocly_reports_nothing() {
    let output = Command::new(installed("node_modules/.bin/redocly"))
        .args(["lint", "--extends=recommended", "--format=json"])
        .arg(contract())
        .env("REDOCLY_TELEMETRY", "off")
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["problems"], serde_json::json!([]), "{}", text(&output));
    assert_eq!(report["totals"]["warnings"], 0);
    assert!(output.status.success(), "{}", text(&output));
}
