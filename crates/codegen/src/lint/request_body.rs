//! `requestBody`, and the objects that request bodies are made of.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::reader::{Reader, Shape, is_timestamp, schema_pointer, schema_reference, schemas_pointer};
use super::refusals::Refusal;
use super::rules;
use crate::model::{PropertyKind, RequestBody, RequestObject, RequestProperty, Width};
use crate::pointer::Pointer;

/// The methods whose requests carry a body.
const WITH_BODY: [&str; 3] = ["patch", "post", "put"];

/// The one content type of a request.
const JSON: &str = "application/json";

/// The keys of a property that only describe it.
const DESCRIBING: [&str; 5] = ["description", "title", "example", "externalDocs", "deprecated"];

/// The keys of an object in a request.
const OF_AN_OBJECT: [&str; 7] = ["type", "description", "title", "example", "externalDocs", "properties", "required"];

impl<'a> Reader<'a> {
    /// The body of the requests of an operation, if they have one.
    pub(super) fn request_body(&mut self, path: &str, method: &str, operation: &Pointer) -> Option<RequestBody> {
        let pointer = operation.child("requestBody");
        let body = self.document.get(&pointer)?;
        if !WITH_BODY.contains(&method) {
            let message = format!(
                "{} {path} has a request body, to which HTTP gives no meaning; proxies may drop it",
                method.to_uppercase()
            );
            let help = "describe its values as parameters, or the operation as the POST that the service takes";
            self.report(rules::REQUEST_BODY, &pointer, message, help);
            return None;
        }
        if body.get("$ref").is_some() {
            let message = "a request body that is a reference is not supported: each operation has its own description";
            self.report(rules::REQUEST_BODY, &pointer.child("$ref"), message, "write the body inline");
            return None;
        }
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        if body.get("required") != Some(&Json::Bool(true)) {
            let message = "the request body is optional, but the client sends one with every call";
            let help = "add `required: true`, or remove the body";
            self.report(rules::REQUEST_BODY, &pointer.child("required"), message, help);
        }
        let schema = self.request_schema(&pointer)?;
        Some(RequestBody { description: description?.to_owned(), schema: schema.to_owned() })
    }

