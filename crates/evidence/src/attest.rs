use std::fmt;

use mde_contract::{Document, Finding, Pointer};
use serde_json::Value as Json;

use crate::digest;

/// What attesting a file changed in the description of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attested {
    /// The file was attested as it is; nothing changed.
    Unchanged,
    /// The new text of the description.
    Description(String),
}

/// Why a file cannot be attested.
#[derive(Debug)]
#[non_exhaustive]
pub enum AttestError {
    /// The description of the source cannot be read.
    Unreadable(Finding),
    /// The description has no `files:` on a line of its own.
    NoList,
    /// There is no such file, and none was attested.
    Nothing,
}

impl fmt::Display for AttestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(finding) => finding.fmt(f),
            Self::NoList => {
                f.write_str("the source has no `files:` at the start of a line, with a file on each line below")
            }
            Self::Nothing => f.write_str("there is no such file, and none of that name was attested"),
        }
    }
}

impl std::error::Error for AttestError {}

/// Records in the description of a source what a file beside it now is: its SHA-256, or that it is gone.
///
/// `description` is the text of the `source.yaml`; of it only the line of the file changes.
///
/// # Errors
/// Where the description cannot be read, or there is nothing to record.
pub fn attest(description: &str, name: &str, bytes: Option<&[u8]>) -> Result<Attested, AttestError> {
    let now = bytes.map(digest);
    let attested = attested_digest(description, name)?;
    match (&attested, &now) {
        (None, None) => return Err(AttestError::Nothing),
        (Some(before), Some(now)) if before == now => return Ok(Attested::Unchanged),
        _ => {}
    }
    let text = rewritten(description, name, now.as_deref()).ok_or(AttestError::NoList)?;
    // A list that is written in another way than line by line would not say what it should.
    match attested_digest(&text, name) {
        Ok(recorded) if recorded == now => Ok(Attested::Description(text)),
        _ => Err(AttestError::NoList),
    }
}

/// What the description says of a file; the empty text for what is no digest at all.
fn attested_digest(description: &str, name: &str) -> Result<Option<String>, AttestError> {
    let document = Document::parse(crate::SOURCE_FILE, description).map_err(AttestError::Unreadable)?;
    let digest = document.get(&Pointer::root().child("files").child(name));
    Ok(digest.map(|digest| digest.as_str().unwrap_or_default().to_owned()))
}

/// The description with another line for the file; `None` where there is no list to put it in.
fn rewritten(description: &str, name: &str, digest: Option<&str>) -> Option<String> {
    let line_end = if description.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = description.lines().map(str::to_owned).collect();
    let heading = lines.iter().position(|line| matches!(line.trim_end(), "files:" | "files: {}"))?;
    let first = heading + 1;
    let count = lines[first..].iter().take_while(|line| line.starts_with("  ")).count();
    let mut entries = lines[first..first + count].to_vec();
    let entry = digest.map(|digest| entry(name, digest));
    match (entries.iter().position(|line| is_entry(line, name)), entry) {
        (Some(place), Some(entry)) => entries[place] = entry,
        (Some(place), None) => drop(entries.remove(place)),
        (None, Some(entry)) => {
            let place = entries.iter().position(|line| *line > entry).unwrap_or(entries.len());
            entries.insert(place, entry);
        }
        (None, None) => {}
    }
    lines[heading] = if entries.is_empty() { "files: {}" } else { "files:" }.to_owned();
    lines.splice(first..first + count, entries);
    Some(lines.join(line_end) + line_end)
}

/// Whether a line of the list is that of a file.
fn is_entry(line: &str, name: &str) -> bool {
    Document::parse(crate::SOURCE_FILE, line).is_ok_and(|line| line.root().get(name).is_some())
}

/// The line of a file, its name in quotes where YAML needs them.
fn entry(name: &str, digest: &str) -> String {
    let plain = format!("  {name}: {digest}");
    if is_entry(&plain, name) { plain } else { format!("  {}: {digest}", Json::from(name)) }
}
