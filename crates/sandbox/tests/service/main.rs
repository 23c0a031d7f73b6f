//! The sandbox, asked over a real loopback socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod apps;
mod assertions;
mod clock;
mod control;
mod events;
mod faults;
mod faults_network;
mod faults_text;
mod hostile;
mod lifecycle;
mod page;
mod quirks;
mod quota;
mod refusals;
mod request_log;
mod sign_in;
mod sign_in_refusals;
mod support;
mod tls;
mod token_endpoint;
mod token_refusals;
