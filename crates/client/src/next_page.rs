//! Where a link of an answer may lead: to another page of the same service, and nowhere else.

use std::fmt;

use reqwest::Url;

use crate::Endpoint;
use crate::redact::truncate;

/// The most that is shown of what a link leads to, in characters.
const LONGEST: usize = 100;

/// A later page of an answer, at the endpoint that gave the page before it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct NextPage(Url);

/// Why a link is not followed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadLink {
    /// It is no URL with a scheme and a host.
    NotAUrl(String),
    /// It leads to another scheme, host or port than those of the endpoint.
    Elsewhere(String),
    /// It leads to the endpoint's host, but not below the path of the endpoint's URL.
    Outside(String),
}

// Only a contract with pages needs it.
#[allow(dead_code)]
impl NextPage {
    /// Takes the path and the query of a link, if the rest of it is the endpoint. The host is that of the endpoint, not
    /// one that an answer names, because the token goes there.
    pub(crate) fn of(endpoint: &Endpoint, link: &str) -> Result<Self, BadLink> {
        let not_a_url = |error: &dyn fmt::Display| BadLink::NotAUrl(error.to_string());
        let mut page = Url::parse(endpoint.url()).map_err(|error| not_a_url(&error))?;
        let link = Url::parse(link).map_err(|error| not_a_url(&error))?;
        if link.origin() != page.origin() {
            return Err(BadLink::Elsewhere(shown(&format!(
                "{}://{}{}",
                link.scheme(),
                link.host_str().unwrap_or_default(),
                link.port().map(|port| format!(":{port}")).unwrap_or_default()
            ))));
        }
        let below = link.path().strip_prefix(page.path().trim_end_matches('/'));
        if !below.is_some_and(|below| below.starts_with('/')) {
            return Err(BadLink::Outside(shown(link.path())));
        }
        page.set_path(link.path());
        page.set_query(link.query());
        Ok(Self(page))
    }
}

impl NextPage {
    /// Where it is.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

/// Without the URL, which is the service's text and may repeat what it was sent.
impl fmt::Debug for NextPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextPage").finish_non_exhaustive()
    }
}

fn shown(text: &str) -> String {
    let mut text = text.to_owned();
    truncate(&mut text, LONGEST);
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const SERVICE: &str = "https://api.security.microsoft.com";

    fn followed(base: &str, link: &str) -> Result<String, BadLink> {
        let endpoint = Endpoint::custom(base, "https://login.microsoftonline.com", "https://example.com").unwrap();
        NextPage::of(&endpoint, link).map(|page| page.url().to_string())
    }

    #[test]
    fn a_link_to_the_endpoint_gives_its_path_and_query() {
        for (base, link, url) in [
            (SERVICE, "https://api.security.microsoft.com/api/machines?$skip=2", "/api/machines?$skip=2"),
            (SERVICE, "https://API.Security.Microsoft.com:443/api/machines", "/api/machines"),
            (
                SERVICE,
                "https://api.security.microsoft.com/api/machines?$skiptoken=a%2Fb%20c#part",
                "/api/machines?$skiptoken=a%2Fb%20c",
            ),
            (SERVICE, "https://user:password@api.security.microsoft.com/api", "/api"),
            (SERVICE, "https://api.security.microsoft.com//evil.example/api", "//evil.example/api"),
            (SERVICE, "https://api.security.microsoft.com\\@evil.example", "/@evil.example"),
            (SERVICE, "https://api.security.microsoft.com", "/"),
        ] {
            assert_eq!(followed(base, link), Ok(format!("{SERVICE}{url}")), "{link}");
        }
        let at_gateway = "https://gateway.example/mde/api/machines?a";
        assert_eq!(followed("https://gateway.example/mde", at_gateway), Ok(at_gateway.to_owned()));
        let of_test = "http://127.0.0.1:8080/api?b";
        assert_eq!(followed("http://127.0.0.1:8080", of_test), Ok(of_test.to_owned()));
    }

    #[test]
    fn a_link_to_another_place_is_not_followed() {
        for (base, link, place) in [
            (SERVICE, "https://evil.example/api/machines", "https://evil.example"),
            (
                SERVICE,
                "https://api-eu3.securitycenter.microsoft.com/api/machines",
                "https://api-eu3.securitycenter.microsoft.com",
            ),
            (SERVICE, "http://api.security.microsoft.com/api/machines", "http://api.security.microsoft.com"),
            (SERVICE, "https://api.security.microsoft.com:8443/api", "https://api.security.microsoft.com:8443"),
            (SERVICE, "https://api.security.microsoft.com./api", "https://api.security.microsoft.com."),
            (SERVICE, "https://api.security.microsoft.com@evil.example/api", "https://evil.example"),
            (
                SERVICE,
                "https://api.security.microsoft.com.evil.example/api",
                "https://api.security.microsoft.com.evil.example",
            ),
            (SERVICE, "file:///etc/passwd", "file://"),
            (SERVICE, "data:text/plain,a", "data://"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8081/api", "http://127.0.0.1:8081"),
            ("http://127.0.0.1:8080", "http://localhost:8080/api", "http://localhost:8080"),
            ("http://127.0.0.1:8080", "https://127.0.0.1:8080/api", "https://127.0.0.1:8080"),
        ] {
            assert_eq!(followed(base, link), Err(BadLink::Elsewhere(place.to_owned())), "{link}");
        }
        for path in ["/other/api", "/mdeother/api", "/mde", "/", "/mde/../other"] {
            let link = format!("https://gateway.example{path}");
            assert!(matches!(followed("https://gateway.example/mde", &link), Err(BadLink::Outside(_))), "{path}");
        }
        for link in ["", "/api/machines?$skip=2", "//evil.example/api", "machines?$skip=2", "https://"] {
            assert!(matches!(followed(SERVICE, link), Err(BadLink::NotAUrl(_))), "{link}");
        }
    }

    #[test]
    fn a_long_host_is_cut() {
        let link = format!("https://{}example/api", "a.".repeat(200));
        let Err(BadLink::Elsewhere(place)) = followed(SERVICE, &link) else { panic!("{link} is followed") };
        assert!(place.chars().count() <= LONGEST + 1, "{place}");
    }

    #[test]
    fn what_is_logged_of_a_page_does_not_show_its_link() {
        let endpoint = Endpoint::custom(SERVICE, "https://login.microsoftonline.com", "https://example.com").unwrap();
        let page = NextPage::of(&endpoint, "https://api.security.microsoft.com/api?token=secret-of-the-tests").unwrap();
        assert_eq!(format!("{page:?}"), "NextPage { .. }");
    }
}
