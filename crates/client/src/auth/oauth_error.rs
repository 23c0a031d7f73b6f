//! Why a credential gave no token: the OAuth error of the host, or an outage of it, and what to do.

use std::sync::Arc;

use reqwest::StatusCode;

use super::refusal::{NO_OAUTH, OAuthRefusal, SignInFailure, SignInNeeded};
use crate::error::Refusal;
use crate::redact::{Redacted, Redactor, chain, excerpt, truncate};
use crate::{BoxError, Endpoint, Error, ErrorKind};

/// What begins the codes of Microsoft Entra.
const PREFIX: &str = "AADSTS";

/// An error that keeps the cause, and says what to check.
pub(crate) fn no_token(cause: BoxError, endpoint: &Endpoint) -> Error {
    let problem = format!("could not get a token for {}", endpoint.audience());
    if let Some(ours) = of_this_crate(&cause) {
        let error = Error::new(kind_of(ours), format!("{problem}: {}", ours.problem()));
        let error = error.with_advice(ours.advice().unwrap_or_default()).with_sign_in_needed(ours.needs_sign_in());
        return error.with_source(cause);
    }
    let of_person = sign_in_failure(&cause);
    let needs_sign_in = of_person.and_then(SignInFailure::refusal).is_some_and(OAuthRefusal::needs_person);
    let texts: Vec<_> = chain(shared(&cause)).map(ToString::to_string).collect();
    let refusal = texts.iter().find_map(|text| EntraRefusal::find(text));
    let source = Source::of(&texts, of_person);
    let outage = Outage::find(chain(original(&cause))).filter(|outage| {
        // An answer that the Azure SDK cannot read may be a refusal all the same.
        !source.is_elsewhere() && (refusal.is_none() || *outage != Outage::Service(None))
    });
    let (kind, reason, advice) = match outage {
        Some(outage) => describe(outage, endpoint),
        None => (ErrorKind::Credential, None, advice(refusal.as_ref().map(|refusal| refusal.number), source, endpoint)),
    };
    let refusal = match (refusal, of_person.and_then(SignInFailure::refusal)) {
        (Some(EntraRefusal { number, words }), _) => Some((format!("{PREFIX}{number}"), words)),
        (None, Some(refusal)) => Some((refusal.error().to_owned(), first_line(&refusal.to_string()))),
        (None, None) => None,
    };
    let words = refusal.as_ref().map(|(_, words)| words.clone());
    let reasons: String = [reason, words].into_iter().flatten().map(|reason| format!(": {reason}")).collect();
    let refusal = refusal.map(|(code, words)| Refusal { code: Some(code), message: Some(words), ..Refusal::default() });
    let how = chain(original(&cause)).find_map(|cause| cause.downcast_ref::<SignInNeeded>()).map(|needed| &needed.how);
    Error::new(kind, problem + &reasons)
        .with_advice(how.unwrap_or(&advice))
        .with_sign_in_needed(needs_sign_in)
        .with_refusal(refusal.unwrap_or_default())
        .with_source(cause)
}

/// What is said where it is not the credential's fault.
fn describe(outage: Outage, endpoint: &Endpoint) -> (ErrorKind, Option<String>, String) {
    let authority = endpoint.authority();
    let check = format!("check the network, the proxy and the name of the host {authority}");
    match outage {
        Outage::Transport => {
            (ErrorKind::Transport, Some(format!("{authority} cannot be reached, or the connection broke")), check)
        }
        Outage::Timeout => (ErrorKind::Timeout, Some(format!("{authority} did not answer in time")), check),
        Outage::Service(status) => {
            let what = status.map_or_else(|| format!("with {NO_OAUTH}"), |status| status.to_string());
            let advice = format!("try again later; if it persists, {check}, and any proxy or gateway in front of it");
            (ErrorKind::Service, Some(format!("{authority} answered {what}")), advice)
        }
    }
}

/// The kind of an error of this crate's, where a token was asked for.
fn kind_of(error: &Error) -> ErrorKind {
    match error.kind() {
        kind @ (ErrorKind::Service | ErrorKind::Transport | ErrorKind::Timeout) => kind,
        _ => ErrorKind::Credential,
    }
}

/// A cause that already has a problem and advice, which the Azure SDK may have wrapped.
fn of_this_crate(cause: &BoxError) -> Option<&Error> {
    chain(shared(cause)).find_map(|cause| cause.downcast_ref())
}

/// The cause, also where several calls share it.
fn shared(cause: &BoxError) -> &(dyn std::error::Error + 'static) {
    match cause.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>() {
        Some(shared) => &**shared,
        None => &**cause,
    }
}

/// What the credential failed with, also where that is not to be shown.
fn original(cause: &BoxError) -> &(dyn std::error::Error + 'static) {
    let shown = shared(cause);
    shown.downcast_ref::<Redacted>().map_or(shown, Redacted::original)
}

