//! The ledger in memory: what it allows, and what it makes of a 429. And claims, which are looked at again where a ledger gives
//! out a permit.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod after_a_429;
mod claims;
mod program;
mod windows;
