//! Asks Microsoft Defender for Endpoint who in the organization talked to an IP address, and when.
//!
//! The client is generated from an OpenAPI contract, which defines methods, bounds, hosts, quota and permissions. The
//! runtime is written by hand: tokens, quota, time limits, retries, and how an answer or a refusal is read.
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::net::Ipv4Addr;
//!
//! use mde_client::{Client, Timestamp};
//!
//! // The sandbox stands in for the service; `"eu"` or `Endpoint::EU` would be the service in Europe.
//! let sandbox = mde_sandbox::Sandbox::start().await?;
//! let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).build()?;
//!
//! let answer = client.get_ip_statistics(Ipv4Addr::new(10, 209, 67, 177)).look_back_hours(48).send().await?;
//! println!("{} devices", answer.organization_prevalence);
//! if let Some(first) = &answer.org_first_seen {
//!     println!("first seen {first}");
//! }
//! # let _: Option<Timestamp> = answer.org_first_seen.clone();
//! # Ok(())
//! # }
//! ```
//!
//! # Signing in
//!
//! [`ClientBuilder::token`] takes an existing token, [`EnvironmentCredential`] reads the variables that Azure's tools read,
//! `AzureCredential` wraps any credential of the Azure SDK for Rust, and [`TokenProvider`] is the trait for your own. The
//! [`Endpoint`] determines the login authority and the audience of the token.
//!
//! Where a person is in front of the program, `UserCredential` signs the person in: in a browser, by a device code, or by
//! the refresh token of an earlier time, which a `RefreshTokenStore` keeps. Where nothing but the person can help,
//! [`Error::needs_sign_in`] says so.
//!
//! # Quota, time limits, retries
//!
//! The service counts the calls of an app registration, whichever program makes them. A client stays within the contract's
//! windows with a [`MemoryLedger`], which its clones share. [`QuotaLedger`] is the trait for a ledger that several programs
//! share; it can count by the same rules with a [`WindowLog`] for each key. A 429 pauses all calls until the service
//! accepts calls again; where no quota of an operation is documented, the client waits for nothing else. Transient failures
//! are retried with exponential back-off, jitter and a retry budget; what may change something, which is any call but a GET,
//! only where the service certainly did not process it.
//! [`CallOptions`] sets the limits of a client or of a single call.
//!
//! # Many addresses
//!
//! Each operation has a method for many values, such as [`Client::get_ip_statistics_many`]: a stream in, a stream of answers
//! out, each distinct value asked about once. [`AnswerStream`] has an example.
//!
//! # Observing it
//!
//! Each call and each attempt has a span of `tracing`, with the status, the wait and the request id. No span, log, error or
//! `Debug` output holds a token; the values of a call appear at the level debug only. [`ClientBuilder::observer`] notifies a
//! program of attempts, pauses and waits.
//!
//! # Public dependencies
//!
//! Types of these crates are part of this one's interface: `reqwest` (a builder of the caller's, status codes),
//! `bytes` (raw bodies), `chrono` (moments), `futures-core` (streams of values and of answers), `serde` (the answers can be
//! read and written), `azure_core` (its credentials) and `schemars`, each of these two with the feature of its name.
//!
//! # Features
//!
//! - `azure` (default): credentials of Microsoft Entra by the Azure SDK for Rust.
//! - `codegen` (default): generates the client when it is built. Without it a checked-in copy of the same bytes serves,
//!   and no generator is built.
//! - `interactive`: the credential of a person who signs in, by the crate `oauth2` over the client's own connections.
//! - `rustls` (default): TLS by rustls, with the certificates that the platform trusts.
//! - `native-tls`: TLS by the system's own library. Without either, only a loopback endpoint can be reached.
//! - `schemars`: the types of answers and errors, [`Timestamp`] and the narrowed values such as [`LookBackHours`]
//!   implement `schemars::JsonSchema`, to describe in a schema of your own what they hold.

// Files import in one direction: generated -> bulk, pages -> call -> outcome -> client.
// client -> auth, quota, transport, events; auth, transport, events -> error; error -> redact, retry, operation.
// In auth: see its mod.rs. In quota: limiter -> ledger; memory_ledger -> window_log -> ledger.
// transport, pages -> next_page -> endpoint, redact.
// At the bottom, importing nothing above: clock, endpoint, redact, response, retry, timestamp.
// The runtime imports nothing of `generated`. `fuzzing` calls readers of auth and retry.
mod auth;
mod bulk;
mod call;
mod client;
mod clock;
mod endpoint;
mod error;
mod events;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod next_page;
mod operation;
mod outcome;
// Only a contract with pages needs it.
#[allow(dead_code)]
mod pages;
mod quota;
mod redact;
mod response;
mod retry;
#[cfg(test)]
mod simulation;
mod timestamp;
mod transport;

#[cfg(feature = "codegen")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}
#[cfg(not(feature = "codegen"))]
#[rustfmt::skip]
mod generated;

#[cfg(feature = "azure")]
pub use auth::AzureCredential;
pub use auth::{AccessToken, EnvironmentCredential, SignInHint, StaticToken, TokenClaims, TokenProvider, TokenRequest};
#[cfg(feature = "interactive")]
pub use auth::{DeviceCode, RefreshToken, RefreshTokenStore, UserCredential};
pub use bulk::AnswerStream;
pub use client::{Client, ClientBuilder};
pub use clock::{BoxFuture, Clock, SystemClock};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Error, ErrorKind};
pub use events::Event;
pub use generated::*;
pub use operation::{CallOptions, InvalidValue, Operation, Permission, QuotaWindow};
pub use pages::PageStream;
pub use quota::{
    Acquire, MemoryLedger, Pause, PermitId, PermitRequest, PermitUse, QuotaKey, QuotaLedger, Throttled, WindowLog,
};
pub use redact::BoxError;
#[doc(hidden)]
pub use redact::Redactor;
pub use response::Response;
pub use timestamp::{ParseTimestampError, Timestamp};

#[cfg(all(test, feature = "codegen"))]
mod tests {
    /// Both ways to build the client must be the same code.
    #[test]
    fn what_the_build_generates_is_what_is_checked_in() {
        let built = include_str!(concat!(env!("OUT_DIR"), "/generated.rs"));
        let checked_in = include_str!("generated.rs");
        assert!(built == checked_in, "src/generated.rs is stale: run `cargo xtask regen`");
    }
}
