//! The HTTP client of a [`Client`](crate::Client).

use std::time::Duration;

use crate::error::chain;
use crate::{Endpoint, Error, ErrorKind};

/// Builds it, by the caller's builder where there is one.
pub(crate) fn http_client(
    endpoint: &Endpoint,
    builder: Option<reqwest::ClientBuilder>,
    connect_timeout: Duration,
) -> Result<reqwest::Client, Error> {
    const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let of_caller = builder.is_some();
    let own = || reqwest::Client::builder().user_agent(USER_AGENT);
    let build = |builder| within_bounds(builder, endpoint, connect_timeout).build();
    let built = match build(builder.unwrap_or_else(own)) {
        // What is asked in plain HTTP needs nobody's trust. Whatever else the client is used for is not trusted.
        Err(_) if !of_caller && endpoint.url().starts_with("http:") => build(without_trust(own())),
        built => built,
    };
    built.map_err(|error| {
        let advice = match lacks_authorities(&error) {
            true => {
                "this machine trusts no certificate authority: install the package ca-certificates, or name a file of \
                 them by SSL_CERT_FILE"
            }
            false => "check the proxy and the certificates that were given to it",
        };
        Error::new(ErrorKind::Configuration, "the HTTP client cannot be built")
            .with_advice(advice)
            .with_source(error.without_url())
    })
}

/// What holds for every HTTP client, also for one of the caller's making.
fn within_bounds(
    builder: reqwest::ClientBuilder,
    endpoint: &Endpoint,
    connect_timeout: Duration,
) -> reqwest::ClientBuilder {
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .gzip(true)
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(connect_timeout);
    if endpoint.is_loopback() { builder.no_proxy().https_only(false) } else { builder.https_only(true) }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn without_trust(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.tls_certs_only([])
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn without_trust(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder
}

/// Whether the platform has no certificates to trust, of which only the words tell.
fn lacks_authorities(error: &reqwest::Error) -> bool {
    chain(error).any(|error| error.to_string().contains("No CA certificates"))
}
