//! Names of the contract that become names in Rust: of methods, types, arguments and fields.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};
use typify::accept_as_ident;

use super::reader::{Reader, Shape, schemas_pointer};
use super::rules;
use crate::pointer::Pointer;
use crate::reserved::{ALL, BODY, BUILDER, CLIENT_METHODS, CLIENT_TYPES, NEW};

impl<'a> Reader<'a> {
    /// Reports operations and schemas whose method or type already exists.
    pub(super) fn type_names(&mut self, ids: &[(&'a str, Pointer)]) {
        let mut owners = BTreeMap::new();
        for (id, pointer) in ids {
            let builder = id.to_pascal_case();
            if self.is_rust_name(rules::OPERATION_ID, pointer, id) {
                let (one, many) = (id.to_snake_case(), format!("{id}_many").to_snake_case());
                self.not_reserved(rules::OPERATION_ID, pointer, &one, &CLIENT_METHODS);
                self.not_reserved(rules::OPERATION_ID, pointer, &many, &CLIENT_METHODS);
                self.not_reserved(rules::OPERATION_ID, pointer, &id.to_shouty_snake_case(), &[ALL]);
                // The method for many calls has the same name as its type, in snake case: one check covers both.
                let names = [builder.clone(), format!("{builder}Call"), format!("{builder}Many")];
                let _ = names.into_iter().all(|name| {
                    self.not_reserved(rules::OPERATION_ID, pointer, &name, &CLIENT_TYPES)
                        && self.distinct(rules::OPERATION_ID, pointer, name, &mut owners)
                });
            }
        }
        for (name, schema, pointer) in self.entries(&schemas_pointer()) {
            // An existing type replaces these two.
            let replaced = matches!(Shape::of(schema), Some(Shape::Address | Shape::Timestamp));
            if self.openapi_name(&pointer, name) && self.is_rust_name(rules::SCHEMA_NAME, &pointer, name) && !replaced {
                let kind = name.to_pascal_case();
                self.not_reserved(rules::SCHEMA_NAME, &pointer, &kind, &CLIENT_TYPES);
                self.distinct(rules::SCHEMA_NAME, &pointer, kind, &mut owners);
            }
        }
    }

    /// Reports parameters of an operation that become the same argument.
    pub(super) fn argument_names(&mut self, names: &[(&'a str, Pointer)], has_body: bool) {
        let of_body: &[&str] = if has_body { &[BODY] } else { &[] };
        self.snake_names(rules::PARAMETER_NAMED, names, &[&BUILDER, of_body].concat());
    }

    /// Reports properties of an object in a request that become the same field, or a method that the object has.
    pub(super) fn request_field_names(&mut self, names: &[(&'a str, Pointer)]) {
        self.snake_names(rules::PROPERTY_NAME, names, &[NEW]);
    }

    /// Reports values of an enum that become the same variant, or none. Whether there was nothing to report.
    pub(super) fn variant_names(&mut self, names: &[(&'a str, Pointer)]) -> bool {
        let mut owners = BTreeMap::new();
        let distinct = names.iter().filter(|(name, pointer)| {
            self.is_rust_name(rules::ENUM_VALUES, pointer, name)
                && self.not_reserved(rules::ENUM_VALUES, pointer, &name.to_pascal_case(), &[])
                && self.distinct(rules::ENUM_VALUES, pointer, name.to_pascal_case(), &mut owners)
        });
        distinct.count() == names.len()
    }

    /// Reports properties of a schema that become the same field.
    pub(super) fn field_names(&mut self, schema: &Pointer) {
        let properties = self.entries(&schema.child("properties"));
        let names: Vec<_> = properties.map(|(name, _, pointer)| (name.as_str(), pointer)).collect();
        self.snake_names(rules::PROPERTY_NAME, &names, &[]);
    }

    fn snake_names(&mut self, rule: &'static str, names: &[(&str, Pointer)], reserved: &[&str]) {
        let mut owners = BTreeMap::new();
        for (name, pointer) in names {
            if self.is_rust_name(rule, pointer, name) {
                let snake = name.to_snake_case();
                self.not_reserved(rule, pointer, &snake, reserved);
                self.distinct(rule, pointer, snake, &mut owners);
            }
        }
    }

    /// Whether OpenAPI allows the name for a component, so that every tool can resolve references to it.
    fn openapi_name(&mut self, pointer: &Pointer, name: &str) -> bool {
        let allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let valid = name.chars().all(allowed);
        if !valid {
            let message = format!("{name:?} is not a valid schema name in OpenAPI");
            self.report(rules::SCHEMA_NAME, pointer, message, "use ASCII letters, digits, `.`, `-` and `_`");
        }
        valid
    }

    /// Whether a name becomes a Rust identifier that a person recognises.
    fn is_rust_name(&mut self, rule: &'static str, pointer: &Pointer, name: &str) -> bool {
        let plain = name.is_ascii() && name.to_snake_case().starts_with(|c: char| c.is_ascii_alphabetic());
        if !plain {
            let message = format!("{name:?} does not become a valid Rust identifier");
            self.report(rule, pointer, message, "use ASCII letters and digits, and start with a letter");
        }
        plain
    }

    /// Whether nothing else has the name. A field or a method that is a keyword gets an underscore, a type cannot.
    fn not_reserved(&mut self, rule: &'static str, pointer: &Pointer, name: &str, reserved: &[&str]) -> bool {
        let is_type = name.starts_with(|c: char| c.is_ascii_uppercase());
        let is_free = !reserved.contains(&name) && (!is_type || accept_as_ident(name));
        if !is_free {
            let message = format!("this becomes `{name}` in Rust, which is reserved");
            self.report(rule, pointer, message, "choose another name");
        }
        is_free
    }

    fn distinct(
        &mut self,
        rule: &'static str,
        pointer: &Pointer,
        name: String,
        owners: &mut BTreeMap<String, Pointer>,
    ) -> bool {
        if let Some(owner) = owners.get(&name) {
            let message = format!("this becomes `{name}` in Rust, and so does {owner}");
            self.report(rule, pointer, message, "rename one of them");
            return false;
        }
        owners.insert(name, pointer.clone());
        true
    }
}
