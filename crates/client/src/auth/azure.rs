//! Credentials of Microsoft Entra, by the crates of the Azure SDK.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, HttpClient, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId,
};
use reqwest::Url;
use reqwest::redirect::Policy;

use super::assertion::SignedAssertion;
use super::certificate::SigningCertificate;
use super::identifiers::{client_id_of_app, tenant_of_app, tenant_of_person, unfit};
use super::program::ProgramInGroup;
use super::token::{AccessToken, SignInHint, TokenProvider, TokenRequest};
use super::token_file::TokenFile;
use crate::redact::Redactor;
use crate::{BoxError, BoxFuture, Error, ErrorKind};

/// A credential of Microsoft Entra: one of those below, or any [`TokenCredential`] of the Azure SDK.
///
/// Those below sign in at the [authority](crate::Endpoint::authority) of the client's endpoint, which must use https, and
/// ask for its [audience](crate::Endpoint::audience); `AZURE_AUTHORITY_HOST` is not read. What goes to Entra goes through the
/// HTTP client of the [`Client`](crate::Client), with its proxy and its certificates. Nothing is asked before the first call.
///
/// The credentials of the Azure SDK remember their tokens until five minutes before these expire, and cannot be made to
/// forget them.
///
/// ```
/// use mde_client::{AzureCredential, Client};
///
/// let secret = std::env::var("APP_SECRET").unwrap_or("a secret".to_owned());
/// let credential =
///     AzureCredential::client_secret("contoso.onmicrosoft.com", "11111111-1111-1111-1111-111111111111", secret)?;
/// let client = Client::builder().endpoint("eu").credential(credential).build()?;
/// # Ok::<(), mde_client::Error>(())
/// ```
pub struct AzureCredential {
    source: Source,
    built: Mutex<Option<Built>>,
}

struct Built {
    authority: String,
    credential: Arc<dyn TokenCredential>,
}

impl AzureCredential {
    /// Takes a credential of the Azure SDK, which knows itself where to sign in. It must be the authority of the client's
    /// endpoint.
    ///
    /// ```
    /// use mde_client::AzureCredential;
    ///
    /// let credential = AzureCredential::new(azure_identity::DeveloperToolsCredential::new(None)?);
    /// # Ok::<(), azure_core::Error>(())
    /// ```
    pub fn new(credential: Arc<dyn TokenCredential>) -> Self {
        Self::of(Source::Given(credential))
    }

