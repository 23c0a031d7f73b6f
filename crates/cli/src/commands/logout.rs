//! `mde logout`: deletes the refresh token of a person from this machine.

use crate::cli::{ConnectionArguments, LogoutArguments};
use crate::config::Settings;
use crate::connection::keychain;
use crate::console::{Console, Environment};
use crate::credential::PERSON;
use crate::exit::{Exit, Stop};
use crate::interrupt::Signals;
use crate::keychain::on_blocking_thread;

pub(crate) async fn run(
    arguments: &LogoutArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let connection = ConnectionArguments {
        profile: arguments.profile.clone(),
        // Whatever else commands would sign in with.
        credential: Some(PERSON.to_owned()),
        ..ConnectionArguments::default()
    };
    let settings = Settings::resolve(&connection, environment)?;
    // What this profile has kept, whatever the environment names now.
    let settings = if settings.profile.is_some() { settings.of_profile()? } else { settings };
    if settings.tenant.is_none() || settings.app.is_none() {
        return nobody(console);
    }
    let keychain = keychain(&settings, environment)?;
    let mut signals = Signals::listen();
    let deleted = tokio::select! {
        biased;
        () = signals.next() => return Err(Stop::interrupted()),
        deleted = on_blocking_thread(move || keychain.forget()) => deleted?,
    };
    if deleted.is_empty() {
        return nobody(console);
    }
    for location in deleted {
        writeln!(console.results(), "signed out: the refresh token is deleted from {location}")?;
    }
    console.notify("tokens that were issued before stay valid until they expire");
    Ok(Exit::Success)
}

fn nobody(console: &mut Console) -> Result<Exit, Stop> {
    writeln!(console.results(), "nobody was signed in")?;
    Ok(Exit::Success)
}
