//! `mde sandbox`

mod announcement;
mod arguments;

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use mde_sandbox::{App, Events, Sandbox, SandboxBuilder, StartError};
use tempfile::TempPath;

use crate::Console;
use crate::exit::{Exit, Stop};
use crate::signals::Signals;
use announcement::Announcement;
use arguments::SandboxFormat;
pub(crate) use arguments::{AFTER_SANDBOX_HELP, SandboxArguments};

pub(crate) async fn run(arguments: SandboxArguments, console: &mut Console) -> Result<Exit, Stop> {
    let builder = builder(&arguments)?;
    // After events are read, which Ctrl-C may break off, and before anybody is told that it runs, and may end it at once.
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
            None => "its figures are made up, and say nothing about your organization".to_owned(),
            Some(path) => format!("its figures come from {}", path.display()),
        };
        console.say(format_args!(
            "a sandbox is running, and {} in a browser is a page to try it on; {figures}; Ctrl-C ends it",
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

fn read_events(path: &Path) -> Result<Events, Stop> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Stop::usage(format!("cannot open {name}: {error}")))?;
    Events::read_json_lines(BufReader::new(file), &name).map_err(|error| Stop::usage(error.to_string()))
}

/// An app that the sandbox has beside its own, so that these keep what they are there for.
fn app_with_certificate(path: &Path) -> Result<App, Stop> {
    let name = path.display().to_string();
    let pem = fs::read(path).map_err(|error| Stop::usage(format!("cannot read {name}: {error}")))?;
    App::new("5a4db0c5-0000-4000-8000-0000000000ce", "sandbox-secret-with-certificate")
        .with_role("Ip.Read.All")
        .with_certificate(&pem)
        .map_err(|error| Stop::usage(format!("{name}: {error}")))
}

fn not_started(error: StartError) -> Stop {
    let exit = match error {
        StartError::Serve { .. } => Exit::Unavailable,
        // The address is an unfit one.
        _ => Exit::Usage,
    };
    Stop::Told { exit, message: error.to_string() }
}

/// The file with the certificate of the sandbox's authority.
enum TlsCa {
    /// Where the user wants it; it stays.
    Kept(PathBuf),
    /// It goes with the sandbox.
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
            Some(path) => fs::write(path, pem).map(|()| Self::Kept(path.clone())).map_err(refused),
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