    /// An app registration with a client secret: its value, not its id.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where one of them is empty, or the tenant is neither an id
    /// nor a domain; `common`, `organizations` and `consumers` are for people who sign in.
    pub fn client_secret(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Result<Self, Error> {
        let (tenant, client_id) = (tenant_of_app(tenant.into())?, client_id_of_app(client_id.into())?);
        let secret: String = secret.into();
        if secret.is_empty() {
            return Err(unfit("the client secret is empty", "give the value of the client secret"));
        }
        Ok(Self::of(Source::ClientSecret { tenant, client_id, secret: Secret::new(secret) }))
    }

    /// An app registration with a certificate: the content of a file that holds it with its private key, an RSA key of 2048
    /// to 8192 bits. That is PEM, where the key may be in PKCS #8 or in PKCS #1, or a PKCS #12 archive (`.pfx`, `.p12`);
    /// with the password, where it is encrypted. Other certificates in it, such as those of its authorities, are left out.
    ///
    /// It signs in by an assertion that is signed by PS256 and names the certificate by its SHA-256 thumbprint, as
    /// [Microsoft documents](https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
    ///
    /// ```no_run
    /// use mde_client::AzureCredential;
    ///
    /// let file = std::fs::read("app.pfx")?;
    /// let credential = AzureCredential::client_certificate(
    ///     "contoso.onmicrosoft.com",
    ///     "11111111-1111-1111-1111-111111111111",
    ///     file,
    ///     Some("a password"),
    /// )?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Self::client_secret`], and where the certificate or its key cannot be used, or the password is not right.
    pub fn client_certificate(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        certificate: impl AsRef<[u8]>,
        password: Option<&str>,
    ) -> Result<Self, Error> {
        let (tenant, client_id) = (tenant_of_app(tenant.into())?, client_id_of_app(client_id.into())?);
        let certificate = Arc::new(SigningCertificate::read(certificate.as_ref(), password)?);
        Ok(Self::of(Source::ClientCertificate { tenant, client_id, certificate }))
    }

    /// A workload identity by its parts. The file holds the token of the service account; it is read whenever a token is
    /// asked for. It must be a regular file, or a link to one.
    ///
    /// # Errors
    /// As for [`Self::client_secret`].
    pub fn workload_identity_of(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        let (tenant, client_id) = (tenant_of_app(tenant.into())?, client_id_of_app(client_id.into())?);
        Ok(Self::of(Source::WorkloadIdentity { tenant, client_id, token_file: token_file.into() }))
    }

    /// The identity that Azure has assigned to this virtual machine or app. It is asked for on the machine's own network,
    /// past any proxy.
    ///
    /// ```
    /// use mde_client::{AzureCredential, Client};
    ///
    /// let client = Client::builder().endpoint("eu").credential(AzureCredential::managed_identity()).build()?;
    /// # Ok::<(), mde_client::Error>(())
    /// ```
    pub fn managed_identity() -> Self {
        Self::of(Source::ManagedIdentity { client_id: None })
    }

    /// Like [`Self::managed_identity`], for an identity that a user has assigned, by its client id.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where the client id is empty.
    pub fn user_assigned_identity(client_id: impl Into<String>) -> Result<Self, Error> {
        let client_id = Some(client_id_of_app(client_id.into())?);
        Ok(Self::of(Source::ManagedIdentity { client_id }))
    }

    /// The person who has signed in by `az login`, with the tenant that is current there. The person needs the delegated
    /// permission, and a role in the service. It needs a Tokio runtime with IO. Where nobody waits for the Azure CLI any
    /// more, it is ended: on Unix with all that it has begun, in a process group of its own.
    ///
    /// ```
    /// use mde_client::{AzureCredential, Client};
    ///
    /// let client = Client::builder().endpoint("eu").credential(AzureCredential::azure_cli()).build()?;
    /// # Ok::<(), mde_client::Error>(())
    /// ```
    pub fn azure_cli() -> Self {
        Self::of(Source::AzureCli { tenant: None })
    }

    /// Like [`Self::azure_cli`], in another tenant than the current one.
    ///
    /// # Errors
    /// Of the kind [`Configuration`](ErrorKind::Configuration): where the tenant is neither an id nor a domain.
    pub fn azure_cli_in_tenant(tenant: impl Into<String>) -> Result<Self, Error> {
        let tenant = Some(tenant_of_person(tenant.into())?);
        Ok(Self::of(Source::AzureCli { tenant }))
    }

    fn unusable(&self, cause: BoxError) -> BoxError {
        if cause.is::<Error>() {
            return cause;
        }
        let text = cause.to_string();
        let problem = format!("the {} cannot be used: {}", self.source.kind(), text.lines().next().unwrap_or_default());
        unfit(problem, "check what the credential is made from").with_source(cause).into()
    }

    fn of(source: Source) -> Self {
        Self { source, built: Mutex::default() }
    }

    /// The credential for an authority, built once. It keeps the HTTP client that it was built with.
    fn credential(&self, request: TokenRequest<'_>) -> Result<Arc<dyn TokenCredential>, BoxError> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = built.as_ref().filter(|built| built.authority == request.authority) {
            return Ok(Arc::clone(&built.credential));
        }
        let credential = self.source.build(request).map_err(|cause| self.unusable(cause))?;
        *built = Some(Built { authority: request.authority.to_owned(), credential: Arc::clone(&credential) });
        Ok(credential)
    }
}

impl TokenProvider for AzureCredential {
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async move {
            let credential = self.credential(request)?;
            let token = credential.get_token(&[&request.scope()], None).await;
            let token = token.map_err(|cause| self.source.redactor().redact_error(cause.into()))?;
            if token.token.secret().is_empty() {
                return Err(empty(request.authority).into());
            }
            Ok(AccessToken::new(token.token.secret()).expires_at(token.expires_on.into()))
        })
    }

    fn hint(&self) -> SignInHint {
        self.source.hint()
    }
}

impl From<Arc<dyn TokenCredential>> for AzureCredential {
    fn from(credential: Arc<dyn TokenCredential>) -> Self {
        Self::new(credential)
    }
}

/// Shows what kind it is, and nothing of what it holds.
impl fmt::Debug for AzureCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AzureCredential").field(&format_args!("{}", self.source.kind())).finish()
    }
}

