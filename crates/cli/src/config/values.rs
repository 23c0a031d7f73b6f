//! The values that a profile can have, and their origins. Secrets are named here, not held.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mde_client::{Endpoint, EndpointError, InvalidValue, LookBackHours};
use toml::de::DeValue;

use super::secret::SecretRef;
use crate::credential::{CERTIFICATE, CLIENT_SECRET, CredentialKind};
use crate::phrase::{parse_duration, suggestion};
use crate::quota::QuotaFlag;
use mde_input::escape::{escape, escape_path};

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
    /// The configuration.
    File {
        /// The name of the file, without its folder.
        name: String,
        line: usize,
        /// None where it holds for all profiles.
        profile: Option<String>,
    },
    /// Not set anywhere: the default.
    Default,
}

impl<T> Setting<T> {
    pub(crate) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::File { name, line, profile: None } => write!(f, "{}:{line}", escape(name)),
            Self::File { name, line, profile: Some(profile) } => {
                write!(f, "{}:{line} (profile {})", escape(name), escape(profile))
            }
            Self::Default => f.write_str("default"),
        }
    }
}

/// The variable that holds the client secret by default.
pub(crate) const SECRET_VARIABLE: &str = "AZURE_CLIENT_SECRET";
/// The variable that names the file of the certificate.
pub(super) const CERTIFICATE_VARIABLE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// The variable that holds the password of the certificate.
pub(super) const PASSWORD_VARIABLE: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
/// The variable that names the file with the token of a pod.
pub(crate) const TOKEN_FILE_VARIABLE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialRef {
    /// The token in an environment variable.
    Token(&'static str),
    /// An app registration with a client secret.
    ClientSecret(SecretRef),
    /// An app registration with a certificate.
    Certificate(CertificateRef),
    /// The user who signed in with `mde login`.
    Person,
    /// The user who signed in with `az login`.
    AzureCli,
    /// The identity of this machine, or the one that a user assigned to it where an app is set.
    ManagedIdentity,
    /// The identity of a pod in Kubernetes.
    WorkloadIdentity,
}

/// Where the certificate of an app is, with its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateRef {
    pub(crate) file: PathBuf,
    /// None where the file is not encrypted.
    pub(crate) password: Option<SecretRef>,
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) => write!(f, "the token in {name}"),
            Self::ClientSecret(source) => write!(f, "the client secret {source}"),
            Self::Certificate(CertificateRef { file, password: None }) => {
                write!(f, "the certificate in the file {}", escape_path(file))
            }
            Self::Certificate(CertificateRef { file, password: Some(password) }) => {
                write!(f, "the certificate in the file {}, with the password {password}", escape_path(file))
            }
            Self::Person => f.write_str("the person of mde login"),
            Self::AzureCli => f.write_str("the Azure CLI, after az login"),
            Self::ManagedIdentity => f.write_str("the managed identity of this machine"),
            Self::WorkloadIdentity => f.write_str("the workload identity of this pod"),
        }
    }
}

pub(super) const DEFAULT_PROFILE: &str = "default-profile";
pub(super) const PROFILES: &str = "profiles";

/// All keys, in the order in which they are listed.
const KEYS: [&str; 10] = [
    "endpoint",
    "tenant",
    "app",
    "credential",
    CLIENT_SECRET,
    CERTIFICATE,
    "quota",
    "look-back-hours",
    "max-age",
    "store",
];

/// How a secret is named in the configuration, which never holds it.
const REFERENCES: [&str; 3] =
    [r#"{ env = "NAME" }"#, r#"{ file = "PATH" }"#, r#"{ command = ["pass", "show", "mde"] }"#];

/// The values of a profile, or of the top of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub(super) endpoint: Option<Setting<Endpoint>>,
    pub(super) tenant: Option<Setting<String>>,
    pub(super) app: Option<Setting<String>>,
    pub(super) credential: Option<Setting<CredentialKind>>,
    pub(super) client_secret: Option<Setting<SecretRef>>,
    pub(super) certificate: Option<Setting<CertificateRef>>,
    pub(super) quota: Option<Setting<QuotaFlag>>,
    pub(super) look_back_hours: Option<Setting<LookBackHours>>,
    pub(super) max_age: Option<Setting<Duration>>,
    pub(super) store: Option<Setting<PathBuf>>,
}

impl Values {
    /// The kind of credential that they ask for: `credential`, else the secret that is referred to, else the
    /// certificate.
    pub(super) fn kind(&self) -> Option<Setting<CredentialKind>> {
        fn of<T>(reference: &Option<Setting<T>>, kind: CredentialKind) -> Option<Setting<CredentialKind>> {
            Some(Setting::new(kind, reference.as_ref()?.origin.clone()))
        }
        let secret = || of(&self.client_secret, CredentialKind::ClientSecret);
        let certificate = || of(&self.certificate, CredentialKind::Certificate);
        self.credential.clone().or_else(secret).or_else(certificate)
    }
}

