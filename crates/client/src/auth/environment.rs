//! The credential that reads the variables of the Azure tools.

use std::env::VarError;

#[cfg(feature = "azure")]
use super::azure::AzureCredential;
use super::token::{AccessToken, SignInHint, StaticToken, TokenProvider, TokenRequest};
use crate::{BoxError, BoxFuture, Error, ErrorKind};

const TOKEN: &str = "MDE_TOKEN";
const CLIENT_SECRET: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];
#[cfg(feature = "azure")]
const WORKLOAD_IDENTITY: [&str; 3] = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];

/// The credential that the environment holds.
///
/// That is the token in `MDE_TOKEN`, which never changes, or else the app registration in `AZURE_TENANT_ID`,
/// `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, which signs in where the endpoint says (feature `azure`). A variable that
/// is empty counts as one that is not set. No other variable is read: `AZURE_AUTHORITY_HOST` has no effect.
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
    ClientSecret(AzureCredential),
}

impl EnvironmentCredential {
    /// Reads the variables of this process, once.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where neither is set, or only part of the app registration,
    /// where a variable is not UTF-8, where the tenant cannot be one, or where the app registration is set and the crate
    /// is built without the feature `azure`.
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
        match all(CLIENT_SECRET, set)? {
            Some([tenant, client_id, secret]) => client_secret(&tenant, &client_id, secret),
            None => Err(Error::new(ErrorKind::Configuration, "the environment holds no credential")
                .with_advice(format!("set {TOKEN}, or {}", CLIENT_SECRET.join(", ")))),
        }
    }
}

#[cfg(feature = "azure")]
fn client_secret(tenant: &str, client_id: &str, secret: String) -> Result<EnvironmentCredential, Error> {
    let credential = AzureCredential::client_secret(tenant, client_id, secret)?;
    Ok(EnvironmentCredential(Found::ClientSecret(credential)))
}

#[cfg(not(feature = "azure"))]
fn client_secret(_: &str, _: &str, _: String) -> Result<EnvironmentCredential, Error> {
    let problem = format!("{} are set, but the crate is built without its feature azure", CLIENT_SECRET.join(", "));
    Err(Error::new(ErrorKind::Configuration, problem)
        .with_advice(format!("build it with the feature azure, or set {TOKEN}")))
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
        let [tenant, client_id, file] = all(WORKLOAD_IDENTITY, set)?.ok_or_else(|| {
            let help = format!("set {}; in a pod, check that it is set up for it", WORKLOAD_IDENTITY.join(", "));
            Error::new(ErrorKind::Configuration, "the environment holds no workload identity").with_advice(help)
        })?;
        Self::workload_identity_of(tenant, client_id, file)
    }
}

/// All of these variables, or nothing where none is set.
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
        Err(_) => {
            let missing = missing.join(" and ");
            Err(Error::new(
                ErrorKind::Configuration,
                format!("the environment holds part of a credential, without {missing}"),
            )
            .with_advice(format!("set {missing} too")))
        }
    }
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
            Found::ClientSecret(credential) => credential.token(request),
        }
    }

    fn hint(&self) -> SignInHint {
        match &self.0 {
            Found::Token(token) => token.hint(),
            #[cfg(feature = "azure")]
            Found::ClientSecret(credential) => credential.hint(),
        }
    }
}
