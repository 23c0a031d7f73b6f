//! What no credential can be made from, and what does not show of one.

use mde_client::{Endpoint, UserCredential};

use super::*;

#[test]
fn names_that_cannot_be() {
    for (tenant, app) in [("", APP), ("a/b", APP), ("-a", APP), (TENANT, "")] {
        assert_eq!(
            UserCredential::new(tenant, app).unwrap_err().kind(),
            ErrorKind::Configuration,
            "{tenant:?} {app:?}"
        );
    }
    assert!(UserCredential::new("organizations", APP).is_ok());
}

/// A refresh token goes over https, but for this machine.
#[test]
fn an_authority_without_tls() {
    assert!(Endpoint::custom("https://api.example", "http://login.example", "api://x").is_err());
}

/// Neither what is stored nor what is shown of a credential is a secret.
#[test]
fn nothing_of_it_shows() {
    let token = RefreshToken::new("a-refresh-token-that-never-shows");
    let store = Shared::with(token.expose());
    let credentials = [person(), person().in_browser(|_| Ok(())), person().store(store).by_device_code(|_| {})];
    let texts: Vec<_> = credentials.iter().map(|credential| format!("{credential:?}")).collect();
    insta::assert_snapshot!(format!("{}\n{token:?}", texts.join("\n")));
}
