//! The contract as a plain tree, which a test can change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mde_codegen::Document;
use serde_json::Value as Json;

/// The contract as it is.
pub(crate) fn contract() -> &'static Json {
    static CONTRACT: LazyLock<Document> =
        LazyLock::new(|| Document::parse(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).unwrap());
    CONTRACT.root()
}

/// A named schema.
pub(crate) fn schema<'a>(contract: &'a Json, name: &str) -> &'a Json {
    let schema = contract["components"]["schemas"].get(name);
    schema.unwrap_or_else(|| panic!("the contract has no schema {name}"))
}

/// The named schema that a schema refers to, alone or as the only part of `allOf`.
pub(crate) fn referred(schema: &Json) -> Option<&str> {
    let reference = schema.get("$ref").or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
        [part] => part.get("$ref"),
        _ => None,
    })?;
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

/// The schema itself, or the named one that it refers to.
pub(crate) fn resolved<'a>(contract: &'a Json, property: &'a Json) -> &'a Json {
    referred(property).map_or(property, |name| schema(contract, name))
}

/// Whether a schema is the one of an address, an IPv4 or an IPv6 one.
pub(crate) fn is_address(schema: &Json) -> bool {
    let formats = schema["oneOf"].as_array().into_iter().flatten().map(|part| part["format"].as_str());
    let formats: Vec<_> = formats.collect();
    formats == [Some("ipv4"), Some("ipv6")] || formats == [Some("ipv6"), Some("ipv4")]
}

/// Whether a schema is the one of a moment.
pub(crate) fn is_moment(schema: &Json) -> bool {
    schema["format"] == "date-time"
}

/// Whether a schema of an object says that a property must be there.
pub(crate) fn requires(object: &Json, property: &str) -> bool {
    object["required"].as_array().is_some_and(|required| required.iter().any(|name| name == property))
}

/// The schemas that an operation names for a status; without an operation, those that any names.
pub(crate) fn bodies<'a>(contract: &'a Json, operation: Option<&str>, status: &str) -> BTreeSet<&'a str> {
    let paths = contract["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let spoken_of = operations.filter(|known| operation.is_none_or(|id| known["operationId"] == id));
    let schemas = spoken_of.filter_map(|operation| {
        let response = operation["responses"].get(status)?;
        referred(&response["content"]["application/json"]["schema"])
    });
    schemas.collect()
}

/// Whether a schema has a property; `path` is as in the facts, with a slash between names.
pub(crate) fn has_property(contract: &Json, name: &str, path: &str) -> bool {
    let mut within = schema(contract, name);
    path.split('/').all(|name| match within["properties"].get(name) {
        Some(property) => {
            within = resolved(contract, property);
            true
        }
        None => false,
    })
}
