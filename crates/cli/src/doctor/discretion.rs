//! What must not show, whoever repeats it: a host that answers may send back what it was sent.

use crate::Environment;

/// The secrets that the environment holds.
pub(super) struct Discretion(Vec<String>);

/// In place of a secret.
const HIDDEN: &str = "(hidden)";

impl Discretion {
    pub(super) fn of(environment: &Environment) -> Self {
        /// Shorter ones are words of ours at times.
        const SHORTEST: usize = 8;
        let secrets = ["MDE_TOKEN", "AZURE_CLIENT_SECRET"].into_iter().filter_map(|name| environment.get(name));
        Self(secrets.filter(|secret| secret.len() >= SHORTEST).collect())
    }

    /// Without the secrets, without what looks like a token, and without control characters.
    pub(super) fn redact(&self, text: &str) -> String {
        let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let known = self.0.iter().fold(visible, |text, secret| text.replace(secret, HIDDEN));
        without_tokens(&known)
    }
}

/// How every JSON object begins in base64, and so every JWT.
const BEGINNING: &str = "eyJ";

fn without_tokens(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(BEGINNING) {
        shown.push_str(&rest[..start]);
        shown.push_str(HIDDEN);
        let token = &rest[start..];
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.=+/~".contains(c))).unwrap_or(token.len());
        rest = &token[end..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let environment = Environment::from_iter([("MDE_TOKEN", "opaque-token"), ("AZURE_CLIENT_SECRET", "short")]);
        let discretion = Discretion::of(&environment);
        let redacted = discretion.redact("sent \"Bearer opaque-token\", got eyJ0.eyJhdWQi.x_-y, short\u{1b}[2J eyJ");
        assert_eq!(redacted, "sent \"Bearer (hidden)\", got (hidden), short [2J (hidden)");
    }
}
