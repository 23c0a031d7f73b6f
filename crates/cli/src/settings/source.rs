//! Where tokens and secrets come from. They are named here, not held.

use std::fmt;
use std::path::PathBuf;

use mde_input::escape::{escape, escape_path};

use crate::counted::counted;

/// Where the client secret is, where nobody says otherwise.
pub(super) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialSource {
    /// The token in an environment variable.
    Token(&'static str),
    /// An app registration with a client secret.
    ClientSecret(SecretSource),
    /// The person who has signed in by `az login`.
    AzureCli,
    /// The identity of this machine, or the one that a user assigned to it where an app is set.
    ManagedIdentity,
    /// The identity of a pod in Kubernetes.
    WorkloadIdentity,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// In an environment variable.
    Environment(String),
    /// In a file, which holds nothing else.
    File(PathBuf),
    /// On the standard output of a program: its name, and its arguments.
    Command(Vec<String>),
}

impl fmt::Display for CredentialSource {
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

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "in the variable {}", escape(name)),
            Self::File(path) => write!(f, "in the file {}", escape_path(path)),
            Self::Command(words) => write!(f, "from {}", command(words)),
        }
    }
}

/// A command by its program. Its arguments are not shown: a secret may be among them.
pub(super) fn command(words: &[String]) -> String {
    let program = words.first().map(String::as_str).unwrap_or_default();
    let program = format!("the command \"{}\"", escape(program));
    match words.len().saturating_sub(1) {
        0 => program,
        count => format!("{program} with {}", counted(count, "argument", "arguments")),
    }
}
