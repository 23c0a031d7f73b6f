//! The check of the contract against its evidence, case by case and by mutation, and the list of what was attested.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attest;
mod check;
mod mutants;
mod rules;
mod sources;
#[path = "../../../crates/codegen/tests/support/cases.rs"]
mod tables;
