//! A case: the base contract with one edit, and a snapshot of what is found wrong with it.

use mde_contract::{Contract, Document, Finding};
use similar::TextDiff;

/// A contract that has nothing wrong with it.
pub(crate) const BASE: &str = include_str!("base.yaml");

/// The name of the case and of its snapshot, what is replaced, and by what.
pub(crate) type Case = (&'static str, &'static str, &'static str);

/// Replaces what stands in the base exactly once, so that no case can miss what it means to change.
pub(crate) fn edited(contract: &str, find: &str, replace: &str) -> String {
    assert_eq!(contract.matches(find).count(), 1, "{find:?} must stand in the contract exactly once");
    contract.replace(find, replace)
}

/// What is found wrong with a contract.
pub(crate) fn findings(contract: &str) -> Vec<Finding> {
    let document = Document::parse("contract.yaml", contract).unwrap();
    Contract::read(&document).err().unwrap_or_default()
}

/// Each finding as a person reads it.
pub(crate) fn text(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}

/// Holds each case of an area against its snapshot, which shows the edit and the findings.
pub(crate) fn check(area: &str, cases: &[Case]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/{area}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for (name, find, replace) in cases {
        let contract = edited(BASE, find, replace);
        let findings = findings(&contract);
        assert!(!findings.is_empty(), "{name}: nothing is found wrong");
        let edit = TextDiff::from_lines(BASE, &contract).unified_diff().context_radius(1).to_string();
        insta::assert_snapshot!(*name, format!("{edit}\n{}", text(&findings)));
    }
}
