//! The OpenAPI contract of getIPStatistics and the evidence for it, as constants.
//!
//! The contract is written for people to read and review; the client is generated from it. The evidence says, source by
//! source, what is documented and recorded about the service; the rulings say what the contract holds where sources
//! disagree or are silent.

mod files;

pub use files::FILES;

/// The contract: OpenAPI 3.0.3 in YAML.
pub const CONTRACT: &str = include_str!("../mde.yaml");

/// The same contract in JSON, with sorted keys, for programs that have no reader for YAML. `cargo xtask regen` writes it.
pub const CONTRACT_JSON: &str = include_str!("../mde.json");

/// How messages call the contract: its path in the repository.
pub const CONTRACT_NAME: &str = "openapi/mde.yaml";

/// A file of the evidence, or the rulings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path within the folder `openapi`, with forward slashes.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}
