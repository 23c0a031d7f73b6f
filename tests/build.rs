//! Writes down which type of the client stands for which schema of the contract, so that a schema that is new to the contract
//! is tested without an edit. The names are those that the generator gives; a wrong one does not compile.

use std::fmt::Write as _;

use heck::ToPascalCase;
use mde_codegen::{Contract, Document, ValueKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let document =
        Document::parse(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).map_err(|fault| fault.to_string())?;
    let contract = Contract::read(&document).map_err(|findings| {
        let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
        findings.join("\n")
    })?;
    let out = std::env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    std::fs::write(std::path::Path::new(&out).join("rust_type.rs"), rust_type(&contract)?)?;
    Ok(())
}

/// A function with a row for each schema.
fn rust_type(contract: &Contract) -> Result<String, std::fmt::Error> {
    let mut rows = String::new();
    for body in contract.answers.iter().chain(&contract.errors) {
        writeln!(rows, "        {body:?} => of_body::<mde_client::{}>(),", body.to_pascal_case())?;
    }
    for value in &contract.values {
        let name = match value.kind {
            ValueKind::Address => "std::net::IpAddr".to_owned(),
            ValueKind::Timestamp => "mde_client::Timestamp".to_owned(),
            _ => format!("mde_client::{}", value.name.to_pascal_case()),
        };
        writeln!(rows, "        {:?} => of_value::<{name}>(),", value.name)?;
    }
    Ok(format!(
        "/// The type that stands for a schema.\npub(crate) fn rust_type(schema: &str) -> RustType {{\n    \
         match schema {{\n{rows}        other => panic!(\"the contract has no schema {{other}}\"),\n    }}\n}}\n"
    ))
}
