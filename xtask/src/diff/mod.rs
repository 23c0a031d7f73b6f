//! Compares two contracts on two axes: who breaks on the wire, and what it does to users of `mde-client`.
//!
//! On the wire, *callers* are programs written against the old contract that meet a service which follows the new one;
//! *servers* are services and sandboxes that follow the old contract and meet programs written against the new one.
//! A change that breaks servers alone lets every program go on as before, so it is not breaking: it raises the contract's
//! version as an addition does, and needs no review.
//!
//! In Rust, a break is what keeps a program from compiling, or refuses a value that it could give.
//!
//! ```
//! use mde_codegen::Document;
//! use xtask::diff::{RustSource, Wire, compare};
//!
//! let contract = |greatest: u32| {
//!     let text = format!("components: {{schemas: {{Days: {{type: integer, maximum: {greatest}}}}}}}");
//!     Document::parse("mde.yaml", &text)
//! };
//! let comparison = compare(&contract(30)?, &contract(7)?);
//! let change = &comparison.changes[0];
//! assert_eq!(change.rule.id, "bound-tightened");
//! assert_eq!(change.message, "the greatest `Days` is 7, it was 30");
//! // Nobody sends a value that no operation takes; the type for it is there all the same.
//! assert_eq!((change.wire, change.rust), (Wire::Nobody, RustSource::Breaking));
//! # Ok::<(), Box<mde_codegen::Finding>>(())
//! ```
//!
//! The files import one way. `rules` lists the kinds of change; `change` is one of them, and `accepted` marks those that a
//! review accepted. `walk` compares two documents place by place and records changes; `evidence_changes` compares the
//! sources and the rulings. `report` writes both as text, Markdown or JSON. `baseline` finds the earlier contract in a
//! folder or in git, `versions` says which versions must follow, and `command` runs the verb.

mod accepted;
mod baseline;
mod change;
pub(crate) mod command;
mod evidence_changes;
mod report;
mod rules;
mod versions;
mod walk;

pub use accepted::AcceptedBreaks;
pub use change::{Change, Comparison, Side};
pub use evidence_changes::{EvidenceChange, Happened, evidence_changes};
pub use report::{Links, Report, Versions};
pub use rules::{Bump, DIFF_RULES, DiffRule, RustSource, Wire};
pub use walk::compare;
