//! The settings of a run: flags override the environment, which overrides the configuration; each value has its origin.
//!
//! `file` uses `values`, which uses `secret`.

mod file;
mod secret;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use mde_client::{Endpoint, EndpointError, LookBackHours};

pub(crate) use self::file::ConfigFile;
pub(crate) use self::secret::SecretRef;
use self::values::{CredentialKind, Values};
pub(crate) use self::values::{CredentialRef, Origin, SECRET_VARIABLE, Setting};
use crate::cli::ConnectionArguments;
use crate::console::Environment;
use crate::exit::Stop;
use crate::quota::QuotaFlag;

/// How old a cached answer may be by default.
const MAX_AGE: Duration = Duration::from_secs(6 * 60 * 60);

/// The settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) config: ConfigFile,
    pub(crate) profile: Option<Setting<String>>,
    pub(crate) endpoint: Setting<Endpoint>,
    /// None if no credential is configured.
    pub(crate) credential: Option<Setting<CredentialRef>>,
    /// The tenant to sign in to, by its id or a domain.
    pub(crate) tenant: Option<Setting<String>>,
    /// The app registration to sign in as, by its client id.
    pub(crate) app: Option<Setting<String>>,
    pub(crate) quota: Option<Setting<QuotaFlag>>,
    pub(crate) look_back_hours: Option<Setting<LookBackHours>>,
    pub(crate) max_age: Setting<Duration>,
    /// The folder of the cache; none if the platform has no folder for it.
    pub(crate) store: Option<Setting<PathBuf>>,
    /// Warnings for the user, before the first call.
    pub(crate) notes: Vec<String>,
}

impl Settings {
    /// Resolves the settings from flags, environment and configuration.
    pub(crate) fn resolve(arguments: &ConnectionArguments, environment: &Environment) -> Result<Self, Stop> {
        full_flags(arguments)?;
        let config = ConfigFile::read(environment)?;
        let profile = config.profile(arguments.profile.as_deref(), environment)?;
        let own = profile.as_ref().and_then(|profile| config.profiles.get(&profile.value));
        let file = Layers { own, common: &config.common };
        let flag = |value: &Option<String>, name| Some(Setting::new(value.clone()?, Origin::Flag(name)));
        let variable = |name| Some(Setting::new(environment.get(name)?, Origin::Environment(name)));

        let endpoint = match flag(&arguments.endpoint, "--endpoint").or_else(|| variable("MDE_ENDPOINT")) {
            Some(text) => endpoint(text)?,
            None => {
                file.first(|values| &values.endpoint).unwrap_or(Setting::new(Endpoint::COMMERCIAL, Origin::Default))
            }
        };
        let tenant = flag(&arguments.tenant, "--tenant").or_else(|| variable("AZURE_TENANT_ID"));
        let app = flag(&arguments.app, "--app").or_else(|| variable("AZURE_CLIENT_ID"));
        let quota = arguments.quota.clone().map(|value| Setting::new(value, Origin::Flag("--quota")));
        let mut settings = Self {
            endpoint,
            credential: from_environment(environment).or_else(|| file.credential()),
            tenant: tenant.or_else(|| file.first(|values| &values.tenant)),
            app: app.or_else(|| file.first(|values| &values.app)),
            quota: quota.or_else(|| file.first(|values| &values.quota)),
            look_back_hours: file.first(|values| &values.look_back_hours),
            max_age: file.first(|values| &values.max_age).unwrap_or(Setting::new(MAX_AGE, Origin::Default)),
            store: store(arguments, environment, &file),
            notes: Vec::new(),
            config: ConfigFile::default(),
            profile: None,
        };
        if let (Some(Setting { value: name, origin: Origin::Flag(_) }), Some(own)) = (&profile, own) {
            settings.notes = settings.overridden(name, own);
        }
        Ok(Self { config, profile, ..settings })
    }

    /// Warns if the environment overrides a profile that the command line names: it may be another tenant's.
    fn overridden(&self, profile: &str, own: &Values) -> Vec<String> {
        let differs = |taken: &Option<Setting<String>>, own: &Option<Setting<String>>| match (taken, own) {
            (Some(taken), Some(own)) if taken.value != own.value => Some(taken.origin.clone()),
            _ => None,
        };
        let same_endpoint = own.endpoint.as_ref().is_none_or(|own| own.value == self.endpoint.value);
        let wants = own.credential.as_ref().map(|credential| credential.value);
        let credential = self.credential.as_ref().filter(|taken| match &taken.value {
            CredentialRef::Token(_) => wants != Some(CredentialKind::Environment),
            // Without a reference of its own, a client secret is looked for in the environment.
            _ => {
                own.client_secret.is_some()
                    || !matches!(wants, None | Some(CredentialKind::Environment | CredentialKind::ClientSecret))
            }
        });
        let origins = [
            ("endpoint", (!same_endpoint).then(|| self.endpoint.origin.clone())),
            ("tenant", differs(&self.tenant, &own.tenant)),
            ("app", differs(&self.app, &own.app)),
            ("credential", credential.map(|credential| credential.origin.clone())),
        ];
        let notes = origins.into_iter().filter_map(|(key, origin)| match origin {
            Some(Origin::Environment(name)) => Some(format!(
                "{name} is set, and overrides the {key} of the profile {profile:?}; unset it to use the profile"
            )),
            _ => None,
        });
        notes.collect()
    }
}

