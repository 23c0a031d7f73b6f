//! What the comparison of two contracts finds, and how it reports it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepted;
mod each_case;
mod interface;
mod json;
mod lenient;
mod markdown;
mod mutations;
mod public_interface;
mod rules;
mod support;
#[path = "../../../crates/codegen/tests/support/cases.rs"]
mod tables;
