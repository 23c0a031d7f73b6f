//! The sources of the evidence as tests read them: each with the operation that it is about.

use mde_codegen::{Contract, Document};
use serde_json::Value as Json;

/// A source of the evidence.
pub struct Source {
    /// Its folder within that of the contract, such as `documented/endpoint-catalogue`.
    pub folder: &'static str,
    /// What its `source.yaml` holds.
    pub description: Json,
    /// The id of the operation that it is about; `None` where it is about the whole API, or about an operation that the
    /// contract does not have.
    pub operation: Option<String>,
}

/// Every source of the real evidence, ordered by its folder.
///
/// # Panics
/// Where the contract or a description cannot be read, which `cargo xtask check` reports.
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub fn sources() -> Vec<Source> {
    let document = Document::parse(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).expect("a contract");
    let contract = Contract::read(&document).expect("a sound contract");
    let descriptions =
        mde_openapi::FILES.iter().filter_map(|file| Some((file.path.strip_suffix("/source.yaml")?, file)));
    let sources = descriptions.map(|(folder, file)| {
        let description = Document::parse(file.path, file.text).expect("a description").root().clone();
        let operation = operation_of(&description, &contract);
        Source { folder, description, operation }
    });
    sources.collect()
}

/// The source that a file of the evidence belongs to.
///
/// # Panics
/// Where no source has the file.
pub fn source_of(path: &str) -> Source {
    let source =
        sources().into_iter().find(|source| path.strip_prefix(source.folder).is_some_and(|file| file.starts_with('/')));
    source.unwrap_or_else(|| panic!("{path} is of no source"))
}

/// The operation that a description names: by its id, or by its method and path.
fn operation_of(description: &Json, contract: &Contract) -> Option<String> {
    let (speaks_of, named) = (&description["speaks-of"], &description["facts"]["operation"]);
    let known = contract.operations.iter().find(|operation| {
        *speaks_of == operation.id.as_str()
            || (named["method"] == operation.method.as_str() && named["path"] == operation.path.as_str())
    });
    known.map(|operation| operation.id.clone())
}
