//! The list of the evidence: the SHA-256 of every file of a source, as `sha256sum` writes it, so that no evidence is
//! edited by accident. [`attest`] records a deliberate change.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use mde_codegen::{Finding, Position};

use crate::evidence::form::ATTESTED;

/// The files of the folder `openapi`: their bytes, by their path within it, with forward slashes.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// The folder of the sources within a [`Tree`].
pub const SOURCES: &str = "documented";

/// The list of what was attested, in the folder of the sources: a line of `sha256sum` for each of their files.
pub const SUMS_FILE: &str = "SHA256SUMS";

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
    /// The list cannot hold the path.
    Unlistable,
    /// The file does not exist and is not attested.
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
                    "{SUMS_FILE} can only list a path of the form SOURCE/FILE without backslashes and line breaks"
                )
            }
            Self::Nothing => f.write_str("the file does not exist and is not attested"),
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

const DIGITS: usize = 64;
const SEPARATOR: &str = "  ";

/// The list of the evidence, as `sha256sum` writes it.
pub(crate) struct Sums<'a> {
    pub(crate) text: &'a str,
    /// Every line that can be read.
    pub(crate) lines: Vec<Line<'a>>,
    /// What is wrong with the list itself, whatever the files are.
    pub(crate) faults: Vec<Finding>,
}

/// What the list says of one file.
pub(crate) struct Line<'a> {
    /// Counted from 0.
    pub(crate) index: usize,
    pub(crate) digest: &'a str,
    /// The path of the file within the folder of the sources.
    pub(crate) path: &'a str,
}

impl<'a> Sums<'a> {
    /// Reads a list that findings call `name`.
    ///
    /// # Errors
    /// A finding if the list is not UTF-8.
    pub(crate) fn read(name: &str, bytes: &'a [u8]) -> Result<Self, Box<Finding>> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let column = before.chars().rev().take_while(|character| *character != '\n').count();
            let index = before.matches('\n').count();
            finding(name, index, column..column, "the list is not UTF-8", "restore it, or save it as UTF-8")
        })?;
        let mut sums = Self { text, lines: Vec::new(), faults: Vec::new() };
        let mut first_lines = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            match parts(line) {
                Ok((digest, path)) => {
                    let line = Line { index, digest, path };
                    let first = *first_lines.entry(path).or_insert(index);
                    sums.faults.extend(misplaced(name, &line, first, sums.lines.last()));
                    sums.lines.push(line);
                }
                Err(column) => sums.faults.push(malformed(name, index, line, column)),
            }
        }
        Ok(sums)
    }

    /// Whether every line can be read, so that a file without a line is not attested.
    fn is_complete(&self) -> bool {
        self.lines.len() == self.text.lines().count()
    }
}

impl Line<'_> {
    fn columns_of_path(&self) -> Range<usize> {
        let start = DIGITS + SEPARATOR.len();
        start..start + self.path.chars().count()
    }
}

/// Whether a line of the list can hold a path: `SOURCE/FILE`, with none of the characters that `sha256sum` escapes.
pub(crate) fn is_listable(path: &str) -> bool {
    let fits = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['/', '\\', '\n', '\r']);
    path.split_once('/').is_some_and(|(source, file)| fits(source) && fits(file))
}

/// The line of a file, without its end.
pub(crate) fn line(digest: &str, path: &str) -> String {
    format!("{digest}{SEPARATOR}{path}")
}

/// Finds where the files of the sources are not what the list says. `files` has them by their path within the folder of
/// the sources; `root` is how findings call the folder above.
pub(crate) fn check_sums(root: &str, list: Option<&[u8]>, files: &BTreeMap<&str, &[u8]>) -> Vec<Finding> {
    let name = format!("{root}/{SOURCES}/{SUMS_FILE}");
    let Some(list) = list else {
        let help = "restore it, or create an empty one and record each file with `cargo xtask attest`";
        let missing = Finding::of_file(name, ATTESTED, "the list of checksums is missing", help);
        return if files.is_empty() { Vec::new() } else { vec![missing] };
    };
    let sums = match Sums::read(&name, list) {
        Ok(sums) => sums,
        Err(finding) => return vec![*finding],
    };
    let record = |path| format!("record a deliberate change with `cargo xtask attest {root}/{SOURCES}/{path}`");
    let mut findings: Vec<_> =
        sums.lines.iter().filter_map(|line| check_line(&name, line, files, &record(line.path))).collect();
    if sums.is_complete() {
        let unlisted = files.iter().filter(|(path, _)| !sums.lines.iter().any(|line| line.path == **path));
        findings.extend(unlisted.map(|(path, bytes)| {
            let message = format!("{path} is not attested: its SHA-256 is {}", digest(bytes));
            Finding::of_file(&name, ATTESTED, message, record(path))
        }));
    }
    findings.extend(sums.faults);
    findings
}

fn check_line(name: &str, line: &Line<'_>, files: &BTreeMap<&str, &[u8]>, record: &str) -> Option<Finding> {
    let help = format!("restore it, or {record}");
    let path = line.path;
    let Some(bytes) = files.get(path) else {
        let message = format!("{path} is attested but missing");
        return Some(finding(name, line.index, line.columns_of_path(), message, help));
    };
    let digest = digest(bytes);
    let message = format!("{path} differs from what was attested: its SHA-256 is now {digest}");
    (line.digest != digest).then(|| finding(name, line.index, 0..DIGITS, message, help))
}

/// The digest and the path of a line, or how many characters of it are as `sha256sum` writes them.
fn parts(line: &str) -> Result<(&str, &str), usize> {
    let digits = line.bytes().take(DIGITS).take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
    let (digest, rest) = line.split_at(digits);
    let path = rest.strip_prefix(SEPARATOR).filter(|_| digits == DIGITS).ok_or(digits)?;
    if is_listable(path) { Ok((digest, path)) } else { Err(digits + SEPARATOR.len()) }
}

fn malformed(name: &str, index: usize, line: &str, column: usize) -> Finding {
    let expected = match column {
        ..DIGITS => "64 hexadecimal digits in lower case",
        DIGITS => "two spaces",
        _ => "SOURCE/FILE",
    };
    let found: String = line.chars().skip(column).collect();
    let message = format!("the line is not in the format of `sha256sum`: expected {expected}, found {found:?}");
    let help = "restore it, or remove it and record its file with `cargo xtask attest`";
    finding(name, index, column..line.chars().count(), message, help)
}

/// A duplicate or a line out of order, given the index of the first line of its path and the line before.
fn misplaced(name: &str, line: &Line<'_>, first: usize, before: Option<&Line<'_>>) -> Option<Finding> {
    let path = line.path;
    let (message, help) = if first != line.index {
        let message = format!("duplicate line for {path}, first on line {}", first + 1);
        (message, "keep the correct one")
    } else {
        let before = before.filter(|before| before.path > path)?;
        (format!("{path} must come before {}", before.path), "sort the lines by path, as `LC_ALL=C sort -k 2` does")
    };
    Some(finding(name, line.index, line.columns_of_path(), message, help))
}

/// A finding about a part of a line. The index and the columns are counted from 0.
fn finding(
    name: &str,
    index: usize,
    columns: Range<usize>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    let mut finding = Finding::of_file(name, ATTESTED, message, help);
    finding.position = Position { line: index + 1, column: columns.start + 1 };
    finding.end = Position { line: index + 1, column: columns.end + 1 };
    finding
}

/// The SHA-256 of some bytes, in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
