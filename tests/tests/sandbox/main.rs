//! The sandbox against the contract: every answer that it can give is one that the contract allows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod contract;
mod enumeration;
mod mutants;

use reqwest::Response;
use serde_json::Value as Json;

/// What came over the wire, read to its end.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Self { status, headers: headers.collect(), body: response.bytes().await.unwrap().to_vec() }
    }

    /// Each value of a header, whose name is given in any letter case.
    pub(crate) fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of an error, if it is one.
    pub(crate) fn code(&self) -> Option<String> {
        self.json()["error"]["code"].as_str().map(str::to_owned)
    }

    /// All of the answer in a line, without what differs from request to request.
    pub(crate) fn all(&self) -> String {
        let same = self.headers.iter().filter(|(name, _)| !name.ends_with("request-id"));
        format!("{} {:?}", self.line(), same.collect::<Vec<_>>())
    }

    /// What a person looks at of the answer in a line, without what differs from request to request.
    pub(crate) fn line(&self) -> String {
        let mut parts = vec![self.status.to_string()];
        for name in ["allow", "retry-after"] {
            parts.extend(self.header(name).map(|value| format!("{name}: {value}")));
        }
        let body = String::from_utf8_lossy(&self.body);
        let body = self.header("request-id").fold(body.into_owned(), |body, id| body.replace(id, "{request-id}"));
        parts.push(if body.is_empty() { "(empty)".to_owned() } else { body });
        parts.join(" ")
    }
}
