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
//! `pointer`, `finding` and `document` know no OpenAPI; `model` holds the contract; `lint` checks a document
//! against the rules and reads the model from it; `emit` writes Rust from the model.

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

pub use document::Document;
pub use finding::{Finding, Note};
pub use lint::rules::{LINT_RULES, Rule};
pub use model::{
    BoundedInteger, Contract, Echo, Operation, Parameter, ParameterPlace, Permission, Permissions, QuotaWindow, Server,
    Text, Value, ValueKind, Width,
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

/// Line comments, because an included file cannot begin with an inner doc comment.
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

/// The schemas of the responses and of the errors, without duplicates.
fn bodies(contract: &Contract) -> BTreeSet<&str> {
    contract.answers.iter().chain(&contract.errors).map(String::as_str).collect()
}

fn format(document: &Document, piece: TokenStream) -> Result<String, Box<Finding>> {
    let file = syn::parse2(piece).map_err(|error| {
        let message = format!("the generated code is not valid Rust: {error}");
        let help = "look for a name in the contract that is not valid in Rust, such as a keyword";
        document.finding("generator-accepts", &Pointer::root(), message, help)
    })?;
    Ok(prettyplease::unparse(&file))
}
