//! The flags of each command. The comments are the text of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use mde_client::{Endpoint, LookBackHours, operations};
use mde_sandbox::{Clock, Fault, Quirks, Quota, Setting};

use crate::credential::credential_names;
use crate::quota::{QuotaFlag, windows_text};

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArguments {
    /// The profile of the configuration to use [default: MDE_PROFILE, else the configuration's default]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    #[arg(long, value_name = "NAME|URL", help = endpoint_help())]
    pub(crate) endpoint: Option<String>,

    /// The tenant to sign in to, by its id or a domain [default: AZURE_TENANT_ID, else the profile's]
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,

    /// The app registration to sign in as, by its client id [default: AZURE_CLIENT_ID, else the profile's]
    #[arg(long, value_name = "CLIENT-ID")]
    pub(crate) app: Option<String>,

    #[arg(long, value_name = "NAME", help = credential_help())]
    pub(crate) credential: Option<String>,

    #[arg(long, value_name = "N/DURATION,…", help = quota_help())]
    pub(crate) quota: Option<QuotaFlag>,

    /// The folder of the cache and of the quota ledger [default: MDE_STORE, else the profile's, else the platform's]
    #[arg(long, help_heading = "Cache", value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct StoreArguments {
    /// The profile of the configuration to use [default: MDE_PROFILE, else the configuration's default]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The cache of sandboxes on this machine, which is a separate one
    #[arg(long)]
    pub(crate) sandbox: bool,

    /// The folder of the cache [default: MDE_STORE, else the profile's, else the platform's]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
}

pub(super) fn endpoint_help() -> String {
    let names: Vec<_> = Endpoint::names().collect();
    let default = Endpoint::COMMERCIAL;
    format!(
        "The host to call: {}, or a URL [default: MDE_ENDPOINT, else the profile's, else {}]",
        names.join(", "),
        default.name()
    )
}

fn credential_help() -> String {
    let names: Vec<_> = credential_names().collect();
    format!(
        "How to sign in: {} [default: MDE_CREDENTIAL, else what the environment holds, else the profile's]",
        names.join(", ")
    )
}

fn quota_help() -> String {
    let quota = windows_text(operations::GET_IP_STATISTICS.quota);
    format!(
        "Use less than the service allows ({quota}), to leave room for other programs on the same app registration, \
         such as 50/1m,600/1h; units are s, m and h"
    )
}

#[derive(Args, Debug)]
#[command(mut_arg("append", |flag| flag.conflicts_with("every_line")))]
pub(crate) struct StatsArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,

    #[arg(long, value_name = "HOURS", value_parser = look_back_hours, allow_negative_numbers = true, help = look_back_help())]
    pub(crate) look_back_hours: Option<LookBackHours>,

    #[command(flatten)]
    pub(crate) output: OutputArguments,

    /// How old a cached answer may be; units are s, m, h and d [default: 6h]
    #[arg(long, help_heading = "Cache", value_name = "DURATION", value_parser = crate::phrase::parse_duration, conflicts_with = "no_store")]
    pub(crate) max_age: Option<Duration>,

    /// Write what is cached, and make no call; no token is needed. Other addresses are written as failed: not cached
    #[arg(long, help_heading = "Cache", conflicts_with_all = ["no_store", "sandbox"])]
    pub(crate) cached_only: bool,

    /// Neither read nor write the cache, and do not share the quota with other runs
    #[arg(long, help_heading = "Cache")]
    pub(crate) no_store: bool,

    /// Show no progress, only errors and warnings
    #[arg(long, short, help_heading = "Display")]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,

    /// Call a sandbox that runs for this command only: no token is needed, and the figures are synthetic
    #[arg(long, conflicts_with_all = ["endpoint", "profile", "tenant", "app", "credential", "store"])]
    pub(crate) sandbox: bool,
}

