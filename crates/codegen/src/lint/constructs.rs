//! What a schema in a response is that the generator has no type for: the construct, why not, and what to write instead.

use serde_json::Value as Json;

/// A construct that is not supported: what it is and why that does not do, and the way around it.
pub(super) type Unsupported = (&'static str, &'static str);

/// The construct of a schema that is neither a plain value, nor a list, nor a map, nor a reference.
pub(super) fn unsupported(schema: &Json) -> Unsupported {
    let has = |key| schema.get(key).is_some();
    if has("oneOf") || has("anyOf") {
        return (
            "is a choice of schemas, which becomes an enum that rejects every other form",
            "use one named object with the properties of all alternatives, none of them required",
        );
    }
    if has("allOf") {
        return (
            "is an `allOf` that is more than one reference, of which the generator makes a type of its own",
            "write all properties in one named object, and refer to it",
        );
    }
    match schema.get("type") {
        Some(Json::Array(_)) => (
            "has a list of types, which is OpenAPI 3.1",
            "use one type, and `nullable: true` where the value may be null",
        ),
        Some(Json::String(kind)) if kind == "object" && has("properties") => (
            "is an object without a name, for which the generator would invent one",
            "move the object to `components/schemas` and refer to it",
        ),
        Some(Json::String(kind)) if kind == "object" && map_of(schema).is_some() => {
            ("is a map, which has no name for what it holds", "refer to a named object that has the map as a property")
        }
        Some(Json::String(kind)) if kind == "object" => (
            "is an object of unknown properties",
            "list its properties in a named object, or give the values one type by `additionalProperties`",
        ),
        Some(Json::String(kind)) if kind == "array" => (
            "is a list of something else than a named object",
            "move what it holds to an object under `components/schemas` and refer to that in `items`",
        ),
        Some(_) => ("is a single value", "use a named object for the body"),
        None => ("has no type, so that it may be anything", "give it the type that the service documents"),
    }
}

/// The schema of the values of a map: of `additionalProperties`, in an object that lists no properties.
pub(super) fn map_of(schema: &Json) -> Option<&Json> {
    let is_object = schema.get("type").and_then(Json::as_str) == Some("object");
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    values.filter(|_| is_object && schema.get("properties").is_none())
}
