//! The sandbox, asked over a real loopback socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod apps;
mod assertions;
mod basic;
mod clock;
mod control;
mod delegated;
mod events_file;
mod faults;
mod faults_network;
mod faults_text;
mod faults_when;
mod hostile;
mod licence;
mod lifecycle;
mod page;
mod quirks;
mod quota;
mod refusals;
mod request_log;
mod support;
mod synthetic;
mod tls;
mod token_endpoint;
mod token_refusals;
mod windows;
