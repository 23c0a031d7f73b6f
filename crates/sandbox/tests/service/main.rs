//! The sandbox, asked over a real loopback socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod apps;
mod behaviour;
mod clock;
mod control;
mod events_file;
mod faults;
mod faults_network;
mod faults_text;
mod faults_when;
mod fleet;
mod journal;
mod hostile;
mod lifecycle;
mod quota;
mod refusals;
mod support;
mod tls;
mod token_endpoint;
mod token_refusals;
mod windows;
