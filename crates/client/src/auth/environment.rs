//! The credential that reads the variables of the Azure tools.

use std::env::VarError;

#[cfg(feature = "azure")]
use super::azure::AzureCredential;
use super::token::{AccessToken, SignInHint, StaticToken, TokenProvider, TokenRequest};
use crate::{BoxError, BoxFuture, Error, ErrorKind};

const TOKEN: &str = "MDE_TOKEN";
const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT_ID: &str = "AZURE_CLIENT_ID";
const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
const FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// How an app may prove who it is. The first that is set counts, in the order of Azure's tools.
const PROOFS: [&str; 3] = [CLIENT_SECRET, CERTIFICATE_PATH, FEDERATED_TOKEN_FILE];

/// The credential that the environment holds.
///
/// That is the token in `MDE_TOKEN`, which never changes, or else the app registration in `AZURE_TENANT_ID` and
/// `AZURE_CLIENT_ID`, which signs in where the endpoint says (feature `azure`): with the secret in `AZURE_CLIENT_SECRET`,
/// else with the [certificate](crate::AzureCredential::client_certificate) in the file `AZURE_CLIENT_CERTIFICATE_PATH`, and its password in
/// `AZURE_CLIENT_CERTIFICATE_PASSWORD` where it has one, else with the token of a service account in the file
/// `AZURE_FEDERATED_TOKEN_FILE`. The file of a certificate is read once.
///
/// A variable that is empty counts as one that is not set. No other variable is read: `AZURE_AUTHORITY_HOST` has no effect.
///
/// ```
/// use mde_client::{Client, EnvironmentCredential, Error};
///
/// fn client() -> Result<Client, Error> {
///     Client::builder().endpoint("eu").credential(EnvironmentCredential::from_env()?).build()
/// }
/// ```
#[derive(Debug)]
pub struct EnvironmentCredential(Found);

#[derive(Debug)]
enum Found {
    Token(StaticToken),
    #[cfg(feature = "azure")]
    App(AzureCredential),
}

impl EnvironmentCredential {
    /// Reads the variables of this process, once.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where neither is set, or only part of the app registration,
    /// where a variable is not UTF-8, where the tenant cannot be one, where the certificate cannot be used, or where the app
    /// registration is set and the crate is built without the feature `azure`.
    pub fn from_env() -> Result<Self, Error> {
        Self::read(variable)
    }

    /// Takes the variables from somewhere else, such as a file of settings.
    ///
    /// ```
    /// use mde_client::EnvironmentCredential;
    ///
    /// let credential = EnvironmentCredential::from_lookup(|name| (name == "MDE_TOKEN").then(|| "a token".to_owned()));
    /// assert!(credential.is_ok());
    ///
    /// let error = EnvironmentCredential::from_lookup(|_| None).unwrap_err();
    /// assert_eq!(error.problem(), "the environment holds no credential");
    /// ```
    ///
    /// # Errors
    /// As for [`Self::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Self::read(|name| Ok(lookup(name)))
    }

    fn read(variable: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let set = |name: &str| Ok(variable(name)?.filter(|value| !value.is_empty()));
        if let Some(token) = set(TOKEN)? {
            return Ok(Self(Found::Token(StaticToken::new(token))));
        }
        let mut proof = None;
        for name in PROOFS {
            proof = proof.or(set(name)?.map(|value| (name, value)));
        }
        let one_of = format!("one of {}", PROOFS.join(", "));
        match (set(TENANT)?, set(CLIENT_ID)?, proof) {
            (Some(tenant), Some(client_id), Some(proof)) => Self::of_app(tenant, client_id, proof, set),
            (None, None, None) => Err(Error::new(ErrorKind::Configuration, "the environment holds no credential")
                .with_advice(format!("set {TOKEN}, or {TENANT}, {CLIENT_ID} and {one_of}"))),
            (tenant, client_id, proof) => {
                let all = [(TENANT, tenant.is_some()), (CLIENT_ID, client_id.is_some()), (&one_of, proof.is_some())];
                Err(incomplete(all.into_iter().filter(|(_, is_set)| !is_set).map(|(name, _)| name)))
            }
        }
    }

    #[cfg(feature = "azure")]
    fn of_app(
        tenant: String,
        client_id: String,
        (proof, value): (&str, String),
        set: impl Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        let credential = match proof {
            CLIENT_SECRET => AzureCredential::client_secret(tenant, client_id, value),
            CERTIFICATE_PATH => {
                let password = set(CERTIFICATE_PASSWORD)?;
                let file = certificate_file(&value)?;
                AzureCredential::client_certificate(tenant, client_id, file, password.as_deref())
            }
            _ => AzureCredential::workload_identity_of(tenant, client_id, value),
        };
        credential.map(|credential| Self(Found::App(credential)))
    }

    #[cfg(not(feature = "azure"))]
    fn of_app(
        _: String,
        _: String,
        (proof, _): (&str, String),
        _: impl Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        let problem =
            format!("{TENANT}, {CLIENT_ID} and {proof} are set, but the crate is built without its feature azure");
        Err(Error::new(ErrorKind::Configuration, problem)
            .with_advice(format!("build it with the feature azure, or set {TOKEN}")))
    }
}

