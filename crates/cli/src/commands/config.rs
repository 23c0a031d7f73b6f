//! `mde config`

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use mde_client::{LookBackHours, operations};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::cli::ConfigCommand;
use crate::config::{CertificateRef, CredentialRef, Origin, SecretRef, Setting, Settings};
use crate::connection::replaced_windows;
use crate::console::{Console, Environment};
use crate::exit::{Exit, Stop};
use crate::phrase::{UNITS, exact};
use crate::quota::{QuotaFlag, windows_text};
use mde_input::escape::{escape, escape_path};

pub(crate) fn run(command: &ConfigCommand, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    let ConfigCommand::Show { connection } = command;
    let settings = Settings::resolve(connection, environment)?;
    for note in &settings.notes {
        console.notify(note);
    }
    let width = usize::from(console.split().0.width.unwrap_or(NARROW));
    let out = console.results();
    writeln!(out, "{:HEADING$}{}", "configuration", file(&settings))?;
    let profiles: Vec<_> = settings.config.profile_names().map(escape).collect();
    let profiles = if profiles.is_empty() { "none".to_owned() } else { profiles.join(", ") };
    write_wrapped(out, "profiles", HEADING, &profiles, width)?;
    writeln!(out)?;
    // A token in the wrong variable.
    let redactor = environment.redactor();
    let rows = rows(&settings, environment).map(|row| row.map(|cell| escape(&redactor.redact(&cell))));
    write_table(out, &rows, width)?;
    Ok(Exit::Success)
}

/// The width to keep to where there is no terminal to ask for its own.
const NARROW: u16 = 80;
/// How wide the names are, with the spaces behind.
const HEADING: usize = 15;
const NAME: usize = 17;
const GAP: usize = 2;

/// Three columns. A value that would make the last one leave the screen stands above its origin, and a long one is
/// wrapped by words, which are not broken, so that they can be copied.
fn write_table(out: &mut dyn Write, rows: &[[String; 3]], width: usize) -> io::Result<()> {
    /// Narrower text is not readable.
    const LEAST: usize = 20;
    let widest = |column: usize| rows.iter().map(|row| display_width(&row[column])).max().unwrap_or_default();
    let room = width.saturating_sub(NAME + GAP + widest(2)).max(LEAST);
    let column = widest(1).min(room);
    let heading = ["SETTING", "VALUE", "FROM"].map(str::to_owned);
    for [name, value, origin] in [&heading].into_iter().chain(rows) {
        if display_width(value) <= column {
            let padding = " ".repeat(column - display_width(value) + GAP);
            writeln!(out, "{name:NAME$}{value}{padding}{origin}")?;
        } else {
            write_wrapped(out, name, NAME, value, width)?;
            writeln!(out, "{}{origin}", " ".repeat(NAME + column + GAP))?;
        }
    }
    Ok(())
}

/// A name and its text, whose further lines begin below the first.
fn write_wrapped(out: &mut dyn Write, name: &str, indent: usize, text: &str, width: usize) -> io::Result<()> {
    let (first, further) = (format!("{name:indent$}"), " ".repeat(indent));
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&further)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    writeln!(out, "{}", textwrap::fill(text, options))
}

fn file(settings: &Settings) -> String {
    match &settings.config.path {
        None => "none: this platform has no folder for it, and MDE_CONFIG is not set".to_owned(),
        Some(path) if settings.config.found => escape_path(path),
        Some(path) => format!("{} (does not exist)", escape_path(path)),
    }
}

fn rows(settings: &Settings, environment: &Environment) -> [[String; 3]; 9] {
    let quota = windows_text(operations::GET_IP_STATISTICS.quota);
    let look_back = LookBackHours::SERVICE_DEFAULT.to_string();
    let quota_in_force = |own: &QuotaFlag| match replaced_windows(&settings.endpoint.value) {
        Some(contract) => format!("{own}, in place of {contract}"),
        None => own.to_string(),
    };
    [
        row("profile", settings.profile.as_ref(), |name| name.clone(), None),
        row("endpoint", Some(&settings.endpoint), ToString::to_string, None),
        row("tenant", settings.tenant.as_ref(), |tenant| tenant.clone(), None),
        row("app", settings.app.as_ref(), |app| app.clone(), None),
        row("credential", settings.credential.as_ref(), |source| credential(source, environment), None),
        row("quota", settings.quota.as_ref(), quota_in_force, Some(quota)),
        row("look-back-hours", settings.look_back_hours.as_ref(), ToString::to_string, Some(look_back)),
        row("max-age", Some(&settings.max_age), |age| exact(*age, &UNITS), None),
        row("store", settings.store.as_ref(), |path| path.display().to_string(), None),
    ]
}

/// A value with its origin, or the default that is taken in its place.
fn row<T>(
    name: &str,
    setting: Option<&Setting<T>>,
    text: impl FnOnce(&T) -> String,
    default: Option<String>,
) -> [String; 3] {
    let (value, origin) = match (setting, default) {
        (Some(setting), _) => (text(&setting.value), setting.origin.to_string()),
        (None, Some(default)) => (default, Origin::Default.to_string()),
        (None, None) => ("-".to_owned(), "not set".to_owned()),
    };
    [name.to_owned(), value, origin]
}

/// Where the secret is, and whether it is there; never what it is.
fn credential(source: &CredentialRef, environment: &Environment) -> String {
    match source {
        CredentialRef::ClientSecret(secret) => with_doubt(source, doubt_of_secret(secret, environment)),
        CredentialRef::Certificate(CertificateRef { file, password }) => {
            let file = with_doubt(format!("the certificate in the file {}", escape_path(file)), doubt_of_file(file));
            match password {
                None => file,
                Some(secret) => {
                    format!("{file}, with the password {}", with_doubt(secret, doubt_of_secret(secret, environment)))
                }
            }
        }
        _ => source.to_string(),
    }
}

fn with_doubt(text: impl Display, doubt: Option<&str>) -> String {
    match doubt {
        Some(doubt) => format!("{text}, which {doubt}"),
        None => text.to_string(),
    }
}

/// What is wrong with where a secret is.
fn doubt_of_secret(secret: &SecretRef, environment: &Environment) -> Option<&'static str> {
    match secret {
        SecretRef::Environment(name) => environment.get(name).is_none().then_some("is not set"),
        SecretRef::File(path) => doubt_of_file(path),
        SecretRef::Command(_) => None,
    }
}

fn doubt_of_file(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Err(_) => Some("cannot be read"),
        Ok(metadata) if !metadata.is_file() => Some("is not a regular file"),
        Ok(metadata) if is_open_to_all(&metadata) => Some("every user of this machine can read"),
        Ok(_) => None,
    }
}

#[cfg(unix)]
fn is_open_to_all(metadata: &fs::Metadata) -> bool {
    const READ_BY_OTHERS: u32 = 0o004;
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & READ_BY_OTHERS != 0
}

/// The metadata does not show there who may read a file.
#[cfg(not(unix))]
fn is_open_to_all(_: &fs::Metadata) -> bool {
    false
}
