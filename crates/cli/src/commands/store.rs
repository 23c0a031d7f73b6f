//! `mde store`

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mde_client::QuotaKey;
use mde_store::{Cleared, Inspection, QuotaPause, Store};

use crate::cache;
use crate::cli::{ConnectionArguments, StoreArguments, StoreCommand};
use crate::config::Settings;
use crate::console::{Console, Environment};
use crate::exit::{Exit, Stop};
use crate::phrase::{plural, when_text};
use crate::quota::{RESUME_RISK, pause_text, windows_text};
use mde_input::escape::{escape, escape_path};

pub(crate) async fn run(
    command: &StoreCommand,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let (StoreCommand::Path(arguments)
    | StoreCommand::Stats(arguments)
    | StoreCommand::Clear(arguments)
    | StoreCommand::Resume(arguments)) = command;
    let path = cache::file(&folder(arguments, environment)?, arguments.sandbox);
    match command {
        // Unescaped, for scripts.
        StoreCommand::Path(_) => writeln!(console.results(), "{}", path.display())?,
        _ if !Store::exists(&path) => {
            writeln!(console.results(), "the cache is empty: {} does not exist", escape_path(&path))?
        }
        StoreCommand::Stats(_) => {
            let (options, mut waits) = cache::options();
            let inspection = cache::opened(options.inspect(&path), &mut waits, console).await;
            let inspection = inspection.map_err(cache::unusable)?.unwrap_or_default();
            if let Some(newer) = &inspection.newer_version {
                console.notify(cache::newer_version_text(newer));
            }
            let file = inspection.newer_version.as_ref().map_or(&path, |newer| &newer.used);
            write_stats(console.results(), file, &inspection)?;
        }
        StoreCommand::Clear(_) => {
            let cleared = cache::open(&path, console).await?.clear().await.map_err(cache::unusable)?;
            write_cleared(console.results(), cleared)?;
        }
        StoreCommand::Resume(_) => {
            let store = cache::open(&path, console).await?;
            let quotas = store.quotas_in_use().await.map_err(cache::unusable)?;
            if quotas.iter().any(|quota| quota.pause.is_some()) {
                console.notify(RESUME_RISK);
            }
            let lifted = store.resume().await.map_err(cache::unusable)?;
            write_lifted(console.results(), &lifted)?;
        }
    }
    Ok(Exit::Success)
}

fn folder(arguments: &StoreArguments, environment: &Environment) -> Result<PathBuf, Stop> {
    let StoreArguments { profile, store, sandbox: _ } = arguments.clone();
    let connection = ConnectionArguments { profile, store, ..ConnectionArguments::default() };
    let settings = Settings::resolve(&connection, environment)?;
    let folder = settings.store.map(|folder| folder.value);
    folder.ok_or_else(cache::no_folder)
}

fn write_cleared(out: &mut dyn Write, cleared: Cleared) -> io::Result<()> {
    let answers = plural(cleared.answers, "answer", "answers");
    let files = match cleared.files {
        0 => " deleted".to_owned(),
        count => format!(" and {} deleted", plural(count, "quarantined file", "quarantined files")),
    };
    writeln!(out, "{answers}{files}; the used quota stays counted")
}

fn write_lifted(out: &mut dyn Write, lifted: &[(QuotaKey, QuotaPause)]) -> io::Result<()> {
    if lifted.is_empty() {
        writeln!(out, "no calls pause")?;
    }
    for (key, pause) in lifted {
        writeln!(out, "{}", escape(&key_text(key)))?;
        writeln!(out, "lifted       {}", pause_text(pause))?;
    }
    Ok(())
}

fn write_stats(out: &mut dyn Write, path: &Path, inspection: &Inspection) -> io::Result<()> {
    let Inspection { contents, quotas, .. } = inspection;
    writeln!(out, "file         {}", escape_path(path))?;
    writeln!(out, "size         {}", size_text(contents.size))?;
    writeln!(out, "answers      {}", contents.answers)?;
    for (name, time) in [("oldest", contents.oldest), ("newest", contents.newest)] {
        if let Some(time) = time {
            writeln!(out, "{name}       {}", when_text(time))?;
        }
    }
    for file in &contents.quarantined {
        writeln!(out, "quarantined  {}", escape_path(file))?;
    }
    for quota in quotas {
        writeln!(out, "\n{}", escape(&key_text(&quota.key)))?;
        for (window, used) in &quota.windows {
            writeln!(out, "quota        {used} used of {}", windows_text(&[*window]))?;
        }
        if let Some(pause) = &quota.pause {
            writeln!(out, "pause        {}", pause_text(pause))?;
        }
    }
    Ok(())
}

fn key_text(key: &QuotaKey) -> String {
    let tenant = key.tenant.as_ref().map(|tenant| format!(", tenant {tenant}"));
    let app = key.app.as_ref().map(|app| format!(", app {app}"));
    format!("{} at {}{}{}", key.operation, key.endpoint, tenant.unwrap_or_default(), app.unwrap_or_default())
}

fn size_text(bytes: u64) -> String {
    match bytes.div_ceil(1024) {
        kibibytes @ 0..10_240 => format!("{kibibytes} KiB"),
        kibibytes => format!("{} MiB", kibibytes.div_ceil(1024)),
    }
}
