//! `mde login`: a person signs in, and the profile and the refresh token for the next commands are kept.

mod prompt;
mod report;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mde_client::{BoxError, Client, Error, RefreshToken, RefreshTokenStore, TokenClaims, UserCredential, operations};
use mde_input::escape::escape_path;
use tokio::time::timeout;

use self::prompt::Prompts;
use crate::cli::{ConnectionArguments, LoginArguments};
use crate::config::{Origin, Setting, Settings, check_writable, write_profile};
use crate::connection::{Connection, keychain, keychain_of, while_signing_in};
use crate::console::{Console, Environment};
use crate::credential::PERSON;
use crate::exit::{ErrorText, Exit, Stop};
use crate::interrupt::Signals;
use crate::keychain::{Keychain, Location, on_blocking_thread};
use crate::phrase::shell_word;

pub(crate) async fn run(
    arguments: &LoginArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let mut signals = Signals::listen();
    let work = async {
        match arguments.status {
            true => status(arguments, environment, console).await,
            false => sign_in(arguments, environment, console).await,
        }
    };
    tokio::select! {
        biased;
        () = signals.next() => Err(Stop::interrupted()),
        exit = work => exit,
    }
}

async fn sign_in(arguments: &LoginArguments, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    let (settings, profile) = Settings::resolve_to_write(&connection(arguments), environment)?;
    let (Some(tenant), Some(app)) = (&settings.tenant, &settings.app) else {
        return Err(not_registered(&settings, arguments));
    };
    let (tenant, app) = (tenant.value.clone(), app.value.clone());
    let path = settings.config.path.clone().unwrap_or_default();
    let previous = match settings.profile.is_some() {
        true => of_profile(&settings.of_profile()?, environment)?,
        false => None,
    };
    // A sign-in that cannot be kept would be in vain.
    check_writable(&path)?;
    keychain_of(&settings, &tenant, &app, environment).prepare()?;

    let received = Received::default();
    let (credential, prompts) = Prompts::ask(
        UserCredential::new(&tenant, &app).map_err(unfit)?.store(received.clone()).always_prompt(),
        arguments.device_code,
        environment,
    );
    let builder = Client::builder().endpoint(settings.endpoint.value.clone());
    // A device code has an end of its own.
    let builder = if arguments.device_code { builder } else { builder.sign_in_timeout(prompt::LIMIT) };
    let builder = environment.adapt_client(builder);
    let client = builder.credential(credential).build().map_err(unfit)?;
    let claims = prompts.show(client.token_claims(), console).await?.map_err(failed)?.unwrap_or_default();
    let Some(token) = received.take() else { return Err(no_refresh_token()) };

    let values = values_to_write(&settings, &claims, settings.profile.is_some());
    // As the next command will find them.
    let tenant = values.iter().find(|(key, _)| *key == "tenant").map_or(tenant, |(_, written)| written.clone());
    let settings = Settings {
        tenant: Some(Setting::new(tenant.clone(), Origin::Default)),
        profile: Some(Setting::new(profile.clone(), Origin::Default)),
        ..settings
    };
    let keychain = keychain_of(&settings, &tenant, &app, environment);
    let location = keep(keychain.clone(), token, console).await?;
    write_profile(&path, &profile, &values, true)?;
    if let Some(previous) = previous.filter(|previous| !previous.is_of_account(&keychain))
        && let Err(problem) = on_blocking_thread(move || previous.forget()).await
    {
        console.notify(format_args!("the sign-in that this profile had is not deleted: {problem}"));
    }
    report::signed_in(&settings, &claims, &location, console)?;
    let next = ConnectionArguments { profile: Some(profile), ..ConnectionArguments::default() };
    report::overridden(&next, environment, console);
    Ok(Exit::Success)
}

/// Whose sign-in the profile has, where it names a tenant and an app.
fn of_profile(own: &Settings, environment: &Environment) -> Result<Option<Keychain>, Stop> {
    match own.tenant.is_some() && own.app.is_some() {
        true => keychain(own, environment).map(Some),
        false => Ok(None),
    }
}

fn connection(arguments: &LoginArguments) -> ConnectionArguments {
    let LoginArguments { profile, endpoint, tenant, app, .. } = arguments.clone();
    // Whatever else commands would sign in with.
    let credential = Some(PERSON.to_owned());
    ConnectionArguments { profile, endpoint, tenant, app, credential, ..ConnectionArguments::default() }
}

/// Takes the refresh token, to keep it when it is known for whom.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Option<RefreshToken>>>);

impl Received {
    fn take(&self) -> Option<RefreshToken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl RefreshTokenStore for Received {
    fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
        Ok(None)
    }

