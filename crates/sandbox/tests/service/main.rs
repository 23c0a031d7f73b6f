//! The sandbox, asked over a real loopback socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod apps;
mod events_file;
mod fleet;
mod lifecycle;
mod page;
mod quota;
mod refusals;
mod support;
mod tls;
mod token_endpoint;
mod token_refusals;
