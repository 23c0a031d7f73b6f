//! What to say where no token could be had.

use std::sync::Arc;

use crate::refusal::Refusal;
use crate::{BoxError, Endpoint, Error, ErrorKind};

/// What begins the codes of Microsoft Entra.
const PREFIX: &str = "AADSTS";

/// An error that keeps the cause, and says what to check.
pub(crate) fn no_token(cause: BoxError, endpoint: &Endpoint) -> Error {
    let problem = format!("no token could be had for {}", endpoint.audience());
    if let Some(told) = of_this_crate(&cause) {
        let error = Error::new(ErrorKind::Credential, format!("{problem}: {}", told.problem()));
        return error.with_advice(told.advice().unwrap_or_default()).with_source(cause);
    }
    let texts = texts_of(&*cause);
    let refusal = texts.iter().find_map(|text| EntraRefusal::find(text));
    let advice = advice(refusal.as_ref().map(|refusal| refusal.number), from_azure_cli(&texts), endpoint);
    let error = match refusal {
        None => Error::new(ErrorKind::Credential, problem),
        Some(EntraRefusal { number, words }) => {
            let (code, message) = (Some(format!("{PREFIX}{number}")), Some(words.clone()));
            Error::new(ErrorKind::Credential, format!("{problem}: {words}")).with_refusal(Refusal {
                code,
                message,
                ..Refusal::default()
            })
        }
    };
    error.with_advice(advice).with_source(cause)
}

/// A cause that has said itself what happened and what to do.
fn of_this_crate(cause: &BoxError) -> Option<&Error> {
    let shared = cause.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>();
    shared.map_or_else(|| cause.downcast_ref(), |shared| shared.downcast_ref())
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
    let line = words.lines().next().unwrap_or_default();
    let line = line.split("Trace ID:").next().unwrap_or_default().trim_end();
    let mut visible: String = line.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().nth(MOST).is_some() {
        visible.push('…');
    }
    visible
}

/// The texts of an error and of its causes, of which there are few.
fn texts_of(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    const DEEPEST: usize = 16;
    std::iter::successors(Some(error), |error| error.source()).take(DEEPEST).map(ToString::to_string).collect()
}

/// Whether the cause is a person's sign-in, to which the rest of the advice does not apply.
fn from_azure_cli(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("AzureCliCredential") || text.contains("az login"))
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
