//! `cargo xtask attest`

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use mde_evidence::{AttestError, Attested, SOURCE_FILE};

use crate::check::print_findings;
use crate::regen::write_atomically;
use crate::{Failure, Misuse, Outcome};

/// Records what each file now is in the description of its source.
pub(crate) fn attest(files: &[PathBuf], out: &mut dyn Write) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Fine;
    for file in files {
        outcome = outcome.max(attest_file(file, out)?);
    }
    Ok(outcome)
}

fn attest_file(file: &Path, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let misuse = |reason: &str| Misuse(format!("{}: {reason}", file.display()));
    let name = file.file_name().and_then(|name| name.to_str()).ok_or_else(|| misuse("this is no file"))?;
    if name == SOURCE_FILE {
        return Err(misuse("it holds the digests of the files beside it, and has none of its own").into());
    }
    let bytes = match fs::read(file) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) if error.kind() == ErrorKind::IsADirectory => return Err(misuse("this is a folder").into()),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display()).into()),
    };
    let description_path = file.with_file_name(SOURCE_FILE);
    let description = match fs::read_to_string(&description_path) {
        Ok(description) => description,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(misuse(&format!("it is no evidence, for there is no {SOURCE_FILE} beside it")).into());
        }
        Err(error) => return Err(format!("{} cannot be read: {error}", description_path.display()).into()),
    };
    let verdict = match mde_evidence::attest(&description, name, bytes.as_deref()) {
        Ok(Attested::Unchanged) => "attested already",
        Ok(Attested::Description(text)) => {
            write_atomically(&description_path, &text)?;
            if bytes.is_some() { "attested" } else { "attested as removed" }
        }
        Err(error @ AttestError::Nothing) => return Err(misuse(&error.to_string()).into()),
        Err(AttestError::Unreadable(mut finding)) => {
            finding.file = description_path.display().to_string();
            print_findings(&[finding], out)?;
            return Ok(Outcome::PersonMustDecide);
        }
        Err(error) => {
            writeln!(out, "{}: {error}", description_path.display())?;
            return Ok(Outcome::PersonMustDecide);
        }
    };
    writeln!(out, "{}: {verdict}", file.display())?;
    Ok(Outcome::Fine)
}
