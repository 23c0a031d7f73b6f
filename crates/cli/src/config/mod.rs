//! The settings of a run: flags override the environment, which overrides the configuration; each value has its origin.
//!
//! `write` uses `file`, which uses `values`, which uses `secret`.

mod file;
mod secret;
mod values;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use etcetera::BaseStrategy;
use mde_client::{Endpoint, EndpointError, LookBackHours};

pub(crate) use self::file::ConfigFile;
pub(crate) use self::secret::SecretRef;
use self::values::{CERTIFICATE_VARIABLE, PASSWORD_VARIABLE, Values};
pub(crate) use self::values::{CertificateRef, CredentialRef, Origin, SECRET_VARIABLE, Setting, TOKEN_FILE_VARIABLE};
pub(crate) use self::write::{check_writable, config_to_write, write_profile};
use crate::cli::ConnectionArguments;
use crate::console::Environment;
use crate::credential::{CredentialKind, PERSON};
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
        Self::of(config, profile, arguments, environment)
    }

    /// The same for a profile that is about to be written, with its name. Where there is none of that name yet, the settings
    /// have no profile.
    pub(crate) fn resolve_to_write(
        arguments: &ConnectionArguments,
        environment: &Environment,
    ) -> Result<(Self, String), Stop> {
        full_flags(arguments)?;
        let config = config_to_write(environment)?;
        let profile = config.profile_to_write(arguments.profile.as_deref(), environment);
        let name = profile.value.clone();
        let profile = Some(profile).filter(|profile| config.profiles.contains_key(&profile.value));
        Ok((Self::of(config, profile, arguments, environment)?, name))
    }

    /// The same profile by itself, for a person: without what flags and environment put in place of its values.
    pub(crate) fn of_profile(&self) -> Result<Self, Stop> {
        let person = ConnectionArguments { credential: Some(PERSON.to_owned()), ..ConnectionArguments::default() };
        let nothing = Environment::from_iter([("", ""); 0]);
        Self::of(self.config.clone(), self.profile.clone(), &person, &nothing)
    }

    fn of(
        config: ConfigFile,
        profile: Option<Setting<String>>,
        arguments: &ConnectionArguments,
        environment: &Environment,
    ) -> Result<Self, Stop> {
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
            credential: credential(arguments, environment, &file)?,
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
        let wants = own.kind();
        let alone = wants.as_ref().and_then(|kind| {
            let (file, nothing) =
                (Layers { own: Some(own), common: &Values::default() }, Environment::from_iter([("", ""); 0]));
            reference(kind.value, &nothing, &file).ok().flatten()
        });
        let credential = self.credential.as_ref().filter(|taken| match &taken.value {
            CredentialRef::Token(_) => wants.as_ref().is_none_or(|kind| kind.value != CredentialKind::Environment),
            _ => alone.is_some_and(|alone| alone != taken.value),
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

    /// The kind of credential that the profile asks for, or else the top of the file.
    fn kind(&self) -> Option<Setting<CredentialKind>> {
        self.own.into_iter().chain([self.common]).find_map(Values::kind)
    }
}

/// The profiles of the configuration; none where it cannot be read.
pub(crate) fn profile_names(environment: &Environment) -> Vec<String> {
    ConfigFile::read(environment).map(|file| file.profile_names().map(str::to_owned).collect()).unwrap_or_default()
}

/// The credential: of the flag, else of the environment, else of the file.
fn credential(
    arguments: &ConnectionArguments,
    environment: &Environment,
    file: &Layers<'_>,
) -> Result<Option<Setting<CredentialRef>>, Stop> {
    let flag = arguments.credential.clone().map(|name| Setting::new(name, Origin::Flag("--credential")));
    let variable = || Some(Setting::new(environment.get(KIND_VARIABLE)?, Origin::Environment(KIND_VARIABLE)));
    let unfit = |origin: &Origin, problem: String| Stop::usage(format!("{origin}: {problem}"));
    let kind = match flag.or_else(variable) {
        Some(Setting { value, origin }) => {
            Some(Setting { value: value.trim().parse().map_err(|problem| unfit(&origin, problem))?, origin })
        }
        None => None,
    };
    let kind = match kind {
        Some(kind) if kind.value != CredentialKind::Environment => kind,
        Some(_) => return Ok(from_environment(environment)),
        None => match (from_environment(environment), file.kind()) {
            (found @ Some(_), _) => return Ok(found),
            (None, Some(kind)) => kind,
            (None, None) => return Ok(None),
        },
    };
    let reference = reference(kind.value, environment, file).map_err(|problem| unfit(&kind.origin, problem))?;
    Ok(reference.map(|reference| Setting::new(reference, kind.origin)))
}

/// What a kind of credential is made from, where it takes more than its name: in the environment, else in the file.
fn reference(
    kind: CredentialKind,
    environment: &Environment,
    file: &Layers<'_>,
) -> Result<Option<CredentialRef>, String> {
    Ok(Some(match kind {
        CredentialKind::Environment => return Ok(from_environment(environment).map(|found| found.value)),
        CredentialKind::ClientSecret => {
            let in_file =
                file.first(|values| &values.client_secret).filter(|_| environment.get(SECRET_VARIABLE).is_none());
            in_file.map_or_else(client_secret, |secret| CredentialRef::ClientSecret(secret.value))
        }
        CredentialKind::Certificate => {
            let in_file = || file.first(|values| &values.certificate).map(|certificate| certificate.value);
            let certificate = certificate(environment).or_else(in_file).ok_or_else(|| {
                format!("the certificate is not named: set {CERTIFICATE_VARIABLE}, or certificate in the configuration")
            })?;
            CredentialRef::Certificate(certificate)
        }
        CredentialKind::Person => CredentialRef::Person,
        CredentialKind::AzureCli => CredentialRef::AzureCli,
        CredentialKind::ManagedIdentity => CredentialRef::ManagedIdentity,
        CredentialKind::WorkloadIdentity => CredentialRef::WorkloadIdentity,
    }))
}

/// Names the credential to sign in with.
pub(crate) const KIND_VARIABLE: &str = "MDE_CREDENTIAL";

/// Refuses empty flags: a script that passes one has an unset variable, and the flag would override everything else.
pub(crate) fn full_flags(arguments: &ConnectionArguments) -> Result<(), Stop> {
    let ConnectionArguments { profile, endpoint, tenant, app, credential, .. } = arguments;
    let texts = [
        ("--profile", profile),
        ("--endpoint", endpoint),
        ("--tenant", tenant),
        ("--app", app),
        ("--credential", credential),
    ];
    let is_empty = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    match texts.into_iter().find(|(_, text)| is_empty(text)) {
        Some((name, _)) => Err(Stop::usage(format!("{name} is empty: give a value, or remove the flag"))),
        None => Ok(()),
    }
}

/// The credential that the variables of Azure's tools name, in their order.
fn from_environment(environment: &Environment) -> Option<Setting<CredentialRef>> {
    let found = |name, credential: Option<CredentialRef>| Some(Setting::new(credential?, Origin::Environment(name)));
    let is_set = |name| environment.get(name).map(|_| ());
    found("MDE_TOKEN", is_set("MDE_TOKEN").map(|()| CredentialRef::Token("MDE_TOKEN")))
        .or_else(|| found(SECRET_VARIABLE, is_set(SECRET_VARIABLE).map(|()| client_secret())))
        .or_else(|| found(CERTIFICATE_VARIABLE, certificate(environment).map(CredentialRef::Certificate)))
        .or_else(|| found(TOKEN_FILE_VARIABLE, is_set(TOKEN_FILE_VARIABLE).map(|()| CredentialRef::WorkloadIdentity)))
}

fn client_secret() -> CredentialRef {
    CredentialRef::ClientSecret(SecretRef::Environment(SECRET_VARIABLE.to_owned()))
}

fn certificate(environment: &Environment) -> Option<CertificateRef> {
    let file = environment.get(CERTIFICATE_VARIABLE)?.into();
    let password = environment.get(PASSWORD_VARIABLE).map(|_| SecretRef::Environment(PASSWORD_VARIABLE.to_owned()));
    Some(CertificateRef { file, password })
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
pub(crate) fn platform_folder() -> Option<PathBuf> {
    let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
    Some(strategy.data_dir().join("mde"))
}
