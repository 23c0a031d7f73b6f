//! The ledger in memory: what it allows, and what it makes of a 429.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod after_a_429;
mod program;
mod windows;
