//! The subcommands. Each reads its arguments, and writes results and notes to the console.

mod cached;
mod completions;
mod config;
mod doctor;
mod extract;
mod init;
mod login;
mod logout;
mod man;
mod sandbox;
mod schema;
mod stats;
mod store;

pub(crate) use completions::{COMPLETE, complete};

use crate::cli::{Command, IpCommand};
use crate::console::{Console, Environment};
use crate::exit::{Exit, Stop};

/// Runs one command.
pub(crate) async fn run(command: Command, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    match command {
        Command::Ip { command: IpCommand::Stats(arguments) } => stats::run(&arguments, environment, console).await,
        Command::Ip { command: IpCommand::Extract(arguments) } => extract::run(&arguments, console),
        Command::Sandbox(arguments) => sandbox::run(arguments, console).await,
        Command::Init(arguments) => init::run(&arguments, environment, console),
        Command::Login(arguments) => login::run(&arguments, environment, console).await,
        Command::Logout(arguments) => logout::run(&arguments, environment, console).await,
        Command::Doctor(arguments) => doctor::run(&arguments, environment, console).await,
        Command::Config { command } => config::run(&command, environment, console),
        Command::Store { command } => store::run(&command, environment, console).await,
        Command::Completions { shell } => completions::run(shell, console),
        Command::Man(arguments) => man::run(&arguments, console),
        Command::Schema { of } => schema::run(of, console),
    }
}
