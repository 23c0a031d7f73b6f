//! A client that is ready to call: endpoint, credential, quota. Explains what is missing where it cannot sign in.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use mde_client::{
    AzureCredential, CallOptions, Client, ClientBuilder, Endpoint, EndpointError, Error, Event, QuotaLedger,
    QuotaWindow, TokenProvider, UserCredential, operations,
};
use mde_sandbox::Sandbox;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::config::{
    CertificateRef, CredentialRef, Origin, SECRET_VARIABLE, Setting, Settings, TOKEN_FILE_VARIABLE, platform_folder,
};
use crate::console::{Console, Environment};
use crate::exit::{ErrorText, Exit, Stop};
use crate::keychain::{FOLDER_VARIABLE, Keychain, KeychainOptions};
use crate::open::read_regular;
use crate::phrase::shell_word;
use crate::quota::{QuotaFlag, windows_text};
use crate::record::SANDBOX;
use crate::sign_in::ShownSignIn;
use mde_input::escape::escape_path;

/// Why calls wait, and for how long where that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// Somebody signs in, which takes a while: a line that says with what.
    SignIn(&'static str),
    /// The service throttles.
    Throttled(Duration),
    /// The quota is used up.
    Quota(Duration),
}

/// A client that is ready to call.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The windows by which the client paces its calls.
    pub(crate) quota: Vec<QuotaWindow>,
    /// The waits of calls, as they begin.
    pub(crate) waits: UnboundedReceiver<Wait>,
    /// Stops with the connection.
    sandbox: Option<Sandbox>,
}

impl Connection {
    /// To the endpoint of the settings, with their credential, and with this ledger or one of its own.
    pub(crate) async fn open(
        settings: &Settings,
        environment: &Environment,
        ledger: Option<Arc<dyn QuotaLedger>>,
    ) -> Result<Self, Stop> {
        let builder = environment.adapt_client(Client::builder().endpoint(settings.endpoint.value.clone()));
        let (sender, waits) = unbounded_channel();
        let builder = sign_in(builder, settings, environment, &sender).await?;
        Self::of(builder, settings, ledger, (sender, waits), None)
    }

    /// Which windows hold, where those of the settings replace the contract's. The embedded sandbox keeps the same ones.
    pub(crate) fn replaced_quota(&self, settings: &Settings) -> Option<String> {
        let own = settings.quota.as_ref().filter(|_| self.sandbox.is_none())?;
        let contract = replaced_windows(self.client.endpoint())?;
        let is_another = own.value.to_string() != contract;
        is_another.then(|| {
            format!("the quota of {} replaces the contract's {contract}: the endpoint is on this machine", own.value)
        })
    }

    /// To a sandbox that runs as long as the connection.
    pub(crate) async fn to_sandbox(
        settings: &Settings,
        console: &mut Console,
        ledger: Option<Arc<dyn QuotaLedger>>,
    ) -> Result<Self, Stop> {
        let sandbox = start_sandbox(settings.quota.as_ref().map(|quota| &quota.value)).await?;
        let endpoint = endpoint("the sandbox", sandbox.url())?;
        console.notify("the figures come from a sandbox: they are synthetic, and are not about any organization");
        let builder = Client::builder().endpoint(endpoint).token(sandbox.token());
        Self::of(builder, settings, ledger, unbounded_channel(), Some(sandbox))
    }

    fn of(
        builder: ClientBuilder,
        settings: &Settings,
        ledger: Option<Arc<dyn QuotaLedger>>,
        (sender, waits): (UnboundedSender<Wait>, UnboundedReceiver<Wait>),
        sandbox: Option<Sandbox>,
    ) -> Result<Self, Stop> {
        let own = settings.quota.as_ref().map(|quota| quota.value.windows()).unwrap_or_default();
        // A long list waits for its quota as long as it takes.
        let options = CallOptions::new().quota_wait(Duration::MAX);
        let observe = move |event: Event<'_>| {
            let wait = match event {
                Event::Throttled { pause, .. } => Wait::Throttled(pause),
                Event::QuotaWait { wait: Some(wait), .. } => Wait::Quota(wait),
                _ => return,
            };
            // The receiver is gone once the run is over.
            let _ = sender.send(wait);
        };
        let builder = builder.quota(own.to_vec()).options(options).observer(observe);
        let builder = match ledger {
            Some(ledger) => builder.quota_ledger(ledger),
            None => builder,
        };
        let unfit = |error: Error| Stop::usage(ErrorText::of(&error).to_string());
        let client = builder.build().map_err(unfit)?;
        let quota = client.quota(&operations::GET_IP_STATISTICS);
        Ok(Self { client, quota, waits, sandbox })
    }
}

