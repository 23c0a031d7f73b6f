//! Reads the OpenAPI contract of `mde`, lints it, and generates the Rust source of `mde-client` from it.
//!
//! [`Document::parse`] turns YAML text into a tree that keeps the position of each value. [`Contract::read`] lints that
//! tree and returns the model that the generator works with, or a list of [`Finding`]s, each with a rule, a line and
//! column, a JSON pointer and a hint how to fix it. [`generate`] does both and writes the code.
//!
//! progenitor writes types and transport. This crate adds what it leaves out: types for bounded integers and for text
//! with a pattern, the table of endpoints, quota and permissions, and the request builders of each operation. The
//! generated code calls the runtime of `mde-client`.
//!
//! The output is deterministic: the same text gives the same bytes in every build. The generator's crates are pinned,
//! and nothing depends on the order of a hash map or on the features of a shared dependency.
//!
//! Files import one way:
//!
//! ```text
//! pointer <- finding <- document <- model <- lint <- emit <- lib
//! ```
//!
//! `reserved`, a list of names, lies below `lint` and `emit`. `pointer`, `finding` and `document` know no OpenAPI; `model` holds the contract; `lint` checks a document
//! against the rules and reads the model from it; `emit` writes Rust from the model.

mod document;
mod emit;
mod finding;
mod lint;
mod model;
mod pointer;
mod reserved;

pub use document::Document;
pub use finding::{Finding, Note};
pub use lint::rules::{LINT_RULES, Rule};
pub use model::{
    Answer, BodyExample, BoundedInteger, Contract, Echo, Enumeration, Example, Operation, Parameter, ParameterPlace,
    ParameterValue, Permission, Permissions, PropertyKind, QuotaWindow, RequestBody, RequestObject, RequestProperty,
    Server, Text, Value, ValueKind, Width,
};
pub use pointer::{Pointer, Position};

/// Generates the source of the client from a contract, given as YAML text. Findings show `name` as the file name.
///
/// # Errors
/// Every finding that prevents generation. A panic of the generator becomes a finding too.
///
/// ```
/// let findings = mde_codegen::generate("mde.yaml", "openapi: 3.0.3").unwrap_err();
/// assert!(findings.iter().any(|finding| finding.rule == "server-described"));
/// ```
pub fn generate(name: &str, contract: &str) -> Result<String, Vec<Finding>> {
    let document = Document::parse(name, contract).map_err(|finding| vec![*finding])?;
    let contract = Contract::read(&document)?;
    let findings = emit::broken_patterns(&document, &contract);
    if !findings.is_empty() {
        return Err(findings);
    }
    emit::write(&document, &contract).map_err(|finding| vec![*finding])
}
