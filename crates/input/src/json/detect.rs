//! Whether a text is JSON, and whether each of its lines is a document, by its beginning.

use serde::de::IgnoredAny;

/// The most lines that are looked at.
const MAX_LINES: usize = 100;

/// Whether a source is JSON: an object or a list begins it, as they begin in JSON and in nothing else.
pub(crate) fn is_json(beginning: &[u8], is_all: bool) -> bool {
    let mut rest = beginning.trim_ascii_start();
    let is_list = rest.starts_with(b"[");
    while let Some(within) = rest.strip_prefix(b"[") {
        rest = within.trim_ascii_start();
    }
    match rest.first() {
        Some(b'{') => begins_object(&rest[1..], is_all),
        Some(b'"') if is_list => end_of_text(&rest[1..]).is_none_or(|end| goes_on(&rest[1 + end..])),
        Some(b']') => is_list && beginning.trim_ascii().ends_with(b"]") && is_document(beginning.trim_ascii()),
        _ => false,
    }
}

/// Whether a list goes on behind a text, or ends with its line.
fn goes_on(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    match text.strip_prefix(b"]") {
        Some(after) => {
            let line = after.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
            matches!(line.trim_ascii_start().first(), None | Some(b',' | b']' | b'['))
        }
        None => matches!(text.first(), None | Some(b',')),
    }
}

/// Whether a name and a colon follow the brace of an object, or it ends.
fn begins_object(text: &[u8], is_all: bool) -> bool {
    let text = text.trim_ascii_start();
    match text.first() {
        None => !is_all,
        Some(b'}') => true,
        Some(b'"') => match end_of_text(&text[1..]) {
            Some(end) => matches!(text[1 + end..].trim_ascii_start().first(), None | Some(b':')),
            None => true,
        },
        _ => false,
    }
}

/// Behind the quotation mark that ends a text.
fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    end.map(|end| end + 1)
}

fn is_document(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// Whether each line is a document, or was one before it was damaged, so that the next line can be read.
pub(super) fn is_by_line(beginning: &[u8], is_all: bool) -> bool {
    let is_ended = |byte: &u8| matches!(byte, b'\n' | b'\r');
    // The last line may be cut.
    let whole = match beginning.iter().rposition(is_ended) {
        _ if is_all => beginning,
        Some(end) => &beginning[..end],
        None => return false,
    };
    let mut lines = whole.split(is_ended).map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return false };
    if is_document(first.strip_suffix(b",").unwrap_or(first)) {
        // Those behind it may be on several lines each. The last one may be broken off.
        lines.next_back();
        return lines.take(MAX_LINES).all(is_document) || !is_valid_so_far(whole);
    }
    // A list may have an item on each line, and an object a member.
    if first.ends_with(b"[") || first.ends_with(b"{") || is_valid_so_far(whole) {
        return false;
    }
    let others: Vec<_> = lines.take(MAX_LINES).map(|line| line.strip_suffix(b",").unwrap_or(line)).collect();
    let opens = |line: &[u8]| line.starts_with(b"{") || line.starts_with(b"[");
    let documents = others.iter().filter(|line| opens(line) && is_document(line)).count();
    documents > 0 && documents * 2 >= others.len()
}

/// Whether it is JSON up to its end, where a document may go on.
fn is_valid_so_far(bytes: &[u8]) -> bool {
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    documents.flat_map(Result::err).all(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::{is_by_line, is_json};

    #[test]
    fn json_is_known_by_its_beginning() {
        for text in [
            "{\"a\":1}",
            " {\n \"a\" : {",
            "[{\"a\"",
            "[\n  \"192.0.2.1\",",
            "[]",
            "{}",
            "[[\"a\",1]]",
            "{\"a",
            "[\"a",
            "[\"a\"]\n[\"b\"]",
        ] {
            assert!(is_json(text.as_bytes(), true), "{text}");
        }
        for text in [
            "[192.0.2.1]",
            "{192.0.2.1}",
            "[2001:db8::1]:80",
            "['a']",
            "\"a\"",
            "[1]",
            "",
            "[",
            "{",
            "[\"a\" b",
            "[\"a\"]: x",
            "[\"a\"] x\n[]",
        ] {
            assert!(!is_json(text.as_bytes(), true), "{text}");
        }
    }

    #[test]
    fn lines_are_documents_if_the_first_is_one_or_was_one() {
        for text in [
            "{}\n{}",
            "{\"a\":1}\n{\"a\":",
            "[1]",
            "{\"a\":x}\n{\"a\":1}",
            "{\"a\":\"b\",\n{\"a\":1}",
            "{\"a\":1},\n{\"a\":1}",
            "\"a\",\n\"b\"",
            "{}\n{\n{}",
        ] {
            assert!(is_by_line(text.as_bytes(), true), "{text}");
        }
        for text in [
            "[\n{\"a\":1},\n{\"a\":2}\n]",
            "{\"value\":[\n{\"a\":1}\n]}",
            "{\n\"a\":1}",
            "{\"a\":1",
            "{\"a\":x,\n\"b\":1}",
            "{}\n{\n\"a\":1\n}",
        ] {
            assert!(!is_by_line(text.as_bytes(), true), "{text}");
        }
    }
}
