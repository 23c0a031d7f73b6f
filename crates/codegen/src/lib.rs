//! Reads the OpenAPI contract of `mde`, says what is wrong with it and where, and writes the Rust source of `mde-client`
//! from it.
//!
//! [`Document::parse`] turns YAML text into a tree that remembers where each value was written. [`Contract::read`] makes
//! of that tree what the generator and the checks work with, or a list of [`Finding`]s, each with a rule, a line and
//! column, a JSON pointer and a sentence on how to mend it. [`generate`] does both and writes the code.
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
mod document;
mod endpoints;
mod finding;
mod lint;
mod many;
mod model;
mod operations;
mod pointer;
mod transport;
mod values;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

pub use document::{Document, Position};
pub use finding::{Finding, Note};
pub use lint::rules::{LINT_RULES, Rule};
pub use model::{
    BoundedInteger, Contract, Echo, Operation, Parameter, ParameterPlace, Permission, Permissions, QuotaWindow, Server,
    Text, Value, ValueKind, Width,
};
pub use pointer::Pointer;

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
