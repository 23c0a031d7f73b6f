//! The contract as it takes effect: each operation with everything that holds for it, whatever it shares with others and
//! wherever that is written. A part that is moved, or put behind a reference, is the same element as before.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Pointer};
use serde_json::{Map, Value as Json};

use crate::evidence::names::{Levels, Named, item_name, keyed, short, unused};

const LEVELS: Levels = Levels {
    hidden: &["operations", "parameters", "successes", "errors", "headers", "body", "properties", "schema"],
    collections: &[
        "operations",
        "servers",
        "parameters",
        "successes",
        "errors",
        "headers",
        "properties",
        "quota",
        "tags",
        "error-codes",
    ],
    written: |key| match key {
        "aliases" | "audience" | "authority" | "echo" | "error-codes" | "permissions" | "quota" | "unit" => {
            format!("x-mde-{key}")
        }
        NAMED => "$ref".to_owned(),
        key => key.to_owned(),
    },
};

/// The keys of a path that are operations.
pub(crate) const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// The content type whose schema is that of a body.
const JSON: &str = "application/json";

/// The name under which an element has the name of the schema that it refers to.
pub(crate) const NAMED: &str = "named";

/// The level that the response to a status belongs to.
pub(crate) fn response_level(status: &str) -> &'static str {
    if status.starts_with('2') { "successes" } else { "errors" }
}

/// Reads a contract, be it sound or not: what has no place among the elements is kept as it is.
pub(crate) fn elements(document: &Document) -> Named<'_> {
    let mut builder = Builder { document, origins: BTreeMap::new(), used: BTreeSet::new() };
    let root = builder.contract();
    Named::new(document, root, builder.origins, LEVELS)
}

struct Builder<'a> {
    document: &'a Document,
    origins: BTreeMap<Pointer, Pointer>,
    /// The shared parts that something refers to.
    used: BTreeSet<Pointer>,
}

/// The entries of an element in the making.
type Entries = Map<String, Json>;

impl<'a> Builder<'a> {
    fn contract(&mut self) -> Json {
        let root = Pointer::root();
        self.origins.insert(root.clone(), root.clone());
        // If there is none, it is missing there.
        self.enter(&root.child("securitySchemes"), &root.child("components").child("securitySchemes"));
        let mut contract = Map::new();
        contract.insert("operations".to_owned(), self.operations());
        for key in self.keys(&root) {
            let from = root.child(&key);
            match key.as_str() {
                "paths" => self.leftovers(&from, &mut contract),
                "components" => self.components(&from, &mut contract),
                "security" if self.is_inherited() => {}
                _ => self.copy(&root, &key, &from, &mut contract),
            }
        }
        Json::Object(contract)
    }

    fn keys(&self, pointer: &Pointer) -> Vec<String> {
        let entries = self.document.get(pointer).and_then(Json::as_object).into_iter().flatten();
        entries.map(|(key, _)| key.clone()).collect()
    }

    fn items(&self, pointer: &Pointer) -> usize {
        self.document.get(pointer).and_then(Json::as_array).map_or(0, Vec::len)
    }

    /// Adds an entry as it is.
    fn copy(&mut self, at: &Pointer, key: &str, from: &Pointer, entries: &mut Entries) {
        let name = match self.document.get(&from.parent()).and_then(Json::as_object) {
            Some(beside) => short(beside, key),
            None => key,
        };
        let value = keyed(self.document, from, &at.child(name), &mut self.origins);
        entries.insert(name.to_owned(), value);
    }

    fn enter(&mut self, at: &Pointer, from: &Pointer) {
        self.origins.insert(at.clone(), from.clone());
    }

    /// The target of a chain of references, where there is one.
    fn followed(&mut self, mut pointer: Pointer) -> Pointer {
        // A longer chain is a cycle.
        for _ in 0..20 {
            let Some(target) = self.target(&pointer) else { break };
            self.used.insert(target.clone());
            pointer = target;
        }
        pointer
    }

    fn target(&self, pointer: &Pointer) -> Option<Pointer> {
        let reference = self.document.get(&pointer.child("$ref"))?.as_str()?;
        Pointer::of_reference(reference).filter(|target| self.document.get(target).is_some())
    }
}

