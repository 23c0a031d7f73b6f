//! What the service says when it does not answer.

use crate::discretion::Discretion;
use crate::generated::transport::types::ErrorEnvelope;

/// The most of a body that an error keeps, in bytes.
const EXCERPT: usize = 2048;

/// What is known of a refusal from its body.
#[derive(Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) target: Option<String>,
    /// The beginning of a body that is not in the form of the contract.
    pub(crate) excerpt: Option<String>,
}

impl Refusal {
    /// Reads any body: that of the service, a page of a proxy, or nothing.
    pub(crate) fn read(body: &[u8], discretion: &Discretion) -> Self {
        if let Ok(ErrorEnvelope { error }) = serde_json::from_slice(body) {
            let bounded = |text: String| excerpt(text.as_bytes(), discretion);
            return Self {
                code: bounded(error.code),
                message: bounded(error.message),
                target: error.target.and_then(bounded),
                excerpt: None,
            };
        }
        Self { excerpt: excerpt(body, discretion), ..Self::default() }
    }
}

/// A bounded beginning of a body, fit to be shown: no secrets, no control characters, no runs of white space.
pub(crate) fn excerpt(body: &[u8], discretion: &Discretion) -> Option<String> {
    // Before it is cut, lest the half of a secret be left.
    let body = discretion.hide(&String::from_utf8_lossy(body));
    let body = body.as_bytes();
    let beginning = &body[..body.len().min(EXCERPT)];
    let text = String::from_utf8_lossy(beginning);
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if body.len() > EXCERPT {
        words.push('…');
    }
    (!words.is_empty()).then_some(words)
}
