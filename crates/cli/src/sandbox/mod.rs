//! `mde sandbox`

mod announcement;
mod arguments;

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use mde_sandbox::{App, Clock, Events, Sandbox, SandboxBuilder, StartError};
use tempfile::TempPath;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::Console;
use crate::ask::interrupt;
use crate::exit::{Exit, Stop};
use announcement::Announcement;
use arguments::SandboxFormat;
pub(crate) use arguments::{AFTER_SANDBOX_HELP, SandboxArguments};

pub(crate) async fn run(arguments: SandboxArguments, console: &mut Console) -> Result<Exit, Stop> {
    let sandbox = builder(&arguments)?.start().await.map_err(not_started)?;
    let tls_ca = sandbox.tls_ca_pem().map(|pem| TlsCa::write(pem, arguments.tls_ca)).transpose()?;
    let announcement = Announcement { sandbox: &sandbox, tls_ca: tls_ca.as_ref().map(TlsCa::path) };
    match arguments.format {
        SandboxFormat::Text => announcement.write_text(console.results())?,
        SandboxFormat::Json => announcement.write_json(console.results())?,
    }
    console.flush()?;
    if arguments.format == SandboxFormat::Text {
        console.say(format_args!(
            "a sandbox is running, and {} in a browser is a page to try it on; its figures say nothing about your \
             organization; Ctrl-C ends it",
            sandbox.url()
        ));
    }
    ended().await;
    Ok(Exit::Success)
}

/// Ends when the sandbox is meant to end: at Ctrl-C, or when a script or a container stops it.
async fn ended() {
    #[cfg(unix)]
    if let Ok(mut terminated) = signal(SignalKind::terminate()) {
        tokio::select! {
            () = interrupt() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    interrupt().await;
}

fn builder(arguments: &SandboxArguments) -> Result<SandboxBuilder, Stop> {
    let mut builder = Sandbox::builder()
        .listen(arguments.listen)
        .quota(arguments.quota.clone())
        .tls(arguments.tls)
        .behaviour(arguments.set.iter().cloned().collect());
    if let Some(time) = arguments.clock {
        builder = builder.clock(Clock::fixed(time));
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
