//! The sandbox, asked over a real loopback socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod apps;
mod assertions;
mod basic;
mod behaviour;
mod clock;
mod control;
mod delegated;
mod events_file;
mod faults;
mod faults_network;
mod faults_text;
mod faults_when;
mod fleet;
mod hostile;
mod journal;
mod licence;
mod lifecycle;
mod page;
mod quota;
mod refusals;
mod signer;
mod support;
mod tls;
mod token_endpoint;
mod token_refusals;
mod windows;