/// What the Azure SDK makes of an answer that is JSON and says nothing of a token.
fn empty(authority: &str) -> Error {
    Error::new(ErrorKind::Service, format!("{authority} answered without a token"))
        .with_advice(format!("check the proxy or gateway between this machine and {authority}"))
}

/// What a credential is made of.
enum Source {
    Given(Arc<dyn TokenCredential>),
    ClientSecret { tenant: String, client_id: String, secret: Secret },
    ClientCertificate { tenant: String, client_id: String, certificate: Arc<SigningCertificate> },
    WorkloadIdentity { tenant: String, client_id: String, token_file: PathBuf },
    ManagedIdentity { client_id: Option<String> },
    AzureCli { tenant: Option<String> },
}

impl Source {
    fn kind(&self) -> &'static str {
        match self {
            Self::Given(_) => "given",
            Self::ClientSecret { .. } => "client secret",
            Self::ClientCertificate { .. } => "client certificate",
            Self::WorkloadIdentity { .. } => "workload identity",
            Self::ManagedIdentity { .. } => "managed identity",
            Self::AzureCli { .. } => "Azure CLI",
        }
    }

    fn hint(&self) -> SignInHint {
        match self {
            Self::Given(_) => SignInHint::default(),
            Self::AzureCli { .. } => SignInHint {
                waits_for: "the Azure CLI",
                advice: "run `az account get-access-token` yourself to see what it waits for",
            },
            Self::ManagedIdentity { .. } => SignInHint {
                waits_for: "the managed identity of this machine",
                advice: "check that this machine has an identity, and that its own network (169.254.169.254) answers",
            },
            _ => SignInHint::OF_HOST,
        }
    }

    /// Hides what it sends to sign in.
    fn redactor(&self) -> Redactor {
        match self {
            Self::ClientSecret { secret, .. } => Redactor::for_secret(secret.secret()),
            _ => Redactor::for_unknown(),
        }
    }

    fn build(&self, request: TokenRequest<'_>) -> Result<Arc<dyn TokenCredential>, BoxError> {
        Ok(match self {
            Self::Given(credential) => Arc::clone(credential),
            Self::ClientSecret { tenant, client_id, secret } => {
                let options = ClientSecretCredentialOptions { client_options: entra(request)? };
                ClientSecretCredential::new(tenant, client_id.clone(), secret.clone(), Some(options))?
            }
            Self::ClientCertificate { tenant, client_id, certificate } => {
                let options = ClientAssertionCredentialOptions { client_options: entra(request)? };
                let (certificate, audience) = (Arc::clone(certificate), token_endpoint(request.authority, tenant)?);
                let assertion = SignedAssertion { certificate, audience, client_id: client_id.clone() };
                ClientAssertionCredential::new(tenant.clone(), client_id.clone(), assertion, Some(options))?
            }
            Self::WorkloadIdentity { tenant, client_id, token_file } => {
                let options = ClientAssertionCredentialOptions { client_options: entra(request)? };
                let file = TokenFile::at(token_file);
                ClientAssertionCredential::new(tenant.clone(), client_id.clone(), file, Some(options))?
            }
            Self::ManagedIdentity { client_id } => {
                let user_assigned_id = client_id.clone().map(UserAssignedId::ClientId);
                let client_options = this_machine()?;
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
                ManagedIdentityCredential::new(Some(options))?
            }
            Self::AzureCli { tenant } => {
                let (tenant_id, executor) = (tenant.clone(), Some(Arc::new(ProgramInGroup) as _));
                let options = AzureCliCredentialOptions { tenant_id, executor, subscription: None };
                AzureCliCredential::new(Some(options))?
            }
        })
    }
}

/// Where the Azure SDK sends the assertion, which names it.
fn token_endpoint(authority: &str, tenant: &str) -> Result<String, BoxError> {
    Ok(Url::parse(authority)?.join(&format!("/{tenant}/oauth2/v2.0/token"))?.into())
}

/// Signs in at the authority of the request, whatever the environment says, over the client's own connections.
fn entra(request: TokenRequest<'_>) -> Result<ClientOptions, Error> {
    let authority = request.authority;
    let unfit = |reason: &str| {
        Error::new(ErrorKind::Configuration, format!("{authority} cannot be used as the sign-in authority, {reason}"))
            .with_advice(
                "give a token, or an endpoint of your own (`Endpoint::custom`) whose authority is an https host",
            )
    };
    let url = Url::parse(authority).map_err(|_| unfit("because it is not a URL"))?;
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
