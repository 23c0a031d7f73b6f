//! What the verbs say, for machines.

use std::io::Write;

use mde_codegen::{Finding, Note};
use serde::Serialize;

use crate::Failure;

/// A finding, with its places in numbers.
#[derive(Serialize)]
pub(crate) struct FindingJson<'a> {
    rule: &'a str,
    #[serde(flatten)]
    place: PlaceJson<'a>,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    help: &'a str,
    notes: Vec<NoteJson<'a>>,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    #[serde(flatten)]
    place: PlaceJson<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    pointer: &'a str,
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { file, position, pointer, rule, message, help, end, notes } = finding;
        Self {
            rule,
            place: PlaceJson { file, line: position.line, column: position.column, pointer: pointer.as_str() },
            end_line: end.line,
            end_column: end.column,
            message,
            help,
            notes: notes.iter().map(NoteJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Note> for NoteJson<'a> {
    fn from(note: &'a Note) -> Self {
        let Note { file, position, pointer, message, .. } = note;
        Self {
            place: PlaceJson { file, line: position.line, column: position.column, pointer: pointer.as_str() },
            message,
        }
    }
}

/// Each finding, in the same order.
pub(crate) fn findings(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings.iter().map(FindingJson::from).collect()
}

/// Prints one document.
pub(crate) fn print(document: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)?;
    Ok(())
}
