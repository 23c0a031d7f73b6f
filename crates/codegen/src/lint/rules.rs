//! The table of the rules: the name of each, its summary, and its page.

/// A rule that a finding refers to, with a page that explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in kebab-case. Stable.
    pub id: &'static str,
    /// What it requires, in one sentence.
    pub summary: &'static str,
    /// The page, in Markdown: why the rule exists, with a bad and a good example.
    pub page: &'static str,
}

/// Defines a constant for each name, and the table of all rules. The compiler warns of an unused constant, so every rule
/// is checked somewhere. `_` marks the rules that are checked outside of this folder.
macro_rules! lint_rules {
    ($($constant:tt = $id:literal: $summary:literal,)+) => {
        $(pub(crate) const $constant: &str = $id;)+

        /// Every rule of a contract, those of the code generator included, ordered by name.
        pub const LINT_RULES: &[Rule] = &[
            $(Rule { id: $id, summary: $summary, page: include_str!(concat!("../../rules/", $id, ".md")) },)+
        ];
    };
}

lint_rules! {
    ANSWER_OBJECT = "answer-object":
        "A body is an object with properties, each of a plain type, a list, or a reference to a named schema.",
    BOUNDED_INTEGER = "bounded-integer":
        "A named integer with a bound has both bounds, a width that holds them, and a default within them.",
    DESCRIBED = "described":
        "Whatever a reader of the contract meets has a description.",
    ECHO_PARAMETER = "echo-parameter":
        "A property marked with `x-mde-echo` belongs to an answer and repeats a path parameter of the same kind.",
    ERROR_CODES = "error-codes":
        "`x-mde-error-codes` lists the codes of an error, each a text and each once.",
    EXACT_STATUS = "exact-status":
        "A response stands under one status of three digits, not under `default` or a range.",
    _ = "generator-accepts":
        "The contract is what OpenAPI 3.0 describes, in shapes that the code generator can write.",
    GET_ONLY = "get-only":
        "An operation is a GET without a body.",
    IP_PARAMETER_TYPED = "ip-parameter-typed":
        "A parameter that is called an IP address refers to a schema that is one.",
    JSON_BODY = "json-body":
        "A response has a body, and it is described as `application/json` and nothing else.",
    KNOWN_EXTENSION = "known-extension":
        "A key that begins with `x-mde-` is one of ours, and stands where it means something.",
    KNOWN_KEY = "known-key":
        "A key is one of OpenAPI 3.0 that is read here, or begins with `x-`.",
    NAMED_SCHEMA = "named-schema":
        "The schema of a body is a reference to one under `components/schemas`.",
    ONE_ERROR_SCHEMA = "one-error-schema":
        "Every error of an operation is described by the same schema.",
    ONE_SUCCESS = "one-success":
        "The only success of an operation is its 200.",
    ONE_TAG = "one-tag":
        "An operation has exactly one tag, which stands once under `tags`.",
    OPEN_ANSWERS = "open-answers":
        "Nothing in an answer is narrowed, closed or given a default.",
    OPENAPI_VERSION = "openapi-version":
        "The contract is written in OpenAPI 3.0.",
    OPERATION_ID = "operation-id":
        "An operation has an `operationId` that makes methods and types of its own in Rust.",
    OPERATION_PRESENT = "operation-present":
        "The contract has an operation.",
    PARAMETER_NAMED = "parameter-named":
        "A parameter has a name that makes an argument of its own in Rust.",
    PARAMETER_PLACE = "parameter-place":
        "A parameter is in the path or in the query.",
    PARAMETER_PLAIN = "parameter-plain":
        "A parameter is one value, written in the way that is usual for its place.",
    PARAMETER_TYPED = "parameter-typed":
        "The schema of a parameter is a reference to a named one that keeps bad values off the wire.",
    PATH_ITEM_INLINE = "path-item-inline":
        "The operations of a path are written under it, not referred to.",
    PATH_PARAMETER_REQUIRED = "path-parameter-required":
        "A parameter of the path is marked as required.",
    PATH_TEMPLATE = "path-template":
        "A path is made of plain segments and of its own parameters, and no other path matches the same requests.",
    PERMISSIONS_STATED = "permissions-stated":
        "An operation says in `x-mde-permissions` who may call it.",
    PROPERTY_NAME = "property-name":
        "A property has a name that makes a field of its own in Rust.",
    QUOTA_STATED = "quota-stated":
        "An operation says in `x-mde-quota` how many calls the service allows, once for each length of time.",
    _ = "readable-yaml":
        "The contract is one YAML document that JSON could hold.",
    REFERENCE_ALONE = "reference-alone":
        "Beside a reference stands nothing that is ignored, or that makes it a reference to something else.",
    REQUIRED_PROPERTY = "required-property":
        "What a schema requires is one of its properties, named once.",
    RESOLVABLE_REFERENCE = "resolvable-reference":
        "A reference leads to a component of this file.",
    SCHEMA_NAME = "schema-name":
        "A schema has a name that makes a type of its own in Rust.",
    SECURITY_STATED = "security-stated":
        "An operation says how to sign in for it: by an OAuth 2.0 scheme of the contract, and scopes of that scheme.",
    SERVER_DESCRIBED = "server-described":
        "A server has a host, a description, a name of its own, and what one needs to sign in to it.",
    TEXT_PATTERN = "text-pattern":
        "The pattern of a named text is a regular expression.",
    TIMESTAMP_NAMED = "timestamp-named":
        "A moment in an answer refers to a named schema.",
    TITLE_AND_VERSION = "title-and-version":
        "The contract has a title and a version, each in one line.",
    VALUE_PLAIN = "value-plain":
        "A named value says of itself only what the type that it becomes keeps to.",
}
