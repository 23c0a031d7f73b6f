//! Parsing, linting and reading a contract: the YAML, the rules, and the model.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod document;
mod model;
#[path = "../support/pages.rs"]
mod pages;
mod pointer;
mod rules;
mod several;
#[path = "../support/cases.rs"]
mod tables;

/// The valid contract that each case changes.
const BASE: &str = include_str!("base.yaml");

/// The valid contract that the cases of requests change.
const REQUESTS: &str = include_str!("requests.yaml");
