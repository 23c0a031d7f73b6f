//! What two contracts differ in, as it is shown.

mod json;
mod markdown;
mod shown;
mod text;
mod verdict;

use super::Comparison;

/// The versions of one thing: as it was, as it is, and as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version with the base.
    pub base: String,
    /// The version now.
    pub new: String,
    /// The least version that the changes ask for; the same as [`Self::new`] where that is enough.
    pub needed: String,
}

/// A comparison, with what is told around it.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What is shown.
    pub comparison: &'a Comparison,
    /// How the base is called, such as a revision.
    pub base: &'a str,
    /// How the new contract is called.
    pub new: &'a str,
    /// The versions of the contract.
    pub contract: Versions,
    /// The versions of `mde-client`.
    pub client: Versions,
    /// The unified diff of the generated code.
    pub generated_diff: Option<String>,
    /// The unified diff of the snapshots of what goes over the wire.
    pub wire_diff: Option<String>,
}

impl Report<'_> {
    /// The diffs that say something, each with what it is of.
    fn diffs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let diffs = [("generated.rs", &self.generated_diff), ("What goes over the wire", &self.wire_diff)];
        let diffs = diffs.into_iter().filter_map(|(title, diff)| Some((title, diff.as_deref()?.trim_end())));
        diffs.filter(|(_, diff)| !diff.is_empty())
    }
}
