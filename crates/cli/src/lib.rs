//! The command `mde`: who in the organization talked to this IP address, and when.
//!
//! Results go to standard output, everything else to standard error. `mde --help` documents the rest.
//!
//! Modules import in one direction: `commands` (one file per subcommand) use `run` (the calls of a list, and how it ends)
//! and `output`; these use `report` (records in the order of the input), `progress`, `queue` (which call is next), `cache`,
//! `connection` and `interrupt`; these use `summary`, which uses `prevalence` (bands) and `record`; these use `config`,
//! `sign_in` and `keychain` (the refresh token of a person); these use `original` (a file that gets more columns), `input`
//! (the sources of a command line), `exit`, `console`, `guess` (which command was meant), `cli` (the flags), `credential` (the
//! kinds that there are), `atomic` (replaces a file), `open`, `quota` and `phrase`. No module imports from here.

mod atomic;
mod cache;
mod cli;
mod commands;
mod config;
mod connection;
mod console;
mod credential;
mod exit;
mod guess;
mod input;
mod interrupt;
mod keychain;
mod open;
mod original;
mod output;
mod phrase;
mod prevalence;
mod progress;
mod queue;
mod quota;
mod record;
mod report;
mod run;
#[cfg(test)]
mod samples;
mod sign_in;
mod summary;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use mde_input::escape::escape;

use crate::cli::Arguments;
pub use crate::console::{Console, Environment};
pub use crate::exit::Exit;
use crate::exit::Stop;

/// The program: reads arguments and environment of the process, and returns the exit code.
pub fn main() -> ExitCode {
    let mut console = Console::of_process();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.notify(format_args!("cannot start the event loop: {error}"));
            return Exit::Unavailable.into();
        }
    };
    let exit = runtime.block_on(run(std::env::args_os(), &Environment::of_process(), &mut console));
    // A DNS lookup cannot be cancelled, and Ctrl-C should not wait for one.
    runtime.shutdown_background();
    exit.into()
}

/// The command line, or the error for it, which repeats arguments: escaped, for a terminal.
fn parse(arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let escaped: Vec<_> = arguments.iter().map(|argument| escape(&argument.to_string_lossy())).collect();
    Arguments::try_parse_from(arguments).map_err(|error| {
        let error = Arguments::try_parse_from(&escaped).err().unwrap_or(error);
        guess::with_command(cli::with_suggestion(error, Arguments::command(), &escaped), &escaped)
    })
}

/// Runs one command line, the first of `arguments` being the name of the program, with all output to `console`. The log
/// of `-v` goes to the standard error of the process, if the console is that of the process.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    console: &mut Console,
) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    console.hide_secrets_of(environment);
    // Errors of the parser have colours, too.
    console.set_colors(cli::color_choice(&arguments));
    if let Some(shell) = environment.get(commands::COMPLETE) {
        return match commands::complete(&shell, arguments, environment, console) {
            Ok(exit) => exit,
            Err(stop) => stop.report(console),
        };
    }
    let result = match parse(arguments) {
        Ok(arguments) => {
            console.set_colors(arguments.console.color);
            console.enable_log(arguments.console.verbose);
            commands::run(arguments.command, environment, console).await
        }
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            console.show_usage(&error).map(|()| exit).map_err(Stop::from)
        }
    };
    match result.and_then(|exit| Ok(console.flush().map(|()| exit)?)) {
        Ok(exit) => exit,
        Err(stop) => stop.report(console),
    }
}