    fn save(&self, token: &RefreshToken) -> Result<(), BoxError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

/// What goes into the profile: all of it into a new one, else what was given, so that the rest stays as it is.
fn values_to_write(settings: &Settings, claims: &TokenClaims, exists: bool) -> Vec<(&'static str, String)> {
    let endpoint = &settings.endpoint.value;
    let endpoint_text = if endpoint.is_loopback() { endpoint.url() } else { endpoint.name() };
    let tenant = settings.tenant.as_ref();
    // The id, by which quota and cache are kept without asking for a token.
    let tenant_id = claims.tenant.as_deref().or(tenant.map(|tenant| tenant.value.as_str()));
    let mut values = vec![("credential", PERSON.to_owned())];
    let rows = [
        ("endpoint", Some(&settings.endpoint.origin), Some(endpoint_text)),
        ("tenant", tenant.map(|tenant| &tenant.origin), tenant_id),
        ("app", settings.app.as_ref().map(|app| &app.origin), settings.app.as_ref().map(|app| app.value.as_str())),
    ];
    for (key, origin, value) in rows {
        let is_given = matches!(origin, Some(Origin::Flag(_) | Origin::Environment(_)));
        if let Some(value) = value.filter(|_| is_given || !exists) {
            values.push((key, value.to_owned()));
        }
    }
    values
}

/// Keeps the token in the keychain of the platform or, after a notice, in a file.
async fn keep(keychain: Keychain, token: RefreshToken, console: &mut Console) -> Result<Location, Stop> {
    if keychain.uses_platform() {
        let work = on_blocking_thread({
            let (keychain, token) = (keychain.clone(), token.clone());
            move || keychain.keep_in_platform(&token)
        });
        match while_waiting(work, console).await {
            Ok(location) => return Ok(location),
            Err(problem) => {
                let file = keychain.file().map(escape_path).unwrap_or_default();
                console.notify(format_args!(
                    "{problem}\nThe refresh token goes into a file that only you can read: {file}"
                ));
            }
        }
    }
    Ok(on_blocking_thread(move || keychain.keep_in_file(&token)).await?)
}

/// Notifies the user who has to unlock the keychain, where that takes a while.
async fn while_waiting<T>(work: impl Future<Output = T>, console: &mut Console) -> T {
    /// Nobody wonders before.
    const WORTH_SHOWING: Duration = Duration::from_secs(2);
    let mut work = std::pin::pin!(work);
    match timeout(WORTH_SHOWING, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            console.notify("waiting for the keychain, which may ask you to unlock it…");
            work.await
        }
    }
}

/// Who is signed in, and whether a token can be had.
async fn status(arguments: &LoginArguments, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    let settings = Settings::resolve(&connection(arguments), environment)?;
    for note in &settings.notes {
        console.notify(note);
    }
    if settings.tenant.is_none() || settings.app.is_none() {
        console.notify(format_args!("nobody is signed in\n{}", how_to_sign_in(&settings, arguments)));
        return Ok(Exit::Credential);
    }
    let keychain = keychain(&settings, environment)?;
    let kept = while_waiting(on_blocking_thread(move || keychain.find()), console).await;
    report::found(&settings, kept.as_ref().map(Option::as_ref), console)?;
    report::overridden(&ConnectionArguments { credential: None, ..connection(arguments) }, environment, console);
    if !matches!(kept, Ok(Some(_))) {
        return Ok(Exit::Credential);
    }
    let mut connection = Connection::open(&settings, environment, None).await?;
    let claims = connection.client.token_claims();
    let claims = while_signing_in(&mut connection.waits, claims, |text| console.notify(text)).await.map_err(failed)?;
    report::token(&claims.unwrap_or_default(), console)?;
    Ok(Exit::Success)
}

fn unfit(error: Error) -> Stop {
    Stop::usage(ErrorText::of(&error).to_string())
}

fn failed(error: Error) -> Stop {
    Stop::Failed { exit: Exit::of_error(&error), message: ErrorText::of(&error).to_string() }
}

fn no_refresh_token() -> Stop {
    let message = "the host has issued no refresh token, so the sign-in would end with this command\n\
                   Ask an administrator whether the app registration may have offline_access.";
    Stop::Failed { exit: Exit::Credential, message: message.to_owned() }
}

fn not_registered(settings: &Settings, arguments: &LoginArguments) -> Stop {
    Stop::usage(how_to_sign_in(settings, arguments))
}

/// What is missing, and how to register an app, which nobody can do for the user.
fn how_to_sign_in(settings: &Settings, arguments: &LoginArguments) -> String {
    let missing = match (&settings.tenant, &settings.app) {
        (None, None) => "a tenant and an app registration",
        (None, Some(_)) => "a tenant",
        _ => "an app registration",
    };
    let profile = arguments.profile.as_ref().map(|name| format!(" --profile {}", shell_word(name))).unwrap_or_default();
    let permission = operations::GET_IP_STATISTICS.delegated_permission.map_or("", |permission| permission.name);
    format!(
        "to sign in takes {missing}: mde login{profile} --tenant TENANT --app CLIENT-ID\n\
         The app is a public client of your own, with the delegated permission {permission}: mde login --help lists the steps \
         to register it."
    )
}
