//! Authentication: credentials give tokens, and the cache keeps the token of a client.

// Files import in one direction: environment -> azure -> program, token_file, token; cache -> token; oauth_error stands
// alone.
#[cfg(feature = "azure")]
mod azure;
mod cache;
mod environment;
mod oauth_error;
#[cfg(feature = "azure")]
mod program;
mod token;
#[cfg(feature = "azure")]
mod token_file;

#[cfg(feature = "azure")]
pub use azure::AzureCredential;
pub(crate) use cache::{CachedToken, TokenCache};
pub use environment::EnvironmentCredential;
pub(crate) use oauth_error::no_token;
pub use token::{AccessToken, SignInHint, StaticToken, TokenClaims, TokenProvider, TokenRequest};
