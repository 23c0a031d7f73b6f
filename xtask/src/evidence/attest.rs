use std::fmt;

use mde_codegen::Finding;

use crate::evidence::sums::{Sums, is_listable, line};
use crate::evidence::{SUMS_FILE, digest};

/// What attesting a file changed in the list of the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attested {
    /// The file was attested as it is; nothing changed.
    Unchanged,
    /// The new text of the list.
    List(String),
}

/// Why a file cannot be attested.
#[derive(Debug)]
#[non_exhaustive]
pub enum AttestError {
    /// The list is not as `sha256sum` writes it, or not in order: everything that is wrong with it.
    Unreadable(Vec<Finding>),
    /// The path is none that a line of the list can hold.
    Unlistable,
    /// There is no such file, and none was attested.
    Nothing,
}

impl fmt::Display for AttestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(findings) => {
                let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
                f.write_str(&findings.join("\n\n"))
            }
            Self::Unlistable => {
                write!(
                    f,
                    "the path is not SOURCE/FILE without a backslash or line break, so no line of {SUMS_FILE} can hold it"
                )
            }
            Self::Nothing => f.write_str("there is no such file, and none of that name was attested"),
        }
    }
}

impl std::error::Error for AttestError {}

/// Records in the list of the evidence what a file now is: its SHA-256, or that it is gone.
///
/// `list` is what [`SUMS_FILE`] holds; of it only the line of the file changes. `path` is that of the file within the
/// folder of the sources.
///
/// # Errors
/// Where the list cannot be read, the path cannot stand in it, or there is nothing to record.
pub fn attest(list: &[u8], path: &str, bytes: Option<&[u8]>) -> Result<Attested, AttestError> {
    if !is_listable(path) {
        return Err(AttestError::Unlistable);
    }
    let sums = Sums::read(SUMS_FILE, list).map_err(|finding| AttestError::Unreadable(vec![*finding]))?;
    if !sums.faults.is_empty() {
        return Err(AttestError::Unreadable(sums.faults));
    }
    let before = sums.lines.iter().find(|line| line.path == path).map(|line| line.digest);
    let now = bytes.map(digest);
    match (before, now.as_deref()) {
        (None, None) => Err(AttestError::Nothing),
        (before, now) if before == now => Ok(Attested::Unchanged),
        (_, now) => Ok(Attested::List(rewritten(&sums, path, now))),
    }
}

/// The list with another line for the file, or with none.
fn rewritten(sums: &Sums<'_>, path: &str, digest: Option<&str>) -> String {
    let line_end = if sums.text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = sums.text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|line| !line.ends_with('\n')) {
        last.push_str(line_end);
    }
    let own = digest.map(|digest| line(digest, path) + line_end);
    match sums.lines.binary_search_by(|line| line.path.cmp(path)) {
        Ok(place) => drop(lines.splice(place..=place, own)),
        Err(place) => drop(lines.splice(place..place, own)),
    }
    lines.concat()
}
