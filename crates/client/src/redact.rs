//! Keeps secrets out of texts that a host sends, which may repeat what it was sent, and cuts such texts to a bound.

use std::fmt;

use reqwest::Url;

/// An error of any type, as a credential or a ledger may report it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What replaces a secret.
const PLACEHOLDER: &str = "(hidden)";

/// What names a secret in a form. It ends where its value begins.
const NAMES: [&str; 2] = ["client_secret=", "client_assertion="];

/// How the text of a token begins that is a JWT.
const JWT: &str = "eyJ";

/// In bytes. A shorter text may be part of any word.
const SHORTEST: usize = 8;

/// The secrets that a host has been sent.
pub(crate) struct Redactor(Vec<String>);

impl Redactor {
    /// Knows one secret, as it is and as a form writes it.
    pub(crate) fn for_secret(secret: &str) -> Self {
        let mut secrets = Self::for_unknown();
        if secret.len() >= SHORTEST {
            secrets.0.push(secret.to_owned());
            secrets.0.extend(as_in_a_form(secret).filter(|encoded| encoded != secret));
        }
        secrets
    }

    /// Knows no secret, and hides what looks like one.
    pub(crate) fn for_unknown() -> Self {
        Self(Vec::new())
    }

    /// The text, without a secret in it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let known = self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), PLACEHOLDER));
        let named = NAMES.iter().fold(known, |text, name| {
            redact_behind(&text, name, false, |c| !c.is_whitespace() && !"&\"'<>,;".contains(c))
        });
        redact_behind(&named, JWT, true, |c| c.is_ascii_alphanumeric() || "-_.+/=".contains(c))
    }

    /// The error itself, where there is nothing in it to hide, so that a program finds its own type again.
    pub(crate) fn redact_error(&self, error: BoxError) -> BoxError {
        let texts: Vec<_> = chain(&*error).map(|error| (error.to_string(), format!("{error:?}"))).collect();
        let is_safe = |text: &String| self.redact(text) == *text;
        if texts.iter().all(|(display, debug)| is_safe(display) && is_safe(debug)) {
            return error;
        }
        let link = |cause, (text, _): &(String, String)| Some(Box::new(Said { text: self.redact(text), cause }));
        let said = texts.iter().rev().fold(None, link);
        Box::new(Redacted { said, original: error })
    }
}

fn as_in_a_form(secret: &str) -> Option<String> {
    let mut url = Url::parse("form:?").ok()?;
    url.query_pairs_mut().append_pair("", secret);
    url.query()?.strip_prefix('=').map(str::to_owned)
}

/// Hides what follows a mark, along with the mark where that is part of it.
fn redact_behind(text: &str, mark: &str, is_part: bool, is_of_value: impl Fn(char) -> bool) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once(mark) {
        let (value, after) = behind.split_at(behind.find(|c| !is_of_value(c)).unwrap_or(behind.len()));
        shown += before;
        match is_part {
            true if mark.len() + value.len() >= SHORTEST => shown += PLACEHOLDER,
            false if !value.is_empty() => shown.extend([mark, PLACEHOLDER]),
            _ => shown.extend([mark, value]),
        }
        rest = after;
    }
    shown + rest
}

/// An error that showed a secret: what it said, without the secret. The error itself is there to be classified only.
pub(crate) struct Redacted {
    said: Option<Box<Said>>,
    original: BoxError,
}

impl Redacted {
    pub(crate) fn original(&self) -> &(dyn std::error::Error + 'static) {
        &*self.original
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.said.as_ref().map_or(Ok(()), |said| said.fmt(f))
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redacted").field(&self.said).finish()
    }
}

impl std::error::Error for Redacted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.said.as_ref()?.source()
    }
}

/// What one error of a chain said.
#[derive(Debug)]
struct Said {
    text: String,
    cause: Option<Box<Said>>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Said {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// The beginning of a text that another host sent, fit to be shown: without secrets, control characters and runs of white
/// space, at most `longest` bytes long, with an ellipsis where it was cut.
pub(crate) fn excerpt(text: &[u8], longest: usize, redactor: &Redactor) -> Option<String> {
    // Redacted before it is cut, so that no half of a secret is left.
    let text = redactor.redact(&String::from_utf8_lossy(text));
    let beginning = String::from_utf8_lossy(&text.as_bytes()[..text.len().min(longest)]);
    let visible: String = beginning.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.len() > longest {
        words.push('…');
    }
    (!words.is_empty()).then_some(words)
}

/// Cuts a text after so many characters, and ends it with an ellipsis then.
pub(crate) fn truncate(text: &mut String, longest: usize) {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
}

/// An error and its causes, of which there are few.
pub(crate) fn chain<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    const DEEPEST: usize = 16;
    std::iter::successors(Some(error), |error| error.source()).take(DEEPEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_and_nothing_else() {
        let about = Redactor::for_secret("s~cret+of/nobody");
        for (said, shown) in [
            ("bad s~cret+of/nobody.", "bad (hidden)."),
            ("s%7Ecret%2Bof%2Fnobody", "(hidden)"),
            ("a=b&client_secret=short&c=d", "a=b&client_secret=(hidden)&c=d"),
            ("client_secret=s~cret+of/nobody", "client_secret=(hidden)"),
            ("<p>client_assertion=x.y.z</p>", "<p>client_assertion=(hidden)</p>"),
            ("client_secret= client_secret=", "client_secret= client_secret="),
            ("\"eyJhbGciOi.eyJ0.x\" eyJ, eyJa", "\"(hidden)\" eyJ, eyJa"),
            ("the client_secret is wrong", "the client_secret is wrong"),
        ] {
            assert_eq!(about.redact(said), shown);
        }
        assert_eq!(Redactor::for_secret("secret").redact("the secret"), "the secret");
    }
}
