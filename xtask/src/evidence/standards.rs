//! What standards say of single values in a recording: the phrase of a status, the values of headers, a media type.

/// Every status that RFC 9110 and RFC 6585 define for an answer to an API, with its phrase.
const PHRASES: [(u64, &str); 36] = [
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (203, "Non-Authoritative Information"),
    (204, "No Content"),
    (206, "Partial Content"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (422, "Unprocessable Content"),
    (423, "Locked"),
    (428, "Precondition Required"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];

/// The phrase of a status; nothing for one that no standard defines.
pub(crate) fn phrase(status: u64) -> Option<&'static str> {
    PHRASES.iter().find(|(known, _)| *known == status).map(|(_, phrase)| *phrase)
}

/// The status that an error code is named after: `NotFound` after 404, `429` after itself.
pub(crate) fn status_of_code(code: &str) -> Option<u64> {
    let is_named =
        |(status, phrase): &&(u64, &str)| code == status.to_string() || code == phrase.replace([' ', '-'], "");
    PHRASES.iter().find(is_named).map(|(status, _)| *status)
}

/// What the value of a header must be, where it is not.
pub(crate) fn wrong_header(name: &str, value: &str) -> Option<String> {
    let one_of = |words: &[&str]| {
        let known = value.split(',').all(|word| words.iter().any(|known| known.eq_ignore_ascii_case(word.trim())));
        (!known).then(|| format!("one of {}", words.join(", ")))
    };
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match name.to_lowercase().as_str() {
        "retry-after" => (!is_number).then(|| "a number of seconds".to_owned()),
        "content-length" => (!is_number).then(|| "a number of bytes".to_owned()),
        "transfer-encoding" => one_of(&["chunked", "compress", "deflate", "gzip"]),
        "content-encoding" => one_of(&["br", "compress", "deflate", "gzip", "identity", "zstd"]),
        "vary" => one_of(&["*", "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Origin"]),
        "odata-version" => one_of(&["4.0", "4.01"]),
        "content-type" => wrong_media_type(value),
        _ => None,
    }
}

/// What is wrong with a media type and its parameters.
pub(crate) fn wrong_media_type(text: &str) -> Option<String> {
    let mut parts = text.split(';').map(str::trim);
    let is_token =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.+_".contains(c));
    let kind = parts.next().and_then(|kind| kind.split_once('/'));
    if !kind.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype)) {
        return Some("a media type, as in application/json".to_owned());
    }
    let wrong = parts.find(|part| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => !value.eq_ignore_ascii_case("utf-8"),
        Some(("odata.metadata", value)) => !["none", "minimal", "full"].contains(&value),
        Some(("odata.streaming", value)) => !["true", "false"].contains(&value),
        Some((name, value)) => !is_token(name) || !is_token(value),
        None => true,
    });
    wrong.map(|part| format!("a media type whose parameters are known, unlike {part:?}"))
}

#[cfg(test)]
mod tests {
    use super::{phrase, status_of_code, wrong_header, wrong_media_type};

    #[test]
    fn a_status_has_one_phrase_and_its_code_is_named_after_it() {
        assert_eq!((phrase(404), phrase(430)), (Some("Not Found"), None));
        assert_eq!(status_of_code("TooManyRequests"), Some(429));
        assert_eq!(status_of_code("429"), Some(429));
        assert_eq!(status_of_code("InvalidIpAddress"), None);
    }

    #[test]
    fn a_header_has_a_value_of_its_kind() {
        for (name, value) in
            [("Retry-After", "8"), ("content-length", "0"), ("Vary", "Accept, Origin"), ("X-Any", "thing")]
        {
            assert_eq!(wrong_header(name, value), None, "{name}");
        }
        for (name, value) in
            [("Retry-After", "8s"), ("Content-Length", ""), ("Vary", "Acceptx"), ("OData-Version", "4")]
        {
            assert!(wrong_header(name, value).is_some(), "{name}");
        }
    }

    #[test]
    fn the_parameters_of_a_media_type_are_known() {
        assert_eq!(
            wrong_media_type("application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"),
            None
        );
        for text in ["json", "application/json;", "application/json; charset=utf-9", "a/b; odata.streaming=truex"] {
            assert!(wrong_media_type(text).is_some(), "{text}");
        }
    }
}
