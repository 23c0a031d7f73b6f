//! Asks Microsoft Defender for Endpoint who in the organization talked to an IP address, and when.
//!
//! The client is generated from an OpenAPI contract: methods, bounds, hosts, quota and permissions are what the
//! contract says. What is written by hand is how a call is made: the token, the quota, the time limits, and how an
//! answer or a refusal is read.
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
//! # Public dependencies
//!
//! Types of these crates are part of this one's interface: `reqwest` (a builder of the caller's, status codes),
//! `bytes` (raw bodies), `chrono` (moments), `serde` (the answers can be read and written), `schemars` (with the feature
//! of that name).
//!
//! # Features
//!
//! - `codegen` (default): generates the client when it is built. Without it a checked-in copy of the same bytes serves,
//!   and no generator is built.
//! - `rustls` (default): TLS by rustls. Without it only a loopback endpoint can be reached.
//! - `schemars`: the types of answers and errors, [`Timestamp`] and the narrowed values such as [`LookBackHours`]
//!   implement `schemars::JsonSchema`, to describe in a schema of your own what they hold.

mod attempt;
mod call;
mod client;
mod clock;
mod credential;
mod echo;
mod endpoint;
mod error;
mod invalid_value;
mod operation;
mod quota;
mod refusal;
mod response;
mod retry_after;
mod timestamp;

#[cfg(feature = "codegen")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}
#[cfg(not(feature = "codegen"))]
#[rustfmt::skip]
mod generated;

pub use client::{Client, ClientBuilder};
pub use clock::{Clock, SystemClock};
pub use credential::{AccessToken, StaticToken, TokenProvider, TokenRequest};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Error, ErrorKind};
pub use generated::*;
pub use invalid_value::InvalidValue;
pub use operation::{Operation, Permission, QuotaWindow};
pub use response::Response;
pub use timestamp::{ParseTimestampError, Timestamp};

/// A future on the heap, as the traits of this crate return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An error of any type, as a credential may report it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

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
