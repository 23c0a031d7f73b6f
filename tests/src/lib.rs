//! What the end-to-end tests share: a server that answers what a test scripts, a clock that a test moves, a log that a test
//! reads, a person with a browser, and the sources of the evidence.
//!
//! The example of the root README is a doctest of this crate.

mod auto_advance;
mod clock;
mod log;
mod person;
mod scripted;
mod sources;

pub use auto_advance::AutoAdvance;
pub use clock::{FastClock, ManualClock};
pub use log::Log;
pub use person::sign_in_on_page;
pub use scripted::{Scripted, Step};
pub use sources::{Source, source_of, sources};

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
