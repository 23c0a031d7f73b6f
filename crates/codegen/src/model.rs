//! The contract as the generator uses it: hosts, operations, values and schemas.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::pointer::Pointer;

/// A contract without findings, ready to generate code from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// `info.title`.
    pub title: String,
    /// `info.version`, the version of the contract.
    pub version: String,
    /// The hosts, in the order of the contract.
    pub servers: Vec<Server>,
    /// The operations, ordered by path and method.
    pub operations: Vec<Operation>,
    /// The named schemas that get a Rust type of their own, ordered by name.
    pub values: Vec<Value>,
    /// The objects that request bodies are made of, ordered by name.
    pub requests: Vec<RequestObject>,
    /// The names of the schemas that the successes use, ordered by name, without [`Self::values`].
    pub answers: Vec<String>,
    /// The names of the schemas that the error responses use, ordered by name, without [`Self::values`].
    pub errors: Vec<String>,
    /// What sources show of the operations: ordered as [`Self::operations`], then by the name of the source.
    pub examples: Vec<Example>,
}

impl Contract {
    /// The value schema with this name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name == name)
    }

    /// The first value that a source shows of a parameter with this value schema.
    pub fn example_of(&self, schema: &str) -> Option<&Json> {
        self.examples.iter().find_map(|example| {
            let operation = self.operations.iter().find(|operation| operation.id == example.operation)?;
            let mut parameters = operation
                .parameters
                .iter()
                .filter(|parameter| matches!(&parameter.value, ParameterValue::Named(name) if name == schema));
            parameters.find_map(|parameter| example.parameters.get(&parameter.name))
        })
    }
}

/// One host of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Where the contract describes it.
    pub pointer: Pointer,
    /// Its name in kebab-case, from `x-mde-name`.
    pub name: String,
    /// Its other names, from `x-mde-aliases`.
    pub aliases: Vec<String>,
    /// The base URL, without a path.
    pub url: String,
    /// Which users it serves.
    pub description: String,
    /// The URL of the authority that issues its tokens, from `x-mde-authority`.
    pub authority: String,
    /// The audience of its tokens, from `x-mde-audience`.
    pub audience: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Where the contract describes it.
    pub pointer: Pointer,
    /// The `operationId`.
    pub id: String,
    /// The HTTP method in upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Its tags, at least one.
    pub tags: Vec<String>,
    /// The summary.
    pub summary: String,
    /// The description.
    pub description: String,
    /// The parameters: path parameters in the order of the path, then query parameters by name, then headers by name.
    pub parameters: Vec<Parameter>,
    /// What the request carries besides its parameters.
    pub body: Option<RequestBody>,
    /// The status of its one success: 200, 201 or 204.
    pub success: u16,
    /// What the success holds.
    pub answer: Answer,
    /// The name of the schema of every other response, if one is documented.
    pub error: Option<String>,
    /// The properties of the response that repeat a parameter, from `x-mde-echo`.
    pub echoes: Vec<Echo>,
    /// The integers among the properties of the answer, where that is an object. Each counts something, so none is
    /// negative.
    pub counts: Vec<String>,
    /// How many calls the service allows, from `x-mde-quota`; empty where no quota is documented.
    pub quota: Vec<QuotaWindow>,
    /// Who may call it, from `x-mde-permissions`.
    pub permissions: Permissions,
}

impl Operation {
    /// Whether its method is safe, as RFC 9110 calls it: a GET changes nothing, so it may be repeated.
    pub(crate) fn is_safe(&self) -> bool {
        self.method == "GET"
    }
}

/// The property of a page that links to the next one.
pub(crate) const NEXT_LINK: &str = "@odata.nextLink";

/// What the success of an operation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// No body, as a 204.
    Nothing,
    /// An object, by the name of its schema.
    Object(String),
    /// A list of objects, by the name of their schema.
    List(String),
    /// An object with a list under `value` and a link to the next page under `@odata.nextLink`, by the name of its schema.
    Page(String),
}

impl Answer {
    /// The schema that it is made of.
    pub fn schema(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Object(name) | Self::List(name) | Self::Page(name) => Some(name),
        }
    }

    /// The schema of the object that the whole body is.
    pub fn object(&self) -> Option<&str> {
        match self {
            Self::Nothing | Self::List(_) => None,
            Self::Object(name) | Self::Page(name) => Some(name),
        }
    }
}