#[cfg(feature = "azure")]
const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";

#[cfg(feature = "azure")]
fn certificate_file(path: &str) -> Result<Vec<u8>, Error> {
    /// In bytes. A certificate with its key and those of its authorities has some thousands.
    const LARGEST: u64 = 1024 * 1024;
    super::regular_file::read(std::path::Path::new(path), LARGEST).map_err(|error| {
        let problem = format!("the certificate {path:?}, which {CERTIFICATE_PATH} names, cannot be read: {error}");
        Error::new(ErrorKind::Configuration, problem).with_advice("check the path, and who may read the file")
    })
}

#[cfg(feature = "azure")]
impl AzureCredential {
    /// The workload identity of a pod in Kubernetes, as `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and
    /// `AZURE_FEDERATED_TOKEN_FILE` name it; they are read now.
    ///
    /// ```
    /// use mde_client::{AzureCredential, Client, Error};
    ///
    /// fn client() -> Result<Client, Error> {
    ///     Client::builder().endpoint("eu").credential(AzureCredential::workload_identity()?).build()
    /// }
    /// ```
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where one of the variables is missing or unfit.
    pub fn workload_identity() -> Result<Self, Error> {
        let set = |name: &str| Ok(variable(name)?.filter(|value| !value.is_empty()));
        let names = [TENANT, CLIENT_ID, FEDERATED_TOKEN_FILE];
        let [tenant, client_id, file] = all(names, set)?.ok_or_else(|| {
            let help = format!("set {}; in a pod, check that it is set up for it", names.join(", "));
            Error::new(ErrorKind::Configuration, "the environment holds no workload identity").with_advice(help)
        })?;
        Self::workload_identity_of(tenant, client_id, file)
    }
}

/// All of these variables, or nothing where none is set.
#[cfg(feature = "azure")]
fn all<const N: usize>(
    names: [&str; N],
    set: impl Fn(&str) -> Result<Option<String>, Error>,
) -> Result<Option<[String; N]>, Error> {
    let (mut values, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match set(name)? {
            Some(value) => values.push(value),
            None => missing.push(name),
        }
    }
    match values.try_into() {
        Ok(values) => Ok(Some(values)),
        Err(_) if missing.len() == N => Ok(None),
        Err(_) => Err(incomplete(missing)),
    }
}

fn incomplete<'a>(missing: impl IntoIterator<Item = &'a str>) -> Error {
    let missing = missing.into_iter().collect::<Vec<_>>().join(" and ");
    Error::new(ErrorKind::Configuration, format!("the environment holds part of a credential, without {missing}"))
        .with_advice(format!("set {missing} too"))
}

/// A variable of this process.
fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Configuration, format!("the environment variable {name} is not UTF-8"))
                .with_advice("set it again, as plain text"))
        }
    }
}

impl TokenProvider for EnvironmentCredential {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        match &self.0 {
            Found::Token(token) => token.token(request),
            #[cfg(feature = "azure")]
            Found::App(credential) => credential.token(request),
        }
    }

    fn hint(&self) -> SignInHint {
        match &self.0 {
            Found::Token(token) => token.hint(),
            #[cfg(feature = "azure")]
            Found::App(credential) => credential.hint(),
        }
    }
}
