//! The check of the contract against its evidence, case by case and by mutation, and the list of what was attested.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attest;
mod check;
mod mutants {
    //! Every systematic change of the contract, the facts or the rulings is found where it was made. Survivors are listed
    //! by name, with the reason.

    mod contract;
    mod descriptions;
    mod evidence;
    pub(crate) mod mutation;
    mod rulings;
}
#[path = "../second_operation/overlay.rs"]
mod overlay;
mod pages;
mod robust;
mod rules;
mod second_operation;
mod sources;
#[path = "../../../crates/codegen/tests/support/cases.rs"]
mod tables;
