//! The authorization endpoint: a page on which a person signs in to an app, and the way back to the app with a code for
//! it (RFC 6749, section 4.1; RFC 7636).

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::apps::Registration;
use crate::entra::client::{known_tenant, public_client};
use crate::entra::form::Form;
use crate::entra::grants::{Decision, SignIn};
use crate::entra::refusal::EntraRefusal;
use crate::entra::scope::Scope;
use crate::entra::sign_in_page::{self, decision};
use crate::service::{Service, segment};

/// The length of a SHA-256 checksum in base64url (RFC 7636, section 4.2).
const CHALLENGE_LENGTH: usize = 43;

/// Where an answer goes. Until it is known that it may, nobody is redirected (RFC 6749, section 4.1.2.1).
struct Return {
    registration: Arc<Registration>,
    /// As the app sent it.
    redirect_uri: String,
    state: Option<String>,
}

/// What an app asks for.
struct Asked {
    scope: Scope,
    challenge: String,
}

/// Shows the page.
pub(crate) async fn ask(State(service): State<Arc<Service>>, uri: Uri) -> Response {
    let to = match service.way_back(&uri) {
        Ok(to) => to,
        Err(refusal) => return sign_in_page::refused(&refusal),
    };
    match asked(&uri) {
        Ok(asked) => sign_in_page::for_browser(to.registration.app.client_id(), &asked.scope, &service.users),
        Err(refusal) => to.refuse(&refusal),
    }
}

/// Takes the answer of the person, from the page or from a program that plays the browser.
pub(crate) async fn answer(State(service): State<Arc<Service>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let answered = service.way_back(&uri).and_then(|to| Ok((to, decision(&headers, &body, &service.users)?)));
    let (to, decision) = match answered {
        Ok(answered) => answered,
        Err(refusal) => return sign_in_page::refused(&refusal),
    };
    match (asked(&uri), decision) {
        (Err(refusal), _) => to.refuse(&refusal),
        (Ok(_), Decision::Decline) => to.refuse(&EntraRefusal::Declined),
        (Ok(Asked { scope, challenge }), Decision::SignIn(user)) => {
            let sign_in = SignIn { registration: Arc::clone(&to.registration), user, scope };
            let code = service.grants.issue_code(sign_in, to.redirect_uri.clone(), challenge, service.clock.now());
            to.redirect(&[("code", &code)])
        }
    }
}

impl Service {
    fn way_back(&self, uri: &Uri) -> Result<Return, EntraRefusal> {
        let (tenant, query) = (known_tenant(&segment(uri, 1))?.of_people()?, Form::of_query(uri));
        let registration = public_client(&self.registrations, tenant, &query.required("client_id")?)?;
        let redirect_uri = query.required("redirect_uri")?;
        if !is_loopback(&redirect_uri) {
            return Err(EntraRefusal::WrongRedirectUri {
                redirect_uri: redirect_uri.into_owned(),
                client_id: registration.app.client_id().to_owned(),
            });
        }
        let state = query.optional("state")?.map(Cow::into_owned);
        Ok(Return { registration: Arc::clone(registration), redirect_uri: redirect_uri.into_owned(), state })
    }
}

/// What is wrong with it is reported to the app.
fn asked(uri: &Uri) -> Result<Asked, EntraRefusal> {
    let query = Form::of_query(uri);
    let response_type = query.required("response_type")?;
    if response_type != "code" {
        return Err(EntraRefusal::UnsupportedResponseType { response_type: response_type.into_owned() });
    }
    if let Some(response_mode) = query.optional("response_mode")?.filter(|mode| mode != "query") {
        return Err(EntraRefusal::UnsupportedResponseMode { response_mode: response_mode.into_owned() });
    }
    let scope = Scope::parse(&query.required("scope")?)?;
    let challenge = query.required("code_challenge")?;
    // Without a method it would be `plain` (RFC 7636, section 4.3).
    if query.optional("code_challenge_method")?.is_none_or(|method| method != "S256") {
        return Err(EntraRefusal::WrongChallengeMethod);
    }
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() != CHALLENGE_LENGTH || !challenge.bytes().all(is_base64url) {
        return Err(EntraRefusal::WrongChallenge);
    }
    Ok(Asked { scope, challenge: challenge.into_owned() })
}

/// Whether it is a redirect URI of a public client on this machine, of which Entra ignores the port. It does not accept
/// `[::1]` (both documented).
fn is_loopback(redirect_uri: &str) -> bool {
    let Ok(uri) = redirect_uri.parse::<Uri>() else { return false };
    let is_name = |authority: &Authority| {
        ["localhost", "127.0.0.1"].contains(&authority.host()) && !authority.as_str().contains('@')
    };
    // A fragment is not allowed (RFC 6749, section 3.1.2), and is not part of what was parsed.
    uri.scheme_str() == Some("http") && uri.authority().is_some_and(is_name) && !redirect_uri.contains('#')
}

impl Return {
    fn refuse(&self, refusal: &EntraRefusal) -> Response {
        self.redirect(&[("error", refusal.error()), ("error_description", &refusal.description())])
    }

    /// Sends the browser to the app.
    fn redirect(&self, parameters: &[(&str, &str)]) -> Response {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters).extend_pairs(self.state.iter().map(|state| ("state", state)));
        let query = query.finish();
        let location = match self.redirect_uri.split_once('?') {
            Some((path, own)) => format!("{}?{own}&{query}", with_path(path)),
            None => format!("{}?{query}", with_path(&self.redirect_uri)),
        };
        // The browser is to ask by GET, without the form (RFC 9110, section 15.4.4).
        (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
    }
}

/// A redirect URI without a path gets a slash (documented).
fn with_path(redirect_uri: &str) -> String {
    let has_path = redirect_uri.trim_start_matches("http://").contains('/');
    format!("{redirect_uri}{}", if has_path { "" } else { "/" })
}
