use crate::Pointer;

/// What the contract says, read and found sound enough to generate code from.
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
    /// The named schemas that are single values of a special kind, ordered by name.
    pub values: Vec<Value>,
    /// The names of the schemas that an answer is made of, ordered by name; without [`Self::values`].
    pub answers: Vec<String>,
    /// The names of the schemas that the errors are made of, ordered by name; without [`Self::values`].
    pub errors: Vec<String>,
}

impl Contract {
    /// The named value that a parameter takes.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name == name)
    }
}

/// One host of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Server {
    /// Where the contract says it.
    pub pointer: Pointer,
    /// Its name in kebab-case, from `x-mde-name`.
    pub name: String,
    /// More names for it, from `x-mde-aliases`.
    pub aliases: Vec<String>,
    /// The base URL, without a path.
    pub url: String,
    /// For whom it is.
    pub description: String,
    /// Where its users sign in, from `x-mde-authority`.
    pub authority: String,
    /// The audience its tokens are for, from `x-mde-audience`.
    pub audience: String,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Where the contract says it.
    pub pointer: Pointer,
    /// The `operationId`.
    pub id: String,
    /// The HTTP method in capitals.
    pub method: String,
    /// The path template.
    pub path: String,
    /// Its one tag.
    pub tag: String,
    /// The summary.
    pub summary: String,
    /// The description.
    pub description: String,
    /// The parameters: those of the path in its order, then those of the query by name.
    pub parameters: Vec<Parameter>,
    /// The name of the schema of the 200 answer.
    pub answer: String,
    /// The name of the schema of every other answer, where one is documented.
    pub error: Option<String>,
    /// The properties of the answer that repeat a parameter, from `x-mde-echo`.
    pub echoes: Vec<Echo>,
    /// How many calls the service allows, from `x-mde-quota`.
    pub quota: Vec<QuotaWindow>,
    /// Who may call it, from `x-mde-permissions`.
    pub permissions: Permissions,
}

/// One parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// Where it goes.
    pub place: ParameterPlace,
    /// Whether a call must give it. Always so in the path.
    pub required: bool,
    /// What it means.
    pub description: String,
    /// The name of its schema, one of [`Contract::values`].
    pub value: String,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterPlace {
    /// Into a segment of the path.
    Path,
    /// Into the query.
    Query,
}

/// A property of an answer that says what was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Echo {
    /// The property of the answer.
    pub property: String,
    /// The path parameter it repeats.
    pub parameter: String,
}

/// How many calls are allowed within any stretch of time of a given length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaWindow {
    /// How many calls, at least 1.
    pub calls: u32,
    /// The length in seconds, at least 1.
    pub seconds: u32,
}

/// Who may call an operation; at least one of the two is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permissions {
    /// What an app needs that acts for itself.
    pub application: Option<Permission>,
    /// What an app needs that acts for a user.
    pub delegated: Option<Permission>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Permission {
    /// Its name, as in a token's claims.
    pub name: String,
    /// What the portal calls it.
    pub display_name: String,
    /// The role permission that the user needs on top.
    pub user_role: Option<String>,
}

/// A named schema that is one value of a special kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value {
    /// Where the contract says it.
    pub pointer: Pointer,
    /// The name of the schema.
    pub name: String,
    /// What it means.
    pub description: String,
    /// The kind.
    pub kind: ValueKind,
}

/// The kinds of value that the generator has a type of its own for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// An IP address: a string that is one of `ipv4` and `ipv6`.
    Address,
    /// A moment: a string of format `date-time`.
    Timestamp,
    /// An integer with both bounds.
    Integer(BoundedInteger),
    /// A string with a pattern.
    Text(Text),
}

/// An integer with both bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundedInteger {
    /// How wide it is on the wire.
    pub width: Width,
    /// The least value.
    pub minimum: i64,
    /// The greatest value.
    pub maximum: i64,
    /// What the service takes where none is sent.
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
