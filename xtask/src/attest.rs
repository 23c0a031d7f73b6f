//! `cargo xtask attest`

use std::env;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{self, Path, PathBuf};

use crate::evidence::{self, AttestError, Attested, SUMS_FILE};
use crate::folder::write_atomically;
use crate::outcome::{Failure, Outcome, UsageError};
use crate::report::print_findings;

/// Records what each file now is in the list of the evidence, one after the other.
pub(crate) fn attest(files: &[PathBuf], out: &mut dyn Write) -> Result<Outcome, Failure> {
    for file in files {
        let outcome = attest_file(file, out)?;
        if outcome != Outcome::Fine {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Fine)
}

fn attest_file(file: &Path, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let usage_error = |reason: &str| UsageError(format!("{}: {reason}", file.display()));
    if file.is_dir() {
        return Err(usage_error("this is a folder").into());
    }
    let ListEntry { list: list_path, path } =
        ListEntry::of(file).ok_or_else(|| usage_error("this is no file of a source"))?;
    let bytes = read_if_there(file)?;
    let Some(list) = read_if_there(&list_path)? else {
        let reason = if file.file_name().is_some_and(|name| name == SUMS_FILE) {
            "the list of the evidence has no line of its own".to_owned()
        } else {
            let list = list_path.display();
            format!("this is no evidence, which is in a folder beside {SUMS_FILE}; there is no {list}")
        };
        return Err(usage_error(&reason).into());
    };
    let verdict = match evidence::attest(&list, &path, bytes.as_deref()) {
        Ok(Attested::Unchanged) => "attested already",
        Ok(Attested::List(text)) => {
            write_atomically(&list_path, &text)?;
            if bytes.is_some() { "attested" } else { "attested as removed" }
        }
        Err(AttestError::Unreadable(mut findings)) => {
            for finding in &mut findings {
                finding.file = list_path.display().to_string();
            }
            print_findings(&findings, &|_| String::from_utf8(list.clone()).ok(), out)?;
            return Ok(Outcome::PersonMustDecide);
        }
        Err(error) => return Err(usage_error(&error.to_string()).into()),
    };
    writeln!(out, "{}: {verdict}", file.display())?;
    Ok(Outcome::Fine)
}

/// Where the line of a file stands.
struct ListEntry {
    /// The list, beside the folder of the source.
    list: PathBuf,
    /// How the list calls the file.
    path: String,
}

impl ListEntry {
    /// The place of a file of a source, be it there or not; nothing, where no folder could be that of a source.
    fn of(file: &Path) -> Option<Self> {
        let absolute = path::absolute(file).ok()?;
        let source = absolute.parent()?;
        let sources = source.parent()?;
        let path = format!("{}/{}", source.file_name()?.to_str()?, absolute.file_name()?.to_str()?);
        // Messages name the list as a person would.
        let here = env::current_dir().unwrap_or_default();
        Some(Self { list: sources.strip_prefix(here).unwrap_or(sources).join(SUMS_FILE), path })
    }
}

fn read_if_there(file: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display()).into()),
    }
}