    /// The name of the schema of a request body.
    fn request_schema(&mut self, body: &Pointer) -> Option<&'a str> {
        let content = body.child("content");
        let media: Vec<_> = self.entries(&content).map(|(name, ..)| name.as_str()).collect();
        if media != [JSON] {
            let message = match media.as_slice() {
                [] => "the request body has no content".to_owned(),
                _ => format!("the request body has the content types {}", media.join(", ")),
            };
            let help = "describe it as application/json only: the client sends JSON objects, no forms, files or text";
            self.report(rules::REQUEST_BODY, &content, message, help);
            return None;
        }
        let pointer = content.child(JSON).child("schema");
        let Some(name) = self.document.get(&pointer).and_then(|schema| self.schema_name(schema)) else {
            let message = "the schema of the request body is not a reference to a named object";
            let help = "move it to `components/schemas` and refer to it; a list or a plain value has no type to build";
            self.report(rules::REQUEST_BODY, &pointer, message, help);
            return None;
        };
        let Some(target) = self.document.get(&schema_pointer(name)) else {
            self.unresolved(&pointer, &schema_reference(name), "schemas");
            return None;
        };
        self.sent_reference_only(&pointer);
        if Shape::of(target).is_some() {
            let message = format!("the request body is {name}, which is a single value");
            self.report(rules::REQUEST_BODY, &pointer, message, "refer to an object that has it as a property");
            return None;
        }
        Some(name)
    }

    /// The names of the schemas that request bodies use, directly or through other schemas, without single values.
    pub(super) fn sent_schemas(&self, operations: &[Pointer]) -> BTreeSet<&'a str> {
        let mut queue: Vec<_> = operations.iter().flat_map(|operation| self.bodies_of(operation)).flatten().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = queue.pop() {
            if seen.insert(name) {
                queue.extend(self.objects_within(name));
            }
        }
        seen
    }

    /// Whether it is not known what some request body is made of. That has a finding of its own.
    pub(super) fn has_unread_body(&self, operations: &[Pointer]) -> bool {
        let with_body =
            operations.iter().filter(|operation| self.document.get(&operation.child("requestBody")).is_some());
        with_body.map(|operation| self.bodies_of(operation)).any(|bodies| bodies.is_empty() || bodies.contains(&None))
    }

    /// For each content type of a request body, also of one that is not supported, the object that it is or lists.
    fn bodies_of(&self, operation: &Pointer) -> Vec<Option<&'a str>> {
        let media = self.entries(&operation.child("requestBody").child("content"));
        media.map(|(_, media, _)| self.object_name(innermost(media.get("schema")?))).collect()
    }

    /// The names of the objects that the properties of an object refer to.
    fn objects_within(&self, name: &str) -> Vec<&'a str> {
        let properties = self.entries(&schema_pointer(name).child("properties"));
        properties.filter_map(|(_, property, _)| self.object_name(innermost(property))).collect()
    }

    /// The name of the object that a schema refers to.
    fn object_name(&self, schema: &'a Json) -> Option<&'a str> {
        let name = self.schema_name(schema)?;
        self.document.get(&schema_pointer(name)).filter(|target| Shape::of(target).is_none()).map(|_| name)
    }

    /// Reports objects that are both sent and answered: what is sent holds to the contract, what is answered may have more.
    pub(super) fn not_sent_and_answered(&mut self, sent: &BTreeSet<&str>, answers: &[String], errors: &[String]) {
        for name in answers.iter().chain(errors).filter(|name| sent.contains(name.as_str())) {
            let message = format!("{name} is in a request and in an answer, which have different rules");
            let help = "give the request an object of its own, with the properties that are sent";
            self.report(rules::REQUEST_OBJECT, &schema_pointer(name), message, help);
        }
    }
}

/// The objects in requests.
impl<'a> Reader<'a> {
    /// The objects that request bodies are made of, as far as they are valid.
    pub(super) fn request_objects(&mut self, sent: &BTreeSet<&str>) -> Vec<RequestObject> {
        let schemas = self.entries(&schemas_pointer()).filter(|(name, ..)| sent.contains(name.as_str()));
        schemas.filter_map(|(name, schema, pointer)| self.request_object(name, schema, pointer)).collect()
    }

    fn request_object(&mut self, name: &str, schema: &'a Json, pointer: Pointer) -> Option<RequestObject> {
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        let properties = pointer.child("properties");
        if schema.get("type").and_then(Json::as_str) != Some("object") || self.entries(&properties).next().is_none() {
            let message = format!("{name} is in a request and is no object with properties");
            self.report(rules::REQUEST_OBJECT, &pointer, message, "use `type: object` with `properties`");
        }
        self.refuse_other_keys(&pointer, &OF_AN_OBJECT, "an object in a request");
        if self.holds_itself(name) {
            let message = format!("{name} is in a request and holds itself, which has no end");
            self.report(rules::REQUEST_OBJECT, &pointer, message, "give what it holds a schema of its own");
        }
        let names: Vec<_> = self.entries(&properties).map(|(name, _, pointer)| (name.as_str(), pointer)).collect();
        self.request_field_names(&names);
        let required = self.required_names(&pointer);
        let mut read = Vec::new();
        for (name, property, pointer) in self.entries(&properties) {
            let description = self.text(&pointer.child("description"), rules::DESCRIBED);
            let kind = self.property_kind(&pointer, property, &DESCRIBING);
            let (Some(description), Some(kind)) = (description, kind) else { continue };
            let required = required.contains(name.as_str());
            read.push(RequestProperty { name: name.clone(), description: description.to_owned(), required, kind });
        }
        let name = name.to_owned();
        Some(RequestObject { pointer, name, description: description?.to_owned(), properties: read })
    }

