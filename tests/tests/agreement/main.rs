//! The generated types against the contract and the evidence: no documented answer loses anything on its way through
//! them, and the schema that a type has in Rust is the one that it has in the contract.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod difference;
mod evidence;
mod losses;
mod mutants;
mod round_trip;
mod rust_types;
mod same_schema;
mod schemas;
