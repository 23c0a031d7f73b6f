//! The command `mde`: who in the organization talked to this IP address, and when.
//!
//! Results go to standard output, everything else to standard error. `mde --help` documents the rest.

mod args;
mod ask;
mod completions;
mod config_command;
mod connection;
mod console;
mod counted;
mod doctor;
mod duration;
mod ending;
mod environment;
mod exit;
mod explanation;
mod input;
mod ip_stats;
mod memory;
mod output;
mod output_file;
mod pace;
mod progress;
mod quota_flag;
mod record;
mod report;
mod sandbox;
mod settings;
mod signals;
mod stoppable_ledger;
mod store_command;
mod store_file;
mod verbosity;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command, IpCommand};
pub use crate::console::Console;
pub use crate::environment::Environment;
pub use crate::exit::Exit;
use crate::exit::Stop;

/// The whole program: reads the arguments and the environment of the process, and ends with its exit code.
pub fn main() -> ExitCode {
    let mut console = Console::of_process();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.say(format_args!("the system gives no event queue to wait with: {error}"));
            return Exit::Unavailable.into();
        }
    };
    let exit = runtime.block_on(run(std::env::args_os(), &Environment::of_process(), &mut console));
    // A look-up of a name cannot be cancelled, and who pressed Ctrl-C should not wait for one.
    runtime.shutdown_background();
    exit.into()
}

/// Runs one command line, the first of `arguments` being the name of the program, with all output to `console`. What is
/// logged for `-v` goes to the standard error of the process, where the console is that of the process.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    console: &mut Console,
) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    // What the parser says has colours too.
    console.set_colors(args::color_choice(&arguments));
    let result = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => {
            console.set_colors(arguments.console.color);
            console.tell_log(arguments.console.verbose);
            dispatch(arguments.command, environment, console).await
        }
        Err(error) => console.show_usage(&error).map_err(Stop::from),
    };
    match result.and_then(|exit| Ok(console.flush().map(|()| exit)?)) {
        Ok(exit) => exit,
        Err(stop) => stop.report(console),
    }
}

async fn dispatch(command: Command, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    match command {
        Command::Ip { command: IpCommand::Stats(arguments) } => ip_stats::run(&arguments, environment, console).await,
        Command::Sandbox(arguments) => sandbox::run(arguments, console).await,
        Command::Doctor(arguments) => doctor::run(&arguments, environment, console).await,
        Command::Config { command } => config_command::run(&command, environment, console),
        Command::Store { command } => store_command::run(&command, environment, console).await,
        Command::Completions { shell } => completions::run(shell, console),
    }
}
