//! `mde sandbox`

use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use mde_input::escape::escape_path;
use mde_sandbox::{App, Events, Sandbox, SandboxBuilder, StartError, User};
use serde::Serialize;
use tempfile::TempPath;

use crate::cli::{SandboxArguments, SandboxFormat};
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::interrupt::Signals;
use crate::open::{create_regular, read_regular, to_read};
use crate::phrase::shell_word;

/// In bytes. A chain of certificates has some thousands.
const LARGEST_CERTIFICATE: u64 = 1024 * 1024;

pub(crate) async fn run(arguments: SandboxArguments, console: &mut Console) -> Result<Exit, Stop> {
    let builder = builder(&arguments)?;
    // After reading events, which Ctrl-C may interrupt; before the announcement, after which it may be stopped at once.
    let mut signals = Signals::listen();
    let sandbox = builder.start().await.map_err(not_started)?;
    let tls_ca = sandbox.tls_ca_pem().map(|pem| TlsCa::write(pem, arguments.tls_ca.clone())).transpose()?;
    let announcement = Announcement { sandbox: &sandbox, tls_ca: tls_ca.as_ref().map(TlsCa::path) };
    match arguments.format {
        SandboxFormat::Text => announcement.write_text(console.results())?,
        SandboxFormat::Json => announcement.write_json(console.results())?,
    }
    console.flush()?;
    if arguments.format == SandboxFormat::Text {
        let figures = match &arguments.events {
            None => "its figures are synthetic, and are not about your organization".to_owned(),
            Some(path) => format!("its figures come from {}", path.display()),
        };
        console.notify(format_args!(
            "a sandbox is running; open {} in a browser to try it; {figures}; Ctrl-C stops it",
            sandbox.url()
        ));
    }
    signals.next().await;
    Ok(Exit::Success)
}

fn builder(arguments: &SandboxArguments) -> Result<SandboxBuilder, Stop> {
    let mut builder = Sandbox::builder()
        .listen(arguments.listen)
        .quota(arguments.quota.clone())
        .tls(arguments.tls)
        .quirks(arguments.set.iter().cloned().collect());
    if let Some(clock) = &arguments.clock {
        builder = builder.clock(clock.clone());
    }
    if let Some(path) = &arguments.events {
        builder = builder.events(read_events(path)?);
    }
    if let Some(path) = &arguments.app_certificate {
        builder = builder.app(app_with_certificate(path)?);
    }
    if let Some(address) = arguments.control {
        builder = builder.control(address);
    }
    Ok(arguments.fault.iter().cloned().fold(builder, SandboxBuilder::fault))
}

/// From a file or a stream, for which a signal ends the process.
fn read_events(path: &Path) -> Result<Events, Stop> {
    let name = path.display().to_string();
    let file = to_read(path).map_err(|error| Stop::usage(format!("cannot open {name}: {error}")))?;
    Events::read_json_lines(BufReader::new(file), &name).map_err(|error| Stop::usage(error.to_string()))
}

/// An additional app, with a certificate.
fn app_with_certificate(path: &Path) -> Result<App, Stop> {
    let name = path.display().to_string();
    let pem =
        read_regular(path, LARGEST_CERTIFICATE).map_err(|error| Stop::usage(format!("cannot read {name}: {error}")))?;
    App::new("5a4db0c5-0000-4000-8000-0000000000ce", "sandbox-secret-with-certificate")
        .with_role("Ip.Read.All")
        .with_certificate(&pem)
        .map_err(|error| Stop::usage(format!("{name}: {error}")))
}

fn not_started(error: StartError) -> Stop {
    let exit = match error {
        StartError::Serve { .. } => Exit::Unavailable,
        // The address is invalid.
        _ => Exit::Usage,
    };
    Stop::Failed { exit, message: error.to_string() }
}

/// The file with the certificate of the sandbox's authority.
enum TlsCa {
    /// At a path of the user; it is kept.
    Kept(PathBuf),
    /// Deleted when the sandbox stops.
    Temporary(TempPath),
}

impl TlsCa {
    fn write(pem: &str, path: Option<PathBuf>) -> Result<Self, Stop> {
        let refused = |error| match &path {
            Some(path) => {
                Stop::usage(format!("cannot write the authority's certificate to {}: {error}", path.display()))
            }
            None => Stop::usage(format!(
                "cannot write the authority's certificate to a temporary file: {error}; name one with --tls-ca FILE"
            )),
        };
        match &path {
            Some(path) => create_regular(path)
                .and_then(|mut file| file.write_all(pem.as_bytes()))
                .map(|()| Self::Kept(path.clone()))
                .map_err(refused),
            None => tempfile::Builder::new()
                .prefix("mde-sandbox-")
                .suffix(".pem")
                .tempfile()
                .and_then(|mut file| file.write_all(pem.as_bytes()).map(|()| Self::Temporary(file.into_temp_path())))
                .map_err(refused),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(path) => path,
        }
    }
}

const CLIENT_ID: &str = "client id";

/// A running sandbox and, with TLS, the file with its authority's certificate.
struct Announcement<'a> {
    sandbox: &'a Sandbox,
    tls_ca: Option<&'a Path>,
}

