//! Names of the contract that become names of Rust.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};

use super::schemas::Shape;
use super::{Reader, schemas_pointer};
use crate::Pointer;
use crate::lint_rules as rules;

/// Types of the client's runtime and of the prelude that the generated code is written in, and its type parameter `S`.
const TYPES: [&str; 53] = [
    "AccessToken",
    "Acquire",
    "AnswerStream",
    "AsRef",
    "AzureCredential",
    "BoxError",
    "BoxFuture",
    "CallOptions",
    "Client",
    "ClientBuilder",
    "Clock",
    "Clone",
    "Debug",
    "Default",
    "Endpoint",
    "EndpointError",
    "EnvironmentCredential",
    "Err",
    "Error",
    "ErrorKind",
    "Event",
    "From",
    "Into",
    "InvalidValue",
    "MemoryLedger",
    "None",
    "Ok",
    "Operation",
    "Option",
    "ParseTimestampError",
    "Permission",
    "PermitId",
    "PermitRequest",
    "PermitUse",
    "QuotaKey",
    "QuotaLedger",
    "QuotaWindow",
    "Response",
    "Result",
    "S",
    "Self",
    "Some",
    "StaticToken",
    "String",
    "SystemClock",
    "Timestamp",
    "TokenClaims",
    "TokenProvider",
    "TokenRequest",
    "TryFrom",
    "TryInto",
    "Vec",
    "WindowLog",
];

/// Methods of the client's runtime and of the generated transport, and the constant for all operations.
const METHODS: [&str; 26] = [
    "all",
    "api_version",
    "baseurl",
    "budget",
    "builder",
    "client",
    "clock",
    "clone",
    "endpoint",
    "exec",
    "http",
    "inner",
    "key_of",
    "limiter",
    "new",
    "new_with_client",
    "notify",
    "options",
    "post",
    "pre",
    "quota",
    "quota_key",
    "random",
    "token_claims",
    "token_request",
    "tokens",
];

/// What every request builder has.
const BUILDER: [&str; 5] = ["client", "clone", "concurrency", "options", "send"];

impl<'a> Reader<'a> {
    /// No operation and no schema may become a method or a type that something else is.
    pub(super) fn type_names(&mut self, ids: &[(&'a str, Pointer)]) {
        let mut owners = BTreeMap::new();
        for (id, pointer) in ids {
            let builder = id.to_pascal_case();
            if self.plain(rules::OPERATION_ID, pointer, id) {
                self.free(rules::OPERATION_ID, pointer, &id.to_snake_case(), &METHODS);
                self.free(rules::OPERATION_ID, pointer, &builder, &TYPES);
                // The method for many calls is called as the type for them, so that it needs no look of its own.
                let names = [builder.clone(), format!("{builder}Call"), format!("{builder}Many")];
                let _ = names.into_iter().all(|name| self.first(rules::OPERATION_ID, pointer, name, &mut owners));
            }
        }
        for (name, schema, pointer) in self.entries(&schemas_pointer()) {
            // A type that is there already stands in for these two.
            let replaced = matches!(Shape::of(schema), Some(Shape::Address | Shape::Timestamp));
            if self.component_name(&pointer, name) && self.plain(rules::SCHEMA_NAME, &pointer, name) && !replaced {
                let kind = name.to_pascal_case();
                self.free(rules::SCHEMA_NAME, &pointer, &kind, &TYPES);
                self.first(rules::SCHEMA_NAME, &pointer, kind, &mut owners);
            }
        }
    }

    /// No two parameters of an operation may become one argument.
    pub(super) fn argument_names(&mut self, names: &[(&'a str, Pointer)]) {
        self.snake_names(rules::PARAMETER_NAMED, names, &BUILDER);
    }

    /// No two properties of a schema may become one field.
    pub(super) fn field_names(&mut self, schema: &Pointer) {
        let properties = self.entries(&schema.child("properties"));
        let names: Vec<_> = properties.map(|(name, _, pointer)| (name.as_str(), pointer)).collect();
        self.snake_names(rules::PROPERTY_NAME, &names, &[]);
    }

    fn snake_names(&mut self, rule: &'static str, names: &[(&str, Pointer)], taken: &[&str]) {
        let mut owners = BTreeMap::new();
        for (name, pointer) in names {
            if self.plain(rule, pointer, name) {
                let snake = name.to_snake_case();
                self.free(rule, pointer, &snake, taken);
                self.first(rule, pointer, snake, &mut owners);
            }
        }
    }

    /// Whether OpenAPI admits the name of a component, so that a reference to it is read by everyone.
    fn component_name(&mut self, pointer: &Pointer, name: &str) -> bool {
        let admitted = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let sound = name.chars().all(admitted);
        if !sound {
            let message = format!("{name:?} is no name that OpenAPI has for a schema");
            self.find(rules::SCHEMA_NAME, pointer, message, "use ASCII letters, digits, `.`, `-` and `_`");
        }
        sound
    }

    /// Whether a name becomes one of Rust in which a person recognises it.
    fn plain(&mut self, rule: &'static str, pointer: &Pointer, name: &str) -> bool {
        let plain = name.is_ascii() && name.to_snake_case().starts_with(|c: char| c.is_ascii_alphabetic());
        if !plain {
            let message = format!("{name:?} does not make a name of Rust");
            self.find(rule, pointer, message, "use ASCII letters and digits, a letter first");
        }
        plain
    }

    fn free(&mut self, rule: &'static str, pointer: &Pointer, name: &str, taken: &[&str]) {
        if taken.contains(&name) {
            let message = format!("this becomes `{name}` in Rust, a name that is taken");
            self.find(rule, pointer, message, "give it another name");
        }
    }

    fn first(
        &mut self,
        rule: &'static str,
        pointer: &Pointer,
        name: String,
        owners: &mut BTreeMap<String, Pointer>,
    ) -> bool {
        if let Some(owner) = owners.get(&name) {
            let message = format!("this becomes `{name}` in Rust, as {owner} does");
            self.find(rule, pointer, message, "rename one of them");
            return false;
        }
        owners.insert(name, pointer.clone());
        true
    }
}
