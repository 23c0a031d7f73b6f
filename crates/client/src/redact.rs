//! Keeps secrets out of texts that a host sends, which may repeat what it was sent, and cuts such texts to a bound.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use reqwest::Url;

/// An error of any type, as a credential or a ledger may report it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What replaces a secret.
const PLACEHOLDER: &str = "(hidden)";

/// What names a secret in a form. It ends where its value begins.
const NAMES: [&str; 5] = ["client_secret=", "client_assertion=", "code_verifier=", "device_code=", "refresh_token="];

/// How the text of a token begins that is a JWT.
const JWT: &str = "eyJ";

/// In bytes. A shorter text may be part of any word, and is not taken for a secret.
const SHORTEST: usize = 8;

/// In bytes. A part of a secret that is as long as this is hidden wherever it stands; a shorter secret only as a whole.
const PART: usize = 16;

/// Hides secrets, and every part of them that has 16 bytes or more, in texts of others.
///
/// A part is found whatever the case of its letters is, and also where it is percent-encoded, or escaped as in JSON. What
/// looks like a token or names a secret in a form is hidden as well. Other encodings, such as base64 of a secret, are not
/// seen through.
///
/// It keeps hashes of the parts, not the secrets. Finding them takes time in proportion to the text.
pub struct Redactor {
    /// The hash of each part, by the length of the parts.
    parts: BTreeMap<usize, HashSet<u64>>,
    /// With keys of its own, so that the hashes say nothing of the secret elsewhere.
    hasher: RandomState,
}

impl Redactor {
    /// Knows one secret.
    pub fn for_secret(secret: &str) -> Self {
        Self::for_secrets([secret])
    }

    /// Knows several secrets, each as it is and as a form writes it.
    pub fn for_secrets<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::for_unknown();
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            redactor.learn(secret);
            // Only a space is written in a way that decoding does not undo.
            as_in_a_form(secret).filter(|_| secret.contains(' ')).iter().for_each(|encoded| redactor.learn(encoded));
        }
        redactor
    }

    /// Knows no secret, and hides what looks like one.
    pub fn for_unknown() -> Self {
        Self { parts: BTreeMap::new(), hasher: RandomState::new() }
    }

    /// The text, without a secret in it.
    pub fn redact(&self, text: &str) -> String {
        let known = self.without_parts(text);
        let named = NAMES.iter().fold(known, |text, name| {
            redact_behind(&text, name, false, |c| !c.is_whitespace() && !"&\"'<>,;".contains(c))
        });
        redact_behind(&named, JWT, true, |c| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c))
    }

    fn learn(&mut self, secret: &str) {
        let secret = secret.to_ascii_lowercase();
        let length = secret.len().min(PART);
        let hashes = self.parts.entry(length).or_default();
        hashes.extend(secret.as_bytes().windows(length).map(|part| self.hasher.hash_one(part)));
    }

    fn without_parts(&self, text: &str) -> String {
        if self.parts.keys().all(|length| text.len() < *length) {
            return text.to_owned();
        }
        let mut is_hidden = vec![false; text.len()];
        self.mark(&View::of(text, |_| None), &mut is_hidden);
        if text.contains(['%', '\\']) {
            self.mark(&View::of(text, escaped_byte), &mut is_hidden);
        }
        let mut shown = String::with_capacity(text.len());
        let mut was_hidden = false;
        for (start, c) in text.char_indices() {
            let hide = is_hidden[start..start + c.len_utf8()].contains(&true);
            match (hide, was_hidden) {
                (false, _) => shown.push(c),
                (true, false) => shown += PLACEHOLDER,
                (true, true) => {}
            }
            was_hidden = hide;
        }
        shown
    }

    /// Marks what is part of a secret.
    fn mark(&self, view: &View, is_hidden: &mut [bool]) {
        for (length, hashes) in &self.parts {
            for (first, part) in view.bytes.windows(*length).enumerate() {
                if hashes.contains(&self.hasher.hash_one(part)) {
                    is_hidden[view.starts[first]..view.starts[first + length]].fill(true);
                }
            }
        }
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

/// The bytes of a text in lower case, and where in the text each of them begins; the end of the text is the last one.
struct View {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl View {
    /// With what an escape stands for in its place.
    fn of(text: &str, escape: impl Fn(&[u8]) -> Option<(u8, usize)>) -> Self {
        let (mut bytes, mut starts) = (Vec::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        let mut rest = text.as_bytes();
        while let Some(first) = rest.first() {
            let (byte, length) = escape(rest).unwrap_or((*first, 1));
            bytes.push(byte.to_ascii_lowercase());
            starts.push(text.len() - rest.len());
            rest = &rest[length..];
        }
        starts.push(text.len());
        Self { bytes, starts }
    }
}

/// The byte for which a text begins with an escape such as `%2B`, `\u002b` or `\/`, and how long that is.
fn escaped_byte(text: &[u8]) -> Option<(u8, usize)> {
    let byte = |high: u8, low: u8| {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some(digit(high)? * 16 + digit(low)?)
    };
    match text {
        [b'%', high, low, ..] => Some((byte(*high, *low)?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((byte(*high, *low)?, 6)),
        [b'\\', next, ..] => Some((*next, 2)),
        _ => None,
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
            ("s%7ecret%2bof/nobody", "(hidden)"),
            (r#""s~cret\u002Bof\/nobody""#, r#""(hidden)""#),
            ("S~CRET+OF/NOBODY", "(hidden)"),
            ("a=b&client_secret=short&c=d", "a=b&client_secret=(hidden)&c=d"),
            ("client_secret=s~cret+of/nobody", "client_secret=(hidden)"),
            ("<p>client_assertion=x.y.z</p>", "<p>client_assertion=(hidden)</p>"),
            (
                "refresh_token=a&device_code=b c&code_verifier=",
                "refresh_token=(hidden)&device_code=(hidden) c&code_verifier=",
            ),
            ("client_secret= client_secret=", "client_secret= client_secret="),
            ("\"eyJhbGciOi.eyJ0.x\" eyJ, eyJa", "\"(hidden)\" eyJ, eyJa"),
            ("the client_secret is wrong", "the client_secret is wrong"),
            ("100%, C:\\x, %zz, \\u00", "100%, C:\\x, %zz, \\u00"),
        ] {
            assert_eq!(about.redact(said), shown);
        }
        assert_eq!(Redactor::for_secret("secret").redact("the secret"), "the secret");
    }

    #[test]
    fn parts_of_sixteen_bytes_are_redacted_and_shorter_ones_are_not() {
        let secret = "0123456789abcdefGHIJKLMNOP";
        let about = Redactor::for_secrets(["a short one", secret, "with a sp\u{e4}ce in it"]);
        for (said, shown) in [
            (secret, "(hidden)"),
            (&secret[..16], "(hidden)"),
            (&secret[10..], "(hidden)"),
            (&secret[5..21], "(hidden)"),
            (&secret[5..20], "56789abcdefGHIJ"),
            ("0123456789abcdef and GHIJKLMNOP", "(hidden) and GHIJKLMNOP"),
            ("a short one", "(hidden)"),
            ("a short on", "a short on"),
            ("with+a+sp%C3%A4ce+in+it", "(hidden)"),
            // No character is cut in halves.
            ("\u{e4}with a sp\u{e4}ce in\u{e4}", "\u{e4}(hidden)\u{e4}"),
        ] {
            assert_eq!(about.redact(said), shown);
        }
    }
}
