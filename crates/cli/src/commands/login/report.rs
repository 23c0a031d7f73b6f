//! What is shown of a sign-in: who, where, and for how long. No secret.

use std::io::{self, Write};

use mde_client::{TokenClaims, operations};
use mde_input::escape::{escape, escape_path};

use crate::cli::ConnectionArguments;
use crate::config::{CredentialRef, Setting, Settings};
use crate::console::{Console, Environment};
use crate::keychain::{Kept, Location, Unusable};
use crate::phrase::when_text;

/// After a sign-in.
pub(super) fn signed_in(
    settings: &Settings,
    claims: &TokenClaims,
    location: &Location,
    console: &mut Console,
) -> io::Result<()> {
    let out = console.results();
    whose(out, settings)?;
    row(out, "kept in", &location.to_string())?;
    token(claims, console)
}

/// What is kept of a sign-in, before it is used.
pub(super) fn found(
    settings: &Settings,
    kept: Result<Option<&Kept>, &Unusable>,
    console: &mut Console,
) -> io::Result<()> {
    let out = console.results();
    whose(out, settings)?;
    let text = match kept {
        Ok(Some(Kept { location, since: Some(since), .. })) => {
            format!("{location}, since {}", when_text((*since).into()))
        }
        Ok(Some(Kept { location, since: None, .. })) => location.to_string(),
        Ok(None) => "nowhere".to_owned(),
        Err(_) => "-".to_owned(),
    };
    row(out, "kept in", &text)?;
    match kept {
        Ok(Some(_)) => {}
        Ok(None) => console.notify(format_args!("nobody is signed in; sign in by {}", settings.login_command())),
        Err(problem) => console.notify(format_args!("{problem}\nSign in again: {}", settings.login_command())),
    }
    Ok(())
}

/// Whose the token is, what it may do, and until when.
pub(super) fn token(claims: &TokenClaims, console: &mut Console) -> io::Result<()> {
    let needed = operations::GET_IP_STATISTICS.delegated_permission;
    // A token that cannot be read has no claims at all.
    let is_readable = !claims.audiences.is_empty();
    let lacks = needed.filter(|needed| is_readable && !claims.scopes.iter().any(|scope| scope == needed.name));
    let out = console.results();
    if let Some(user) = &claims.user {
        row(out, "person", &escape(user))?;
    }
    if is_readable {
        let scopes = escape(&claims.scopes.join(" "));
        row(out, "permissions", if scopes.is_empty() { "none" } else { &scopes })?;
    }
    if let Some(end) = claims.expires_at {
        row(out, "token", &format!("valid until {}, renewed as needed", when_text(end)))?;
    }
    if let Some(needed) = lacks {
        console.notify(format_args!(
            "the token lacks the permission {}, so calls will be refused: grant the app registration the delegated \
             permission, with the consent of an administrator, and sign in again",
            needed.name
        ));
    }
    Ok(())
}

fn whose(out: &mut dyn Write, settings: &Settings) -> io::Result<()> {
    let Settings { endpoint, tenant, app, profile, config, .. } = settings;
    row(out, "endpoint", &escape(&endpoint.value.to_string()))?;
    for (name, setting) in [("tenant", tenant), ("app", app)] {
        if let Some(Setting { value, .. }) = setting {
            row(out, name, &escape(value))?;
        }
    }
    if let Some(profile) = profile {
        let path = config.path.as_deref().map(escape_path).unwrap_or_default();
        row(out, "profile", &format!("{} in {path}", escape(&profile.value)))?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "{name:<13}{value}")
}

/// Warns if the next command signs in otherwise, as by a token in the environment, or cannot sign in at all.
pub(super) fn overridden(next: &ConnectionArguments, environment: &Environment, console: &mut Console) {
    let credential = match Settings::resolve(next, environment) {
        Ok(settings) => settings.credential,
        Err(problem) => {
            problem.report(console);
            return;
        }
    };
    match credential {
        None | Some(Setting { value: CredentialRef::Person, .. }) => {}
        // The variable shows already.
        Some(Setting { value: value @ CredentialRef::Token(_), .. }) => {
            console.notify(format_args!("commands use {value}, in place of the person who signed in"));
        }
        Some(Setting { value, origin }) => {
            console.notify(format_args!("commands use {value} (from {origin}), in place of the person who signed in"));
        }
    }
}
