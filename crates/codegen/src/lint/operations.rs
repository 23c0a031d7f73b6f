//! `paths`: each operation with its path, its tags and its quota.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::reader::Reader;
use super::rules;
use crate::model::{Operation, QuotaWindow, Value};
use crate::pointer::Pointer;

/// The keys of a path that are operations.
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// The methods that the client sends.
const SENT: [&str; 5] = ["delete", "get", "patch", "post", "put"];

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
        if !SENT.contains(&method) {
            let message =
                format!("{} {path} is not supported: it neither reads nor changes data", method.to_uppercase());
            let help = "leave it out; the client sends get, put, post, patch and delete";
            self.report(rules::SUPPORTED_METHOD, &pointer, message, help);
        }
        self.sign_in(&pointer);
        let id = self.text(&pointer.child("operationId"), rules::OPERATION_ID);
        let tags = self.tags_of(&pointer);
        let summary = self.text(&pointer.child("summary"), rules::DESCRIBED);
        let description = self.text(&pointer.child("description"), rules::DESCRIBED);
        let declared = self.declared_parameters(&pointer);
        let in_path = self.names_in_path(&declared);
        if let Some(in_path) = &in_path {
            self.path_template(path, &pointer, in_path);
        }
        let body = self.request_body(path, method, &pointer);
        let parameters = self.parameters(path, declared, values, body.is_some());
        let (success, error) = self.responses(&pointer, values);
        let object = success.as_ref().and_then(|(_, answer)| answer.object());
        let echoes = object.map(|object| self.echoes(object, in_path.as_ref(), &parameters, values));
        let counts = object.map(|object| self.counts(object)).unwrap_or_default();
        let (success, answer) = success.unzip();
        let quota = self.quota(&pointer);
        let permissions = self.permissions(&pointer);
        Some(Operation {
            pointer,
            id: id?.to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            tags: tags?,
            summary: summary?.to_owned(),
            description: description?.to_owned(),
            parameters,
            body,
            success: success?,
            answer: answer?,
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
            if let Some(name) = self.text(&tag.child("name"), rules::TAG_LISTED).filter(|name| !seen.insert(*name)) {
                let message = format!("the tag {name:?} is listed twice");
                self.report(rules::TAG_LISTED, &tag.child("name"), message, "remove one of them");
            }
        }
    }

    /// The tags of an operation, each of which is listed under `tags`.
    fn tags_of(&mut self, operation: &Pointer) -> Option<Vec<String>> {
        let pointer = operation.child("tags");
        let tags: Vec<_> = self.items(&pointer).collect();
        if tags.is_empty() {
            let help = "use at least one of the tags under `tags`";
            self.report(rules::TAG_LISTED, &pointer, "the operation has no tag", help);
        }
        let mut texts = Vec::new();
        for (tag, pointer) in tags {
            let text = self.text(&pointer, rules::TAG_LISTED)?;
            let known = self.items(&Pointer::root().child("tags")).any(|(known, _)| known.get("name") == Some(tag));
            if !known {
                let message = format!("the tag {tag} is not listed under `tags`");
                self.report(rules::TAG_LISTED, &pointer, message, "add it to `tags`");
            } else if texts.iter().any(|seen| seen == text) {
                let message = format!("the operation has the tag {tag} twice");
                self.report(rules::TAG_LISTED, &pointer, message, "remove one of them");
            }
            texts.push(text.to_owned());
        }
        Some(texts)
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

/// `x-mde-quota`.
impl Reader<'_> {
    /// The quota of an operation; empty where none is documented, which the contract says by having none.
    fn quota(&mut self, operation: &Pointer) -> Vec<QuotaWindow> {
        let pointer = operation.child("x-mde-quota");
        if self.document.get(&pointer).is_none() {
            return Vec::new();
        }
        let items: Vec<_> = self.items(&pointer).collect();
        if items.is_empty() {
            let help =
                "list the windows, such as `{calls: 100, seconds: 60}`, or remove it where no quota is documented";
            self.report(rules::QUOTA_STATED, &pointer, "the quota lists no window", help);
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