/// The path and the method of each operation.
fn operation_places(document: &Document) -> Vec<(String, String)> {
    let paths = document.get(&Pointer::root().child("paths")).and_then(Json::as_object).into_iter().flatten();
    let mut operations = Vec::new();
    for (path, item) in paths {
        let methods = item.as_object().into_iter().flatten().map(|(key, _)| key);
        operations.extend(methods.filter(|key| METHODS.contains(&key.as_str())).map(|key| (path.clone(), key.clone())));
    }
    operations
}

/// Operations.
impl Builder<'_> {
    fn operations(&mut self) -> Json {
        let at = Pointer::root().child("operations");
        let paths = Pointer::root().child("paths");
        self.enter(&at, &paths);
        let mut entries = Map::new();
        for (path, method) in operation_places(self.document) {
            let from = paths.child(&path).child(&method);
            let id = self.document.get(&from.child("operationId")).and_then(Json::as_str).map(str::to_owned);
            let name = unused(&entries, &id.unwrap_or_else(|| format!("{} {path}", method.to_uppercase())));
            let operation = self.operation(&at.child(&name), &from, &path, &method);
            entries.insert(name, operation);
        }
        Json::Object(entries)
    }

    fn operation(&mut self, at: &Pointer, from: &Pointer, path: &str, method: &str) -> Json {
        self.enter(at, from);
        let mut operation = Map::new();
        for (key, value, origin) in
            [("method", method.to_uppercase(), from.clone()), ("path", path.to_owned(), from.parent())]
        {
            self.enter(&at.child(key), &origin);
            operation.insert(key.to_owned(), value.into());
        }
        let parameters = self.parameters(&at.child("parameters"), from);
        operation.insert("parameters".to_owned(), parameters);
        for key in self.keys(from) {
            let part = from.child(&key);
            match key.as_str() {
                "parameters" | "security" => {}
                "responses" => {
                    for level in ["successes", "errors"] {
                        let responses = self.responses(&at.child(level), &part, level);
                        operation.insert(level.to_owned(), responses);
                    }
                }
                "requestBody" => {
                    let body = self.message(&at.child(&key), part);
                    operation.insert(key, body);
                }
                _ => self.copy(at, &key, &part, &mut operation),
            }
        }
        let own = from.child("security");
        let security = if self.document.get(&own).is_some() { own } else { Pointer::root().child("security") };
        // If there is none, it is missing there.
        self.enter(&at.child("security"), &security);
        if self.document.get(&security).is_some() {
            let security = self.security(&at.child("security"), &security);
            operation.insert("security".to_owned(), security);
        }
        Json::Object(operation)
    }

    /// Whether an operation has the security requirements of the whole contract.
    fn is_inherited(&self) -> bool {
        let paths = Pointer::root().child("paths");
        let operations = operation_places(self.document);
        let own = |(path, method): &(String, String)| paths.child(path).child(method).child("security");
        operations.iter().any(|operation| self.document.get(&own(operation)).is_none())
    }

    /// The scheme of each requirement, with its scopes.
    fn security(&mut self, at: &Pointer, from: &Pointer) -> Json {
        self.enter(at, from);
        let mut schemes = Map::new();
        for index in 0..self.items(from) {
            let requirement = from.child(index);
            let keys = self.keys(&requirement);
            if keys.is_empty() {
                // A call without a token is allowed.
                let name = unused(&schemes, "none");
                self.copy(at, &name, &requirement, &mut schemes);
            }
            for key in keys {
                let name = unused(&schemes, &key);
                let scopes = keyed(self.document, &requirement.child(&key), &at.child(&name), &mut self.origins);
                schemes.insert(name, scopes);
            }
        }
        Json::Object(schemes)
    }

    /// The parameters of an operation, and those that its path shares.
    fn parameters(&mut self, at: &Pointer, operation: &Pointer) -> Json {
        let own = operation.child("parameters");
        self.enter(at, &own);
        let mut parameters = Map::new();
        for list in [operation.parent().child("parameters"), own] {
            for index in 0..self.items(&list) {
                let from = self.followed(list.child(index));
                let called = item_name(self.document.get(&from).unwrap_or(&Json::Null), index);
                let name = unused(&parameters, &called);
                let parameter = self.carrier(&at.child(&name), &from);
                parameters.insert(name, parameter);
            }
        }
        Json::Object(parameters)
    }

    /// A parameter or a header: what it says itself, and its schema.
    fn carrier(&mut self, at: &Pointer, from: &Pointer) -> Json {
        self.enter(at, from);
        let mut carrier = Map::new();
        for key in self.keys(from) {
            if key == "schema" {
                let schema = self.referred(&at.child("schema"), from.child("schema"), &mut Vec::new());
                carrier.insert(key, schema);
            } else {
                self.copy(at, &key, &from.child(&key), &mut carrier);
            }
        }
        Json::Object(carrier)
    }

    fn responses(&mut self, at: &Pointer, from: &Pointer, level: &str) -> Json {
        self.enter(at, from);
        let mut responses = Map::new();
        for status in self.keys(from).into_iter().filter(|status| response_level(status) == level) {
            let response = self.message(&at.child(&status), from.child(&status));
            responses.insert(status, response);
        }
        Json::Object(responses)
    }

    /// A response or the body of a request.
    fn message(&mut self, at: &Pointer, from: Pointer) -> Json {
        let from = self.followed(from);
        self.enter(at, &from);
        let mut message = Map::new();
        for key in self.keys(&from) {
            let part = from.child(&key);
            match key.as_str() {
                "headers" => {
                    let headers = self.headers(&at.child("headers"), &part);
                    message.insert(key, headers);
                }
                "content" => self.content(at, &part, &mut message),
                _ => self.copy(at, &key, &part, &mut message),
            }
        }
        Json::Object(message)
    }

    fn headers(&mut self, at: &Pointer, from: &Pointer) -> Json {
        self.enter(at, from);
        let mut headers = Map::new();
        for name in self.keys(from) {
            let header = self.followed(from.child(&name));
            let header = self.carrier(&at.child(&name), &header);
            headers.insert(name, header);
        }
        Json::Object(headers)
    }

    /// The content types, and the schema of the JSON among them as the body.
    fn content(&mut self, message: &Pointer, from: &Pointer, entries: &mut Entries) {
        let at = message.child("content");
        self.enter(&at, from);
        let mut content = Map::new();
        for media_type in self.keys(from) {
            let (media, of) = (at.child(&media_type), from.child(&media_type));
            self.enter(&media, &of);
            let mut parts = Map::new();
            for key in self.keys(&of) {
                if key == "schema" && media_type == JSON {
                    let body = self.referred(&message.child("body"), of.child(&key), &mut Vec::new());
                    if let Some(name) = body.get(NAMED) {
                        self.enter(&media.child(NAMED), &of.child(&key).child("$ref"));
                        parts.insert(NAMED.to_owned(), name.clone());
                    }
                    entries.insert("body".to_owned(), body);
                } else {
                    self.copy(&media, &key, &of.child(&key), &mut parts);
                }
            }
            content.insert(media_type, Json::Object(parts));
        }
        entries.insert("content".to_owned(), Json::Object(content));
    }
}