/// What to take addresses out of.
#[derive(Args, Debug)]
#[command(
    mut_arg("extract", |flag| flag.hide(true)),
    mut_arg("skip_invalid", |flag| flag.hide(true)),
    mut_arg("addresses", |texts| texts.help("Texts that hold addresses; - is standard input")),
    mut_arg("input", |file| file.help("A file of any text; may be repeated, and - is standard input")),
    mut_arg("input_format", |format| format.help("Read the cells or the values of this format, instead of the whole text")),
    mut_arg("expand", |count| count.help(
        "Print each address of a network or a range that holds at most this many [default: networks are reported]"
    )),
    mut_arg("every_line", |flag| flag.help("Print a line per occurrence of an address, instead of one per distinct address")),
)]
pub(crate) struct ExtractArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
}

/// What to ask about.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to ask")]
pub(crate) struct InputArguments {
    /// The addresses, IPv4 or IPv6, also lists of them, defanged, with a port or in a URL; - is standard input
    #[arg(value_name = "IP", help_heading = "Arguments", required_unless_present = "input")]
    pub(crate) addresses: Vec<String>,

    /// A file of addresses: one on each line, a table such as CSV, or JSON; may be repeated, and - is standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) input: Vec<PathBuf>,

    /// The format of the files [default: detected by name and content]
    #[arg(long, value_enum)]
    pub(crate) input_format: Option<InputFormat>,

    /// The column that holds the addresses, by its heading or its number from 1; may be repeated, such as --column src_ip
    /// --column dest_ip [default: one with a usual heading such as ip, src_ip or indicator, else the only one with
    /// addresses in it]. Applies to all tables, each of which must have it
    #[arg(long, value_name = "NAME|N")]
    pub(crate) column: Vec<String>,

    /// The field of JSON that holds the addresses, as a path such as client, source.ip or records[].ip; may be repeated
    /// [default: one with a usual name such as ip, ipAddress or indicator]. Applies to all JSON files
    #[arg(long, value_name = "PATH", conflicts_with = "column")]
    pub(crate) field: Vec<String>,

    /// Take the addresses out of any text: a log, a mail, a page, code. Other words are passed over and counted; what may
    /// be a damaged address is reported
    #[arg(long)]
    pub(crate) extract: bool,

    /// Ask about each address of a network or a range that holds at most this many [default: networks are invalid]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=65_536))]
    pub(crate) expand: Option<u32>,

    /// Skip invalid addresses and list them in the result, instead of making no call; more than 50000 of them still end
    /// the run
    #[arg(long)]
    pub(crate) skip_invalid: bool,

    /// Write one record per occurrence of an address, instead of one per distinct address
    #[arg(long)]
    pub(crate) every_line: bool,

    /// Leave out addresses that are not public: private, shared, loopback, link-local, multicast, reserved, and
    /// those for documentation and benchmarks
    #[arg(long)]
    pub(crate) public_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Addresses, separated by white space, commas, semicolons, bars or quotes; # and // begin a comment
    Lines,
    /// Values separated by commas, semicolons, tabs, bars or spaces
    Csv,
    /// JSON: one document, or one on each line
    #[value(aliases = ["jsonl", "ndjson"])]
    Json,
}

