//! Writes the code for a contract. Files import in one direction: operations -> many -> arguments -> values;
//! operations -> transport -> bodies -> examples -> body; examples -> values; operations -> endpoints -> values;
//! operations -> requests -> values; enums -> values; operations and many -> pages -> arguments.

mod arguments;
mod bodies;
mod body;
mod endpoints;
mod enums;
mod examples;
mod many;
mod operations;
mod pages;
mod requests;
mod transport;
mod values;

use proc_macro2::TokenStream;
use quote::quote;

use crate::document::Document;
use crate::finding::Finding;
use crate::model::{Contract, ValueKind};

pub(crate) use values::broken_patterns;

/// Writes the source: the header, then each piece, formatted separately.
pub(crate) fn write(document: &Document, contract: &Contract) -> Result<String, Box<Finding>> {
    let (transport, bodies) = transport::transport(document, contract)?;
    let mut pieces = vec![reexports(contract)];
    pieces.extend(values::values(contract));
    pieces.extend(contract.values.iter().flat_map(|value| match &value.kind {
        ValueKind::Enum(enumeration) => enums::enumeration(value, enumeration),
        _ => Vec::new(),
    }));
    pieces.extend(requests::requests(contract));
    pieces.push(endpoints::endpoints(contract));
    pieces.extend(operations::operations(contract, &bodies));
    pieces.extend(bodies::constructors(contract, &bodies));
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
    let bodies = values::bodies(contract).into_iter().map(values::type_ident);
    quote! { pub use self::transport::types::{#(#bodies),*}; }
}

fn format(document: &Document, piece: TokenStream) -> Result<String, Box<Finding>> {
    Ok(prettyplease::unparse(&transport::parsed(document, piece)?))
}