#[derive(Serialize)]
struct Json<'a> {
    url: &'a str,
    token: &'a str,
    tenant: &'a str,
    token_url: String,
    scope: &'a str,
    apps: Vec<JsonApp<'a>>,
    public_clients: Vec<JsonPublicClient<'a>>,
    users: Vec<JsonUser<'a>>,
    /// The file with the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_ca: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonApp<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    tenant: &'a str,
    note: &'a str,
}

impl<'a> From<&'a App> for JsonApp<'a> {
    fn from(app: &'a App) -> Self {
        JsonApp {
            client_id: app.client_id(),
            client_secret: app.client_secret(),
            tenant: app.tenant(),
            note: app.note(),
        }
    }
}

#[derive(Serialize)]
struct JsonPublicClient<'a> {
    client_id: &'a str,
    tenant: &'a str,
    note: &'a str,
}

impl<'a> From<&'a App> for JsonPublicClient<'a> {
    fn from(app: &'a App) -> Self {
        JsonPublicClient { client_id: app.client_id(), tenant: app.tenant(), note: app.note() }
    }
}

#[derive(Serialize)]
struct JsonUser<'a> {
    name: &'a str,
    note: &'a str,
}

impl<'a> From<&'a User> for JsonUser<'a> {
    fn from(user: &'a User) -> Self {
        JsonUser { name: user.name(), note: user.note() }
    }
}

impl Announcement<'_> {
    /// Writes one line.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let sandbox = self.sandbox;
        let json = Json {
            url: sandbox.url(),
            token: sandbox.token(),
            tenant: sandbox.tenant(),
            token_url: sandbox.token_url(),
            scope: sandbox.scope(),
            apps: sandbox.apps().iter().map(JsonApp::from).collect(),
            public_clients: sandbox.public_clients().iter().map(JsonPublicClient::from).collect(),
            users: sandbox.users().iter().map(JsonUser::from).collect(),
            tls_ca: self.tls_ca.map(|path| path.display().to_string()),
            control: sandbox.control_url(),
        };
        serde_json::to_writer(&mut *out, &json)?;
        writeln!(out)
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let sandbox = self.sandbox;
        writeln!(out, "url        {}", sandbox.url())?;
        if let Some(control) = sandbox.control_url() {
            writeln!(out, "control    {control}")?;
        }
        if let Some(path) = self.tls_ca {
            writeln!(out, "tls ca     {}", escape_path(path))?;
        }
        writeln!(out, "tenant     {}", sandbox.tenant())?;
        writeln!(out, "token url  {}", sandbox.token_url())?;
        writeln!(out, "scope      {}", sandbox.scope())?;
        writeln!(out, "token      {}", sandbox.token())?;
        writeln!(out)?;
        write_apps(sandbox, out)?;
        writeln!(out)?;
        write_people(sandbox, out)?;
        writeln!(out)?;
        self.write_commands(out)
    }

    /// Writes commands to paste into a shell.
    fn write_commands(&self, out: &mut dyn Write) -> io::Result<()> {
        let (url, token) = (self.sandbox.url(), self.sandbox.token());
        let trust = self.tls_ca.map(|path| format!(" --cacert {}", shell_word(&escape_path(path))));
        // A proxy would look for the address on its own machine.
        writeln!(
            out,
            "curl --noproxy '*'{} -H 'Authorization: Bearer {token}' \
             '{url}/api/ips/10.209.67.177/stats?lookBackHours=48'",
            trust.as_deref().unwrap_or_default()
        )?;
        if self.tls_ca.is_none() {
            // The command trusts the authorities of the machine only.
            writeln!(out, "\nMDE_ENDPOINT={url} MDE_TOKEN={token} mde ip stats 10.209.67.177 --look-back-hours 48")?;
            for app in self.sandbox.public_clients() {
                let (tenant, app) = (app.tenant(), app.client_id());
                writeln!(out, "\nmde login --endpoint {url} --tenant {tenant} --app {app}")?;
            }
        }
        Ok(())
    }
}

/// Two lines for each, which fit a narrow terminal.
fn write_apps(sandbox: &Sandbox, out: &mut dyn Write) -> io::Result<()> {
    let ids = sandbox.apps().iter().map(|app| app.client_id().len());
    let width = ids.chain([CLIENT_ID.len()]).max().unwrap_or_default();
    writeln!(out, "{CLIENT_ID:<width$}  client secret")?;
    for app in sandbox.apps() {
        writeln!(out, "{:<width$}  {}", app.client_id(), app.client_secret())?;
        write!(out, "    {}", app.note())?;
        if app.tenant() != sandbox.tenant() {
            write!(out, " (tenant {})", app.tenant())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The apps to which people sign in, and the people.
fn write_people(sandbox: &Sandbox, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "public client")?;
    for app in sandbox.public_clients() {
        writeln!(out, "{}", app.client_id())?;
    }
    let width = sandbox.users().iter().map(|user| user.name().len()).max().unwrap_or_default();
    for user in sandbox.users() {
        writeln!(out, "    {:<width$}  {}", user.name(), user.note())?;
    }
    Ok(())
}
