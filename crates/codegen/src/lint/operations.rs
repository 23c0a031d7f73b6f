//! `paths`: each operation with its tag, its parameters and its quota.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::Value as Json;

use super::reader::{Reader, Shape, schema_pointer, schema_reference};
use super::rules;
use crate::model::{Operation, Parameter, ParameterPlace, QuotaWindow, Value};
use crate::pointer::Pointer;

/// The keys of a path that are operations.
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

impl<'a> Reader<'a> {
    /// Every operation that is valid enough to be read.
    pub(super) fn operations(&mut self, values: &[Value]) -> Vec<Operation> {
        let paths = Pointer::root().child("paths");
        let mut elsewhere = false;
        for (_, item, pointer) in self.entries(&paths) {
            if item.get("$ref").is_some() {
                let help = "write the operations of the path inline";
                self.report(
                    rules::PATH_ITEM_INLINE,
                    &pointer.child("$ref"),
                    "a path item that is a reference is not supported",
                    help,
                );
                elsewhere = true;
            }
        }
        self.distinct_paths();
        let places = self.operation_places();
        if places.is_empty() && !elsewhere {
            self.report(
                rules::OPERATION_PRESENT,
                &paths,
                "the contract has no operation",
                "add an operation under `paths`",
            );
        }
        places.into_iter().filter_map(|(path, method, pointer)| self.operation(path, method, pointer, values)).collect()
    }

    /// Path, method and pointer of each operation, valid or not.
    fn operation_places(&self) -> Vec<(&'a str, &'a str, Pointer)> {
        let paths = self.entries(&Pointer::root().child("paths")).filter(|(path, ..)| !path.starts_with("x-"));
        let places = paths.flat_map(|(path, _, pointer)| {
            let methods = self.entries(&pointer).filter(|(key, ..)| METHODS.contains(&key.as_str()));
            methods.map(|(method, _, pointer)| (path.as_str(), method.as_str(), pointer))
        });
        places.collect()
    }

    /// The pointer of each operation, valid or not.
    pub(super) fn operation_pointers(&self) -> Vec<Pointer> {
        self.operation_places().into_iter().map(|(_, _, pointer)| pointer).collect()
    }

    /// The id of each operation that has one, valid or not.
    pub(super) fn operation_ids(&self) -> Vec<(&'a str, Pointer)> {
        let ids = self.operation_pointers().into_iter().map(|pointer| pointer.child("operationId"));
        ids.filter_map(|id| Some((self.known_text(&id)?, id))).collect()
    }

    fn operation(&mut self, path: &str, method: &str, pointer: Pointer, values: &[Value]) -> Option<Operation> {
        if method != "get" || self.document.get(&pointer.child("requestBody")).is_some() {
            let problem = if method == "get" { "has a request body" } else { "is not a GET" };
            let message = format!("{} {path} {problem}", method.to_uppercase());
            let help = "the client retries calls, so it supports only GET without a body";
            self.report(rules::GET_ONLY, &pointer, message, help);
        }
        self.sign_in(&pointer);
        let id = self.text(&pointer.child("operationId"), rules::OPERATION_ID);
        let tag = self.tag(&pointer);
        let summary = self.text(&pointer.child("summary"), rules::DESCRIBED);
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        let declared = self.declared_parameters(&pointer);
        let in_path = self.names_in_path(&declared);
        if let Some(in_path) = &in_path {
            self.path_template(path, &pointer, in_path);
        }
        let parameters = self.parameters(path, declared, values);
        let (answer, error) = self.responses(&pointer, values);
        let echoes = answer.map(|answer| self.echoes(answer, in_path.as_ref(), &parameters, values));
        let counts = answer.map(|answer| self.counts(answer)).unwrap_or_default();
        let quota = self.quota(&pointer);
        let permissions = self.permissions(&pointer);
        Some(Operation {
            pointer,
            id: id?.to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            tag: tag?.to_owned(),
            summary: summary?.to_owned(),
            description: description?.to_owned(),
            parameters,
            answer: answer?.to_owned(),
            error: error.map(str::to_owned),
            echoes: echoes.unwrap_or_default(),
            counts,
            quota,
            permissions: permissions?,
        })
    }

    /// Checks the list of tags.
    pub(super) fn tags(&mut self) {
        let mut seen = BTreeSet::new();
        for (_, tag) in self.items(&Pointer::root().child("tags")) {
            self.text(&tag.child("description"), rules::DESCRIBED);
            if let Some(name) = self.text(&tag.child("name"), rules::ONE_TAG).filter(|name| !seen.insert(*name)) {
                let message = format!("the tag {name:?} is listed twice");
                self.report(rules::ONE_TAG, &tag.child("name"), message, "remove one of them");
            }
        }
    }

