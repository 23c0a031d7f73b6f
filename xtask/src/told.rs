//! A comparison, told to whoever asked.

use std::io::Write;

use crate::diff::Report;
use clap::ValueEnum;
use mde_codegen::Finding;
use serde_json::{Map, Value as Json};

use crate::render::{TextOf, plain_findings, print_findings};
use crate::{Failure, json};

/// What the Markdown begins with, by which a workflow finds its own comment again.
const MARKER: &str = "<!-- mde-contract-diff -->";

/// For whom `diff` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal
    #[default]
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For a machine: one JSON document
    Json,
}

/// What came of a comparison.
pub(crate) struct Told<'a> {
    /// What the contracts differ in; `None` where one of them cannot be read.
    pub(crate) report: Option<Report<'a>>,
    /// What a person must decide.
    pub(crate) findings: Vec<Finding>,
    /// Where findings get the lines that they show.
    pub(crate) text_of: TextOf<'a>,
}

impl Told<'_> {
    pub(crate) fn print(&self, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
        match format {
            Format::Text => self.print_text(out),
            Format::Markdown => self.print_markdown(out),
            Format::Json => self.print_json(out),
        }
    }

    fn print_text(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(report) = &self.report {
            out.write_all(report.text().as_bytes())?;
        }
        if !self.findings.is_empty() {
            print_findings(&self.findings, self.text_of, out)?;
        }
        Ok(())
    }

    fn print_markdown(&self, out: &mut dyn Write) -> Result<(), Failure> {
        match &self.report {
            Some(report) => out.write_all(report.markdown().as_bytes())?,
            None => writeln!(out, "{MARKER}\n**Not compared**: a contract must be mended first.")?,
        }
        if !self.findings.is_empty() {
            let findings = plain_findings(&self.findings, self.text_of);
            let fence = fence(&findings);
            writeln!(out, "\n{fence}text\n{findings}{fence}")?;
        }
        Ok(())
    }

    /// The report with the findings as one more key.
    fn print_json(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let mut document: Map<String, Json> = match &self.report {
            Some(report) => serde_json::from_str(&report.json())?,
            None => Map::new(),
        };
        document.insert("findings".to_owned(), serde_json::to_value(json::findings(&self.findings))?);
        json::print(&document, out)
    }
}

/// What stands around a text in Markdown, longer than anything like it within.
fn fence(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
