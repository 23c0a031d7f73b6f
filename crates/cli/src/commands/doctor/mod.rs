//! `mde doctor`: checks from the configuration to a call, each with a fix for its failure.

mod host;
mod report;
mod token;

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;

use mde_client::{Client, Endpoint, QuotaLedger, operations};
use mde_store::{Inspection, QuotaPause, Store};

use self::host::Host;
use self::report::{Finding, Report};
use self::token::Token;
use crate::cache;
use crate::cli::{ConnectionArguments, DoctorArguments};
use crate::config::{CredentialRef, Origin, Settings};
use crate::connection::{Connection, missing_credential, while_signing_in};
use crate::console::{Console, Environment};
use crate::exit::{Exit, Stop};
use crate::interrupt::Signals;
use crate::phrase::plural;
use crate::quota::{RESUME_RISK, pause_text};

/// Every check that takes a configuration.
const AFTER_SETTINGS: [&str; 8] = ["credential", "login host", "API host", "clock", "token", "quota", "call", "cache"];

pub(crate) async fn run(
    arguments: &DoctorArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let settings = match Settings::resolve(&arguments.connection, environment) {
        Ok(settings) => settings,
        Err(stop) => return unsettled(stop, environment, console),
    };
    let mut signals = Signals::listen();
    tokio::select! {
        biased;
        () = signals.next() => Err(Stop::interrupted()),
        exit = check(arguments, settings, environment, console) => exit,
    }
}

async fn check(
    arguments: &DoctorArguments,
    settings: Settings,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let is_sandbox = arguments.sandbox || settings.endpoint.value.is_loopback();
    let found_cache = FoundCache::find(&settings, is_sandbox, console).await;
    let connection = match arguments.sandbox {
        true => Ok(Connection::to_sandbox(&settings, console, None).await?),
        false => Connection::open(&settings, environment, found_cache.ledger()).await,
    };
    let (results, mut notes) = console.split();
    let mut report = Report::new(results, environment.redactor());
    for note in &settings.notes {
        let (text, fix) = note.split_once("; ").unwrap_or((note, ""));
        report.add("settings", Finding::warn(text, fix))?;
    }
    let endpoint = match &connection {
        Ok(connection) => connection.client.endpoint().clone(),
        Err(_) => settings.endpoint.value.clone(),
    };
    let mut connection = report_settings(arguments.sandbox, &settings, &endpoint, connection, &mut report)?;

    let signs_in = !arguments.sandbox && !has_token(&settings);
    let login = host::check_login(&endpoint, signs_in, &mut report).await?;
    // An unknown route, which the service has an answer to, and a sandbox one that is dated by its own clock.
    let api = Host::ask(&format!("{}/api", endpoint.url()), endpoint.is_loopback()).await;
    report.add("API host", api.finding())?;
    let ahead = host::check_clock([login.as_ref(), Some(&api)], &endpoint, &mut report)?;
    let token = match &mut connection {
        Some(Connection { client, waits, .. }) => {
            let claims = while_signing_in(waits, client.token_claims(), |text| notes.notify(text)).await;
            token::check(claims, client.endpoint(), &settings, ahead, &mut report)?
        }
        None => {
            report.add("token", Finding::skip("not requested, because a check above failed"))?;
            Token::Missing
        }
    };
    let pause = match (&connection, token) {
        (None, _) | (_, Token::Missing) => {
            report.add("quota", Finding::skip("there is no token"))?;
            None
        }
        (Some(connection), _) => {
            let pause = found_cache.pause(&connection.client).await;
            report.add("quota", quota_finding(pause.as_ref()))?;
            pause
        }
    };
    match (&connection, token) {
        (None, _) | (_, Token::Missing) => report.add("call", Finding::skip("there is no token"))?,
        _ if pause.is_some() => report.add("call", Finding::skip("all calls pause"))?,
        (_, Token::Unfit) => report.add("call", Finding::skip("the token would be refused"))?,
        _ if api.answer().is_none() => report.add("call", Finding::skip("the API host does not respond"))?,
        (Some(connection), token) => report.add("call", token::call(&connection.client, token).await)?,
    }
    report.add("cache", found_cache.finding())?;
    Ok(report.finish(&next(arguments))?)
}

/// The report if the settings are not valid: no other check can run.
fn unsettled(stop: Stop, environment: &Environment, console: &mut Console) -> Result<Exit, Stop> {
    let mut report = Report::new(console.split().0, environment.redactor());
    report.add("settings", Finding::of_stop(stop)?)?;
    for check in AFTER_SETTINGS {
        report.add(check, Finding::skip("the settings are not valid"))?;
    }
    Ok(report.finish("")?)
}

