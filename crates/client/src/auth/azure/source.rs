//! What a credential is made of, and how the Azure SDK is told to make it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, HttpClient, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::auth::TokenRequest;
use crate::redact::Redactor;
use crate::{BoxError, Error, ErrorKind};

pub(super) enum Source {
    Given(Arc<dyn TokenCredential>),
    ClientSecret {
        tenant: String,
        client_id: String,
        secret: Secret,
    },
    #[cfg(feature = "azure-certificate")]
    ClientCertificate {
        tenant: String,
        client_id: String,
        archive: azure_core::credentials::SecretBytes,
        password: Option<Secret>,
    },
    WorkloadIdentity {
        tenant: String,
        client_id: String,
        token_file: PathBuf,
    },
    ManagedIdentity {
        client_id: Option<String>,
    },
    AzureCli {
        tenant: Option<String>,
    },
}

impl Source {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Given(_) => "given",
            Self::ClientSecret { .. } => "client secret",
            #[cfg(feature = "azure-certificate")]
            Self::ClientCertificate { .. } => "client certificate",
            Self::WorkloadIdentity { .. } => "workload identity",
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli { .. } => "Azure CLI",
        }
    }

    /// Hides what it sends to sign in.
    pub(super) fn redactor(&self) -> Redactor {
        match self {
            Self::ClientSecret { secret, .. } => Redactor::for_secret(secret.secret()),
            _ => Redactor::for_unknown(),
        }
    }

    pub(super) fn build(&self, request: TokenRequest<'_>) -> Result<Arc<dyn TokenCredential>, BoxError> {
        Ok(match self {
            Self::Given(credential) => Arc::clone(credential),
            Self::ClientSecret { tenant, client_id, secret } => {
                let options = ClientSecretCredentialOptions { client_options: entra(request)? };
                ClientSecretCredential::new(tenant, client_id.clone(), secret.clone(), Some(options))?
            }
            #[cfg(feature = "azure-certificate")]
            Self::ClientCertificate { tenant, client_id, archive, password } => {
                let (client_options, password) = (entra(request)?, password.clone());
                let options = azure_identity::ClientCertificateCredentialOptions { client_options, password };
                let (tenant, client_id, archive) = (tenant.clone(), client_id.clone(), archive.clone());
                azure_identity::ClientCertificateCredential::new(tenant, client_id, archive, Some(options))?
            }
            Self::WorkloadIdentity { tenant, client_id, token_file } => {
                WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                    credential_options: ClientAssertionCredentialOptions { client_options: entra(request)? },
                    client_id: Some(client_id.clone()),
                    tenant_id: Some(tenant.clone()),
                    token_file_path: Some(token_file.clone()),
                }))?
            }
            Self::ManagedIdentity { client_id } => {
                let user_assigned_id = client_id.clone().map(UserAssignedId::ClientId);
                let client_options = this_machine()?;
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
                ManagedIdentityCredential::new(Some(options))?
            }
            Self::AzureCli { tenant } => {
                let options = AzureCliCredentialOptions { tenant_id: tenant.clone(), ..Default::default() };
                AzureCliCredential::new(Some(options))?
            }
        })
    }
}

/// Signs in at the authority of the request, whatever the environment says, over the client's own connections.
fn entra(request: TokenRequest<'_>) -> Result<ClientOptions, Error> {
    let authority = request.authority;
    let unfit = |reason: &str| {
        Error::new(ErrorKind::Configuration, format!("{authority} is no authority to sign in at, {reason}"))
            .with_advice(
                "give a token, or an endpoint of your own (`Endpoint::custom`) whose authority is an https host",
            )
    };
    let url = Url::parse(authority).map_err(|_| unfit("because it is no URL"))?;
    if url.scheme() != "https" {
        return Err(unfit("because a secret goes over https only"));
    }
    // The Azure SDK would leave the path out, and send the secret to another place of the host.
    if url.path() != "/" {
        return Err(unfit("because it has a path"));
    }
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = authority.to_owned();
    Ok(ClientOptions { cloud: Some(Arc::new(cloud.into())), ..options(request.http.clone()) })
}

/// Asks an address of the machine's own network, which speaks plain HTTP and is not to be reached through a proxy.
fn this_machine() -> Result<ClientOptions, BoxError> {
    /// It is near. Where it is not there at all, packets to it may vanish.
    const CONNECT: Duration = Duration::from_secs(3);
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(CONNECT).build()?;
    Ok(options(client))
}

/// With fewer repetitions than the Azure SDK makes by itself, so that a call learns why it has no token before its time
/// is up.
fn options(http: impl HttpClient + 'static) -> ClientOptions {
    let retry = ExponentialRetryOptions { max_retries: 3, ..ExponentialRetryOptions::default() };
    ClientOptions {
        retry: RetryOptions::exponential(retry),
        transport: Some(Transport::new(Arc::new(http))),
        ..ClientOptions::default()
    }
}
