//! The check of the contract against its evidence, case by case and by mutation, and the list of what was attested.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attest;
mod check;
mod mutants {
    //! Every systematic change of the contract, the facts or the rulings is found where it was made. Survivors are listed
    //! by name, with the reason.

    mod contract;
    mod evidence;
    mod mutation;
    mod rulings;
}
mod pages;
mod rules;
mod sources;
#[path = "../../../crates/codegen/tests/support/cases.rs"]
mod tables;
