//! `cargo xtask diff`: reads both contracts, compares them, and says which versions the changes ask for.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mde_codegen::{Document, Finding};
use mde_input::escape::escape_lines;
use semver::Version;
use serde_json::{Map, Value as Json};

use super::baseline::{Baseline, client_version};
use super::evidence_changes::evidence_changes;
use super::report::{Links, Report, Versions};
use super::rules::Bump;
use super::versions::{client_versions, contract_versions, version_in};
use super::walk::compare;
use crate::evidence::{Evidence, Tree};
use crate::folder::{ACCEPTED_BREAKS, Folder};
use crate::outcome::{Failure, Outcome, UsageError};
use crate::report::{TextOf, findings_json, plain_findings, print_findings, print_json, unified_diff};

#[derive(Args)]
#[command(after_help = "\
examples:
  cargo xtask diff                                what the working tree changes
  cargo xtask diff --base origin/main             what this branch changes
  cargo xtask diff --base ../before/openapi       what changed since a folder with a contract
  cargo xtask diff --base v1 --format markdown    for the first comment on a pull request
  cargo xtask diff --base v1 --fail-on breaking   as a gate

An entry in accepted-breaks.yaml beside the contract accepts one breaking change.

exit codes:
  0  compared; there may be breaking changes, unless --fail-on says otherwise
  1  the tool itself failed, or git did
  2  it was called in a wrong way: no such revision, or none with a contract
  4  a person must decide: under --fail-on breaking a break that no entry accepts, or an info.version
     that is lower than the changes ask for; an entry of accepted-breaks.yaml that accepts nothing or
     is malformed; or a contract that cannot be read")]
pub(crate) struct Arguments {
    /// The earlier contract: a folder that holds mde.yaml, or else a revision that git knows
    #[arg(long, value_name = "REV|DIR", default_value = "HEAD")]
    base: String,
    /// The folder with the contract as it is now [default: openapi]
    #[arg(long, value_name = "DIR")]
    openapi: Option<PathBuf>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit 4 on a breaking change that no entry accepts, and on an info.version that is too low
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    /// What links in Markdown begin with, such as https://github.com/OWNER/REPO/blob/SHA
    #[arg(long, value_name = "URL", conflicts_with = "openapi")]
    blob_url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Callers on the wire or users of mde-client break, or the contract has not the version that follows
    Breaking,
}

/// Says what changed, how the versions are raised for it, and what it does to the generated code.
pub(crate) fn diff(arguments: Arguments, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let Arguments { base, openapi, format, fail_on, blob_url } = arguments;
    // The snapshots in the workspace show what the contract of the workspace does, and no other.
    let with_snapshots = openapi.is_none();
    let new = Folder::read(openapi)?;
    let base = Baseline::find(base)?;
    let links = match blob_url {
        Some(url) => Links::of(&url, base.commit()).map_err(UsageError)?,
        None => Links::default(),
    };
    let text_of = |file: &str| base.folder.text(file).or_else(|| new.text(file));
    let contracts = match Contracts::read(&base.folder, &new) {
        Ok(contracts) => contracts,
        Err(findings) => {
            Output { report: None, findings, text_of: &text_of }.print(format, out)?;
            return Ok(Outcome::PersonMustDecide);
        }
    };
    let mut comparison = compare(&contracts.base, &contracts.new);
    let findings = match new.accepted_breaks() {
        Ok(Some(accepted)) => comparison.accept(&accepted),
        Ok(None) => Vec::new(),
        Err(findings) => findings,
    };
    let evidence = evidence_changes((&base.folder.name, &base.folder.tree), (&new.name, &new.tree));
    let evidence_diff = evidence.as_ref().map(|_| evidence_diff(&base.folder, &new));
    let report = Report {
        comparison: &comparison,
        base: base.name(),
        new: &new.name,
        base_witnesses: Evidence::read(&base.folder.name, &base.folder.tree).witnesses(&contracts.base),
        new_witnesses: Evidence::read(&new.name, &new.tree).witnesses(&contracts.new),
        evidence,
        contract: contracts.versions(comparison.contract_bump()),
        client: client_versions(&base.client_version()?, client_version()?, comparison.client_bump()),
        links,
        evidence_diff,
        generated_diff: contracts.generated_diff(&base.folder, &new),
        wire_diff: if with_snapshots { base.snapshot_diff()? } else { None },
    };
    let gate = fail_on.map(|FailOn::Breaking| to_decide(&report, &new)).unwrap_or_default();
    let output = Output { report: Some(report), findings, text_of: &text_of };
    output.print(format, out)?;
    if format == Format::Text {
        gate.iter().try_for_each(|decision| writeln!(out, "\na person must decide: {decision}"))?;
    }
    Ok(if gate.is_empty() && output.findings.is_empty() { Outcome::Fine } else { Outcome::PersonMustDecide })
}

