//! Writes the Rust source of `mde-client` from its OpenAPI contract.
//!
//! progenitor writes types and transport; this crate adds what it leaves out: types for bounded integers and for
//! text with a pattern, the table of endpoints, quota and permissions, and the request builders of each operation.
//!
//! The same text gives the same bytes, in every build: the generator's crates are pinned, nothing depends on the
//! order of a hash map or on the features of a shared dependency.
//!
//! What the generated code expects of the crate that includes it is the runtime of `mde-client`.

mod emit;

use mde_contract::{Contract, Document, Finding};

/// Writes the source of the client for a contract, given as YAML text. `name` is how findings call the contract.
///
/// # Errors
/// Every finding that keeps code from being written, each a sentence with a place in the contract. A panic of the
/// generator becomes a finding too.
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
