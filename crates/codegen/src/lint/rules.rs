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

/// Defines a constant for each name, and the table of all rules. The compiler warns of an unused constant, so every
/// rule is checked somewhere. `_` marks the rules that are checked outside of this folder.
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
        "A body is an object, or a list of objects, whose properties have a plain type, are lists or maps, or refer to a named schema.",
    BOUNDED_INTEGER = "bounded-integer":
        "A named integer with a bound has both bounds, a width that fits them, and a default within them.",
    DESCRIBED = "described":
        "Every element that a reader of the contract sees has a description.",
    ECHO_PARAMETER = "echo-parameter":
        "A property marked with `x-mde-echo` belongs to the body of a success and repeats a path parameter of the same type.",
    ENUM_VALUES = "enum-values":
        "A named enum lists at least one text, and each becomes a variant of its own in Rust.",
    ERROR_CODES = "error-codes":
        "`x-mde-error-codes` lists the codes of an error as strings, without duplicates.",
    EXACT_STATUS = "exact-status":
        "A response is listed under one status of three digits, not under `default` or a range.",
    EXAMPLE_NAMED = "example-named":
        "An example of a parameter or a body stands under `examples`, by the name of its source, and keeps to the schema.",
    _ = "generator-accepts":
        "The contract is valid OpenAPI 3.0, in shapes that the code generator supports.",
    HEADER_FREE = "header-free":
        "A header parameter has the name of a header that the client does not set itself.",
    IP_PARAMETER_TYPED = "ip-parameter-typed":
        "A parameter that is named after an IP address refers to a schema of an IP address.",
    JSON_BODY = "json-body":
        "A response has a body of the content type `application/json`, and of no other; a 204 has none.",
    KNOWN_EXTENSION = "known-extension":
        "A key that begins with `x-mde-` is a known extension on the object that it belongs to.",
    KNOWN_KEY = "known-key":
        "A key is a supported key of OpenAPI 3.0, or begins with `x-`.",
    NAMED_SCHEMA = "named-schema":
        "The schema of a body, or of the items of a body that is a list, is a reference to one under `components/schemas`.",
    ONE_ERROR_SCHEMA = "one-error-schema":
        "Every error of an operation has the same schema.",
    ONE_SUCCESS = "one-success":
        "An operation has one success: a 200, a 201 or a 204.",
    OPEN_ANSWERS = "open-answers":
        "No part of a response is narrowed, closed or given a default.",
    OPENAPI_VERSION = "openapi-version":
        "The contract uses OpenAPI 3.0.",
    OPERATION_ID = "operation-id":
        "An operation has an `operationId` that becomes unique names of methods and types in Rust.",
    OPERATION_PRESENT = "operation-present":
        "The contract has an operation.",
    PAGE_LINK = "page-link":
        "An answer with `@odata.nextLink` is that of a GET, with an optional string for the link and a list under `value`.",
    PARAMETER_NAMED = "parameter-named":
        "A parameter has a name that becomes a unique argument name in Rust.",
    PARAMETER_PLACE = "parameter-place":
        "A parameter is in the path, in the query or in a header.",
    PARAMETER_PLAIN = "parameter-plain":
        "A parameter is a single value in the default style of its place.",
    PARAMETER_TYPED = "parameter-typed":
        "A parameter is a boolean, or refers to a named schema that rejects invalid values.",
    PATH_ITEM_INLINE = "path-item-inline":
        "The operations of a path are written inline, not referenced.",
    PATH_PARAMETER_REQUIRED = "path-parameter-required":
        "A path parameter is marked as required.",
    PATH_TEMPLATE = "path-template":
        "A path consists of plain segments and its own parameters, and matches no request of another path.",
    PERMISSIONS_STATED = "permissions-stated":
        "An operation lists in `x-mde-permissions` the permissions that allow a call.",
    PROPERTY_NAME = "property-name":
        "A property has a name that becomes a unique field name in Rust.",
    QUOTA_STATED = "quota-stated":
        "A documented quota is listed in `x-mde-quota`, once per window length.",
    _ = "readable-yaml":
        "The contract is one YAML document that JSON can represent.",
    REFERENCE_ALONE = "reference-alone":
        "No key beside a reference is ignored or changes the referenced type.",
    REQUEST_BODY = "request-body":
        "A request body is required, of the content type `application/json`, and refers to a named object.",
    REQUEST_OBJECT = "request-object":
        "An object in a request has properties of types that the client can send, and is in no answer.",
    REQUIRED_PROPERTY = "required-property":
        "Each name under `required` is a property of the schema, listed once.",
    RESOLVABLE_REFERENCE = "resolvable-reference":
        "A reference resolves to a component of this file.",
    SCHEMA_NAME = "schema-name":
        "A schema has a name that becomes a unique type name in Rust.",
    SECURITY_STATED = "security-stated":
        "An operation has a security requirement: an OAuth 2.0 scheme of the contract, and scopes of that scheme.",
    SERVER_DESCRIBED = "server-described":
        "A server has a host, a description, a unique name, and the authority and audience to sign in with.",
    SUPPORTED_METHOD = "supported-method":
        "An operation is a GET, PUT, POST, PATCH or DELETE.",
    TAG_LISTED = "tag-listed":
        "An operation has a tag, and each of its tags is listed once under `tags`.",
    TEXT_PATTERN = "text-pattern":
        "The pattern of a named string is a regular expression.",
    TIMESTAMP_NAMED = "timestamp-named":
        "A timestamp in a response refers to a named schema.",
    TITLE_AND_VERSION = "title-and-version":
        "The contract has a title and a version, each on one line.",
    VALUE_PLAIN = "value-plain":
        "A named value has only the constraints that its Rust type enforces.",
}
