//! Where the files of both sides can be read, for the links of a comment.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::diff::change::Side;

/// What a path has in an address as it is. Nothing of it ends a link of Markdown.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_');

/// The addresses that paths within the workspace are appended to, such as `https://github.com/OWNER/REPO/blob/SHA`. A side
/// without one has no links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The address of the base.
    pub base: Option<String>,
    /// The address of the new contract.
    pub new: Option<String>,
}

impl Links {
    /// The links of a report, from the address of the new side. That of the base differs in its last part, the revision.
    ///
    /// # Errors
    /// A sentence, where the address is none that can stand in a comment.
    pub fn of(new: &str, base_revision: Option<&str>) -> Result<Self, String> {
        let new = new.trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/-._~%".contains(c);
        let parts = new.strip_prefix("https://").and_then(|rest| rest.rsplit_once('/'));
        let Some((rest, _)) = parts.filter(|_| new.chars().all(is_plain)) else {
            return Err(format!(
                "{new:?} is not the address of a revision; give one such as https://github.com/OWNER/REPO/blob/SHA"
            ));
        };
        let base = base_revision.map(|revision| format!("https://{rest}/{revision}"));
        Ok(Self { base, new: Some(new.to_owned()) })
    }

    /// The address of a line of a file, where there is one. A file of a revision is named `REVISION:PATH`.
    pub(super) fn line(&self, side: Side, file: &str, line: usize) -> Option<String> {
        let address = if side == Side::Base { &self.base } else { &self.new };
        let path = file.rsplit(':').next()?;
        Some(format!("{}/{}#L{line}", address.as_ref()?, utf8_percent_encode(path, PATH)))
    }
}