    fn tag(&mut self, operation: &Pointer) -> Option<&'a str> {
        let pointer = operation.child("tags");
        let tags: Vec<_> = self.items(&pointer).collect();
        let [(tag, _)] = tags.as_slice() else {
            let message = format!("the operation has {} tags instead of one", tags.len());
            self.report(rules::ONE_TAG, &pointer, message, "use one of the tags under `tags`");
            return None;
        };
        let text = self.text(&pointer.child(0), rules::ONE_TAG)?;
        let known = self.items(&Pointer::root().child("tags")).any(|(known, _)| known.get("name") == Some(tag));
        if !known {
            self.report(
                rules::ONE_TAG,
                &pointer.child(0),
                format!("the tag {tag} is not listed under `tags`"),
                "add it to `tags`",
            );
        }
        Some(text)
    }
}

/// The path of an operation.
impl Reader<'_> {
    /// Reports paths that match the same requests.
    fn distinct_paths(&mut self) {
        let mut seen = BTreeMap::new();
        for (path, _, pointer) in self.entries(&Pointer::root().child("paths")) {
            let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
            let segments = path.split('/').map(|segment| if is_parameter(segment) { "{}" } else { segment });
            if let Some(first) = seen.insert(segments.collect::<Vec<_>>(), path) {
                let message = format!("the path {path:?} matches the same requests as {first:?}");
                self.report(rules::PATH_TEMPLATE, &pointer, message, "merge them into one path");
            }
        }
    }

    /// Checks that the path has the declared parameters, and no character that needs escaping.
    fn path_template(&mut self, path: &str, operation: &Pointer, declared: &BTreeSet<&str>) {
        let mut used = BTreeSet::new();
        let segments = path.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>()).unwrap_or_default();
        let valid =
            segments.iter().all(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => used.insert(name),
                None => !segment.is_empty() && segment.chars().all(is_plain_in_path),
            });
        if !valid || segments.is_empty() {
            let message = format!("the path {path:?} is not a valid template");
            let help = "start with a slash, end without one, put each `{name}` in a segment of its own, and use \
                        only letters, digits, `-`, `.`, `_`, `$` elsewhere";
            self.report(rules::PATH_TEMPLATE, &operation.parent(), message, help);
        } else if used != *declared {
            let names: Vec<_> = declared.iter().copied().collect();
            let message = format!("the path {path:?} does not match its parameters [{}]", names.join(", "));
            let help = "declare one path parameter for each `{name}`, and no others";
            self.report(rules::PATH_TEMPLATE, &operation.parent(), message, help);
        }
    }
}

/// The parameters of an operation.
impl<'a> Reader<'a> {
    /// The pointer of each parameter of an operation; `None` for an unresolved reference.
    fn declared_parameters(&mut self, operation: &Pointer) -> Vec<Option<Pointer>> {
        let shared = self.items(&operation.parent().child("parameters"));
        let own = self.items(&operation.child("parameters"));
        let pointers: Vec<_> = shared.chain(own).map(|(_, pointer)| pointer).collect();
        pointers.into_iter().map(|pointer| self.resolve(pointer, "parameters")).collect()
    }