/// Does what may sign in, and shows it where that takes a while.
pub(crate) async fn while_signing_in<T>(
    waits: &mut UnboundedReceiver<Wait>,
    work: impl Future<Output = T>,
    mut show: impl FnMut(&str),
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            Some(wait) = waits.recv() => {
                if let Wait::SignIn(text) = wait {
                    show(text);
                }
            }
        }
    }
}

/// The windows of the contract that those of the settings replace at this endpoint. Elsewhere both hold.
pub(crate) fn replaced_windows(endpoint: &Endpoint) -> Option<String> {
    endpoint.is_loopback().then(|| windows_text(operations::GET_IP_STATISTICS.quota))
}

/// With the quota that the client keeps, so that neither a wider nor a tighter one is refused.
async fn start_sandbox(quota: Option<&QuotaFlag>) -> Result<Sandbox, Stop> {
    let mut builder = Sandbox::builder();
    if let Some(quota) = quota {
        let quota =
            quota.to_string().parse().map_err(|error: mde_sandbox::QuotaError| Stop::usage(error.to_string()))?;
        builder = builder.quota(quota);
    }
    let failed = |error: mde_sandbox::StartError| Stop::Failed { exit: Exit::Unavailable, message: error.to_string() };
    builder.start().await.map_err(failed)
}

fn endpoint(origin: &str, text: &str) -> Result<Endpoint, Stop> {
    text.parse().map_err(|error: EndpointError| Stop::usage(format!("{origin}: {error}")))
}

/// The `source` of records: a file must show that its figures are synthetic.
pub(crate) fn source(endpoint: &Endpoint) -> Option<&'static str> {
    endpoint.is_loopback().then_some(SANDBOX)
}

/// Gives the client its credential. A secret is fetched now, a token at the first call.
async fn sign_in(
    builder: ClientBuilder,
    settings: &Settings,
    environment: &Environment,
    waits: &UnboundedSender<Wait>,
) -> Result<ClientBuilder, Stop> {
    let Some(Setting { value: source, origin: _ }) = &settings.credential else {
        return Err(nothing_configured(settings));
    };
    let tenant = settings.tenant.as_ref().map(|tenant| tenant.value.as_str());
    let app = settings.app.as_ref().map(|app| app.value.as_str());
    let (builder, credential) = match source {
        CredentialRef::Token(name) => {
            let token = environment.get(name).ok_or_else(|| no_credential("token", &format!("{name} is not set")))?;
            return Ok(builder.token(token));
        }
        CredentialRef::ClientSecret(secret) => {
            let (tenant, app) = settings.app_registration(source)?;
            let builder = of_app(builder, tenant, app);
            let secret = secret.fetch(environment).await.map_err(|problem| no_credential("client secret", &problem))?;
            (builder, AzureCredential::client_secret(tenant, app, secret))
        }
        CredentialRef::Certificate(certificate) => {
            let (tenant, app) = settings.app_registration(source)?;
            let (file, password) = fetch_certificate(certificate, environment).await?;
            (of_app(builder, tenant, app), AzureCredential::client_certificate(tenant, app, file, password.as_deref()))
        }
        CredentialRef::WorkloadIdentity => {
            let (tenant, app) = settings.app_registration(source)?;
            let file = environment
                .get(TOKEN_FILE_VARIABLE)
                .ok_or_else(|| no_credential("workload identity", &format!("{TOKEN_FILE_VARIABLE} is not set")))?;
            (of_app(builder, tenant, app), AzureCredential::workload_identity_of(tenant, app, file))
        }
        CredentialRef::Person => {
            let (tenant, app) = settings.tenant_and_app(source)?;
            let person = UserCredential::new(tenant, app).map_err(|error| unfit(source, &error))?;
            let person = person.store(keychain(settings, environment)?);
            let person = person.sign_in_advice(format!("sign in again: {}", settings.login_command()));
            return Ok(of_app(builder, tenant, app).credential(shown(person, source, waits)));
        }
        CredentialRef::AzureCli => {
            let credential =
                tenant.map_or_else(|| Ok(AzureCredential::azure_cli()), AzureCredential::azure_cli_in_tenant);
            (builder, credential)
        }
        CredentialRef::ManagedIdentity => {
            let credential =
                app.map_or_else(|| Ok(AzureCredential::managed_identity()), AzureCredential::user_assigned_identity);
            (builder, credential)
        }
    };
    Ok(builder.credential(shown(credential.map_err(|error| unfit(source, &error))?, source, waits)))
}

fn unfit(source: &CredentialRef, error: &Error) -> Stop {
    Stop::usage(format!("{source}: {}", ErrorText::of(error)))
}

