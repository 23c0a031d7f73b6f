//! `mde completions`, and the answers to the shells that complete by it.
//!
//! The script of a shell runs `mde` with [`COMPLETE`] set, at each completion: so the names of profiles are those of the
//! configuration as it is then, and all shells complete the same.

use std::env;
use std::ffi::OsString;

use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::Shells;
use mde_client::Endpoint;
use mde_sandbox::Quirks;

use crate::cli::Arguments;
use crate::config;
use crate::console::{Console, Environment};
use crate::credential::credential_names;
use crate::exit::{Exit, Stop};

/// The variable that the scripts set to the name of their shell.
pub(crate) const COMPLETE: &str = "MDE_COMPLETE";

const NAME: &str = "mde";

/// The script for bash, which splits words at `=` and `:`, and inserts candidates as they are: the one of the crate completes
/// no value behind `=`, and quotes none.
const BASH: &str = include_str!("completions.bash");

/// Prints the script of a shell.
pub(super) fn run(shell: Shell, console: &mut Console) -> Result<Exit, Stop> {
    let name = shell.to_string();
    let shells = Shells::builtins();
    let mut text = Vec::new();
    match shell {
        Shell::Bash => text.extend_from_slice(BASH.as_bytes()),
        _ => {
            let script = shells.completer(&name).ok_or_else(|| unknown(&name))?;
            script.write_registration(COMPLETE, NAME, NAME, NAME, &mut text)?;
        }
    }
    console.results().write_all(&text)?;
    Ok(Exit::Success)
}

/// Answers a script: prints what the word at the cursor may be. The script gives the words after `--`, and the rest by
/// variables that the crate of the scripts reads itself.
pub(crate) fn complete(
    shell: &str,
    arguments: Vec<OsString>,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let shells = Shells::builtins();
    let script = shells.completer(shell).ok_or_else(|| unknown(shell))?;
    let words = arguments.into_iter().skip_while(|word| word != "--").skip(1).collect();
    let mut command = with_values(Arguments::command(), environment);
    command.build();
    let folder = env::current_dir().ok();
    let mut text = Vec::new();
    script.write_complete(&mut command, words, folder.as_deref(), &mut text)?;
    console.results().write_all(&text)?;
    console.flush()?;
    Ok(Exit::Success)
}

fn unknown(shell: &str) -> Stop {
    let names: Vec<_> = Shells::builtins().names().collect();
    Stop::usage(format!("{COMPLETE}: there are no completions for {shell:?}: give one of {}", names.join(", ")))
}

/// The command, whose arguments know their values beyond those that clap checks.
fn with_values(command: clap::Command, environment: &Environment) -> clap::Command {
    let environment = environment.clone();
    let of_subcommands = environment.clone();
    let command = command.mut_args(move |argument| match candidates(argument.get_id().as_str(), &environment) {
        Some(candidates) => Arg::add(argument, candidates),
        None => argument,
    });
    command.mut_subcommands(move |subcommand| with_values(subcommand, &of_subcommands))
}

fn candidates(argument: &str, environment: &Environment) -> Option<ArgValueCandidates> {
    let all = |names: Vec<String>| names.into_iter().map(CompletionCandidate::new).collect();
    Some(match argument {
        "endpoint" => ArgValueCandidates::new(move || all(Endpoint::names().map(str::to_owned).collect())),
        "credential" => ArgValueCandidates::new(move || all(credential_names().map(str::to_owned).collect())),
        "set" => ArgValueCandidates::new(move || all(sandbox_settings())),
        "command" => ArgValueCandidates::new(move || all(command_names(&Arguments::command()))),
        "profile" => {
            let environment = environment.clone();
            ArgValueCandidates::new(move || all(config::profile_names(&environment)))
        }
        _ => return None,
    })
}

/// The names of all commands, those below others as well.
fn command_names(command: &clap::Command) -> Vec<String> {
    let below = command.get_subcommands();
    below.flat_map(|below| std::iter::once(below.get_name().to_owned()).chain(command_names(below))).collect()
}

/// Each in the form that `--set` reads.
fn sandbox_settings() -> Vec<String> {
    let settings = Quirks::settings();
    settings
        .flat_map(|setting| setting.values.iter().map(move |value| format!("{}={}", setting.name, value.text)))
        .collect()
}
