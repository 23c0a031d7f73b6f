//! The verbs as a maintainer runs them, on copies of the folder `openapi`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attest;
mod check;
mod comments;
mod diff_folders;
mod diff_revisions;
mod explain;
mod regen;
mod rendering;
mod support;
mod usage;
