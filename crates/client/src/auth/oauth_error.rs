//! Why a credential gave no token: the OAuth error of the host, or an outage of it, and what to do.

use std::sync::Arc;

use reqwest::StatusCode;

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
        return error.with_advice(ours.advice().unwrap_or_default()).with_source(cause);
    }
    let texts: Vec<_> = chain(shared(&cause)).map(ToString::to_string).collect();
    let refusal = texts.iter().find_map(|text| EntraRefusal::find(text));
    let is_elsewhere = from_azure_cli(&texts) || from_managed_identity(&texts);
    let outage = Outage::find(chain(original(&cause))).filter(|outage| {
        // An answer that the Azure SDK cannot read may be a refusal all the same.
        !is_elsewhere && (refusal.is_none() || *outage != Outage::Service(None))
    });
    let (kind, reason, advice) = match outage {
        Some(outage) => describe(outage, endpoint),
        None => {
            let advice = advice(refusal.as_ref().map(|refusal| refusal.number), from_azure_cli(&texts), endpoint);
            (ErrorKind::Credential, None, advice)
        }
    };
    let words = refusal.as_ref().map(|refusal| refusal.words.clone());
    let reasons: String = [reason, words.clone()].into_iter().flatten().map(|reason| format!(": {reason}")).collect();
    let error = Error::new(kind, problem + &reasons).with_advice(advice).with_source(cause);
    match refusal.map(|refusal| refusal.number) {
        None => error,
        Some(number) => error.with_refusal(Refusal {
            code: Some(format!("{PREFIX}{number}")),
            message: words,
            ..Refusal::default()
        }),
    }
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
            let what = status.map_or_else(|| "with neither a token nor an OAuth error".to_owned(), |it| it.to_string());
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

/// Whether the cause is a person's sign-in, to which the rest of the advice does not apply.
fn from_azure_cli(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("AzureCliCredential") || text.contains("az login"))
}

/// Whether the cause is the machine's own network, where there may be no identity to be had.
fn from_managed_identity(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("ManagedIdentityCredential"))
}

fn advice(number: Option<&str>, from_azure_cli: bool, endpoint: &Endpoint) -> String {
    let (audience, authority) = (endpoint.audience(), endpoint.authority());
    match number {
        _ if from_azure_cli => format!(
            "sign in by `az login --scope {audience}/.default`, and check that the Azure CLI is installed and on the PATH"
        ),
        Some("7000215") => {
            "give the value of the client secret, not its id; where the value is lost, create a new secret".to_owned()
        }
        Some("7000222") => {
            "the client secret has expired: create a new one for the app registration, and give its value".to_owned()
        }
        Some("700016") => {
            "check the client id, and that the app registration is in the tenant that was given".to_owned()
        }
        Some("90002") => {
            format!("check the tenant, and that the endpoint is in its cloud, where one signs in at {authority}")
        }
        Some("70011") => {
            format!("check the endpoint: its tokens are asked for with the scope {audience}/.default")
        }
        _ => format!(
            "check the credential: the tenant, the client id, whether the secret has expired, the audience {audience}, \
             and that an administrator has consented to the app's permission"
        ),
    }
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
        chain.find_map(|cause| match cause.downcast_ref::<reqwest::Error>() {
            Some(error) => of_http(error),
            None => of_azure(cause),
        })
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
