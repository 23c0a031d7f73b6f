//! What can be set about `mde sandbox`. The comments are the text of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mde_sandbox::{Behaviour, Clock, Fault, Quota, Setting};

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// Where to listen: an address of this machine only; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,

    /// Speak TLS, under a certificate authority that is made for this run and written to a file for clients to trust
    #[arg(long)]
    pub(crate) tls: bool,

    /// Where to write the authority's certificate (PEM) [default: a temporary file, gone when the sandbox ends]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// How many calls to answer each app within how long, by units s, m and h
    #[arg(long, value_name = "N/DURATION,…", default_value_t)]
    pub(crate) quota: Quota,

    /// Compute the figures from one's own connection events, one JSON object on each line, such as
    /// {"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,

    /// Let a clock that stands still at this time, RFC 3339, drive figures, quota and tokens, until --control moves it
    #[arg(long, value_name = "TIME")]
    pub(crate) clock: Option<Clock>,

    /// Let calls go wrong; may be repeated, and the first one that is due counts. What: 503 body='not now', html=502,
    /// reset, delay=2s, truncate=20, address=192.0.2.1, content-type=text/plain, header='Retry-After: 5'. When: next=3,
    /// every=10, share=0.1 seed=7, else always. Where: on=token, on=both, else on calls of the operation
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<Fault>,

    #[arg(long, value_name = "NAME=VALUE", help = set_help())]
    pub(crate) set: Vec<Setting>,

    /// Add an app that signs in with a client assertion by this certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) app_certificate: Option<PathBuf>,

    /// Where to take orders while it runs, an address of this machine only: faults, clock, what was received
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub(crate) control: Option<SocketAddr>,

    /// How to print what one needs to use it: json is one line with url, token, tenant, token_url, scope, apps, and where
    /// they are asked for tls_ca, the file with the authority's certificate, and control
    #[arg(long, value_enum, default_value_t = SandboxFormat::Text)]
    pub(crate) format: SandboxFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SandboxFormat {
    Text,
    Json,
}

/// All settings with their values, the default first.
fn set_help() -> String {
    let settings = Behaviour::settings().map(|setting| {
        let values: Vec<_> = setting.values.iter().map(|value| value.text).collect();
        format!("{}={}", setting.name, values.join("|"))
    });
    format!(
        "Choose what to do where documentation and recordings differ or say nothing; may be repeated. The first value of \
         each is the default: {}",
        settings.collect::<Vec<_>>().join(", ")
    )
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}
