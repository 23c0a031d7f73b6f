//! How a contract is read: its YAML, the rules that it is held to, and the model that it becomes.

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

/// The sound contract that each case changes.
const BASE: &str = include_str!("base.yaml");
