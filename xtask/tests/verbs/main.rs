//! The verbs as a maintainer runs them, on copies of the folder `openapi`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attest;
mod check;
mod comments;
mod diff_folders;
mod diff_revisions;
mod explain;
#[path = "../second_operation/overlay.rs"]
mod overlay;
mod regen;
mod rendering;
mod second_operation;
mod support;
mod usage;