fn shown<P: TokenProvider>(
    credential: P,
    source: &CredentialRef,
    waits: &UnboundedSender<Wait>,
) -> impl TokenProvider + use<P> {
    let (text, waits) = (signing_in_text(source), waits.clone());
    let show = move || {
        // The receiver is gone once the run is over.
        let _ = waits.send(Wait::SignIn(text));
    };
    ShownSignIn::new(credential, show)
}

/// Where the refresh token of the person is kept whom the settings name.
pub(crate) fn keychain(settings: &Settings, environment: &Environment) -> Result<Keychain, Stop> {
    let (tenant, app) = settings.tenant_and_app(&CredentialRef::Person)?;
    // That of the profile, where the environment names the same tenant by another of its names, as when the person signed in.
    let own = settings.of_profile()?.tenant.filter(|_| settings.profile.is_some());
    let tenant = own.as_ref().map_or(tenant, |own| &own.value);
    Ok(keychain_of(settings, tenant, app, environment))
}

/// The same for a tenant and an app that are about to be written into the profile.
pub(crate) fn keychain_of(settings: &Settings, tenant: &str, app: &str, environment: &Environment) -> Keychain {
    let profile = settings.profile.as_ref().map(|profile| profile.value.as_str()).unwrap_or_default();
    Keychain::new(settings.endpoint.value.authority(), tenant, app, profile, keychain_options(environment))
}

/// Where keychains are for this environment.
fn keychain_options(environment: &Environment) -> KeychainOptions {
    let named = environment.get(FOLDER_VARIABLE).map(PathBuf::from);
    // The environment of a test has neither.
    let is_of_process = environment.is_of_process();
    let platform = || Some(platform_folder()?.join("credentials"));
    KeychainOptions {
        uses_platform: is_of_process && named.is_none(),
        folder: named.or_else(|| platform().filter(|_| is_of_process)),
    }
}

/// In bytes. A certificate with its key and those of its authorities has some thousands.
pub(crate) const LARGEST_CERTIFICATE: u64 = 1024 * 1024;

/// The content of the file, and its password.
async fn fetch_certificate(
    CertificateRef { file, password }: &CertificateRef,
    environment: &Environment,
) -> Result<(Vec<u8>, Option<String>), Stop> {
    let unread =
        |error| no_credential("certificate", &format!("the file {} cannot be read: {error}", escape_path(file)));
    let content = read_regular(file, LARGEST_CERTIFICATE).map_err(unread)?;
    let password = match password {
        Some(password) => Some(password.fetch(environment).await),
        None => None,
    };
    let missing = |problem: String| no_credential("password of the certificate", &problem);
    Ok((content, password.transpose().map_err(missing)?))
}

/// What a user reads where a sign-in takes a while.
fn signing_in_text(source: &CredentialRef) -> &'static str {
    match source {
        CredentialRef::AzureCli => "signing in with the Azure CLI…",
        CredentialRef::ManagedIdentity => "signing in with the managed identity of this machine…",
        CredentialRef::WorkloadIdentity => "signing in with the workload identity of this pod…",
        CredentialRef::Certificate(_) => "signing in with the certificate…",
        CredentialRef::Person => "renewing the sign-in; the keychain may ask you to unlock it…",
        CredentialRef::ClientSecret(_) | CredentialRef::Token(_) => "signing in with the client secret…",
    }
}

impl Settings {
    /// Tenant and app, which the credential of an app needs, at an authority that may receive a secret.
    fn app_registration(&self, source: &CredentialRef) -> Result<(&str, &str), Stop> {
        let authority = self.endpoint.value.authority();
        if !authority.starts_with("https://") {
            return Err(Stop::usage(format!(
                "{source} may be used over https only, and {authority} is not.\n\
                 Set MDE_TOKEN to the token that the sandbox printed, or start it with TLS: mde sandbox --tls"
            )));
        }
        self.tenant_and_app(source)
    }

    /// Tenant and app, which also a person signs in by.
    fn tenant_and_app(&self, source: &CredentialRef) -> Result<(&str, &str), Stop> {
        let needed = |what: &str, flag: &str, variable: &str, key: &str| {
            Stop::usage(format!(
                "{source} needs {what}: give {flag}, or set {variable}, or set {key} in {}",
                self.configuration()
            ))
        };
        match (&self.tenant, &self.app) {
            (Some(tenant), Some(app)) => Ok((&tenant.value, &app.value)),
            (None, _) => Err(needed("a tenant to sign in to", "--tenant", "AZURE_TENANT_ID", "tenant")),
            (_, None) => Err(needed("the client id of an app", "--app", "AZURE_CLIENT_ID", "app")),
        }
    }

