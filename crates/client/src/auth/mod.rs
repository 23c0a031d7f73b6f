//! Authentication: credentials give tokens, and the cache keeps the token of a client.

// Files import in one direction: environment -> azure -> assertion, program, token_file, identifiers, token; assertion ->
// certificate -> identifiers; environment, token_file -> regular_file; user -> identifiers, refusal, token; cache -> token; oauth_error ->
// refusal.
#[cfg(feature = "azure")]
mod assertion;
#[cfg(feature = "azure")]
mod azure;
mod cache;
#[cfg(feature = "azure")]
mod certificate;
mod environment;
#[cfg(any(feature = "azure", feature = "interactive"))]
mod identifiers;
mod oauth_error;
#[cfg(feature = "azure")]
mod program;
#[cfg_attr(
    not(feature = "interactive"),
    expect(dead_code, reason = "only the credential of a person fails in these ways")
)]
mod refusal;
#[cfg(feature = "azure")]
mod regular_file;
mod token;
#[cfg(feature = "azure")]
mod token_file;
#[cfg(feature = "interactive")]
mod user;

#[cfg(feature = "azure")]
pub use azure::AzureCredential;
pub(crate) use cache::{CachedToken, TokenCache};
pub use environment::EnvironmentCredential;
pub(crate) use oauth_error::no_token;
pub use token::{AccessToken, SignInHint, StaticToken, TokenClaims, TokenProvider, TokenRequest};
#[cfg(feature = "interactive")]
pub use user::{DeviceCode, RefreshToken, RefreshTokenStore, UserCredential};
