//! Where the parts of a contract stand among its elements: operations, servers, security, and the schemas that hold for
//! a value.

use std::net::{Ipv4Addr, Ipv6Addr};

use chrono::DateTime;
use mde_codegen::Pointer;
use serde_json::Value as Json;

use crate::evidence::elements::response_level;
use crate::evidence::names::Named;

/// An operation of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) pointer: Pointer,
}

/// Where the operation with an id stands, or would stand.
pub(crate) fn operation_pointer(id: &str) -> Pointer {
    Pointer::root().child("operations").child(id)
}

/// Every operation, ordered by id.
pub(crate) fn operations(contract: &Named<'_>) -> Vec<Operation> {
    let pointers = contract.entries(&Pointer::root().child("operations")).into_iter();
    let text = |pointer: &Pointer, key| contract.text(&pointer.child(key)).unwrap_or_default().to_owned();
    let operation = |pointer: Pointer| Operation {
        id: pointer.last(),
        method: text(&pointer, "method"),
        path: text(&pointer, "path"),
        pointer,
    };
    pointers.map(operation).collect()
}

impl Operation {
    /// Where a parameter stands: one of the operation's own, or of those that its path shares.
    pub(crate) fn parameter(&self, contract: &Named<'_>, name: &str) -> Option<Pointer> {
        self.parameters(contract).into_iter().find(|pointer| contract.text(&pointer.child("name")) == Some(name))
    }

    /// Where each parameter stands.
    pub(crate) fn parameters(&self, contract: &Named<'_>) -> Vec<Pointer> {
        contract.entries(&self.pointer.child("parameters"))
    }

    /// Where the response to a status stands, or would stand.
    pub(crate) fn response(&self, status: &str) -> Pointer {
        self.pointer.child(response_level(status)).child(status)
    }

    /// Where the schema of a response's JSON body stands, or would stand.
    pub(crate) fn body(&self, status: &str) -> Pointer {
        self.response(status).child("body")
    }

    /// The statuses that report a failure with a body.
    pub(crate) fn errors_with_a_body(&self, contract: &Named<'_>) -> Vec<String> {
        let statuses = contract.entries(&self.pointer.child("errors")).into_iter().map(|error| error.last());
        statuses.filter(|status| contract.get(&self.body(status)).is_some()).collect()
    }

    /// Where the security requirements stand that apply to the operation.
    pub(crate) fn security(&self) -> Pointer {
        self.pointer.child("security")
    }

    /// Where each required scope stands.
    pub(crate) fn scopes(&self, contract: &Named<'_>) -> Vec<Pointer> {
        let schemes = contract.entries(&self.security()).into_iter();
        schemes.flat_map(|scheme| contract.entries(&scheme)).collect()
    }

    /// The name in messages.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Where each server stands.
pub(crate) fn servers(contract: &Named<'_>) -> Vec<Pointer> {
    contract.entries(&Pointer::root().child("servers"))
}

/// Where the server of a host stands.
pub(crate) fn server_of_host(contract: &Named<'_>, host: &str) -> Option<Pointer> {
    let url =
        |server: &Pointer| contract.text(&server.child("url")).map(|url| url.strip_prefix("https://") == Some(host));
    servers(contract).into_iter().find(|server| url(server) == Some(true))
}

/// Where the security schemes of the contract stand.
pub(crate) fn schemes() -> Pointer {
    Pointer::root().child("securitySchemes")
}

/// Where each OAuth flow of the contract stands.
pub(crate) fn flows(contract: &Named<'_>) -> Vec<Pointer> {
    let schemes = contract.entries(&schemes()).into_iter();
    schemes.flat_map(|scheme| contract.entries(&scheme.child("flows"))).collect()
}

/// A schema and all others that hold for the same value, because it refers to them.
pub(crate) struct Schema<'a> {
    contract: &'a Named<'a>,
    /// The schema itself first.
    parts: Vec<Pointer>,
}

impl<'a> Schema<'a> {
    pub(crate) fn at(contract: &'a Named<'a>, pointer: &Pointer) -> Self {
        let mut parts = vec![pointer.clone()];
        let mut next = 0;
        while let Some(part) = parts.get(next) {
            let below = contract.entries(part).into_iter();
            let referred: Vec<_> = below.filter(|child| child.last().split(' ').next() == Some("schema")).collect();
            parts.extend(referred);
            next += 1;
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

    /// Each element that gives a keyword, with what it gives.
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
