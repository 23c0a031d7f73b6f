//! The command line. The comments of the types are the text of `--help`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use mde_client::{Endpoint, LookBackHours, operations};

use crate::quota_flag::{QuotaFlag, windows_text};
use crate::sandbox::{AFTER_SANDBOX_HELP, SandboxArguments};

/// Asks Microsoft Defender for Endpoint who in the organization talked to an IP address, and when
#[derive(Debug, Parser)]
#[command(name = "mde", bin_name = "mde", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask about IP addresses
    #[command(arg_required_else_help = true)]
    Ip {
        #[command(subcommand)]
        command: IpCommand,
    },
    /// Run a service on this machine that answers like the real one, with synthetic figures, until Ctrl-C
    #[command(after_help = AFTER_SANDBOX_HELP)]
    Sandbox(SandboxArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum IpCommand {
    /// How many devices talked to each address, and when the first and the last of them did
    #[command(after_help = AFTER_STATS_HELP)]
    Stats(StatsArguments),
}

#[derive(Args, Debug)]
pub(crate) struct StatsArguments {
    /// The addresses, IPv4 or IPv6
    #[arg(required = true, value_name = "IP")]
    pub(crate) addresses: Vec<String>,

    #[arg(long, value_name = "HOURS", value_parser = look_back_hours, allow_negative_numbers = true, help = look_back_help())]
    pub(crate) look_back_hours: Option<LookBackHours>,

    /// How to write the answers
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    #[arg(long, value_name = "NAME|URL", help = endpoint_help())]
    pub(crate) endpoint: Option<String>,

    #[arg(long, value_name = "N/DURATION,…", help = quota_help())]
    pub(crate) quota: Option<QuotaFlag>,

    /// Go on without the arguments that are no addresses, instead of asking nothing
    #[arg(long)]
    pub(crate) skip_invalid: bool,

    /// Ask a sandbox that runs for this call only: no token is needed, and the figures are synthetic
    #[arg(long, conflicts_with = "endpoint")]
    pub(crate) sandbox: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One document with all records and a summary
    Json,
    /// A JSON record on each line, as soon as it is known
    Ndjson,
    /// For spreadsheets, with a line of headings
    Csv,
}

const AFTER_HELP: &str = "\
Examples:
  mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  MDE_TOKEN=… mde ip stats 8.8.8.8 2001:db8::8:42 --format csv
  mde sandbox

Environment:
  MDE_TOKEN     a bearer token with the permission to ask; not needed with --sandbox
  MDE_ENDPOINT  which host to ask, as --endpoint does, which wins
  NO_COLOR      no colours

Exit codes:
  0    every address was answered
  1    some were not: failed, or skipped as invalid
  2    usage, an invalid address, or an unfit setting; nothing was asked
  3    no token, or one that was refused or lacks a permission; nothing was answered
  4    the service or the network failed for every address
  130  interrupted by Ctrl-C";

const AFTER_STATS_HELP: &str = "\
Examples:
  Try it, without a token and with synthetic figures:
    mde ip stats 10.209.67.177 --look-back-hours 48 --sandbox
  Ask about two addresses and keep the answers:
    MDE_TOKEN=… mde ip stats 8.8.8.8 2001:db8::8:42 --format csv > answers.csv
  Ask the host in Europe, and leave half of the quota to other programs:
    MDE_TOKEN=… mde ip stats 8.8.8.8 --endpoint eu --quota 50/1m,750/1h
  Ask a sandbox that runs already, at the URL that it printed:
    MDE_TOKEN=… MDE_ENDPOINT=http://127.0.0.1:41234 mde ip stats 8.8.8.8

Results go to standard output, everything else to standard error. A record of an endpoint on this machine says \
`source: sandbox`. An address that is given twice is asked about once. `mde --help` lists the exit codes and the \
environment variables.";

fn look_back_help() -> String {
    let (least, greatest) = (LookBackHours::MIN, LookBackHours::MAX);
    let default = LookBackHours::SERVICE_DEFAULT;
    format!("How many hours back from now to count devices, {least} to {greatest} [default: the service's, {default}]")
}

fn endpoint_help() -> String {
    let names: Vec<_> = Endpoint::names().collect();
    let default = Endpoint::COMMERCIAL;
    format!("Which host to ask: {}, or a URL [default: MDE_ENDPOINT, else {}]", names.join(", "), default.name())
}

fn quota_help() -> String {
    let quota = windows_text(operations::GET_IP_STATISTICS.quota);
    format!(
        "Use less than the service allows ({quota}), to leave room for other programs on the same app registration, \
         such as 50/1m,600/1h by units s, m and h"
    )
}

/// Reads the value as the client does, but leaves out what the parser of the command line says already.
fn look_back_hours(text: &str) -> Result<LookBackHours, String> {
    text.parse().map_err(|invalid: mde_client::InvalidValue| format!("give {}", invalid.expected()))
}
