//! The contracts that the tests start from.

use std::path::Path;

use mde_codegen::{Finding, LINT_RULES};
use serde_json::Value as Json;

/// A file of the workspace, by its path from this package.
pub(crate) fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The contract that the client is generated from.
pub(crate) fn real_contract() -> String {
    read("../../openapi/mde.yaml")
}

/// The small contract that the cases of the rules change.
pub(crate) fn base() -> String {
    read("tests/lint/base.yaml")
}

/// A contract as a plain tree.
pub(crate) fn tree(contract: &str) -> Json {
    mde_codegen::Document::parse("contract.yaml", contract).unwrap().root().clone()
}

/// Replaces what stands in the contract exactly once, so that no test can miss what it means to change.
pub(crate) fn edited(contract: &str, find: &str, replace: &str) -> String {
    assert_eq!(contract.matches(find).count(), 1, "{find:?} must stand in the contract exactly once");
    contract.replace(find, replace)
}

/// The code for a contract that has nothing wrong with it.
pub(crate) fn code(contract: &str) -> String {
    mde_codegen::generate("contract.yaml", contract).unwrap_or_else(|findings| panic!("{}", text(&findings)))
}

/// What keeps code from being written. Every rule that is named has its page.
pub(crate) fn findings(contract: &str) -> Vec<Finding> {
    let findings = mde_codegen::generate("contract.yaml", contract).err().unwrap_or_default();
    for finding in &findings {
        assert!(LINT_RULES.iter().any(|rule| rule.id == finding.rule), "{finding}");
    }
    findings
}

/// Each finding as a person reads it.
pub(crate) fn text(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}
