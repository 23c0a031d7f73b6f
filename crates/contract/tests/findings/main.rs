//! What is found wrong with a contract, and where: each case changes one thing of a sound contract.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract_cases;
mod names_cases;
mod operation_cases;
mod response_cases;
mod schema_cases;
mod several;
mod support;
