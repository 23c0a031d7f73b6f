//! The evidence for the contract: what is documented and recorded about the service, source by source.
//!
//! Each folder under `documented` is a source. Its `source.yaml` says what it is and what it states. `SHA256SUMS` beside
//! the folders lists the SHA-256 of every file in them, so that nobody edits evidence unawares. [`check_sources`] finds
//! what is not as it was attested; [`attest`] records a deliberate change.
//!
//! The crate takes the files as a [`Tree`] and touches no disk.

mod attest;
mod call;
mod check;
mod exchange;
mod facts;
mod form;
mod formats;
mod observe;
mod operations;
mod place;
mod request;
mod rules;
mod ruling;
mod schema;
mod source;
mod sources;
mod statement;
mod sums;
mod unwitnessed;
mod verdict;

use std::collections::BTreeMap;

pub use attest::{AttestError, Attested, attest};
pub use check::Evidence;
pub use rules::RULES;
use rules::{
    ATTESTED, CITES, CONTRADICTED, COVERS_NOTHING, DESCRIBED, HOLDS, MISSING, OUTSIDE, REQUEST, RULING, UNWITNESSED,
};
pub use sources::check_sources;

/// The files of the folder `openapi`: their bytes, by their path within it, with forward slashes.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// The folder of the sources within a [`Tree`].
pub const SOURCES: &str = "documented";

/// The list of what was attested, in the folder of the sources: a line of `sha256sum` for each of their files.
pub const SUMS_FILE: &str = "SHA256SUMS";

/// The file that describes a source, in its folder.
pub const SOURCE_FILE: &str = "source.yaml";

/// The SHA-256 of some bytes, in lower-case hexadecimal.
fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
