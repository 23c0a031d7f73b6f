//! The maintainers' verbs, and what they are made of: the comparison of contracts and the check of the evidence.
//!
//! Each file imports only from those before it: `outcome`, `unified_diff`; `evidence`, `diff`; `folder`, `explain`,
//! `report`; the verbs `regen`, `check`, `attest` and `diff::command` with `diff::baseline`; and this one last.

mod attest;
mod check;
pub mod diff;
pub mod evidence;
mod explain;
mod folder;
mod outcome;
mod regen;
mod report;
mod unified_diff;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::check::Format;
use crate::outcome::{UsageError, is_broken_pipe};

/// Keeps the generated code in step with the contract, and the contract with its evidence.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    after_help = "exit codes:\n  0  all is well\n  1  the tool itself failed\n  2  it was called in a wrong way\n  \
                  3  something generated is stale, and `cargo xtask regen` mends it\n  \
                  4  a person must decide; wins over 3"
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
    /// Writes nothing; says what is stale and what a person must mend
    Check {
        /// The folder with the contract and its evidence [default: openapi]
        #[arg(long, value_name = "DIR")]
        openapi: Option<PathBuf>,
        /// For whom to say it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Explains a rule, with a bad and a good example; without one, lists them all
    Explain {
        /// The rule that a finding or a report names
        rule: Option<String>,
    },
    /// Compares the contract with an earlier one: who breaks on the wire, and who in Rust source
    Diff(diff::command::Arguments),
    /// Records a deliberate change of a piece of evidence, in the list SHA256SUMS
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
        Verb::Check { openapi, format } => check::check(openapi, format, &mut out),
        Verb::Explain { rule } => explain::explain(rule.as_deref(), &mut out),
        Verb::Diff(arguments) => diff::command::diff(arguments, &mut out),
        Verb::Attest { files } => attest::attest(&files, &mut out),
    };
    match result {
        Ok(outcome) => outcome.into(),
        // Whoever read the output has seen enough of it.
        Err(failure) if is_broken_pipe(&failure) => ExitCode::FAILURE,
        Err(failure) => {
            // Where even that cannot be written, the exit code says enough.
            let _ = writeln!(anstream::stderr(), "xtask: {failure}");
            if failure.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