/// One parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it goes.
    pub place: ParameterPlace,
    /// Whether a call must provide it; always true in the path.
    pub required: bool,
    /// What it means.
    pub description: String,
    /// What a value of it is.
    pub value: ParameterValue,
}

/// What a value of a parameter is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// `true` or `false`.
    Boolean,
    /// A value of a named schema, one of [`Contract::values`].
    Named(String),
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterPlace {
    /// Into a segment of the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
}

/// The body of a request, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestBody {
    /// What it means.
    pub description: String,
    /// The name of its schema, one of [`Contract::requests`].
    pub schema: String,
}

/// An object that a request body is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestObject {
    /// Where the contract describes it.
    pub pointer: Pointer,
    /// The name of the schema.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Its properties, ordered by name.
    pub properties: Vec<RequestProperty>,
}

/// A property of a [`RequestObject`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestProperty {
    /// The name on the wire.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Whether every request has it.
    pub required: bool,
    /// What a value of it is.
    pub kind: PropertyKind,
}

/// What a value of a [`RequestProperty`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PropertyKind {
    /// `true` or `false`.
    Boolean,
    /// An integer of this width, without bounds.
    Integer(Width),
    /// A number with a fraction.
    Number,
    /// Any text.
    Text,
    /// A value of a named schema, one of [`Contract::values`].
    Value(String),
    /// Another object, one of [`Contract::requests`].
    Object(String),
    /// A list.
    List(Box<Self>),
}

/// A property of a response that repeats a path parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Echo {
    /// The name of the property.
    pub property: String,
    /// The name of the path parameter.
    pub parameter: String,
}

/// How many calls the service allows within any window of a given length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaWindow {
    /// How many calls, at least 1.
    pub calls: u32,
    /// The length of the window in seconds, at least 1.
    pub seconds: u32,
}

/// The permissions that allow a call; at least one of the two is present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// What an app needs to act as itself.
    pub application: Option<Permission>,
    /// What an app needs to act for a user.
    pub delegated: Option<Permission>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permission {
    /// Its name, as in a token's claims.
    pub name: String,
    /// Its name in the portal.
    pub display_name: String,
    /// The role permission that the user needs in addition.
    pub user_role: Option<String>,
}

/// What one source shows of one operation, as `examples` have it under the name of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Example {
    /// The name of the source.
    pub source: String,
    /// The id of the operation.
    pub operation: String,
    /// The values of its parameters, by name.
    pub parameters: BTreeMap<String, Json>,
    /// The bodies of its answers, ordered by status.
    pub bodies: Vec<BodyExample>,
}

/// The body of an answer that a source shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyExample {
    /// The status that it comes with.
    pub status: String,
    /// The name of its schema.
    pub schema: String,
    /// The body.
    pub value: Json,
}

/// A named schema that becomes a Rust type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value {
    /// Where the contract describes it.
    pub pointer: Pointer,
    /// The name of the schema.
    pub name: String,
    /// What it means.
    pub description: String,
    /// The kind.
    pub kind: ValueKind,
}

/// The kinds of value that the generator has types for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// An IP address: a string that is one of `ipv4` and `ipv6`.
    Address,
    /// A timestamp: a string of format `date-time`.
    Timestamp,
    /// An integer with both bounds.
    Integer(BoundedInteger),
    /// A string that is one of a few.
    Enum(Enumeration),
    /// A string with a pattern.
    Text(Text),
}

/// An integer with both bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundedInteger {
    /// Its width on the wire.
    pub width: Width,
    /// The smallest valid value.
    pub minimum: i64,
    /// The largest valid value.
    pub maximum: i64,
    /// The value that the service uses if none is sent.
    pub default: Option<i64>,
}

/// The width of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
}

/// A string with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text {
    /// The regular expression, in the dialect of ECMA 262.
    pub pattern: String,
}

/// A string that is one of a few.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enumeration {
    /// The values, in the order of the contract. Each becomes a variant of its own in PascalCase.
    pub values: Vec<String>,
}
