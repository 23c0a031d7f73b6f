//! Authentication: credentials give tokens, and the cache keeps the token of a client.

// Files import in one direction: environment -> azure -> assertion, program, token_file, token; assertion -> certificate;
// environment, token_file -> regular_file; cache -> token; oauth_error stands alone.
#[cfg(feature = "azure")]
mod assertion;
#[cfg(feature = "azure")]
mod azure;
mod cache;
#[cfg(feature = "azure")]
mod certificate;
mod environment;
mod oauth_error;
#[cfg(feature = "azure")]
mod program;
#[cfg(feature = "azure")]
mod regular_file;
mod token;
#[cfg(feature = "azure")]
mod token_file;

#[cfg(feature = "azure")]
pub use azure::AzureCredential;
pub(crate) use cache::{CachedToken, TokenCache};
pub use environment::EnvironmentCredential;
pub(crate) use oauth_error::no_token;
pub use token::{AccessToken, SignInHint, StaticToken, TokenClaims, TokenProvider, TokenRequest};
