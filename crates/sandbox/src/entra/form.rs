//! The parameters of a request: in a form, or in the query.

use std::borrow::Cow;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Uri};

use crate::entra::refusal::EntraRefusal;

/// The part of a request that has the parameters.
const BODY: &str = "the body, which is a form (application/x-www-form-urlencoded)";
const QUERY: &str = "the query";

/// The parameters of a request. Those without a value count as missing.
pub(crate) struct Form<'a> {
    encoded: &'a [u8],
    part: &'static str,
}

impl<'a> Form<'a> {
    /// A body of another content type has no parameters.
    pub(crate) fn of_body(headers: &HeaderMap, body: &'a [u8]) -> Form<'a> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let is_form = essence.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        Form { encoded: if is_form { body } else { b"" }, part: BODY }
    }

    pub(crate) fn of_query(uri: &'a Uri) -> Form<'a> {
        Form { encoded: uri.query().unwrap_or_default().as_bytes(), part: QUERY }
    }

    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, EntraRefusal> {
        let mut values = form_urlencoded::parse(self.encoded)
            .filter_map(|(given, value)| (given == name && !value.is_empty()).then_some(value));
        let value = values.next();
        if values.next().is_some() {
            return Err(EntraRefusal::RepeatedParameter { name });
        }
        Ok(value)
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<Cow<'a, str>, EntraRefusal> {
        self.optional(name)?.ok_or(EntraRefusal::MissingParameter { name, part: self.part })
    }
}