/// Reports endpoint and credential, and returns the connection, if there is one.
fn report_settings(
    sandbox: bool,
    settings: &Settings,
    endpoint: &Endpoint,
    connection: Result<Connection, Stop>,
    report: &mut Report<'_>,
) -> Result<Option<Connection>, Stop> {
    if sandbox {
        report.add("endpoint", Finding::ok(format!("{endpoint}, from --sandbox")))?;
        report.add("credential", Finding::ok("the sandbox's own token, from --sandbox"))?;
        return Ok(Some(connection?));
    }
    let of_endpoint = Finding::ok(with_origin(endpoint, &settings.endpoint.origin));
    let of_credential = match &settings.credential {
        Some(credential) => Finding::ok(with_origin(&credential.value, &credential.origin)),
        None => Finding::skip("the settings are not valid"),
    };
    let stop = match connection {
        Ok(connection) => {
            report.add("endpoint", of_endpoint)?;
            report.add("credential", of_credential)?;
            return Ok(Some(connection));
        }
        Err(stop) => stop,
    };
    let is_about_settings = matches!(&stop, Stop::Failed { exit: Exit::Usage, .. });
    let failure = match &settings.credential {
        None if !is_about_settings => {
            let (problem, ways) = missing_credential(settings);
            Finding::fail(Exit::Credential, problem, ways)
        }
        _ => Finding::of_stop(stop)?,
    };
    report.add("endpoint", of_endpoint)?;
    if is_about_settings {
        report.add("settings", failure)?;
        report.add("credential", of_credential)?;
    } else {
        report.add("credential", failure)?;
    }
    Ok(None)
}

fn quota_finding(pause: Option<&QuotaPause>) -> Finding {
    match pause {
        None => Finding::ok("no pause is in force"),
        Some(pause) => Finding::warn(
            pause_text(pause),
            format!("wait, or send less from other programs; `mde store resume` lifts the pause: {RESUME_RISK}"),
        ),
    }
}

/// A value with its origin, unless the value names it already.
fn with_origin(value: &impl Display, origin: &Origin) -> String {
    let (value, from) = (value.to_string(), origin.to_string());
    match origin {
        Origin::Default => format!("{value}, by default"),
        _ if value.contains(&from) => value,
        _ => format!("{value}, from {from}"),
    }
}

/// Whether a token is configured, so that no sign-in is needed.
fn has_token(settings: &Settings) -> bool {
    settings.credential.as_ref().is_some_and(|credential| matches!(credential.value, CredentialRef::Token(_)))
}

/// What to try if all checks pass.
fn next(arguments: &DoctorArguments) -> String {
    if arguments.sandbox {
        return "mde ip stats 10.209.67.177 --sandbox".to_owned();
    }
    let ConnectionArguments { profile, endpoint, tenant, app, credential, quota, store } = &arguments.connection;
    let texts = [profile, endpoint, tenant, app, credential];
    let is_given = texts.iter().any(|text| text.is_some()) || quota.is_some() || store.is_some();
    let same = if is_given { ", with the same flags" } else { "" };
    format!("mde ip stats 8.8.8.8{same}")
}

const CACHE_FIX: &str = "give a writable folder with --store or MDE_STORE; without one, answers are not cached, and runs do not share \
                         the quota";

/// The cache as it was found, which the report changes nothing about, or why there is none.
struct FoundCache {
    path: PathBuf,
    inspection: Result<Option<Inspection>, Finding>,
    /// For the one call, where the file is there and of this version.
    store: Option<Store>,
}

impl FoundCache {
    async fn find(settings: &Settings, is_sandbox: bool, console: &mut Console) -> Self {
        let Some(folder) = &settings.store else {
            let inspection = Err(Finding::warn("there is no folder for the cache", CACHE_FIX));
            return Self { path: PathBuf::new(), inspection, store: None };
        };
        let path = cache::file(&folder.value, is_sandbox);
        let (options, mut waits) = cache::options();
        let inspection = cache::opened(options.clone().inspect(&path), &mut waits, console).await;
        let is_current = inspection.as_ref().is_ok_and(|found| found.as_ref().is_some_and(|found| found.is_current));
        let opened = match is_current {
            true => Some(cache::opened(options.leave_as_it_is().open(&path), &mut waits, console).await).transpose(),
            false => Ok(None),
        };
        let (store, inspection) = match opened {
            Ok(opened) => (opened.map(|(store, _)| store), inspection),
            Err(error) => (None, Err(error)),
        };
        Self { path, inspection: inspection.map_err(|error| Finding::warn(error.to_string(), CACHE_FIX)), store }
    }

    /// The ledger for the one call, since other processes share its quota.
    fn ledger(&self) -> Option<Arc<dyn QuotaLedger>> {
        self.store.as_ref().map(Store::ledger)
    }

    /// The pause of all calls of a client's quota.
    async fn pause(&self, client: &Client) -> Option<QuotaPause> {
        let store = self.store.as_ref()?;
        let key = client.quota_key(&operations::GET_IP_STATISTICS).await.ok()?;
        store.pause(&key).await.ok().flatten()
    }

    /// A warning at most, because calls work without a cache.
    fn finding(self) -> Finding {
        let path = self.path.display();
        match self.inspection {
            Err(finding) => finding,
            Ok(Some(Inspection { newer_version: Some(newer), .. })) => Finding::warn(
                newer.to_string(),
                "run the newer mde, or give this one a folder of its own with --store or MDE_STORE",
            ),
            Ok(Some(found)) => {
                Finding::ok(format!("{path} holds {}", plural(found.contents.answers, "answer", "answers")))
            }
            Ok(None) => Finding::ok(format!("{path} does not exist; the first run creates it")),
        }
    }
}
