//! What the comparison of two contracts finds, and how it tells it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepted;
#[path = "../support/cases.rs"]
mod cases;
mod each_case;
mod json;
mod lenient;
mod markdown;
mod mutations;
mod rules;
mod support;
