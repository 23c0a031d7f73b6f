//! What the end-to-end tests share: a server that answers what a test scripts, and a clock that a test moves.
//!
//! The example of the root README is a doctest of this crate.

mod clock;
mod scripted;

pub use clock::ManualClock;
pub use scripted::{Scripted, Step};

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