/// Schemas.
impl Builder<'_> {
    /// A schema, or what it refers to, with the name that it refers to it by. `trail` is what it is within.
    fn referred(&mut self, at: &Pointer, from: Pointer, trail: &mut Vec<Pointer>) -> Json {
        let is_reference = self.document.get(&from).and_then(Json::as_object).is_some_and(|schema| schema.len() == 1);
        let Some(target) = self.target(&from).filter(|_| is_reference) else { return self.schema(at, &from, trail) };
        self.used.insert(target.clone());
        let mut schema = if trail.contains(&target) {
            // It contains itself; what holds for it is written further up.
            self.enter(at, &target);
            Json::Object(Map::new())
        } else {
            trail.push(target.clone());
            let schema = self.schema(at, &target, trail);
            trail.pop();
            schema
        };
        if let Json::Object(entries) = &mut schema {
            self.enter(&at.child(NAMED), &from.child("$ref"));
            entries.insert(NAMED.to_owned(), target.last().into());
        }
        schema
    }

    fn schema(&mut self, at: &Pointer, from: &Pointer, trail: &mut Vec<Pointer>) -> Json {
        self.enter(at, from);
        let Some(Json::Object(_)) = self.document.get(from) else {
            return keyed(self.document, from, at, &mut self.origins);
        };
        let mut schema = Map::new();
        for key in self.keys(from) {
            let part = from.child(&key);
            match key.as_str() {
                "allOf" => {
                    for index in 0..self.items(&part) {
                        let name = unused(&schema, "schema");
                        let value = self.referred(&at.child(&name), part.child(index), trail);
                        schema.insert(name, value);
                    }
                }
                "properties" => {
                    let below = at.child(&key);
                    self.enter(&below, &part);
                    let mut properties = Map::new();
                    for name in self.keys(&part) {
                        let property = self.schema_beside(&below.child(&name), part.child(&name), trail);
                        properties.insert(name, property);
                    }
                    schema.insert(key, Json::Object(properties));
                }
                "items" | "additionalProperties" => {
                    let value = self.schema_beside(&at.child(&key), part, trail);
                    schema.insert(key, value);
                }
                _ => self.copy(at, &key, &part, &mut schema),
            }
        }
        Json::Object(schema)
    }

    /// A schema that may be a reference and nothing else.
    fn schema_beside(&mut self, at: &Pointer, from: Pointer, trail: &mut Vec<Pointer>) -> Json {
        if self.target(&from).is_none() {
            return self.schema(at, &from, trail);
        }
        self.enter(at, &from);
        let mut property = Map::new();
        let schema = self.referred(&at.child("schema"), from, trail);
        property.insert("schema".to_owned(), schema);
        Json::Object(property)
    }
}