/// What Microsoft Entra said, wherever in an error it says so.
struct EntraRefusal<'a> {
    /// The code without its prefix.
    number: &'a str,
    /// From the code to the end of the line, without the ids that follow there, fit to be shown.
    words: String,
}

impl<'a> EntraRefusal<'a> {
    fn find(text: &'a str) -> Option<Self> {
        text.match_indices(PREFIX).find_map(|(start, _)| {
            let (words, code) = (&text[start..], &text[start + PREFIX.len()..]);
            let digits = code.len() - code.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            (1..=10).contains(&digits).then(|| Self { number: &code[..digits], words: first_line(words) })
        })
    }
}

/// The line of an OAuth error without the ids that follow its text.
fn first_line(words: &str) -> String {
    /// In characters.
    const LONGEST: usize = 300;
    let line = words.lines().next().unwrap_or_default();
    let line = line.split("Trace ID:").next().unwrap_or_default();
    let mut text = excerpt(line.as_bytes(), usize::MAX, &Redactor::for_unknown()).unwrap_or_default();
    truncate(&mut text, LONGEST);
    text
}

/// What a person's credential failed with.
fn sign_in_failure(cause: &BoxError) -> Option<&SignInFailure> {
    chain(original(cause)).find_map(|cause| cause.downcast_ref())
}

/// Which credential failed, as far as the advice depends on it.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// A person who has signed in by `az login`.
    AzureCli,
    /// The machine's own network, where there may be no identity to be had.
    ManagedIdentity,
    /// A person who signs in through an app registration of one's own; with the OAuth error, where there was one.
    Person(Option<&'a str>),
    /// An app by itself, or a credential of the caller's.
    App,
}

impl<'a> Source<'a> {
    fn of(texts: &[String], of_person: Option<&'a SignInFailure>) -> Self {
        let any = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
        match of_person {
            Some(failure) => Self::Person(failure.refusal().map(OAuthRefusal::error)),
            None if any(&["AzureCliCredential", "az login"]) => Self::AzureCli,
            None if any(&["ManagedIdentityCredential"]) => Self::ManagedIdentity,
            None => Self::App,
        }
    }

    /// Whether something else than the authority was asked.
    fn is_elsewhere(self) -> bool {
        matches!(self, Self::AzureCli | Self::ManagedIdentity)
    }
}

/// How to have an app registration that a person can sign in through.
const REGISTER: &str = "register a public client of your own: the redirect http://localhost under \"Mobile and desktop \
    applications\", \"Allow public client flows\" for device codes, a delegated permission of WindowsDefenderATP such as \
    Ip.Read.All";

/// What to do about a code of Entra, or in general. The numbers are explained at
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
fn advice(number: Option<&str>, source: Source<'_>, endpoint: &Endpoint) -> String {
    let (audience, authority) = (endpoint.audience(), endpoint.authority());
    match (number, source) {
        (Some("65001"), Source::AzureCli) => format!(
            "nobody has consented in this tenant to the Azure CLI's own app for {audience}, and whether it can get a token \
             there is not documented\n{REGISTER}; consent to it, and sign in through it"
        ),
        (_, Source::AzureCli) => format!(
            "sign in by `az login --scope {audience}/.default`, and check that the Azure CLI is installed and on the PATH"
        ),
        (Some("7000215"), _) => {
            "give the value of the client secret, not its id; where the value is lost, create a new secret".to_owned()
        }
        (Some("7000222"), _) => {
            "the client secret has expired: create a new one for the app registration, and give its value".to_owned()
        }
        (Some("700016"), _) => {
            "check the client id, and that the app registration is in the tenant that was given".to_owned()
        }
        (Some("90002"), _) => {
            format!("check the tenant, and that the endpoint is in its cloud, where one signs in at {authority}")
        }
        (Some("70011"), _) => {
            format!("check the endpoint: its tokens are asked for with the scope {audience}/.default")
        }
        (_, Source::ManagedIdentity) => {
            "check that this machine is in Azure and has a managed identity, and for one that a \
             user assigned, its client id"
                .to_owned()
        }
        (number, Source::Person(error)) => of_a_person(number, error),
        _ => format!(
            "check the credential: the tenant, the client id, whether the secret has expired, the audience {audience}, \
             and that an administrator has consented to the app's permission"
        ),
    }
}

