//! The command line. The comments of the types are the text of `--help`.

mod flags;
mod help;
mod meant;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use flags::{
    ConnectionArguments, ExtractArguments, Format, InputArguments, InputFormat, OutputArguments, SandboxArguments,
    SandboxFormat, SortKey, StatsArguments, StoreArguments,
};
pub(crate) use meant::with_suggestion;

/// Asks Microsoft Defender for Endpoint who in the organization talked to an IP address, and when
#[derive(Debug, Parser)]
#[command(name = "mde", bin_name = "mde", version, after_help = help::MDE, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) console: ConsoleArguments,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags for the output of notes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Display")]
pub(crate) struct ConsoleArguments {
    /// When to use colours; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    /// Log each call and each attempt to standard error; twice, also addresses and waits
    #[arg(long, short, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// The choice of colours, before the command line is parsed: clap prints errors in colour, too.
pub(crate) fn color_choice(arguments: &[OsString]) -> ColorChoice {
    let words = arguments.iter().map_while(|word| word.to_str().filter(|word| *word != "--"));
    let mut before = "";
    let mut choice = None;
    for word in words {
        let value = word.strip_prefix("--color=").or((before == "--color").then_some(word));
        choice = value.and_then(|value| ColorChoice::from_str(value, false).ok()).or(choice);
        before = word;
    }
    choice.unwrap_or(ColorChoice::Auto)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask about IP addresses
    #[command(after_help = help::IP, arg_required_else_help = true)]
    Ip {
        #[command(subcommand)]
        command: IpCommand,
    },
    /// Write a profile into the configuration, by three questions
    #[command(after_help = help::INIT)]
    Init(InitArguments),
    /// Sign in as a person, in the browser or by a code, and keep the sign-in in a profile
    #[command(after_help = help::LOGIN)]
    Login(LoginArguments),
    /// Delete the sign-in of a profile from this machine
    #[command(after_help = help::LOGOUT)]
    Logout(LogoutArguments),
    /// Diagnose why calls fail, and show how to fix it
    #[command(after_help = help::DOCTOR)]
    Doctor(DoctorArguments),
    /// Show the configuration
    #[command(after_help = help::CONFIG, arg_required_else_help = true)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Manage the cache of answers
    #[command(after_help = help::STORE, arg_required_else_help = true)]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Run a local service that answers like the real one, with synthetic figures, until Ctrl-C
    #[command(after_help = help::SANDBOX)]
    Sandbox(SandboxArguments),
    /// Print shell completions
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print or write manual pages
    #[command(after_help = help::MAN)]
    Man(ManArguments),
    /// Print the JSON Schema of what `mde ip stats` writes
    #[command(after_help = help::SCHEMA)]
    Schema {
        /// Which part of the output the schema describes
        #[arg(value_enum, value_name = "PART", default_value_t = SchemaOf::Document)]
        of: SchemaOf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct ManArguments {
    /// The command whose page is printed, such as: ip stats [default: mde itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    pub(crate) command: Vec<String>,

    /// Write the pages of all commands to this folder, one file each, instead of printing one; the folder is created
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The document of --format json: all records and the summary
    Document,
    /// A record: a line of --format ndjson, and an element of `records` in the document
    Record,
    /// The summary in the document
    Summary,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IpCommand {
    /// How many devices talked to each address, and when first and last
    #[command(after_help = help::STATS)]
    Stats(Box<StatsArguments>),
    /// Print the addresses that a text holds, each with its location; no call is made
    #[command(after_help = help::EXTRACT)]
    Extract(ExtractArguments),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct LoginArguments {
    /// The profile to write [default: MDE_PROFILE, else the configuration's default, else "default"]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    #[arg(long, value_name = "NAME|URL", help = flags::endpoint_help())]
    pub(crate) endpoint: Option<String>,

    /// The tenant to sign in to, by its id or a domain [default: AZURE_TENANT_ID, else the profile's]
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,

    /// The app registration to sign in through, a public client, by its client id [default: AZURE_CLIENT_ID, else the
    /// profile's]
    #[arg(long, value_name = "CLIENT-ID")]
    pub(crate) app: Option<String>,

    /// Sign in by a code, in a browser on any device: where this machine has no browser
    #[arg(long)]
    pub(crate) device_code: bool,

    /// Show who is signed in and where that is kept, without signing in
    #[arg(long, conflicts_with = "device_code")]
    pub(crate) status: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LogoutArguments {
    /// The profile to sign out of [default: MDE_PROFILE, else the configuration's default]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct InitArguments {
    /// The profile to write [default: MDE_PROFILE, else the configuration's default, else "default"]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,

    /// Check a sandbox that runs for this command only, to see the report when all checks pass
    #[arg(long, conflicts_with_all = ["endpoint", "profile", "tenant", "app", "credential"])]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every value and its origin
    #[command(after_help = help::CONFIG_SHOW)]
    Show {
        #[command(flatten)]
        connection: ConnectionArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Print the path of the cache
    #[command(after_help = help::STORE_PATH)]
    Path(StoreArguments),
    /// Show how many answers are cached, how old they are, and how much of the quota is used
    #[command(after_help = help::STORE_STATS)]
    Stats(StoreArguments),
    /// Delete all cached answers
    #[command(after_help = help::STORE_CLEAR)]
    Clear(StoreArguments),
    /// Lift the pause of all calls that a 429 of the service has set
    #[command(after_help = help::STORE_RESUME)]
    Resume(StoreArguments),
}