/// What keeps the gate closed, each with what to do.
fn to_decide(report: &Report<'_>, new: &Folder) -> Vec<String> {
    let mut decisions = Vec::new();
    if report.comparison.breaking() {
        let list = format!("{}/{ACCEPTED_BREAKS}", new.name);
        decisions.push(format!("undo what breaks, or accept it with an entry in {list}"));
    }
    let Versions { new: version, needed, .. } = &report.contract;
    if !report.contract.are_enough() {
        let contract = new.contract_name();
        decisions.push(format!("info.version is {version}, raise it to {needed} in {contract}"));
    }
    decisions
}

/// The unified diff of every file of the evidence, and of the rulings.
fn evidence_diff(base: &Folder, new: &Folder) -> String {
    let is_evidence = |path: &&String| *path != ACCEPTED_BREAKS;
    let paths: BTreeSet<_> = base.tree.keys().chain(new.tree.keys()).filter(is_evidence).collect();
    let text = |tree: &Tree, path: &str| {
        tree.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    };
    let name = |folder: &Folder, path: &str| match folder.tree.contains_key(path) {
        true => format!("{}/{path}", folder.name),
        false => "/dev/null".to_owned(),
    };
    let diffs = paths.into_iter().filter_map(|path| {
        let (old, now) = (text(&base.tree, path), text(&new.tree, path));
        unified_diff(&name(base, path), &old, &name(new, path), &now)
    });
    diffs.collect()
}

/// Both contracts, as far as they must be read.
struct Contracts {
    base: Document,
    new: Document,
    base_version: Version,
    new_version: Version,
    /// The code for the new contract, which must be sound; that of the base may be what the rules of today refuse.
    code: String,
}

impl Contracts {
    fn read(base: &Folder, new: &Folder) -> Result<Self, Vec<Finding>> {
        let parse = |name: &str, text: &str| Document::parse(name, text).map_err(|finding| vec![*finding]);
        let base_document = parse(&base.contract_name(), &base.contract)?;
        let new_document = parse(&new.contract_name(), &new.contract)?;
        Ok(Self {
            code: mde_codegen::generate(&new.contract_name(), &new.contract)?,
            base_version: version_in(&base_document)?,
            new_version: version_in(&new_document)?,
            base: base_document,
            new: new_document,
        })
    }

    fn versions(&self, bump: Bump) -> Versions {
        contract_versions(&self.base_version, self.new_version.clone(), bump)
    }

    /// What the contracts differ in, seen in the code that today's generator writes for both.
    fn generated_diff(&self, base: &Folder, new: &Folder) -> Option<String> {
        match mde_codegen::generate(&base.contract_name(), &base.contract) {
            Ok(code) => {
                let of = |name: String| format!("generated.rs for {name}");
                unified_diff(&of(base.contract_name()), &code, &of(new.contract_name()), &self.code)
            }
            Err(findings) => {
                let first = findings.first().map(ToString::to_string).unwrap_or_default();
                Some(format!("for the base, the generator of today writes no code to compare with:\n{first}\n"))
            }
        }
    }
}

/// The format of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person at a terminal
    #[default]
    Text,
    /// For a comment on a pull request
    Markdown,
    /// For a machine: one JSON document
    Json,
}

/// What the verb prints: the comparison, and findings that need a decision.
struct Output<'a> {
    /// What the contracts differ in; `None` where one of them cannot be read.
    report: Option<Report<'a>>,
    /// What a person must decide.
    findings: Vec<Finding>,
    /// Where findings get the lines that they show.
    text_of: TextOf<'a>,
}

impl Output<'_> {
    fn print(&self, format: Format, out: &mut dyn Write) -> Result<(), Failure> {
        match format {
            Format::Text => self.print_text(out),
            Format::Markdown => self.print_markdown(out),
            Format::Json => self.print_json(out),
        }
    }

    fn print_text(&self, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(report) = &self.report {
            out.write_all(escape_lines(&report.text()).as_bytes())?;
            if let Some(entries) = report.entries_to_accept() {
                write!(out, "\nto accept, for {ACCEPTED_BREAKS}:\n{}", escape_lines(&entries))?;
            }
        }
        if !self.findings.is_empty() {
            print_findings(&self.findings, self.text_of, out)?;
        }
        Ok(())
    }

    fn print_markdown(&self, out: &mut dyn Write) -> Result<(), Failure> {
        match &self.report {
            Some(report) => out.write_all(escape_lines(&report.markdown()).as_bytes())?,
            None => writeln!(out, "{}\n### Not compared\n\nA contract must be mended first.", Report::MARKER)?,
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
        document.insert("findings".to_owned(), serde_json::to_value(findings_json(&self.findings))?);
        print_json(&document, out)
    }
}

/// What stands around a text in Markdown, longer than anything like it within.
fn fence(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