    /// The names of the path parameters; `None` if a parameter lacks its name or place.
    fn names_in_path(&self, declared: &[Option<Pointer>]) -> Option<BTreeSet<&'a str>> {
        let mut names = BTreeSet::new();
        for pointer in declared {
            let text = |key| self.known_text(&pointer.as_ref()?.child(key));
            let (name, place) = (text("name")?, text("in")?);
            if place == "path" {
                names.insert(name);
            }
        }
        Some(names)
    }

    fn parameters(&mut self, path: &str, declared: Vec<Option<Pointer>>, values: &[Value]) -> Vec<Parameter> {
        let pointers: Vec<_> = declared.into_iter().flatten().collect();
        let names = pointers.iter().map(|pointer| pointer.child("name"));
        let names: Vec<_> = names.filter_map(|name| Some((self.known_text(&name)?, name))).collect();
        self.argument_names(&names);
        let mut parameters: Vec<_> =
            pointers.into_iter().filter_map(|pointer| self.parameter(pointer, values)).collect();
        let place_in_path = |name: &str| path.find(&format!("{{{name}}}")).unwrap_or(path.len());
        parameters.sort_by_key(|parameter| match parameter.place {
            ParameterPlace::Path => (0, place_in_path(&parameter.name), String::new()),
            ParameterPlace::Query => (1, 0, parameter.name.clone()),
        });
        parameters
    }

    /// Reads one parameter, which is not a reference.
    pub(super) fn parameter(&mut self, pointer: Pointer, values: &[Value]) -> Option<Parameter> {
        self.object(&pointer, rules::PARAMETER_NAMED)?;
        let name = self.text(&pointer.child("name"), rules::PARAMETER_NAMED);
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        let place = match self.text(&pointer.child("in"), rules::PARAMETER_PLACE)? {
            "path" => ParameterPlace::Path,
            "query" => ParameterPlace::Query,
            other => {
                let message = format!("a parameter in {other:?} is not supported");
                let help = "use `path` or `query`; the client sets its headers itself";
                self.report(rules::PARAMETER_PLACE, &pointer.child("in"), message, help);
                return None;
            }
        };
        let required = self.document.get(&pointer.child("required")) == Some(&Json::Bool(true));
        if place == ParameterPlace::Path && !required {
            let message = "a path parameter is not marked as required";
            self.report(rules::PATH_PARAMETER_REQUIRED, &pointer, message, "add `required: true`");
        }
        for key in ["style", "explode", "allowReserved", "allowEmptyValue", "content"] {
            if self.document.get(&pointer.child(key)).is_some() {
                let message = format!("`{key}` of a parameter is not supported");
                self.report(
                    rules::PARAMETER_PLAIN,
                    &pointer.child(key),
                    message,
                    "remove it; a parameter is a single value in the default style",
                );
            }
        }
        let value = self.parameter_value(&pointer.child("schema"), values);
        if let (Some(name), Some(value)) = (name, &value) {
            self.ip_parameter(name, value, &pointer.child("schema"));
        }
        Some(Parameter { name: name?.to_owned(), place, required, description: description?.to_owned(), value: value? })
    }

    /// The name of a parameter's schema, which must be of a kind that rejects invalid values.
    fn parameter_value(&mut self, pointer: &Pointer, values: &[Value]) -> Option<String> {
        let schema = self.document.get(pointer);
        let name = schema.and_then(|schema| self.schema_name(schema));
        let target = name.and_then(|name| self.document.get(&schema_pointer(name)));
        let message = match (schema, name, target) {
            (_, Some(name), Some(target)) => match Shape::of(target) {
                // A schema that is missing in `values` has a finding of its own.
                Some(Shape::Address | Shape::Integer | Shape::Text) => {
                    self.reference_only(pointer);
                    return values.iter().find(|value| value.name == name).map(|value| value.name.clone());
                }
                _ => format!("the schema {name} does not restrict the values of a parameter"),
            },
            (_, Some(name), None) => {
                self.unresolved(pointer, &schema_reference(name), "schemas");
                return None;
            }
            (Some(_), None, _) => "the schema of a parameter is not a reference to a named schema".to_owned(),
            (None, None, _) => "the parameter has no schema".to_owned(),
        };
        let help = "refer to a schema under `components/schemas` that is an IP address (string, `oneOf` ipv4 and \
                    ipv6), an integer with `minimum`, `maximum` and `format`, or a string with a `pattern`";
        self.report(rules::PARAMETER_TYPED, pointer, message, help);
        None
    }

    /// A parameter that is named after IP addresses must take one: a pattern also matches other text.
    fn ip_parameter(&mut self, name: &str, schema: &str, pointer: &Pointer) {
        let named_ip = name.to_snake_case().split('_').any(|word| matches!(word, "ip" | "ips" | "ipv4" | "ipv6"));
        let target = self.document.get(&schema_pointer(schema));
        if named_ip && target.and_then(Shape::of) == Some(Shape::Text) {
            let message = format!(
                "the parameter {name:?} has the schema {schema}, which allows strings that are not IP addresses"
            );
            let help = "refer to a string schema with `oneOf` of the formats ipv4 and ipv6";
            self.report(rules::IP_PARAMETER_TYPED, pointer, message, help);
        }
    }
}

/// `x-mde-quota`.
impl Reader<'_> {
    /// The quota of an operation.
    fn quota(&mut self, operation: &Pointer) -> Vec<QuotaWindow> {
        let pointer = operation.child("x-mde-quota");
        let items: Vec<_> = self.items(&pointer).collect();
        if items.is_empty() {
            let help = "list the windows, such as `{calls: 100, seconds: 60}`";
            self.report(rules::QUOTA_STATED, &pointer, "the quota is missing", help);
        }
        let mut windows: Vec<QuotaWindow> = Vec::new();
        for (_, pointer) in items {
            let Some(window) = self.quota_window(&pointer) else { continue };
            if windows.iter().any(|known| known.seconds == window.seconds) {
                let message = format!("there are two quotas for {} seconds", window.seconds);
                self.report(rules::QUOTA_STATED, &pointer, message, "keep the one that the service documents");
            }
            windows.push(window);
        }
        windows
    }

    fn quota_window(&mut self, pointer: &Pointer) -> Option<QuotaWindow> {
        let object = self.object(pointer, rules::QUOTA_STATED)?;
        self.only_keys(pointer, object, &["calls", "seconds"], rules::QUOTA_STATED);
        let calls = self.positive(&pointer.child("calls"));
        let seconds = self.positive(&pointer.child("seconds"));
        Some(QuotaWindow { calls: calls?, seconds: seconds? })
    }

    /// A number of at least 1.
    fn positive(&mut self, pointer: &Pointer) -> Option<u32> {
        let value = self.document.get(pointer);
        let count = value.and_then(Json::as_u64).and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
        if count.is_none() {
            let message = match value {
                Some(value) => format!("`{}` is {value}, not an integer from 1 to {}", pointer.last(), u32::MAX),
                None => format!("`{}` is missing", pointer.last()),
            };
            self.report(rules::QUOTA_STATED, pointer, message, "write an integer of at least 1");
        }
        count
    }
}

/// Whether a character needs no escaping in a path.
fn is_plain_in_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '$')
}
