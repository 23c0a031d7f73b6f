//! The command that was probably meant where somebody asks without its name, such as `mde 8.8.8.8`. It is named, never run.

use std::net::IpAddr;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, Parser};
use mde_input::{Options, Source};

use crate::cli::{Arguments, Command, IpCommand, StatsArguments};
use crate::phrase::shell_word;

/// Words by which people call the question. Its own name may stand where it is none.
const QUESTIONS: [&str; 8] = ["stats", "stat", "statistics", "lookup", "query", "search", "check", "ask"];

/// Words for other commands than the question: what they are for, and their names.
const OTHERS: [(&[&str], &str, &str); 3] = [
    (&["extract"], "to take addresses out of a text", "mde ip extract"),
    (&["signin", "sign-in", "logon", "log-in"], "to sign in", "mde login"),
    (&["signout", "sign-out", "logoff", "log-out"], "to sign out", "mde logout"),
];

/// The same error, which names the command if it is clear what was meant.
pub(crate) fn with_command(mut error: Error, arguments: &[String]) -> Error {
    if let Some((purpose, command)) = command(&error, arguments) {
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("{purpose}: {command}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// What the command is for, and the command.
fn command(error: &Error, arguments: &[String]) -> Option<(&'static str, String)> {
    let (ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) = error.kind() else { return None };
    let unknown = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let other = unknown.and_then(|word| OTHERS.iter().find(|(words, ..)| words.contains(&word)));
    let is_question = unknown.is_some_and(|word| QUESTIONS.contains(&word));
    let mut rest: Vec<_> = arguments.iter().skip(1).map(String::as_str).collect();
    if let Some(index) = rest.iter().position(|word| Some(*word) == unknown) {
        match unknown {
            _ if is_question || other.is_some() => drop(rest.remove(index)),
            Some(file) if Path::new(file).is_file() => rest.insert(index, "-i"),
            _ => {}
        }
    }
    let mut is_help = false;
    while let Some(&first @ ("ip" | "help")) = rest.first() {
        is_help |= first == "help";
        rest.remove(0);
    }
    if is_help {
        rest = vec!["--help"];
    }
    if let Some(&(_, purpose, name)) = other {
        let rest = rest.into_iter().map(shell_word);
        return Some((purpose, std::iter::once(name.to_owned()).chain(rest).collect::<Vec<_>>().join(" ")));
    }
    Some(("to ask about IP addresses", question(&rest, unknown, is_question)?))
}

/// The question with all other arguments as they were given, or without them where they are wrong as well.
fn question(rest: &[&str], unknown: Option<&str>, is_named: bool) -> Option<String> {
    let words = || ["mde", "ip", "stats"].into_iter().chain(rest.iter().copied());
    let whole = words().map(shell_word).collect::<Vec<_>>().join(" ");
    match Arguments::try_parse_from(words()) {
        Ok(Arguments { command: Command::Ip { command: IpCommand::Stats(arguments) }, .. }) if asks(&arguments) => {
            Some(whole)
        }
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument && is_named => Some(format!("{whole} <IP>")),
        Err(error) if error.kind() == ErrorKind::DisplayHelp && (is_named || unknown.is_some_and(is_subject)) => {
            Some(whole)
        }
        _ if is_named => Some("mde ip stats <IP>".to_owned()),
        _ => unknown.filter(|word| is_subject(word)).map(|word| format!("mde ip stats {}", shell_word(word))),
    }
}

/// Whether all that it would ask about are addresses. Any other word may be a command, misspelt.
fn asks(arguments: &StatsArguments) -> bool {
    let mut texts = arguments.input.addresses.iter().filter(|text| *text != "-");
    texts.all(|text| is_subject(text))
}

/// Whether it is an address, or a network, which the question itself explains how to ask about.
fn is_subject(text: &str) -> bool {
    let is_network = text.split_once('/').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok());
    let read = || mde_input::read(vec![Source::Argument { index: 1, text }], &Options::default());
    is_network || read().is_ok_and(|inputs| inputs.entries.iter().all(|entry| entry.address.is_ok()))
}
