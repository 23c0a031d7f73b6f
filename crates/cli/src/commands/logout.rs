//! `mde logout`: deletes the refresh token of a person from this machine.

use crate::cli::{ConnectionArguments, LogoutArguments};
use crate::config::Settings;
use crate::connection::keychain;
use crate::console::{Console, Environment};
use crate::exit::{Exit, Stop};
use crate::interrupt::Signals;
use crate::keychain::{Unusable, on_blocking_thread};

pub(crate) async fn run(
    arguments: &LogoutArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let connection = ConnectionArguments { profile: arguments.profile.clone(), ..ConnectionArguments::default() };
    let settings = Settings::resolve(&connection, environment)?;
    let keychain = keychain(&settings, environment)?;
    let mut signals = Signals::listen();
    let deleted = tokio::select! {
        biased;
        () = signals.next() => {
            return Err(Stop::Failed { exit: Exit::Interrupted, message: "interrupted".to_owned() });
        }
        deleted = on_blocking_thread(move || keychain.forget()) => deleted,
    };
    let cannot = |problem: Unusable| Stop::Failed { exit: Exit::Credential, message: problem.to_string() };
    let deleted = deleted.map_err(cannot)?;
    if deleted.is_empty() {
        writeln!(console.results(), "nobody was signed in")?;
        return Ok(Exit::Success);
    }
    for location in deleted {
        writeln!(console.results(), "signed out: the refresh token is deleted from {location}")?;
    }
    console.notify("tokens that were issued before stay valid until they expire");
    Ok(Exit::Success)
}
