//! The sandbox against the contract: every answer that it can give is one that the contract allows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answer;
mod cases;
mod contract;
mod enumeration;
mod mutants;
