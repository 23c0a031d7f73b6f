//! Reads the OpenAPI contract of `mde`, and says what is wrong with it and where.
//!
//! [`Document::parse`] turns YAML text into a tree that remembers where each value was written.
//! [`Contract::read`] makes of that tree what the code generator and the checks work with, or a list of
//! [`Finding`]s, each with a rule, a line and column, a JSON pointer and a sentence on how to mend it.
//!
//! [`diff::compare`] says what two contracts differ in, and whom that breaks.
//!
//! The crate takes text and touches no file, because every build of the client carries it.
//!
//! ```
//! use mde_contract::{Contract, Document};
//!
//! let document = Document::parse("mde.yaml", "openapi: 3.1.0\n").map_err(|finding| finding.to_string())?;
//! let findings = Contract::read(&document).unwrap_err();
//! let of_version = findings.iter().find(|finding| finding.rule == "openapi-version").map(ToString::to_string);
//! assert!(of_version.is_some_and(|text| text.starts_with("mde.yaml:1:10: `openapi` is \"3.1.0\"")));
//! # Ok::<(), String>(())
//! ```

pub mod diff;

mod document;
mod finding;
mod lint_rules;
mod model;
mod pointer;
mod read;
mod rule;

pub use document::{Document, Position};
pub use finding::{Finding, Note};
pub use lint_rules::LINT_RULES;
pub use model::{
    BoundedInteger, Contract, Echo, Operation, Parameter, ParameterPlace, Permission, Permissions, QuotaWindow, Server,
    Text, Value, ValueKind, Width,
};
pub use pointer::Pointer;
pub use rule::Rule;