    /// Whether an object refers to itself, directly or through other objects.
    fn holds_itself(&self, name: &str) -> bool {
        let (mut queue, mut seen) = (self.objects_within(name), BTreeSet::new());
        while let Some(next) = queue.pop() {
            if next == name {
                return true;
            }
            if seen.insert(next) {
                queue.extend(self.objects_within(next));
            }
        }
        false
    }

    /// What a value of a property is. `describing` has the keys that do not change it.
    fn property_kind(&mut self, pointer: &Pointer, schema: &'a Json, describing: &[&str]) -> Option<PropertyKind> {
        if let Some(name) = self.schema_name(schema) {
            let Some(target) = self.document.get(&schema_pointer(name)) else {
                self.unresolved(pointer, &schema_reference(name), "schemas");
                return None;
            };
            self.sent_reference_only(pointer);
            let name = name.to_owned();
            return Some(match Shape::of(target) {
                Some(_) => PropertyKind::Value(name),
                None => PropertyKind::Object(name),
            });
        }
        let kind = schema.get("type").and_then(Json::as_str);
        let own: &[&str] = match kind {
            Some("integer") => &["type", "format"],
            Some("array") => &["type", "items"],
            _ => &["type"],
        };
        if kind == Some("string") && is_timestamp(schema) {
            let message = "the date-time of a request has no name";
            let help = "refer to a named schema of the type string and the format date-time";
            self.report(rules::REQUEST_OBJECT, pointer, message, help);
            return None;
        }
        let supported = ["string", "integer", "number", "boolean", "array"];
        if !kind.is_some_and(|kind| supported.contains(&kind)) {
            let message = "the property of a request has no plain type, and refers to no named schema";
            let help = "use string, integer, number, boolean or array, or refer to a schema of `components/schemas`";
            self.report(rules::REQUEST_OBJECT, pointer, message, help);
            return None;
        }
        self.refuse_other_keys(pointer, &[own, describing].concat(), "a property in a request");
        match kind? {
            "boolean" => Some(PropertyKind::Boolean),
            "number" => Some(PropertyKind::Number),
            "string" => Some(PropertyKind::Text),
            "integer" => self.plain_integer(pointer, schema),
            _ => {
                let Some(items) = schema.get("items") else {
                    self.report(rules::REQUEST_OBJECT, pointer, "the list has no item type", "add `items`");
                    return None;
                };
                let items = self.property_kind(&pointer.child("items"), items, &DESCRIBING)?;
                Some(PropertyKind::List(Box::new(items)))
            }
        }
    }

    fn plain_integer(&mut self, pointer: &Pointer, schema: &Json) -> Option<PropertyKind> {
        match schema.get("format").and_then(Json::as_str) {
            Some("int32") => Some(PropertyKind::Integer(Width::Int32)),
            Some("int64") => Some(PropertyKind::Integer(Width::Int64)),
            _ => {
                let message = "the integer of a request has no width";
                let help = "add `format: int32` or `format: int64`";
                self.report(rules::REQUEST_OBJECT, pointer, message, help);
                None
            }
        }
    }

    fn refuse_other_keys(&mut self, pointer: &Pointer, known: &[&str], what: &str) {
        for (key, _, pointer) in self.entries(pointer) {
            if !known.contains(&key.as_str()) && !key.starts_with("x-") {
                let Refusal { why, way } = Refusal::of(key);
                let message = format!("`{key}` of {what} is not supported: {why}");
                self.report(rules::REQUEST_OBJECT, &pointer, message, way);
            }
        }
    }
}

/// The items of a list, and of a list of lists; anything else is its own.
fn innermost(mut schema: &Json) -> &Json {
    while let Some(items) = schema.get("items") {
        schema = items;
    }
    schema
}
