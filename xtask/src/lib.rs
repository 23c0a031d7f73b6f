//! The maintainers' verbs, and what they are made of: the comparison of contracts and the check of the evidence.
//!
//! Each file imports only from those before it: `outcome`; `evidence`, `diff`; `folder`, `explain`, `report`; the verbs
//! `regen` (with `check`), `attest` and `diff::command` with `diff::baseline`; and this one last.

mod attest;
pub mod diff;
pub mod evidence;
mod explain;
mod folder;
mod outcome;
mod regen;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::{UsageError, is_broken_pipe};
use crate::regen::Format;

/// Keeps the generated code in step with the contract, and the contract with its evidence.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "exit codes:\n  0  success\n  1  internal or I/O error\n  2  usage error\n  \
                  3  a generated file is stale: run `cargo xtask regen`\n  \
                  4  a person must decide; takes precedence over 3"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Rewrites every generated file from the contract
    Regen {
        /// The folder with the contract and its evidence [default: openapi]
        #[arg(long, value_name = "DIR", requires = "out")]
        openapi: Option<PathBuf>,
        /// Where to write, as if it were the root of the workspace [default: the workspace]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Reports stale generated files and findings; writes nothing
    Check {
        /// The folder with the contract and its evidence [default: openapi]
        #[arg(long, value_name = "DIR")]
        openapi: Option<PathBuf>,
        /// Looks up what the sources state and show in the pages in this folder, which are known by their SHA-256
        #[arg(long, value_name = "DIR")]
        pages: Option<PathBuf>,
        /// The output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Explains a rule with a bad and a good example; without a rule, lists all
    Explain {
        /// The id of the rule
        rule: Option<String>,
    },
    /// Compares the contract with an earlier version, on the wire and in Rust source
    Diff(diff::command::Arguments),
    /// Records a deliberate change of evidence in SHA256SUMS
    Attest {
        /// The file that was changed, added or removed
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Runs the verb that the command line names.
pub fn main() -> ExitCode {
    let mut out = anstream::stdout();
    let result = match Arguments::parse().verb {
        Verb::Regen { openapi, out: root } => regen::regen(openapi, root, &mut out),
        Verb::Check { openapi, pages, format } => regen::check(openapi, pages.as_deref(), format, &mut out),
        Verb::Explain { rule } => explain::explain(rule.as_deref(), &mut out),
        Verb::Diff(arguments) => diff::command::diff(arguments, &mut out),
        Verb::Attest { files } => attest::attest(&files, &mut out),
    };
    match result {
        Ok(outcome) => outcome.into(),
        // The reader closed the output, as `head` does.
        Err(failure) if is_broken_pipe(&failure) => ExitCode::FAILURE,
        Err(failure) => {
            // If this cannot be written either, the exit code is enough.
            let _ = writeln!(anstream::stderr(), "xtask: {failure}");
            if failure.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