/// What to do where a person gets no token, by the code of Entra, or else by that of OAuth.
fn of_a_person(number: Option<&str>, error: Option<&str>) -> String {
    let advice = match (number, error) {
        (Some("65001"), _) => {
            return format!(
                "consent to the app's permission, or ask an administrator to\nwhere the app is not your own, {REGISTER}"
            );
        }
        (Some("650057"), _) => {
            "add the delegated permission of WindowsDefenderATP to the app registration, such as Ip.Read.All, consent to \
             it, then sign in again"
        }
        (Some("65004"), _) => {
            "sign in again, and accept what the app asks for; where you cannot, ask an administrator to"
        }
        (Some("90094" | "90095"), _) => "ask an administrator to consent to the app's permission, then sign in again",
        (Some("50074" | "50076" | "50078" | "50079"), _) => {
            "sign in again: the organization asks for multifactor authentication"
        }
        (Some("50105"), _) => "ask an administrator to assign you to the app, then sign in again",
        (Some("53000" | "53001" | "53002" | "53003"), _) => {
            "a policy of Conditional Access is in the way: sign in on a device or a network that it allows, or ask an \
             administrator"
        }
        (Some("50011"), _) => {
            "add the redirect http://localhost to the app registration, under \"Mobile and desktop applications\""
        }
        (Some("7000218"), _) => {
            "the app is not registered as a public client: turn on \"Allow public client flows\" in its registration, and \
             register the redirect http://localhost under \"Mobile and desktop applications\""
        }
        (_, Some("expired_token")) => "sign in again, and enter the new code before it expires",
        (_, Some("access_denied" | "authorization_declined")) => "sign in again, and accept",
        (_, Some("invalid_grant" | "interaction_required" | "login_required" | "consent_required")) => {
            "sign in again: the sign-in is good no longer"
        }
        (_, Some("server_error" | "temporarily_unavailable")) => "try again later",
        _ => {
            "check the tenant and the client id, and that the app registration is a public client with the delegated \
             permission"
        }
    };
    advice.to_owned()
}

/// Why there is no token, where that is not the credential's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    /// The host was not reached, or the connection broke.
    Transport,
    /// A time limit ran out.
    Timeout,
    /// The host answered something else than a token or a refusal, with this status, where it is known.
    Service(Option<StatusCode>),
}

impl Outage {
    /// Looks for it in an error and in its causes.
    fn find<'a>(mut chain: impl Iterator<Item = &'a (dyn std::error::Error + 'static)>) -> Option<Self> {
        chain.find_map(|cause| match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(error), _) => of_http(error),
            (_, Some(failure)) => of_person(failure),
            (None, None) => of_azure(cause),
        })
    }
}

fn of_person(failure: &SignInFailure) -> Option<Outage> {
    match failure {
        SignInFailure::Unreadable(status) => Some(Outage::Service(*status)),
        SignInFailure::Late => Some(Outage::Timeout),
        SignInFailure::BrokeOff(_) => Some(Outage::Transport),
        // Its cause says which.
        SignInFailure::Unreachable(_) | SignInFailure::Refused(_) => None,
    }
}

fn of_http(error: &reqwest::Error) -> Option<Outage> {
    if error.is_timeout() {
        Some(Outage::Timeout)
    } else if error.is_connect() || error.is_request() || error.is_body() {
        Some(Outage::Transport)
    } else if error.is_decode() {
        Some(Outage::Service(error.status()))
    } else {
        error.status().filter(StatusCode::is_server_error).map(|status| Outage::Service(Some(status)))
    }
}

#[cfg(feature = "azure")]
fn of_azure(cause: &(dyn std::error::Error + 'static)) -> Option<Outage> {
    use azure_core::error::ErrorKind;

    let error = cause.downcast_ref::<azure_core::Error>()?;
    // What it wraps knows better whether it was a matter of time.
    let of_http = || chain(error).any(|cause| cause.is::<reqwest::Error>());
    match error.kind() {
        ErrorKind::Connection | ErrorKind::Io => (!of_http()).then_some(Outage::Transport),
        ErrorKind::HttpResponse { status, raw_response, .. } => {
            let is_refusal = raw_response.as_ref().is_none_or(|answer| is_oauth_error(answer.body()));
            (u16::from(*status) >= 500 || !is_refusal)
                .then(|| Outage::Service(StatusCode::from_u16(u16::from(*status)).ok()))
        }
        // The Azure SDK forgets the status of an answer that it cannot read.
        ErrorKind::DataConversion => is_unreadable(error).then_some(Outage::Service(None)),
        _ => None,
    }
}

#[cfg(not(feature = "azure"))]
fn of_azure(_: &(dyn std::error::Error + 'static)) -> Option<Outage> {
    None
}

#[cfg(feature = "azure")]
fn is_oauth_error(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|body| body.get("error").is_some())
}

/// Whether an answer was no JSON, or said something else than the form asks for. The Azure SDK cannot read a refusal either
/// whose words are escaped; it is one all the same.
#[cfg(feature = "azure")]
fn is_unreadable(error: &azure_core::Error) -> bool {
    error.downcast_ref::<serde_json::Error>().is_some_and(|error| !error.to_string().contains("a borrowed string"))
}
