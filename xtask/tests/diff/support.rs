//! The contract that the tests of the comparison start from, and reports on it.

use mde_codegen::Document;
use xtask::diff::{Bump, Comparison, Links, Report, Versions};
use xtask::evidence::{Evidence, Tree, Witnesses};

/// The contract that every case changes, as text.
pub(crate) const BASE: &str = include_str!("base.yaml");

/// The contract that every case changes.
pub(crate) fn base() -> Document {
    contract("base.yaml", BASE)
}

/// A contract with nothing wrong with it.
pub(crate) fn contract(name: &str, text: &str) -> Document {
    let document = Document::parse(name, text).unwrap_or_else(|finding| panic!("{finding}"));
    if let Err(findings) = mde_codegen::Contract::read(&document) {
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        panic!("{}", findings.join("\n\n"));
    }
    document
}

/// A report without diffs, on a comparison of these two.
pub(crate) fn report<'a>(comparison: &'a Comparison, base: &Document, new: &Document) -> Report<'a> {
    Report {
        comparison,
        base: "main",
        new: "the branch",
        base_witnesses: witnesses(base),
        new_witnesses: witnesses(new),
        evidence: None,
        links: Links::default(),
        evidence_diff: None,
        contract: versions(version(base), version(new), comparison.contract_bump()),
        client: versions([0, 1, 0], [0, 1, 0], below_one(comparison.client_bump())),
        generated_diff: None,
        wire_diff: None,
    }
}

/// The names of the elements alone, where there is no evidence.
fn witnesses(contract: &Document) -> Witnesses {
    Evidence::read("", &Tree::new()).witnesses(contract)
}

fn versions(base: [u32; 3], new: [u32; 3], bump: Bump) -> Versions {
    let [major, minor, patch] = base;
    let raised = match bump {
        Bump::None => base,
        Bump::Patch => [major, minor, patch + 1],
        Bump::Minor => [major, minor + 1, 0],
        Bump::Major => [major + 1, 0, 0],
    };
    let [base, new, needed] =
        [base, new, raised.max(new)].map(|[major, minor, patch]| format!("{major}.{minor}.{patch}"));
    Versions { base, new, needed }
}

/// Before 1.0.0, the second number is raised for a break, and the third for all else.
fn below_one(bump: Bump) -> Bump {
    match bump {
        Bump::Major => Bump::Minor,
        Bump::Minor => Bump::Patch,
        other => other,
    }
}

fn version(contract: &Document) -> [u32; 3] {
    let text = contract.root()["info"]["version"].as_str().unwrap();
    let numbers: Vec<_> = text.split('.').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}
