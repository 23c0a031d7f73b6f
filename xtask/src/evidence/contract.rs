//! Where the parts of a contract stand, be it sound or not: operations, servers, security, and the schemas that hold for
//! a value.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// An operation of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) pointer: Pointer,
}

/// Every operation, ordered by path and method.
pub(crate) fn operations(contract: &Document) -> Vec<Operation> {
    let paths = Pointer::root().child("paths");
    let keys = |pointer: &Pointer| contract.get(pointer).and_then(Json::as_object).into_iter().flatten();
    let mut operations = Vec::new();
    for (path, _) in keys(&paths) {
        let item = paths.child(path);
        for (method, _) in keys(&item).filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let pointer = item.child(method);
            operations.push(Operation { method: method.to_uppercase(), path: path.clone(), pointer });
        }
    }
    operations
}

impl Operation {
    /// Where a parameter stands: one of the operation's own, or of those that its path shares.
    pub(crate) fn parameter(&self, contract: &Document, name: &str) -> Option<Pointer> {
        self.parameters(contract).into_iter().find(|pointer| text(contract, &pointer.child("name")) == Some(name))
    }

    /// Where each parameter stands, with references followed.
    pub(crate) fn parameters(&self, contract: &Document) -> Vec<Pointer> {
        let lists = [self.pointer.parent().child("parameters"), self.pointer.child("parameters")];
        let items = lists.into_iter().flat_map(|list| {
            let count = contract.get(&list).and_then(Json::as_array).map_or(0, Vec::len);
            (0..count).map(move |index| list.child(index))
        });
        items.map(|pointer| followed(contract, pointer)).collect()
    }

    /// Where the response to a status stands, or would stand.
    pub(crate) fn response(&self, contract: &Document, status: &str) -> Pointer {
        followed(contract, self.pointer.child("responses").child(status))
    }

    /// Where the schema of a response's JSON body stands, or would stand.
    pub(crate) fn body(&self, contract: &Document, status: &str) -> Pointer {
        self.response(contract, status).child("content").child("application/json").child("schema")
    }

    /// The statuses that report a failure, in their order.
    pub(crate) fn error_statuses(&self, contract: &Document) -> Vec<String> {
        let responses = contract.get(&self.pointer.child("responses")).and_then(Json::as_object);
        let statuses = responses.into_iter().flatten().map(|(status, _)| status.clone());
        statuses.filter(|status| !status.starts_with('2')).collect()
    }

    /// Where the security requirements stand that apply to the operation.
    pub(crate) fn security(&self, contract: &Document) -> Pointer {
        let own = self.pointer.child("security");
        if contract.get(&own).is_some() { own } else { Pointer::root().child("security") }
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The text at a pointer, where there is one.
pub(crate) fn text<'a>(contract: &'a Document, pointer: &Pointer) -> Option<&'a str> {
    contract.get(pointer)?.as_str()
}

/// Where a reference leads in the end; a pointer to what is no reference, or to one that leads nowhere, stays.
pub(crate) fn followed(contract: &Document, mut pointer: Pointer) -> Pointer {
    // A chain of references that is longer goes in a circle.
    for _ in 0..20 {
        let reference = text(contract, &pointer.child("$ref")).and_then(Pointer::of_reference);
        match reference.filter(|target| contract.get(target).is_some()) {
            Some(target) => pointer = target,
            None => break,
        }
    }
    pointer
}

/// Where each server stands.
pub(crate) fn servers(contract: &Document) -> Vec<Pointer> {
    let servers = Pointer::root().child("servers");
    let count = contract.get(&servers).and_then(Json::as_array).map_or(0, Vec::len);
    (0..count).map(|index| servers.child(index)).collect()
}

/// Where the server of a host stands.
pub(crate) fn server_of_host(contract: &Document, host: &str) -> Option<Pointer> {
    servers(contract)
        .into_iter()
        .find(|server| text(contract, &server.child("url")).and_then(|url| url.strip_prefix("https://")) == Some(host))
}

/// Where the security schemes of the contract stand.
pub(crate) fn schemes() -> Pointer {
    Pointer::root().child("components").child("securitySchemes")
}

/// Where each OAuth flow of the contract stands.
pub(crate) fn flows(contract: &Document) -> Vec<Pointer> {
    let keys = |pointer: &Pointer| {
        let keys = contract.get(pointer).and_then(Json::as_object).into_iter().flatten();
        keys.map(|(key, _)| pointer.child(key)).collect::<Vec<_>>()
    };
    keys(&schemes()).into_iter().flat_map(|scheme| keys(&scheme.child("flows"))).collect()
}

/// Where each required scope of an operation stands.
pub(crate) fn required_scopes(contract: &Document, operation: &Operation) -> Vec<Pointer> {
    let security = operation.security(contract);
    let mut pointers = Vec::new();
    let requirements = contract.get(&security).and_then(Json::as_array).into_iter().flatten();
    for (index, requirement) in requirements.enumerate() {
        for (scheme, scopes) in requirement.as_object().into_iter().flatten() {
            let count = scopes.as_array().map_or(0, Vec::len);
            let scheme = security.child(index).child(scheme);
            pointers.extend((0..count).map(|index| scheme.child(index)));
        }
    }
    pointers
}

/// A schema and, by `$ref` and `allOf`, all others that hold for the same value.
pub(crate) struct Schema<'a> {
    contract: &'a Document,
    /// The schema itself first.
    parts: Vec<Pointer>,
}

impl<'a> Schema<'a> {
    pub(crate) fn at(contract: &'a Document, pointer: &Pointer) -> Self {
        let mut parts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![pointer.clone()];
        while let Some(part) = waiting.pop() {
            if !seen.insert(part.clone()) {
                continue;
            }
            waiting.extend(text(contract, &part.child("$ref")).and_then(Pointer::of_reference));
            let all = part.child("allOf");
            let count = contract.get(&all).and_then(Json::as_array).map_or(0, Vec::len);
            waiting.extend((0..count).map(|index| all.child(index)));
            parts.push(part);
        }
        Self { contract, parts }
    }

    /// Where the schema itself stands.
    pub(crate) fn pointer(&self) -> &Pointer {
        &self.parts[0]
    }

    /// Where the schema stands that the others only refer to, and where a keyword would be added.
    pub(crate) fn named(&self) -> &Pointer {
        self.parts.last().unwrap_or(&self.parts[0])
    }

    /// Each place that gives a keyword, with what it gives.
    pub(crate) fn keyword(&self, key: &str) -> Vec<(Pointer, &'a Json)> {
        let pointers = self.parts.iter().map(|part| part.child(key));
        pointers.filter_map(|pointer| Some((pointer.clone(), self.contract.get(&pointer)?))).collect()
    }

    /// The first text that a keyword has.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.keyword(key).into_iter().find_map(|(_, value)| value.as_str())
    }

    /// Where a property is declared.
    pub(crate) fn property(&self, name: &str) -> Option<Pointer> {
        let pointers = self.parts.iter().map(|part| part.child("properties").child(name));
        pointers.into_iter().find(|pointer| self.contract.get(pointer).is_some())
    }

    /// Where a property would be declared: beside the others.
    pub(crate) fn pointer_of_property(&self, name: &str) -> Pointer {
        self.property(name).unwrap_or_else(|| {
            let declared = self.keyword("properties");
            let beside = declared.first().map(|(pointer, _)| pointer.clone());
            beside.unwrap_or_else(|| self.parts[0].child("properties")).child(name)
        })
    }
}

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
