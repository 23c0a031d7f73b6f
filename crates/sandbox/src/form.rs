//! The parameters of a request for a token.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use crate::token_refusal::TokenRefusal;

/// The parameters in a body. Those without a value count as not given.
pub(crate) struct Form<'a>(&'a [u8]);

impl<'a> Form<'a> {
    /// A body of another type holds no parameters.
    pub(crate) fn new(headers: &HeaderMap, body: &'a [u8]) -> Form<'a> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        Form(if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") { body } else { b"" })
    }

    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, TokenRefusal> {
        let mut values = form_urlencoded::parse(self.0)
            .filter_map(|(given, value)| (given == name && !value.is_empty()).then_some(value));
        let value = values.next();
        if values.next().is_some() {
            return Err(TokenRefusal::RepeatedParameter { name });
        }
        Ok(value)
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<Cow<'a, str>, TokenRefusal> {
        self.optional(name)?.ok_or(TokenRefusal::MissingParameter { name })
    }
}
