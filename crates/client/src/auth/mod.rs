//! Authentication: credentials give tokens, and the cache keeps the token of a client.

// Files import in one direction: environment -> azure -> token; cache -> token; oauth_error stands alone.
#[cfg(feature = "azure")]
mod azure;
mod cache;
mod environment;
mod oauth_error;
mod token;

#[cfg(feature = "azure")]
pub use azure::AzureCredential;
pub(crate) use cache::{CachedToken, TokenCache};
pub use environment::EnvironmentCredential;
pub(crate) use oauth_error::no_token;
pub use token::{AccessToken, StaticToken, TokenClaims, TokenProvider, TokenRequest};
