//! `cargo xtask check`

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use mde_contract::Finding;
use mde_evidence::check_sources;
use similar::TextDiff;

use crate::folder::{Folder, workspace_root};
use crate::outputs::{Output, outputs};
use crate::{Failure, Outcome};

/// Says what is stale and what a person must mend; silent where there is neither.
pub(crate) fn check(openapi: Option<PathBuf>, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let folder = Folder::read(openapi)?;
    let mut findings = check_sources(&folder.name, &folder.tree);
    findings.extend(folder.not_text());
    let mut outcome = Outcome::Fine;
    match outputs(&folder) {
        Ok(outputs) => {
            for output in outputs {
                outcome = outcome.max(check_output(&output, out)?);
            }
        }
        Err(of_contract) => findings.extend(of_contract),
    }
    if !findings.is_empty() {
        findings.sort();
        print_findings(&findings, out)?;
        outcome = Outcome::PersonMustDecide;
    }
    Ok(outcome)
}

fn check_output(output: &Output, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let current = fs::read_to_string(workspace_root().join(output.path)).unwrap_or_default();
    if current == output.contents {
        return Ok(Outcome::Fine);
    }
    writeln!(out, "{} is stale: run `cargo xtask regen`", output.path)?;
    let diff = TextDiff::from_lines(current.as_str(), output.contents.as_str());
    let hunks = diff.unified_diff().context_radius(1).header("as it is", "as it should be").to_string();
    writeln!(out, "{}", hunks.trim_end())?;
    Ok(Outcome::Stale)
}

pub(crate) fn print_findings(findings: &[Finding], out: &mut dyn Write) -> Result<(), Failure> {
    for finding in findings {
        writeln!(out, "{finding}\n")?;
    }
    let plural = if findings.len() == 1 { "finding" } else { "findings" };
    writeln!(out, "{} {plural}: a person must decide", findings.len())?;
    Ok(())
}
