//! The endpoints of the service, and how a URL or a name becomes one.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// A host of the service, with where one signs in to it and what its tokens are for.
///
/// The constants are the servers of the contract. Text names one of them (`eu`, `gcc-high`), or gives the URL of one,
/// or the URL of a service on this machine:
///
/// ```
/// use mde_client::Endpoint;
///
/// assert_eq!("eu".parse(), Ok(Endpoint::EU));
/// assert_eq!("https://eu.api.security.microsoft.com/".parse(), Ok(Endpoint::EU));
/// assert!("http://127.0.0.1:8080".parse::<Endpoint>()?.is_loopback());
/// assert!("https://api.example.com".parse::<Endpoint>().is_err());
/// # Ok::<(), mde_client::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    name: Cow<'static, str>,
    url: Cow<'static, str>,
    authority: Cow<'static, str>,
    audience: Cow<'static, str>,
}

impl Endpoint {
    pub(crate) const fn of_contract(
        name: &'static str,
        url: &'static str,
        authority: &'static str,
        audience: &'static str,
    ) -> Self {
        Self {
            name: Cow::Borrowed(name),
            url: Cow::Borrowed(url),
            authority: Cow::Borrowed(authority),
            audience: Cow::Borrowed(audience),
        }
    }

    /// A host that the contract does not list, such as a gateway of one's own. The token goes to this host.
    ///
    /// # Errors
    /// Where the URL is none, is not https and not of this machine, or holds a user, a query or a fragment; likewise
    /// for the authority. The audience is taken as it is.
    pub fn custom(url: &str, authority: &str, audience: &str) -> Result<Self, EndpointError> {
        Ok(Self {
            name: Cow::Borrowed("custom"),
            url: base_url(url)?.into(),
            authority: base_url(authority)?.into(),
            audience: audience.trim_end_matches('/').to_owned().into(),
        })
    }

    /// Its name in the contract; `custom` for one of the caller's, `loopback` for one on this machine.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where one signs in, without a slash at its end.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What its tokens are for. The scope to ask for is this, followed by `/.default`.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Whether it is on this machine: `localhost`, or an address such as `127.0.0.1` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| is_loopback(&url))
    }

    /// Every name that text may give: of the endpoints in the order of the contract, then the aliases.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let aliases = Self::ALIASES.iter().map(|(alias, _)| *alias);
        Self::ALL.iter().map(Self::name).chain(aliases)
    }

    /// A service on this machine, which takes tokens as the first endpoint of the contract does. A contract has one.
    fn loopback(url: String) -> Self {
        Self { name: Cow::Borrowed("loopback"), authority: url.clone().into(), url: url.into(), ..Self::ALL[0].clone() }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|endpoint| endpoint.name.eq_ignore_ascii_case(text));
        let aliased = || Self::ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text)).map(|(_, it)| it);
        if let Some(endpoint) = named.or_else(aliased) {
            return Ok(endpoint.clone());
        }
        if !text.contains("://") {
            return Err(EndpointError::UnknownName { name: text.to_owned() });
        }
        let url = base_url(text)?;
        if let Some(endpoint) = Self::ALL.iter().find(|endpoint| endpoint.url == url) {
            return Ok(endpoint.clone());
        }
        match Url::parse(&url) {
            Ok(parsed) if is_loopback(&parsed) => Ok(Self::loopback(url)),
            _ => Err(EndpointError::UnknownHost { url }),
        }
    }
}

impl TryFrom<&str> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.url)
    }
}

/// Why a text is not an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// It is neither a name of the contract nor a URL.
    #[error("there is no endpoint {name:?}: give a URL or one of {}", names())]
    UnknownName {
        /// The text.
        name: String,
    },
    /// It is the URL of a host that the contract does not list. A program may make an endpoint of it by
    /// [`Endpoint::custom`].
    #[error("{url} is not a host of the service, and tokens are sent to no other host: give one of {}", names())]
    UnknownHost {
        /// The URL, without what may be secret in it.
        url: String,
    },
    /// It is not a URL that a client can use.
    #[error("{url:?} cannot be used as a URL: {reason}")]
    Unusable {
        /// The URL, without what may be secret in it.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<std::convert::Infallible> for EndpointError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

fn names() -> String {
    Endpoint::names().collect::<Vec<_>>().join(", ")
}

/// A URL as the base of paths: without a slash at its end, so that `//api` never goes out.
fn base_url(text: &str) -> Result<String, EndpointError> {
    let unusable = |url: &str, reason: &str| EndpointError::Unusable { url: url.to_owned(), reason: reason.to_owned() };
    // A text that does not parse may hold a password all the same.
    let url =
        Url::parse(text).map_err(|error| unusable(text.split('@').next_back().unwrap_or(text), &error.to_string()))?;
    let shown = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable(&shown, "it holds a user name or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable(&shown, "it holds a query or a fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(unusable(&shown, "a token goes over https only, except to this machine")),
        _ => return Err(unusable(&shown, "it is neither https nor http")),
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}
