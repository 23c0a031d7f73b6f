//! `mde sandbox`

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use mde_sandbox::{Events, Sandbox, StartError};
use serde::Serialize;

use crate::Console;
use crate::args::{SandboxArguments, SandboxFormat};
use crate::ask::interrupt;
use crate::exit::{Exit, Stop};

pub(crate) async fn run(arguments: SandboxArguments, console: &mut Console) -> Result<Exit, Stop> {
    let mut builder = Sandbox::builder().listen(arguments.listen).quota(arguments.quota);
    if let Some(path) = &arguments.events {
        builder = builder.events(read_events(path)?);
    }
    let sandbox = builder.start().await.map_err(not_started)?;
    match arguments.format {
        SandboxFormat::Text => print_text(&sandbox, console)?,
        SandboxFormat::Json => print_json(&sandbox, console)?,
    }
    console.flush()?;
    interrupt().await;
    // Ctrl-C is how it is meant to end.
    Ok(Exit::Success)
}

fn read_events(path: &Path) -> Result<Events, Stop> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Stop::usage(format!("cannot open {name}: {error}")))?;
    Events::read_json_lines(BufReader::new(file), &name).map_err(|error| Stop::usage(error.to_string()))
}

fn not_started(error: StartError) -> Stop {
    let exit = match error {
        StartError::Serve { .. } => Exit::Unavailable,
        // The address is an unfit one.
        _ => Exit::Usage,
    };
    Stop::Told { exit, message: error.to_string() }
}

fn print_text(sandbox: &Sandbox, console: &mut Console) -> Result<(), Stop> {
    let (url, token) = (sandbox.url(), sandbox.token());
    // A proxy would be asked for its own loopback address.
    write!(
        console.results(),
        "url    {url}\n\
         token  {token}\n\
         \n\
         curl --noproxy '*' -H 'Authorization: Bearer {token}' '{url}/api/ips/10.209.67.177/stats?lookBackHours=48'\n\
         \n\
         MDE_ENDPOINT={url} MDE_TOKEN={token} mde ip stats 10.209.67.177 --look-back-hours 48\n"
    )?;
    console.flush()?;
    console.say("a sandbox is running; its figures say nothing about your organization; Ctrl-C ends it");
    Ok(())
}

#[derive(Serialize)]
struct Running<'a> {
    url: &'a str,
    token: &'a str,
}

fn print_json(sandbox: &Sandbox, console: &mut Console) -> Result<(), Stop> {
    let running = Running { url: sandbox.url(), token: sandbox.token() };
    serde_json::to_writer(console.results(), &running).map_err(std::io::Error::from)?;
    Ok(writeln!(console.results())?)
}
