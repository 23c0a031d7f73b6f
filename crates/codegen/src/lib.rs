//! Writes the Rust source of `mde-client` from its OpenAPI contract.
//!
//! progenitor writes types and transport; this crate adds what it leaves out: types for bounded integers and for
//! text with a pattern, the table of endpoints, quota and permissions, and the request builders of each operation.
//!
//! The same text gives the same bytes, in every build: the generator's crates are pinned, nothing depends on the
//! order of a hash map or on the features of a shared dependency.
//!
//! What the generated code expects of the crate that includes it is the runtime of `mde-client`.

mod arguments;
mod docs;
mod endpoints;
mod many;
mod operations;
mod transport;
mod values;

use std::collections::BTreeSet;

use mde_contract::{Contract, Document, Finding, Pointer};
use proc_macro2::TokenStream;
use quote::quote;

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
    let findings = values::broken_patterns(&document, &contract);
    if !findings.is_empty() {
        return Err(findings);
    }
    write(&document, &contract).map_err(|finding| vec![*finding])
}

fn write(document: &Document, contract: &Contract) -> Result<String, Box<Finding>> {
    let transport = transport::transport(document, contract)?;
    let mut pieces = vec![reexports(contract)];
    pieces.extend(values::values(contract));
    pieces.push(endpoints::endpoints(contract));
    pieces.extend(operations::operations(contract));
    pieces.push(transport);
    let mut source = header(contract);
    for piece in pieces {
        source.push('\n');
        source.push_str(&format(document, piece)?);
    }
    Ok(source)
}

/// Line comments, because a doc comment for the module cannot stand in a file that is included.
fn header(contract: &Contract) -> String {
    let Contract { title, version, .. } = contract;
    format!(
        "// Written by `cargo xtask regen` from the OpenAPI contract; an edit here is lost.\n\
         // {title}, contract version {version}.\n"
    )
}

fn reexports(contract: &Contract) -> TokenStream {
    let bodies = bodies(contract).into_iter().map(values::type_ident);
    quote! { pub use self::transport::types::{#(#bodies),*}; }
}

/// The schemas that the answers and the errors are made of; what is part of both is here once.
fn bodies(contract: &Contract) -> BTreeSet<&str> {
    contract.answers.iter().chain(&contract.errors).map(String::as_str).collect()
}

fn format(document: &Document, piece: TokenStream) -> Result<String, Box<Finding>> {
    let file = syn::parse2(piece).map_err(|error| {
        let message = format!("the code for this contract is no Rust: {error}");
        let help = "look for a name in the contract that Rust cannot have, such as a keyword";
        document.finding("generator-accepts", &Pointer::root(), message, help)
    })?;
    Ok(prettyplease::unparse(&file))
}