    /// The command by which a person signs in to the same profile.
    pub(crate) fn login_command(&self) -> String {
        let profile = self.profile.as_ref().map(|profile| format!(" --profile {}", shell_word(&profile.value)));
        format!("mde login{}", profile.unwrap_or_default())
    }

    /// Where the missing value belongs.
    fn configuration(&self) -> String {
        let file = self.config.path.as_deref().map_or_else(|| "config.toml".to_owned(), escape_path);
        match &self.profile {
            Some(profile) => format!("the profile {:?} of {file}", profile.value),
            None => file,
        }
    }
}

/// Where both are ids, the key of quota and cache is known without a token.
fn of_app(builder: ClientBuilder, tenant: &str, app: &str) -> ClientBuilder {
    match is_id(tenant) && is_id(app) {
        // As tokens write them.
        true => builder.quota_of(tenant.to_lowercase(), app.to_lowercase()),
        false => builder,
    }
}

/// Such as `11111111-1111-1111-1111-111111111111`.
pub(crate) fn is_id(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths = groups.iter().map(|group| group.len());
    lengths.eq([8, 4, 4, 4, 12]) && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn no_credential(what: &str, problem: &str) -> Stop {
    let message = format!("there is no {what}: {problem}\nmde config show lists each setting and its origin.");
    Stop::Failed { exit: Exit::Credential, message }
}

/// Five lines for a new user, none of them wider than a terminal.
fn nothing_configured(settings: &Settings) -> Stop {
    let (problem, ways) = missing_credential(settings);
    let message = format!(
        "{problem}\n{ways}\n\
         With synthetic figures: mde ip stats 8.8.8.8 --sandbox. To check: mde doctor"
    );
    Stop::Failed { exit: Exit::Credential, message }
}

/// The problem where no credential is configured, and the three ways to configure one.
pub(crate) fn missing_credential(settings: &Settings) -> (String, String) {
    let permission = operations::GET_IP_STATISTICS.application_permission;
    let permission = permission.map(|permission| format!("; each way needs the permission {}", permission.name));
    let is_from = |setting: &Option<Setting<String>>, name| {
        setting.as_ref().is_some_and(|it| it.origin == Origin::Environment(name))
    };
    let problem = match is_from(&settings.tenant, "AZURE_TENANT_ID") && is_from(&settings.app, "AZURE_CLIENT_ID") {
        true => "AZURE_TENANT_ID and AZURE_CLIENT_ID are set, but no secret or certificate".to_owned(),
        false => format!("no credential is configured{}", permission.unwrap_or_default()),
    };
    let ways = format!(
        "With a token: set MDE_TOKEN, for {}\n\
         As an app: set AZURE_TENANT_ID, AZURE_CLIENT_ID and {SECRET_VARIABLE}\n\
         As yourself: mde init, then mde login (mde login --help)",
        settings.endpoint.value.audience(),
    );
    (problem, ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ConnectionArguments;
    use mde_client::{Client, QuotaKey};

    /// The key of the quota that a client would use. Its endpoint cannot be reached, so no token is requested.
    async fn key(tenant: &str, app: &str) -> Option<QuotaKey> {
        let variables = [
            ("AZURE_TENANT_ID", tenant),
            ("AZURE_CLIENT_ID", app),
            ("AZURE_CLIENT_SECRET", "a secret"),
            ("MDE_ENDPOINT", "https://127.0.0.1:1"),
        ];
        let environment = Environment::from_iter(variables);
        let settings = Settings::resolve(&ConnectionArguments::default(), &environment).ok()?;
        let builder = Client::builder().endpoint(settings.endpoint.value.clone());
        let (sender, _waits) = unbounded_channel();
        let client = sign_in(builder, &settings, &environment, &sender).await.ok()?.build().ok()?;
        client.quota_key(&operations::GET_IP_STATISTICS).await.ok()
    }

    #[tokio::test]
    async fn whose_quota_it_is_is_known_without_a_token_where_ids_are_given() {
        let (tenant, app) = ("AAAAAAAA-1111-1111-1111-111111111111", "bbbbbbbb-2222-2222-2222-222222222222");
        let expected = QuotaKey::new("https://127.0.0.1:1", operations::GET_IP_STATISTICS.id)
            .of_app(Some(tenant.to_lowercase()), Some(app.to_owned()));
        assert_eq!(key(tenant, app).await, Some(expected));
        assert_eq!(key("contoso.example", app).await, None);
        assert_eq!(key(tenant, "bbbbbbbb-2222-2222-2222-22222222222g").await, None);
    }
}