/// The values of the file: the profile before the top of the file.
struct Layers<'a> {
    own: Option<&'a Values>,
    common: &'a Values,
}

impl Layers<'_> {
    fn first<T: Clone>(&self, value: impl Fn(&Values) -> &Option<Setting<T>>) -> Option<Setting<T>> {
        self.own.and_then(|own| value(own).clone()).or_else(|| value(self.common).clone())
    }

    /// The credential; a profile with a reference to a secret signs in with that secret.
    fn credential(&self) -> Option<Setting<CredentialRef>> {
        let layers = self.own.into_iter().chain([self.common]);
        let mut with_credential = layers.filter(|values| values.credential.is_some() || values.client_secret.is_some());
        let Values { credential, client_secret, .. } = with_credential.next()?;
        let Some(credential) = credential else {
            let Setting { value, origin } = client_secret.clone()?;
            return Some(Setting::new(CredentialRef::ClientSecret(value), origin));
        };
        let source = match credential.value {
            CredentialKind::Environment => return None,
            CredentialKind::ClientSecret => CredentialRef::ClientSecret(
                self.first(|values| &values.client_secret)
                    .map_or_else(|| SecretRef::Environment(SECRET_VARIABLE.to_owned()), |secret| secret.value),
            ),
            CredentialKind::AzureCli => CredentialRef::AzureCli,
            CredentialKind::ManagedIdentity => CredentialRef::ManagedIdentity,
            CredentialKind::WorkloadIdentity => CredentialRef::WorkloadIdentity,
        };
        Some(Setting::new(source, credential.origin.clone()))
    }
}

/// Refuses empty flags: a script that passes one has an unset variable, and the flag would override everything else.
fn full_flags(arguments: &ConnectionArguments) -> Result<(), Stop> {
    let ConnectionArguments { profile, endpoint, tenant, app, .. } = arguments;
    let texts = [("--profile", profile), ("--endpoint", endpoint), ("--tenant", tenant), ("--app", app)];
    let is_empty = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    match texts.into_iter().find(|(_, text)| is_empty(text)) {
        Some((name, _)) => Err(Stop::usage(format!("{name} is empty: give a value, or remove the flag"))),
        None => Ok(()),
    }
}

fn from_environment(environment: &Environment) -> Option<Setting<CredentialRef>> {
    let secret = || CredentialRef::ClientSecret(SecretRef::Environment(SECRET_VARIABLE.to_owned()));
    let (source, name) = match (environment.get("MDE_TOKEN"), environment.get(SECRET_VARIABLE)) {
        (Some(_), _) => (CredentialRef::Token("MDE_TOKEN"), "MDE_TOKEN"),
        (None, Some(_)) => (secret(), SECRET_VARIABLE),
        (None, None) => return None,
    };
    Some(Setting::new(source, Origin::Environment(name)))
}

fn store(arguments: &ConnectionArguments, environment: &Environment, file: &Layers<'_>) -> Option<Setting<PathBuf>> {
    let flag = arguments.store.clone().map(|path| Setting::new(path, Origin::Flag("--store")));
    let variable = || Some(Setting::new(environment.get("MDE_STORE")?.into(), Origin::Environment("MDE_STORE")));
    // The environment of a test has no user folder.
    let platform = || platform_folder().filter(|_| environment.is_of_process());
    flag.or_else(variable)
        .or_else(|| file.first(|values| &values.store))
        .or_else(|| Some(Setting::new(platform()?, Origin::Default)))
}

fn endpoint(text: Setting<String>) -> Result<Setting<Endpoint>, Stop> {
    let Setting { value, origin } = text;
    match value.parse() {
        Ok(value) => Ok(Setting { value, origin }),
        Err(error) => {
            let error: EndpointError = error;
            Err(Stop::usage(format!("{origin}: {error}")))
        }
    }
}

/// The platform's folder for the data of programs, if it has one.
fn platform_folder() -> Option<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(strategy.data_dir().join("mde"))
}
