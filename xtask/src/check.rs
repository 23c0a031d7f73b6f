//! `cargo xtask check`

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use mde_codegen::{Document, Finding};
use serde::Serialize;

use crate::evidence::{Evidence, check_sources};
use crate::folder::Folder;
use crate::outcome::{Failure, Outcome};
use crate::regen::{Stale, outputs};
use crate::report::{FindingJson, findings_json, print_findings, print_json};

/// For whom `check` says it.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    #[default]
    Text,
    /// For a machine: one JSON document, also where all is well
    Json,
}

/// What there is to say about a folder.
struct Checked {
    /// What a person must decide, in the order of the files and the places in them.
    findings: Vec<Finding>,
    /// What a command mends. Nothing is known of it where the contract itself is at fault.
    stale: Vec<Stale>,
}

/// Says what is stale and what a person must mend; as text, silent where there is neither.
pub(crate) fn check(openapi: Option<PathBuf>, format: Format, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let folder = Folder::read(openapi)?;
    let checked = Checked::of(&folder);
    match format {
        Format::Text => checked.print_text(&folder, out)?,
        Format::Json => checked.print_json(out)?,
    }
    Ok(checked.outcome())
}

impl Checked {
    fn of(folder: &Folder) -> Self {
        let mut findings = check_sources(&folder.name, &folder.tree);
        findings.extend(folder.not_text());
        findings.extend(folder.accepted_breaks().err().into_iter().flatten());
        // Where it is no document, the outputs say so.
        if let Ok(contract) = Document::parse(&folder.contract_name(), &folder.contract) {
            findings.extend(Evidence::read(&folder.name, &folder.tree).check(&contract));
        }
        let mut stale = Vec::new();
        match outputs(folder) {
            Ok(outputs) => stale.extend(outputs.iter().filter_map(|output| output.stale())),
            Err(of_contract) => findings.extend(of_contract),
        }
        findings.sort();
        // Each reader of a file says that it cannot be read.
        findings.dedup();
        Self { findings, stale }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self { findings, .. } if !findings.is_empty() => Outcome::PersonMustDecide,
            Self { stale, .. } if !stale.is_empty() => Outcome::Stale,
            _ => Outcome::Fine,
        }
    }

    fn print_text(&self, folder: &Folder, out: &mut dyn Write) -> Result<(), Failure> {
        for Stale { path, command, diff } in &self.stale {
            writeln!(out, "{path} is stale: run `{command}`\n{}", diff.trim_end())?;
        }
        if !self.findings.is_empty() {
            if !self.stale.is_empty() {
                writeln!(out)?;
            }
            print_findings(&self.findings, &|file| folder.text(file), out)?;
        }
        Ok(())
    }

    fn print_json(&self, out: &mut dyn Write) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct CheckedJson<'a> {
            findings: Vec<FindingJson<'a>>,
            stale: &'a [Stale],
        }
        print_json(&CheckedJson { findings: findings_json(&self.findings), stale: &self.stale }, out)
    }
}
