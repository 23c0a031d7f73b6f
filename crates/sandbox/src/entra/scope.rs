//! The permissions that an app asks for on behalf of a person: one API's, and whether to stay signed in.

use crate::entra::refusal::EntraRefusal;
use crate::users::{AUDIENCE, User};

/// The audiences of all clouds (documented).
pub(crate) const AUDIENCES: [&str; 3] =
    [AUDIENCE, "https://api-gcc.securitycenter.microsoft.us", "https://api-gov.securitycenter.microsoft.us"];

/// All permissions that are consented to.
const DEFAULT: &str = ".default";

/// The scopes of OpenID Connect that ask for facts about the person. They are accepted, and get nothing.
const ABOUT_THE_PERSON: [&str; 3] = ["openid", "profile", "email"];

/// What a parameter `scope` asks for.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) audience: &'static str,
    /// Delegated permissions by their names. None of them stand for all that are consented to.
    pub(crate) names: Vec<String>,
    /// Whether a refresh token is asked for.
    pub(crate) is_offline: bool,
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Result<Scope, EntraRefusal> {
        let unknown = || EntraRefusal::UnknownPermission { scope: text.to_owned() };
        let (mut audience, mut names, mut is_offline) = (None, Vec::new(), false);
        for word in text.split_ascii_whitespace().filter(|word| !ABOUT_THE_PERSON.contains(word)) {
            if word == "offline_access" {
                is_offline = true;
                continue;
            }
            let (api, name) = word.rsplit_once('/').ok_or_else(unknown)?;
            let api = AUDIENCES.into_iter().find(|audience| *audience == api).ok_or_else(unknown)?;
            // A token is for one API.
            if name.is_empty() || *audience.get_or_insert(api) != api {
                return Err(unknown());
            }
            if name != DEFAULT {
                names.push(name.to_owned());
            }
        }
        Ok(Scope { audience: audience.ok_or_else(unknown)?, names, is_offline })
    }

    /// Whether the person has consented to all that is asked for.
    pub(crate) fn is_consented_by(&self, user: &User) -> bool {
        !user.scopes().is_empty() && self.names.iter().all(|name| user.scopes().contains(name))
    }

    /// What is asked for, for people.
    pub(crate) fn asked(&self) -> String {
        let names = if self.names.is_empty() { vec![DEFAULT.to_owned()] } else { self.names.clone() };
        self.of_audience(&names)
    }

    /// The permissions that a token for the person has, as the answer of the token endpoint lists them.
    pub(crate) fn granted_by(&self, user: &User) -> String {
        self.of_audience(user.scopes())
    }

    fn of_audience(&self, names: &[String]) -> String {
        names.iter().map(|name| format!("{}/{name}", self.audience)).collect::<Vec<_>>().join(" ")
    }
}
