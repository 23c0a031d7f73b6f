//! The tenant and the client id that a credential is made from.

use crate::{Error, ErrorKind};

/// What a credential cannot be made from.
pub(super) fn unfit(problem: impl Into<String>, advice: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, problem).with_advice(advice)
}

/// A client id that is there.
pub(super) fn client_id_of_app(client_id: String) -> Result<String, Error> {
    match client_id.is_empty() {
        true => Err(unfit("the client id is empty", "give the application (client) id of the app registration")),
        false => Ok(client_id),
    }
}

/// A tenant in which an app can sign in by itself.
#[cfg(feature = "azure")]
pub(super) fn tenant_of_app(tenant: String) -> Result<String, Error> {
    if ["common", "organizations", "consumers"].iter().any(|name| tenant.eq_ignore_ascii_case(name)) {
        let problem = format!("the tenant {tenant:?} is for people who sign in, not for an app by itself");
        return Err(unfit(problem, "give the id or a domain of the tenant that the app registration is in"));
    }
    tenant_of_person(tenant)
}

/// Becomes part of a URL and of a command line. What is wrong with it is not shown, because it may be a secret that was
/// given in the wrong place.
pub(super) fn tenant_of_person(tenant: String) -> Result<String, Error> {
    let advice = "give the id of the tenant, or one of its domains";
    if tenant.is_empty() {
        return Err(unfit("the tenant is empty", advice));
    }
    if !tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') || tenant.starts_with(['-', '.']) {
        return Err(unfit("the tenant holds a character that is neither in an id nor in a domain", advice));
    }
    Ok(tenant)
}
