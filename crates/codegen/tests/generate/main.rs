//! What is written for a contract, and what is said of one that nothing can be written for.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod compiles;
mod constructs;
mod hostile;
mod junk;
mod many;
mod names;
mod pages;
mod real_contract;
mod refusals;
mod requests;
mod same_bytes;
mod second_operation;
mod small_changes;
mod support;
