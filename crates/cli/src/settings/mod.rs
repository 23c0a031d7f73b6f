//! How to ask: flags over environment over configuration, and where each value comes from.

pub(crate) mod credential;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use mde_client::{Endpoint, EndpointError, LookBackHours};

use crate::Environment;
use crate::args::ConnectionArguments;
use crate::exit::Stop;
use crate::quota_flag::QuotaFlag;

/// How old a remembered answer may be, where nobody says otherwise.
const MAX_AGE: Duration = Duration::from_secs(6 * 60 * 60);

/// A value, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag, such as `--endpoint`.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::Default => f.write_str("default"),
        }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) endpoint: Setting<Endpoint>,
    /// None where nobody says how to sign in.
    pub(crate) credential: Option<Setting<CredentialSource>>,
    /// The tenant to sign in to, by its id or a domain.
    pub(crate) tenant: Option<Setting<String>>,
    /// The app registration to sign in as, by its client id.
    pub(crate) app: Option<Setting<String>>,
    pub(crate) quota: Option<Setting<QuotaFlag>>,
    pub(crate) look_back_hours: Option<Setting<LookBackHours>>,
    pub(crate) max_age: Setting<Duration>,
    /// The folder of the memory; none where the platform has no place for it.
    pub(crate) store: Option<Setting<PathBuf>>,
}

/// Where tokens come from. Secrets are named, not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialSource {
    /// The token in an environment variable.
    Token(&'static str),
}

impl Settings {
    /// Puts them together.
    pub(crate) fn resolve(arguments: &ConnectionArguments, environment: &Environment) -> Result<Self, Stop> {
        let endpoint = match (&arguments.endpoint, environment.get("MDE_ENDPOINT")) {
            (Some(text), _) => endpoint(text, Origin::Flag("--endpoint"))?,
            (None, Some(text)) => endpoint(&text, Origin::Environment("MDE_ENDPOINT"))?,
            (None, None) => Setting { value: Endpoint::COMMERCIAL, origin: Origin::Default },
        };
        let credential = environment
            .get("MDE_TOKEN")
            .map(|_| Setting { value: CredentialSource::Token("MDE_TOKEN"), origin: Origin::Environment("MDE_TOKEN") });
        Ok(Self {
            endpoint,
            credential,
            tenant: None,
            app: None,
            quota: arguments.quota.clone().map(|value| Setting { value, origin: Origin::Flag("--quota") }),
            look_back_hours: None,
            max_age: Setting { value: MAX_AGE, origin: Origin::Default },
            store: store(arguments.store.clone(), environment),
        })
    }
}

fn store(flag: Option<PathBuf>, environment: &Environment) -> Option<Setting<PathBuf>> {
    let of_flag = flag.map(|value| Setting { value, origin: Origin::Flag("--store") });
    of_flag.or_else(|| {
        let value = environment.get("MDE_STORE")?.into();
        Some(Setting { value, origin: Origin::Environment("MDE_STORE") })
    })
}

fn endpoint(text: &str, origin: Origin) -> Result<Setting<Endpoint>, Stop> {
    match text.parse() {
        Ok(value) => Ok(Setting { value, origin }),
        Err(error) => {
            let error: EndpointError = error;
            Err(Stop::usage(format!("{origin}: {error}")))
        }
    }
}
