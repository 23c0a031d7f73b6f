//! The command line. The comments of the types are the text of `--help`.

mod connection;
mod help;
mod sandbox;
mod stats;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use connection::{ConnectionArguments, StoreArguments};
pub(crate) use sandbox::{SandboxArguments, SandboxFormat};
pub(crate) use stats::{Format, InputArguments, InputFormat, OutputArguments, SortKey, StatsArguments};

/// Asks Microsoft Defender for Endpoint who in the organization talked to an IP address, and when
#[derive(Debug, Parser)]
#[command(name = "mde", bin_name = "mde", version, after_help = help::MDE, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) console: ConsoleArguments,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How to talk to the user.
#[derive(Args, Debug)]
#[command(next_help_heading = "Display")]
pub(crate) struct ConsoleArguments {
    /// When to use colours; auto is on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true, value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    /// Tell of each call and each attempt on standard error; twice, of the addresses that are asked about and each wait
    #[arg(long, short, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// What a command line says about colours, before it is parsed: the parser speaks, too.
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
    /// Find out what keeps a call from being answered, and what mends it
    #[command(after_help = help::DOCTOR)]
    Doctor(DoctorArguments),
    /// Show the configuration
    #[command(after_help = help::CONFIG, arg_required_else_help = true)]
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look after the answers that are remembered between runs
    #[command(after_help = help::STORE, arg_required_else_help = true)]
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Run a service on this machine that answers like the real one, with synthetic figures, until Ctrl-C
    #[command(after_help = help::SANDBOX)]
    Sandbox(SandboxArguments),
    /// Print the completions of a shell, for its own place to read them from
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum IpCommand {
    /// How many devices talked to each address, and when the first and the last of them did
    #[command(after_help = help::STATS)]
    Stats(StatsArguments),
}

#[derive(Args, Debug)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,

    /// Examine a sandbox that runs for this call only, to see what there is to see where all is well
    #[arg(long, conflicts_with_all = ["endpoint", "profile", "tenant", "app"])]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every value, and where it comes from
    #[command(after_help = help::CONFIG_SHOW)]
    Show {
        #[command(flatten)]
        connection: ConnectionArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Where the answers are kept
    #[command(after_help = help::STORE_PATH)]
    Path(StoreArguments),
    /// How many answers there are, how old they are, and how much of the quota is used
    #[command(after_help = help::STORE_STATS)]
    Stats(StoreArguments),
    /// Forget all answers
    #[command(after_help = help::STORE_CLEAR)]
    Clear(StoreArguments),
}
