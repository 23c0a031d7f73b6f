//! Where values and credentials come from. Secrets are named here, not held.

use std::fmt;

use super::secret::SecretRef;
use mde_input::escape::escape;

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

/// Where the client secret is by default.
pub(super) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialRef {
    /// The token in an environment variable.
    Token(&'static str),
    /// An app registration with a client secret.
    ClientSecret(SecretRef),
    /// The person who has signed in by `az login`.
    AzureCli,
    /// The identity of this machine, or the one that a user assigned to it where an app is set.
    ManagedIdentity,
    /// The identity of a pod in Kubernetes.
    WorkloadIdentity,
}

impl fmt::Display for CredentialRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) => write!(f, "the token in {name}"),
            Self::ClientSecret(source) => write!(f, "the client secret {source}"),
            Self::AzureCli => f.write_str("the Azure CLI, after az login"),
            Self::ManagedIdentity => f.write_str("the managed identity of this machine"),
            Self::WorkloadIdentity => f.write_str("the workload identity of this pod"),
        }
    }
}
