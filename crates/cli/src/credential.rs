//! The kinds of credentials by which a command can sign in, and their names.

use std::str::FromStr;

use crate::phrase::suggestion;

pub(crate) const CLIENT_SECRET: &str = "client-secret";
pub(crate) const CERTIFICATE: &str = "certificate";
/// The credential that `mde login` writes into a profile.
pub(crate) const PERSON: &str = "person";

/// Where tokens come from, in the words of the configuration and of `--credential`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialKind {
    Environment,
    ClientSecret,
    Certificate,
    Person,
    AzureCli,
    ManagedIdentity,
    WorkloadIdentity,
}

pub(crate) const CREDENTIALS: [(&str, CredentialKind); 7] = [
    ("environment", CredentialKind::Environment),
    (CLIENT_SECRET, CredentialKind::ClientSecret),
    (CERTIFICATE, CredentialKind::Certificate),
    (PERSON, CredentialKind::Person),
    ("azure-cli", CredentialKind::AzureCli),
    ("managed-identity", CredentialKind::ManagedIdentity),
    ("workload-identity", CredentialKind::WorkloadIdentity),
];

impl CredentialKind {
    /// As the configuration writes it.
    pub(crate) fn name(self) -> &'static str {
        CREDENTIALS.iter().find(|(_, kind)| *kind == self).map_or(PERSON, |(name, _)| name)
    }
}

impl FromStr for CredentialKind {
    type Err = String;

    /// The error does not show the text: it may be a secret.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = CREDENTIALS.iter().find(|(name, _)| *name == text);
        let advice = || suggestion(text, CREDENTIALS.iter().map(|(name, _)| *name));
        known.map(|(_, kind)| *kind).ok_or_else(|| format!("unknown credential: {}", advice()))
    }
}

/// What `--credential` takes.
pub(crate) fn credential_names() -> impl Iterator<Item = &'static str> {
    CREDENTIALS.iter().map(|(name, _)| *name)
}
