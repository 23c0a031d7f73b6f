//! What `mde sandbox` prints once it runs: all that one needs to use it.

use std::io::{self, Write};
use std::path::Path;

use mde_sandbox::{App, Sandbox};
use serde::Serialize;

const CLIENT_ID: &str = "client id";

/// A sandbox that runs, and where the certificate of its authority is if it speaks TLS.
pub(crate) struct Announcement<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) tls_ca: Option<&'a Path>,
}

#[derive(Serialize)]
struct Json<'a> {
    url: &'a str,
    token: &'a str,
    tenant: &'a str,
    token_url: String,
    scope: &'a str,
    apps: Vec<JsonApp<'a>>,
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

impl Announcement<'_> {
    /// One line.
    pub(crate) fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let sandbox = self.sandbox;
        let json = Json {
            url: sandbox.url(),
            token: sandbox.token(),
            tenant: sandbox.tenant(),
            token_url: sandbox.token_url(),
            scope: sandbox.scope(),
            apps: sandbox.apps().iter().map(JsonApp::from).collect(),
            tls_ca: self.tls_ca.map(|path| path.display().to_string()),
            control: sandbox.control_url(),
        };
        serde_json::to_writer(&mut *out, &json)?;
        writeln!(out)
    }

    pub(crate) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let sandbox = self.sandbox;
        writeln!(out, "url        {}", sandbox.url())?;
        if let Some(control) = sandbox.control_url() {
            writeln!(out, "control    {control}")?;
        }
        if let Some(path) = self.tls_ca {
            writeln!(out, "tls ca     {}", path.display())?;
        }
        writeln!(out, "tenant     {}", sandbox.tenant())?;
        writeln!(out, "token url  {}", sandbox.token_url())?;
        writeln!(out, "scope      {}", sandbox.scope())?;
        writeln!(out, "token      {}", sandbox.token())?;
        writeln!(out)?;
        write_apps(sandbox, out)?;
        writeln!(out)?;
        self.write_commands(out)
    }

    /// Lines to paste.
    fn write_commands(&self, out: &mut dyn Write) -> io::Result<()> {
        let (url, token) = (self.sandbox.url(), self.sandbox.token());
        let trust = self.tls_ca.map(|path| format!(" --cacert {}", quoted(&path.display().to_string())));
        // A proxy would be asked for its own loopback address.
        writeln!(
            out,
            "curl --noproxy '*'{} -H 'Authorization: Bearer {token}' \
             '{url}/api/ips/10.209.67.177/stats?lookBackHours=48'",
            trust.as_deref().unwrap_or_default()
        )?;
        if self.tls_ca.is_none() {
            // The command trusts the authorities of the machine only.
            writeln!(out, "\nMDE_ENDPOINT={url} MDE_TOKEN={token} mde ip stats 10.209.67.177 --look-back-hours 48")?;
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

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