/// The error for an unknown key. A value that may be a token or a secret is never shown.
pub(super) fn unknown(key: &str, value: &DeValue<'_>, in_profile: bool) -> String {
    let name = key.to_lowercase();
    let secret = ["token", "secret", "password"].iter().any(|word| name.contains(word));
    match secret && !value.is_table() {
        true if name.contains("token") => {
            format!("{key:?}: {}\nSet a token in the variable MDE_TOKEN.", in_clear_text(CLIENT_SECRET))
        }
        true => format!("{key:?}: {}", in_clear_text(CLIENT_SECRET)),
        false if in_profile => format!("a profile has no key {key:?}: {}", suggestion(key, KEYS)),
        false => {
            format!("there is no key {key:?}: {}", suggestion(key, [DEFAULT_PROFILE, PROFILES].into_iter().chain(KEYS)))
        }
    }
}

fn in_clear_text(key: &str) -> String {
    let (what, ways) = (key.replace('-', " "), REFERENCES.map(|way| format!("  {key} = {way}")).join("\n"));
    format!("this file must not hold secrets. Refer to the {what} in one of three ways:\n{ways}")
}

/// A text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => Err("the value is empty: give one, or remove the key".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("give text in quotes, not {}", kind(value))),
    }
}

fn kind(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    format!("{} {kind}", if kind.starts_with(['a', 'i', 'o']) { "an" } else { "a" })
}

pub(super) fn endpoint(value: &DeValue<'_>) -> Result<Endpoint, String> {
    text(value)?.parse().map_err(|error: EndpointError| error.to_string())
}

pub(super) fn credential(value: &DeValue<'_>) -> Result<CredentialKind, String> {
    text(value)?.parse()
}

pub(super) fn look_back_hours(value: &DeValue<'_>) -> Result<LookBackHours, String> {
    let number = value.as_integer().ok_or_else(|| format!("give a number, not {}", kind(value)))?;
    number.to_string().parse().map_err(|invalid: InvalidValue| format!("give {}", invalid.expected()))
}

pub(super) fn max_age(value: &DeValue<'_>) -> Result<Duration, String> {
    parse_duration(&text(value)?)
}

/// Relative to the folder of the configuration, or to that of the user.
pub(super) fn path(folder: &Path, value: &DeValue<'_>) -> Result<PathBuf, String> {
    let text = text(value)?;
    Ok(match (text.strip_prefix("~/"), etcetera::home_dir()) {
        (Some(rest), Ok(home)) => home.join(rest),
        _ => folder.join(&text),
    })
}

/// The reference that is the value of a key.
pub(super) fn secret(key: &str, value: &DeValue<'_>, folder: &Path) -> Result<SecretRef, String> {
    let one_of = || format!("give one of {}", REFERENCES.join(", "));
    let table = value.as_table().ok_or_else(|| in_clear_text(key))?;
    let mut entries = table.iter();
    let (Some((key, value)), None) = (entries.next(), entries.next()) else { return Err(one_of()) };
    match key.get_ref().as_ref() {
        "env" => variable(text(value.get_ref())?).map(SecretRef::Environment),
        "file" => path(folder, value.get_ref()).map(SecretRef::File),
        "command" => command(value.get_ref()).map(SecretRef::Command),
        _ => Err(one_of()),
    }
}

/// A file, and the password that it needs, if it needs one.
pub(super) fn certificate(value: &DeValue<'_>, folder: &Path) -> Result<CertificateRef, String> {
    let form = || r#"give { file = "PATH" }, or { file = "PATH", password = { env = "NAME" } }"#.to_owned();
    let table = value.as_table().ok_or_else(form)?;
    let (mut file, mut password) = (None, None);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "file" => file = Some(path(folder, value.get_ref())?),
            "password" => {
                let secret = secret("password", value.get_ref(), folder);
                password = Some(secret.map_err(|problem| format!("password: {problem}"))?);
            }
            _ => return Err(form()),
        }
    }
    Ok(CertificateRef { file: file.ok_or_else(form)?, password })
}

/// A text that is not the name of a variable may be the secret itself.
fn variable(name: String) -> Result<String, String> {
    let fits =
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    match fits {
        true => Ok(name),
        false => Err("env takes the name of a variable, of letters, digits and _".to_owned()),
    }
}

fn command(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let form = || {
        r#"command takes the program and each of its arguments as texts, such as ["pass", "show", "mde"]"#.to_owned()
    };
    let words = value.as_array().ok_or_else(form)?;
    let words: Option<Vec<_>> = words.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect();
    words.filter(|words| words.first().is_some_and(|program| !program.is_empty())).ok_or_else(form)
}