/// What to write, how, and where to.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// How to write the answers
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Write the answers to a file, atomically: the file is complete or does not exist. What is known of a list that is not
    /// complete is written to FILE.partial
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// The order of the records; unless it is that of the input, they are written at the end only. Unknown values come
    /// last, and the sort is stable [default: rarity for table, markdown and html, else input]
    #[arg(long, value_enum, value_name = "BY")]
    pub(crate) sort: Option<SortKey>,

    /// Show only addresses that devices talked to. Failed, invalid and contradictory records are shown whatever is left
    /// out
    #[arg(long)]
    pub(crate) seen_only: bool,

    /// Show only addresses that no device talked to
    #[arg(long)]
    pub(crate) unseen_only: bool,

    /// Show only addresses that at least this many devices talked to
    #[arg(long, value_name = "DEVICES", value_parser = devices)]
    pub(crate) min_prevalence: Option<u32>,

    /// Show only addresses that devices talked to, at most this many: 9 shows the rare ones
    #[arg(long, value_name = "DEVICES", value_parser = devices)]
    pub(crate) max_prevalence: Option<u32>,

    /// With --max-prevalence, show also addresses that no device talked to
    #[arg(long)]
    pub(crate) include_unseen: bool,

    /// Write the input file as it is, CSV or JSON lines, with columns for the answers at the end of each row: mde_status,
    /// mde_devices, mde_first_seen, mde_last_seen and others; rows without an address stay
    #[arg(long, conflicts_with_all = ["format", "sort", "seen_only", "unseen_only", "min_prevalence", "max_prevalence", "include_unseen"])]
    pub(crate) append: bool,

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
    /// One JSON record per line, as soon as it is available
    #[value(alias = "jsonl")]
    Ndjson,
    /// For spreadsheets, with a line of headings; an apostrophe precedes what a spreadsheet would run as a formula
    Csv,
    /// A table for a ticket
    #[value(alias = "md")]
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
    /// The rarest of the seen first, then contradictory, unseen, failed and invalid ones
    Rarity,
    /// As in the input
    Input,
    /// As a number, IPv4 before IPv6
    Ip,
    /// By the number of devices, the unseen first
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

/// Reads a number of devices that a seen address has.
fn devices(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("give 1 or more; --unseen-only shows addresses that no device talked to".to_owned()),
        Ok(devices) => Ok(devices),
        Err(_) => Err(format!("give a number of devices from 1 to {}", u32::MAX)),
    }
}

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// The address to listen on, a loopback address; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,

    /// Serve TLS, with a certificate authority that is created for this run and written to a file for clients to trust
    #[arg(long)]
    pub(crate) tls: bool,

    /// Where to write the authority's certificate (PEM) [default: a temporary file, deleted when the sandbox stops]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// The quota of each app; units are s, m and h
    #[arg(long, value_name = "N/DURATION,…", default_value_t)]
    pub(crate) quota: Quota,

    /// Compute the figures from your own connection events, one JSON object on each line, such as
    /// {"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,

    /// Use a clock that stands still at this time (RFC 3339) for figures, quota and tokens; --control can move it
    #[arg(long, value_name = "TIME")]
    pub(crate) clock: Option<Clock>,

    /// Inject a fault; may be repeated, and the first one that is due applies. What: 503 body='not now', html=502,
    /// reset, delay=2s, truncate=20, address=192.0.2.1, content-type=text/plain, header='Retry-After: 5'. When: next=3,
    /// every=10, share=0.1 seed=7, else always. Where: on=token, on=both, else on calls of the operation
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<Fault>,

    #[arg(long, value_name = "NAME=VALUE", help = set_help())]
    pub(crate) set: Vec<Setting>,

    /// Add an app that signs in with a client assertion by this certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) app_certificate: Option<PathBuf>,

    /// The address of the control interface, a loopback address: faults, clock, received requests, who signs in
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub(crate) control: Option<SocketAddr>,

    /// How to print the connection details: json is one line with url, token, tenant, token_url, scope, apps,
    /// public_clients, users, and, if enabled, tls_ca (the file with the authority's certificate) and control
    #[arg(long, value_enum, default_value_t = SandboxFormat::Text)]
    pub(crate) format: SandboxFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxFormat {
    Text,
    Json,
}

/// All settings with their values, the default first.
fn set_help() -> String {
    let settings = Quirks::settings().map(|setting| {
        let values: Vec<_> = setting.values.iter().map(|value| value.text).collect();
        format!("{}={}", setting.name, values.join("|"))
    });
    format!(
        "Choose the behaviour where documentation and recordings differ or are silent; may be repeated. The first value \
         of each is the default: {}",
        settings.collect::<Vec<_>>().join(", ")
    )
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}
