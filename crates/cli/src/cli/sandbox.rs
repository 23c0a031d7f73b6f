//! The flags of `mde sandbox`. The comments are the text of `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mde_sandbox::{Clock, Fault, Quirks, Quota, Setting};

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// The address to listen on, a loopback address; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,

    /// Serve TLS, with a certificate authority that is created for this run and written to a file for clients to trust
    #[arg(long)]
    pub(crate) tls: bool,

    /// Where to write the authority's certificate (PEM) [default: a temporary file, deleted when the sandbox stops]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// The quota of each app; units are s, m and h
    #[arg(long, value_name = "N/DURATION,…", default_value_t)]
    pub(crate) quota: Quota,

    /// Compute the figures from your own connection events, one JSON object on each line, such as
    /// {"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,

    /// Use a clock that stands still at this time (RFC 3339) for figures, quota and tokens; --control can move it
    #[arg(long, value_name = "TIME")]
    pub(crate) clock: Option<Clock>,

    /// Inject a fault; may be repeated, and the first one that is due applies. What: 503 body='not now', html=502,
    /// reset, delay=2s, truncate=20, address=192.0.2.1, content-type=text/plain, header='Retry-After: 5'. When: next=3,
    /// every=10, share=0.1 seed=7, else always. Where: on=token, on=both, else on calls of the operation
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<Fault>,

    #[arg(long, value_name = "NAME=VALUE", help = set_help())]
    pub(crate) set: Vec<Setting>,

    /// Add an app that signs in with a client assertion by this certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) app_certificate: Option<PathBuf>,

    /// The address of the control interface, a loopback address: faults, clock, received requests
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_address)]
    pub(crate) control: Option<SocketAddr>,

    /// How to print the connection details: json is one line with url, token, tenant, token_url, scope, apps, and, if
    /// enabled, tls_ca (the file with the authority's certificate) and control
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
    let settings = Quirks::settings().map(|setting| {
        let values: Vec<_> = setting.values.iter().map(|value| value.text).collect();
        format!("{}={}", setting.name, values.join("|"))
    });
    format!(
        "Choose the behaviour where documentation and recordings differ or are silent; may be repeated. The first value \
         of each is the default: {}",
        settings.collect::<Vec<_>>().join(", ")
    )
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}
