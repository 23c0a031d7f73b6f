//! What must hold for the readers that are not public, whatever they read. Only for the fuzz targets, which are built
//! with `--cfg fuzzing`, and for the test below, which reads their corpora.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{AccessToken, StaticToken, TokenClaims};

/// Two headers `Retry-After`, the first two lines, and the text of a refusal, the rest: the wait is the longest of the
/// three, whole seconds are taken to the letter, and what is not understood says nothing.
pub fn retry_after(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n').map(str::to_owned);
    let headers: Vec<_> = lines.by_ref().take(2).collect();
    let message = lines.next();
    let read = |headers: &[String], message| crate::retry::retry_after(headers, None, message, SystemTime::UNIX_EPOCH);
    let alone = headers.iter().map(|header| read(std::slice::from_ref(header), None)).max().flatten();
    assert_eq!(read(&headers, message.as_deref()), alone.max(read(&[], message.as_deref())), "{headers:?} {message:?}");
    for header in &headers {
        // `parse` alone would take a sign, which `Retry-After` has not.
        let digits = Some(header).filter(|header| header.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(Ok(seconds)) = digits.map(|digits| digits.parse::<u32>()) {
            assert_eq!(read(std::slice::from_ref(header), None), Some(Duration::from_secs(seconds.into())));
        }
    }
}

/// A token, and the claims of one: what is shown is short and plain, and is neither the token nor its signature.
pub fn token(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let shown = |token: &str| format!("{:?} {:?}", AccessToken::new(token), StaticToken::new(token));
    assert_eq!(shown(text), shown("another"));
    check_claims(text);
    check_claims(&format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(data)));
}

fn check_claims(token: &str) {
    let Some(claims) = TokenClaims::read(token) else { return };
    let unsigned = token.rsplit_once('.').map_or(token, |(unsigned, _)| unsigned);
    assert_eq!(TokenClaims::read(&format!("{unsigned}.c2lnbmF0dXJl")), Some(claims.clone()), "the signature is read");
    let names = claims.audiences.iter().chain(&claims.roles).chain(&claims.scopes).chain(&claims.tenant);
    for name in names.chain(&claims.app) {
        assert!(name.len() <= 128 && !name.contains(char::is_control), "{name:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// What the fuzzer found worth keeping.
    fn replay(target: &str, check: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let texts: Vec<_> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
        // The package has no corpora where it is published.
        assert!(texts.len() >= 8 || !folder.parent().is_some_and(Path::exists), "{} texts", texts.len());
        texts.iter().for_each(|text| check(text));
    }

    #[test]
    fn the_corpora_hold() {
        replay("retry_after", super::retry_after);
        replay("token", super::token);
    }
}