/// What belongs to no operation.
impl Builder<'_> {
    /// What stands at paths beside their operations.
    fn leftovers(&mut self, from: &Pointer, contract: &mut Entries) {
        let at = Pointer::root().child("paths");
        let mut paths = Map::new();
        for path in self.keys(from) {
            let (below, item) = (at.child(&path), from.child(&path));
            let keys = self.keys(&item);
            let has_operation = keys.iter().any(|key| METHODS.contains(&key.as_str()));
            let mut left = Map::new();
            for key in keys {
                let is_known = METHODS.contains(&key.as_str()) || (has_operation && key == "parameters");
                if !is_known {
                    self.copy(&below, &key, &item.child(&key), &mut left);
                }
            }
            if !left.is_empty() || !has_operation {
                self.enter(&below, &item);
                paths.insert(path, Json::Object(left));
            }
        }
        if !paths.is_empty() {
            self.enter(&at, from);
            contract.insert("paths".to_owned(), Json::Object(paths));
        }
    }

    /// The security schemes, and shared parts that nothing refers to.
    fn components(&mut self, from: &Pointer, contract: &mut Entries) {
        let root = Pointer::root();
        let mut unused_parts = Map::new();
        let below = root.child("components");
        for kind in self.keys(from) {
            let parts = from.child(&kind);
            if kind == "securitySchemes" {
                self.copy(&root, &kind, &parts, contract);
                continue;
            }
            let mut left = Map::new();
            for name in self.keys(&parts) {
                let part = parts.child(&name);
                if self.used.contains(&part) {
                    continue;
                }
                let at = below.child(&kind).child(&name);
                let value = if kind == "schemas" {
                    self.schema(&at, &part, &mut Vec::new())
                } else {
                    keyed(self.document, &part, &at, &mut self.origins)
                };
                left.insert(name, value);
            }
            if !left.is_empty() {
                self.enter(&below.child(&kind), &parts);
                unused_parts.insert(kind, Json::Object(left));
            }
        }
        if !unused_parts.is_empty() {
            self.enter(&below, from);
            contract.insert("components".to_owned(), Json::Object(unused_parts));
        }
    }
}
