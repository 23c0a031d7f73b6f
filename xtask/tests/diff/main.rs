//! What the comparison of two contracts finds, and how it reports it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepted;
mod each_case;
mod interface;
mod lenient;
mod mutations;
mod public_interface;
mod report;
mod support;
#[path = "../../../crates/codegen/tests/support/cases.rs"]
mod tables;
