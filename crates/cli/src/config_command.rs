//! `mde config`

use std::fs;
use std::path::Path;

use comfy_table::presets::NOTHING;
use mde_client::{LookBackHours, operations};

use crate::args::ConfigCommand;
use crate::exit::{Exit, Stop};
use crate::printable::printable;
use crate::quota_flag::windows_text;
use crate::settings::{CredentialSource, Origin, SecretSource, Setting, Settings};
use crate::{Console, Environment, duration};

pub(crate) fn run(command: &ConfigCommand, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    let ConfigCommand::Show { connection } = command;
    let settings = Settings::resolve(connection, environment)?;
    for note in &settings.notes {
        console.say(note);
    }
    let out = console.results();
    writeln!(out, "configuration  {}", file(&settings))?;
    let profiles: Vec<_> = settings.config.profile_names().map(printable).collect();
    writeln!(out, "profiles       {}\n", if profiles.is_empty() { "none".to_owned() } else { profiles.join(", ") })?;
    for line in table(&settings, environment).lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(Exit::Success)
}

fn file(settings: &Settings) -> String {
    match &settings.config.path {
        None => "none: this platform has no place for one, and MDE_CONFIG is not set".to_owned(),
        Some(path) if settings.config.found => shown(path),
        Some(path) => format!("{} (not there)", shown(path)),
    }
}

fn table(settings: &Settings, environment: &Environment) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING);
    table.force_no_tty();
    table.set_header(["SETTING", "VALUE", "FROM"]);
    table.add_rows(rows(settings, environment));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

fn rows(settings: &Settings, environment: &Environment) -> Vec<[String; 3]> {
    let quota = windows_text(operations::GET_IP_STATISTICS.quota);
    let look_back = LookBackHours::SERVICE_DEFAULT.to_string();
    vec![
        row("profile", settings.profile.as_ref(), |name| name.clone(), None),
        row("endpoint", Some(&settings.endpoint), ToString::to_string, None),
        row("tenant", settings.tenant.as_ref(), |tenant| tenant.clone(), None),
        row("app", settings.app.as_ref(), |app| app.clone(), None),
        row("credential", settings.credential.as_ref(), |source| credential(source, environment), None),
        row("quota", settings.quota.as_ref(), ToString::to_string, Some(quota)),
        row("look-back-hours", settings.look_back_hours.as_ref(), ToString::to_string, Some(look_back)),
        row("max-age", Some(&settings.max_age), |age| duration::text(*age), None),
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
    [name.to_owned(), printable(&value), origin]
}

/// Where the secret is, and whether it is there; never what it is.
fn credential(source: &CredentialSource, environment: &Environment) -> String {
    let doubt = match source {
        CredentialSource::ClientSecret(SecretSource::Environment(name)) if environment.get(name).is_none() => {
            ", which is not set"
        }
        CredentialSource::ClientSecret(SecretSource::File(path)) => match fs::metadata(path) {
            Err(_) => ", which cannot be read",
            Ok(metadata) if is_open_to_all(&metadata) => ", which everybody on this machine may read",
            Ok(_) => "",
        },
        _ => "",
    };
    format!("{source}{doubt}")
}

#[cfg(unix)]
fn is_open_to_all(metadata: &fs::Metadata) -> bool {
    const READ_BY_OTHERS: u32 = 0o004;
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & READ_BY_OTHERS != 0
}

/// Who may read a file is not told by its metadata there.
#[cfg(not(unix))]
fn is_open_to_all(_: &fs::Metadata) -> bool {
    false
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
