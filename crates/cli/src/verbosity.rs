//! What `-v` tells: the calls of the client, its attempts and its waits, on standard error.

use std::io;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Tells from now on what our own crates log, for as long as the process lives.
pub(crate) fn install(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    // What others log may hold what is nobody's business, such as the header with the token.
    let ours = Targets::new().with_target("mde", level);
    let lines = fmt::layer()
        .compact()
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false)
        .with_writer(io::stderr);
    // Where somebody listens already, they do so instead.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}
