//! What to say where no token could be had.

use std::sync::Arc;

use super::sign_in::Outage;
use crate::discretion::{Discretion, Redacted};
use crate::error::chain;
use crate::refusal::Refusal;
use crate::{BoxError, Endpoint, Error, ErrorKind};

/// What begins the codes of Microsoft Entra.
const PREFIX: &str = "AADSTS";

/// An error that keeps the cause, and says what to check.
pub(crate) fn no_token(cause: BoxError, endpoint: &Endpoint) -> Error {
    let problem = format!("no token could be had for {}", endpoint.audience());
    if let Some(told) = of_this_crate(&cause) {
        let error = Error::new(kind_of(told), format!("{problem}: {}", told.problem()));
        return error.with_advice(told.advice().unwrap_or_default()).with_source(cause);
    }
    let texts: Vec<_> = chain(shared(&cause)).map(ToString::to_string).collect();
    let refusal = texts.iter().find_map(|text| EntraRefusal::find(text));
    let is_elsewhere = from_azure_cli(&texts) || from_managed_identity(&texts);
    let outage = Outage::find(chain(original(&cause))).filter(|outage| {
        // An answer that the Azure SDK cannot read may be a refusal all the same.
        !is_elsewhere && (refusal.is_none() || *outage != Outage::Service(None))
    });
    let (kind, reason, advice) = match outage {
        Some(outage) => told_of(outage, endpoint),
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
fn told_of(outage: Outage, endpoint: &Endpoint) -> (ErrorKind, Option<String>, String) {
    let authority = endpoint.authority();
    let check = format!("check the network, the proxy and the name of the host {authority}");
    match outage {
        Outage::Transport => {
            (ErrorKind::Transport, Some(format!("{authority} cannot be reached, or the connection broke")), check)
        }
        Outage::Timeout => (ErrorKind::Timeout, Some(format!("{authority} did not answer in time")), check),
        Outage::Service(status) => {
            let what = status.map_or_else(|| "what is neither a token nor a refusal".to_owned(), |it| it.to_string());
            let advice = format!("try again later; if it lasts, {check}, and what else stands before it");
            (ErrorKind::Service, Some(format!("{authority} answered {what}")), advice)
        }
    }
}

/// The kind of an error of this crate's, where a token was asked for.
fn kind_of(told: &Error) -> ErrorKind {
    match told.kind() {
        kind @ (ErrorKind::Service | ErrorKind::Transport | ErrorKind::Timeout) => kind,
        _ => ErrorKind::Credential,
    }
}

/// A cause that has said itself what happened and what to do.
fn of_this_crate(cause: &BoxError) -> Option<&Error> {
    shared(cause).downcast_ref()
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

fn first_line(words: &str) -> String {
    const MOST: usize = 300;
    let line = Discretion::about_nothing().hide(words.lines().next().unwrap_or_default());
    let line = line.split("Trace ID:").next().unwrap_or_default().trim_end();
    let mut visible: String = line.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().nth(MOST).is_some() {
        visible.push('…');
    }
    visible
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
