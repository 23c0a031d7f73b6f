//! A request as it was written down: a request line and headers, in the form of HTTP.

use std::borrow::Cow;

use mde_codegen::{Finding, Position};

/// A request, read; each part with the column that it begins at in the first line.
pub(crate) struct Request {
    pub(crate) method: String,
    /// The host of an absolute target.
    pub(crate) host: Option<String>,
    pub(crate) path: String,
    /// The query, decoded, in its order.
    pub(crate) query: Vec<(String, String)>,
    /// The headers, in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether there is anything behind the headers.
    pub(crate) has_body: bool,
}

/// Reads a request.
///
/// # Errors
/// A finding, where it is none.
pub(crate) fn read(file: &str, text: &str) -> Result<Request, Box<Finding>> {
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target) = match (words.next(), words.next(), words.next()) {
        (Some(method), Some(target), None | Some("HTTP/1.1" | "HTTP/1.0")) if words.next().is_none() => {
            (method, target)
        }
        _ => return Err(unreadable(file, 1, format!("{line:?} is no request line"))),
    };
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(unreadable(file, 1, format!("{method:?} is no method of HTTP")));
    }
    let (host, rest) = match target.strip_prefix("https://") {
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            (Some(rest[..end].to_owned()), &rest[end..])
        }
        None => (None, target),
    };
    if !rest.starts_with('/') {
        return Err(unreadable(file, 1, format!("{target:?} is neither a path nor the https URL of one")));
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut headers = Vec::new();
    let mut number = 1;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        number += 1;
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.is_empty() && !name.contains(' '))
        else {
            return Err(unreadable(file, number, format!("{line:?} is no header")));
        };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let has_body = lines.any(|line| !line.is_empty());
    Ok(Request { method: method.to_owned(), host, path: path.to_owned(), query, headers, has_body })
}

fn unreadable(file: &str, line: usize, message: String) -> Box<Finding> {
    let help = "write `GET`, a space and a path or https URL, then a header in each line";
    let mut finding = Finding::of_file(file, crate::evidence::REQUEST, message, help);
    finding.position = Position { line, column: 1 };
    finding.end = finding.position;
    Box::new(finding)
}

impl Request {
    /// The values of a path template's parameters, where the path fits it.
    pub(crate) fn fit(&self, template: &str) -> Option<Vec<(String, String)>> {
        let (given, expected): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), template.split('/').collect());
        if given.len() != expected.len() {
            return None;
        }
        let mut values = Vec::new();
        for (given, expected) in given.into_iter().zip(expected) {
            match expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !given.is_empty() => values.push((name.to_owned(), decoded(given)?)),
                _ if given == expected => {}
                _ => return None,
            }
        }
        Some(values)
    }
}

fn decoded(segment: &str) -> Option<String> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}
