//! The command that was probably meant where somebody asks without its name, such as `mde 8.8.8.8`. It is named, never run.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Error, Parser};
use mde_input::{Options, Source};

use crate::cli::{Arguments, Command, IpCommand, StatsArguments};

/// Words by which people call the question. Its own name may stand where it is none.
const QUESTIONS: [&str; 8] = ["stats", "stat", "statistics", "lookup", "query", "search", "check", "ask"];

/// The same error, which names the command for the question if that is what was meant.
pub(crate) fn with_command(mut error: Error, arguments: &[String]) -> Error {
    if let Some(command) = command(&error, arguments) {
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("to ask about IP addresses: {command}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The command with all other arguments as they were given.
fn command(error: &Error, arguments: &[String]) -> Option<String> {
    let (ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument) = error.kind() else { return None };
    let unknown = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let question = unknown.filter(|word| QUESTIONS.contains(word));
    let mut rest: Vec<_> = arguments.iter().skip(1).map(String::as_str).collect();
    if let Some(index) = rest.iter().position(|word| Some(*word) == question) {
        rest.remove(index);
    }
    if matches!(rest.first(), Some(&"ip" | &"help")) {
        let first = rest.remove(0);
        if first == "help" {
            return question.map(|_| "mde ip stats --help".to_owned());
        }
    }
    let words = || ["mde", "ip", "stats"].into_iter().chain(rest.iter().copied());
    let missing = match Arguments::try_parse_from(words()) {
        Ok(Arguments { command: Command::Ip { command: IpCommand::Stats(arguments) }, .. }) if asks(&arguments) => None,
        Err(error) if error.kind() == ErrorKind::DisplayHelp && question.is_some() => None,
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument && question.is_some() => {
            Some("<IP>".to_owned())
        }
        _ => return None,
    };
    Some(words().map(quoted).chain(missing).collect::<Vec<_>>().join(" "))
}

/// Whether all that it would ask about are addresses. Any other word may be a command, misspelt.
fn asks(arguments: &StatsArguments) -> bool {
    let mut texts = arguments.input.addresses.iter().filter(|text| *text != "-");
    texts.all(|text| {
        let read = mde_input::read(vec![Source::Argument { index: 1, text }], &Options::default());
        read.is_ok_and(|inputs| inputs.entries.iter().all(|entry| entry.address.is_ok()))
    })
}

/// For a shell, where a word would not stand for itself.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}
