//! Whether a text keeps to a format of OpenAPI.

use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use serde_json::Value as Json;

/// Whether a value is of a format; `None` for one that is not known.
pub(crate) fn keeps(value: &Json, format: &str) -> Option<bool> {
    Some(match format {
        "int32" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "int64" => value.is_i64(),
        "ipv4" => value.as_str().is_some_and(|text| text.parse::<Ipv4Addr>().is_ok()),
        "ipv6" => value.as_str().is_some_and(|text| text.parse::<Ipv6Addr>().is_ok()),
        "date-time" => value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
        _ => return None,
    })
}

/// The type that a value shows, in the words of OpenAPI; null has none.
pub(crate) fn type_of(value: &Json) -> Option<&'static str> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    })
}
