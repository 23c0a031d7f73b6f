//! `mde ip stats`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mde_client::LookBackHours;

use super::ConnectionArguments;

#[derive(Args, Debug)]
pub(crate) struct StatsArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    #[arg(long, value_name = "HOURS", value_parser = look_back_hours, allow_negative_numbers = true, help = look_back_help())]
    pub(crate) look_back_hours: Option<LookBackHours>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,

    /// How old a cached answer may be; units are s, m, h and d [default: 6h]
    #[arg(long, help_heading = "Cache", value_name = "DURATION", value_parser = crate::duration::parse, conflicts_with = "no_store")]
    pub(crate) max_age: Option<Duration>,

    /// Neither read nor write the cache, and do not share the quota with other runs
    #[arg(long, help_heading = "Cache")]
    pub(crate) no_store: bool,

    /// Show no progress, only errors and warnings
    #[arg(long, short, help_heading = "Display")]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,

    /// Call a sandbox that runs for this command only: no token is needed, and the figures are synthetic
    #[arg(long, conflicts_with_all = ["endpoint", "profile", "tenant", "app", "store"])]
    pub(crate) sandbox: bool,
}

/// What to ask about.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to ask")]
pub(crate) struct InputArguments {
    /// The addresses, IPv4 or IPv6, also lists of them, defanged, with a port or in a URL; - is standard input
    #[arg(value_name = "IP", help_heading = "Arguments", required_unless_present = "input")]
    pub(crate) addresses: Vec<String>,

    /// A file of addresses: one on each line, CSV, or JSON lines; may be repeated, and - is standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) input: Vec<PathBuf>,

    /// What the files are [default: found out, by their names and their beginnings]
    #[arg(long, value_enum)]
    pub(crate) input_format: Option<InputFormat>,

    /// The column of CSV that holds the addresses, by its heading or its number from 1 [default: one with a usual
    /// heading such as ip, src_ip or indicator, else the only one with addresses in it]. Of several files, it is for
    /// those that are CSV, each of which must have it
    #[arg(long, value_name = "NAME|N")]
    pub(crate) column: Option<String>,

    /// The field of JSON lines that holds the addresses, such as client or source.ip [default: one with a usual name
    /// such as ip, ipAddress or indicator]. Of several files, it is for those that are JSON lines
    #[arg(long, value_name = "NAME", conflicts_with = "column")]
    pub(crate) field: Option<String>,

    /// Go on without what is no address, and list it in the result, instead of asking nothing; more than 50000 such texts
    /// end the run all the same
    #[arg(long)]
    pub(crate) skip_invalid: bool,

    /// Give each place where an address is given a record of its own, instead of each distinct address
    #[arg(long)]
    pub(crate) every_line: bool,

    /// Leave out addresses of no host on the internet: private, shared, loopback, link-local, multicast, reserved, and
    /// those for documentation and benchmarks
    #[arg(long)]
    pub(crate) public_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Addresses, separated by white space, commas, semicolons, bars or quotes; # and // begin a comment
    Lines,
    /// Comma, semicolon or tab separated values
    Csv,
    /// A JSON object or text on each line
    Jsonl,
}

/// What to write, how, and where to.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// How to write the answers
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Write the answers to a file, atomically: the file is complete or does not exist
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// The order of the records, which are then written at the end only; unknown values come last, and the sort is
    /// stable [default: that of the input]
    #[arg(long, value_enum, value_name = "BY")]
    pub(crate) sort: Option<SortKey>,

    /// Leave out addresses that more devices than this talked to; failed and invalid records stay
    #[arg(long, value_name = "DEVICES", conflicts_with = "unseen_only")]
    pub(crate) max_prevalence: Option<u32>,

    /// Leave out addresses that any device talked to; failed and invalid records stay
    #[arg(long)]
    pub(crate) unseen_only: bool,

    /// Show times for people in UTC instead of the local time zone
    #[arg(long)]
    pub(crate) utc: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; rare means 1 to 9 devices, uncommon 10 to 99, common 100 or more
    Table,
    /// One document with all records and a summary
    Json,
    /// One JSON record per line, as soon as it is known
    Ndjson,
    /// For spreadsheets, with a line of headings; an apostrophe precedes what a spreadsheet would run as a formula
    Csv,
    /// A table for a ticket
    Markdown,
    /// One page to attach to an incident, which sorts and filters in a browser
    Html,
}

impl Format {
    /// Whether nothing but records is written.
    pub(crate) fn has_no_summary(self) -> bool {
        matches!(self, Self::Ndjson | Self::Csv)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    /// As a number, IPv4 before IPv6
    Ip,
    /// The rarest first
    Prevalence,
    /// The earliest first
    FirstSeen,
    /// The latest first
    LastSeen,
}

fn look_back_help() -> String {
    let (least, greatest) = (LookBackHours::MIN, LookBackHours::MAX);
    let default = LookBackHours::SERVICE_DEFAULT;
    format!("How many hours back from now to count devices, {least} to {greatest} [default: the service's, {default}]")
}

/// Reads the value as the client does, without the part of the error that clap adds itself.
fn look_back_hours(text: &str) -> Result<LookBackHours, String> {
    text.parse().map_err(|invalid: mde_client::InvalidValue| format!("give {}", invalid.expected()))
}
