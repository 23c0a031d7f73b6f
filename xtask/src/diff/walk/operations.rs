//! `paths`: the operations, by path and method; one that moved, by its id.

use heck::{ToPascalCase, ToSnakeCase};

use super::place::{At, Pair, Paired};
use super::{Walk, cloned, texts};
use crate::diff::{RustSource, rules};

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

impl<'a> Walk<'a> {
    pub(super) fn operations(&mut self, root: &Pair<'a>) {
        self.path_items(root);
        let placed = |operation: &At<'a>| Some(("at", template(&path(operation)), method(operation)));
        let named = |operation: &At<'a>| {
            let id = operation.text("operationId");
            (!id.is_empty()).then(|| ("id", id.to_owned(), String::new()))
        };
        let paired = Paired::by_any(operations(&root.base), operations(&root.new), &[&placed, &named]);
        for operation in &paired.removed {
            let (id, request) = (operation.text("operationId"), request(operation));
            let message = format!("`{id}` is gone, which was {request}");
            self.tell(rules::OPERATION_REMOVED, operation, (Some(request.into()), None), message);
        }
        for operation in &paired.added {
            let (id, request) = (operation.text("operationId"), request(operation));
            let message = format!("there is an operation `{id}`, which is {request}");
            self.tell(rules::OPERATION_ADDED, operation, (None, Some(request.into())), message);
            self.use_components(operation);
        }
        for operation in &paired.removed {
            self.use_components(operation);
        }
        for operation in &paired.both {
            self.operation(operation);
        }
        self.security_of_all(root, &paired.both);
    }

    /// What stands in a path beside its operations.
    fn path_items(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.entries_of("paths"), root.new.entries_of("paths"));
        let items = |entries: Vec<(&'a str, At<'a>)>| entries.into_iter().map(|(_, at)| at).collect();
        let paired = Paired::by(items(base), items(new), |item| template(&item.pointer.last()));
        for item in &paired.both {
            let whose = format!("the path `{}`", item.new.pointer.last());
            self.words(item, &["summary", "description"], &whose);
            let known: Vec<_> = METHODS.into_iter().chain(["summary", "description", "parameters"]).collect();
            self.rest(item, &known);
        }
        let Some(paths) = root.get("paths") else { return };
        let without_operations = |at: &At<'a>| METHODS.iter().all(|method| at.get(method).is_none());
        for key in paths.keys().into_iter().filter(|key| paths.differs(key)) {
            let mut items = [paths.base.get(key), paths.new.get(key)].into_iter().flatten();
            if items.all(|item| without_operations(&item)) {
                self.unclassified(&paths, key);
            }
        }
    }

    fn operation(&mut self, operation: &Pair<'a>) {
        let whose = format!("`{}`", operation.new.text("operationId"));
        self.operation_id(operation);
        let (old, new) = (request(&operation.base), request(&operation.new));
        if template(&old) != template(&new) {
            let message = format!("{whose} is {new}, it was {old}");
            self.tell(rules::OPERATION_MOVED, &operation.new, texts(old, new), message);
        }
        self.operation_tag(operation, &whose);
        self.words(operation, &["summary", "description"], &whose);
        self.beside(operation, &["externalDocs"], &whose);
        self.deprecation(operation, &whose);
        self.under(operation, "x-mde-permissions", |walk| walk.permissions(operation, &whose));
        self.under(operation, "x-mde-quota", |walk| walk.quota(operation, &whose));
        self.parameters(operation, &whose);
        self.under(operation, "responses", |walk| walk.responses(operation, &whose));
        let known = [
            "operationId",
            "tags",
            "summary",
            "description",
            "externalDocs",
            "deprecated",
            "x-mde-permissions",
            "x-mde-quota",
            "parameters",
            "responses",
            "security",
        ];
        self.rest(operation, &known);
    }

    fn operation_id(&mut self, operation: &Pair<'a>) {
        if !operation.differs("operationId") {
            return;
        }
        let (old, new) = operation.texts("operationId");
        let (method, type_name) = (new.to_snake_case(), new.to_pascal_case());
        let same_in_rust = method == old.to_snake_case() && type_name == old.to_pascal_case();
        let message = match same_in_rust {
            true => format!("the operation `{old}` has the id `{new}`, which is the same name in Rust"),
            false => format!("the operation `{old}` has the id `{new}`, and the method `{method}`"),
        };
        let at = operation.place("operationId");
        let change = self.tell(rules::OPERATION_ID_RENAMED, &at, cloned(operation.values("operationId")), message);
        if same_in_rust {
            change.rust = RustSource::None;
        }
    }

    /// Notes the shared components of an operation that only one contract has.
    fn use_components(&mut self, operation: &At<'a>) {
        let mut waiting = vec![operation.clone()];
        waiting.extend(shared_parameters(operation));
        while let Some(at) = waiting.pop() {
            let at = at.resolved(&mut self.used);
            waiting.extend(at.entries().into_iter().map(|(_, at)| at).filter(|at| at.pointer.last() != "schema"));
            waiting.extend(at.items());
        }
    }
}

/// The operations of a contract.
pub(super) fn operations<'a>(root: &At<'a>) -> Vec<At<'a>> {
    let paths = root.entries_of("paths").into_iter();
    let entries = paths.flat_map(|(_, item)| item.entries());
    entries.filter(|(key, _)| METHODS.contains(key)).map(|(_, operation)| operation).collect()
}

/// The parameters that an operation shares with others of its path.
pub(super) fn shared_parameters<'a>(operation: &At<'a>) -> Vec<At<'a>> {
    operation.elsewhere(operation.pointer.parent()).map(|item| item.items_of("parameters")).unwrap_or_default()
}

/// The path of an operation.
pub(super) fn path(operation: &At<'_>) -> String {
    operation.pointer.parent().last()
}

fn method(operation: &At<'_>) -> String {
    operation.pointer.last().to_uppercase()
}

/// What a call of an operation sends.
fn request(operation: &At<'_>) -> String {
    format!("{} {}", method(operation), path(operation))
}

/// A path without the names of its parameters.
fn template(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The names of the parameters of a path, in order.
pub(super) fn names_in(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}
