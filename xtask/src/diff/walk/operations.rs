//! `paths`: the operations, by path and method, or by id where one moved; who may call each, and how often.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value as Json;

use super::place::{At, METHODS, Pair, Paired, operations, path, shared_parameters};
use super::record::{Walk, cloned, texts};
use crate::diff::rules::{self, RustSource};

const PERMISSIONS: &str = "x-mde-permissions";
const QUOTA: &str = "x-mde-quota";
/// Who may call, by the key of the permission.
const ACTORS: [(&str, &str); 2] =
    [("application", "an app that acts for itself"), ("delegated", "an app that acts for a user")];

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
            self.removed(rules::OPERATION_REMOVED, operation, request, message);
        }
        for operation in &paired.added {
            let (id, request) = (operation.text("operationId"), request(operation));
            let message = format!("there is an operation `{id}`, which is {request}");
            let details = self.details(operation);
            self.added(rules::OPERATION_ADDED, operation, request, message).details = details;
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
            self.prose(item, &["summary", "description"], &whose);
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
            self.report(rules::OPERATION_MOVED, &operation.new, texts(old, new), message);
        }
        self.operation_tag(operation, &whose);
        self.prose(operation, &["summary", "description"], &whose);
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

    /// What one has to know to call an operation: who may, how often, and what it takes.
    fn details(&mut self, operation: &At<'a>) -> Vec<String> {
        let permission = |kind: &str| operation.get(PERMISSIONS)?.get(kind);
        let permissions = ACTORS.into_iter().filter_map(|(kind, actor)| {
            let permission = permission(kind)?;
            let role = match permission.text("user-role") {
                "" => String::new(),
                role => format!(", and the user the role \"{role}\""),
            };
            Some(format!("{actor} needs `{}`{role}", permission.text("name")))
        });
        let mut details: Vec<_> = permissions.collect();
        if details.is_empty() {
            details.push("no permission is documented".to_owned());
        }
        let windows: Vec<_> = operation.items_of(QUOTA).iter().map(|window| window_text(window.value)).collect();
        details.push(match windows.as_slice() {
            [] => "no quota is documented".to_owned(),
            windows => format!("it is held to {}", windows.join(" and ")),
        });
        let parameters = self.declared(operation).into_iter().map(|(_, parameter)| {
            let required = if parameter.flag("required") { "required" } else { "optional" };
            format!("`{}` ({}, {required})", parameter.text("name"), parameter.text("in"))
        });
        let parameters: Vec<_> = parameters.collect();
        if !parameters.is_empty() {
            details.push(format!("it takes {}", parameters.join(", ")));
        }
        details
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
        let change = self.report(rules::OPERATION_ID_RENAMED, &at, cloned(operation.values("operationId")), message);
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

    fn operation_tag(&mut self, operation: &Pair<'a>, whose: &str) {
        if !operation.differs("tags") {
            return;
        }
        let (old, new) = (operation.base.texts("tags").join(", "), operation.new.texts("tags").join(", "));
        let message = format!("{whose} stands under the tag `{new}`, it was `{old}`");
        let at = operation.new.items_of("tags").into_iter().next().unwrap_or_else(|| operation.place("tags"));
        self.report(rules::OPERATION_TAG_CHANGED, &at, texts(old, new), message);
    }

    fn permissions(&mut self, operation: &Pair<'a>, whose: &str) {
        let Some(permissions) = operation.get(PERMISSIONS) else { return };
        for (kind, actor) in ACTORS {
            match (permissions.base.get(kind), permissions.new.get(kind)) {
                (None, None) => {}
                (Some(old), None) => {
                    let name = old.text("name");
                    let message = format!("{actor} may no longer call {whose}, it needed `{name}`");
                    self.removed(rules::PERMISSION_REMOVED, &old, name, message);
                }
                (None, Some(new)) => {
                    let name = new.text("name");
                    let message = format!("{actor} may call {whose}, it needs `{name}`");
                    self.added(rules::PERMISSION_ADDED, &new, name, message);
                }
                (Some(base), Some(new)) => self.permission(&Pair::new(base, new), whose, actor),
            }
        }
        self.rest(&permissions, &["application", "delegated"]);
    }

    fn permission(&mut self, permission: &Pair<'a>, whose: &str, actor: &str) {
        self.text(rules::PERMISSION_CHANGED, permission, "name", |old, new| {
            format!("{actor} needs the permission `{new}` for {whose}, it needed `{old}`")
        });
        let name = permission.new.text("name");
        self.text(rules::PERMISSION_DISPLAY_NAME_CHANGED, permission, "display-name", |old, new| {
            format!("the portal calls `{name}` \"{new}\", it was \"{old}\"")
        });
        if permission.differs("user-role") {
            let (old, new) = permission.texts("user-role");
            let (rule, message) = match permission.values("user-role") {
                (None, _) => (rules::USER_ROLE_ADDED, format!("a user needs the role \"{new}\" for {whose}")),
                (_, None) => (rules::USER_ROLE_REMOVED, format!("a user needs no role \"{old}\" for {whose} any more")),
                _ => {
                    (rules::USER_ROLE_CHANGED, format!("a user needs the role \"{new}\" for {whose}, it was \"{old}\""))
                }
            };
            self.changed(rule, permission, "user-role", message);
        }
        self.rest(permission, &["name", "display-name", "user-role"]);
    }

    fn quota(&mut self, operation: &Pair<'a>, whose: &str) {
        let paired = Paired::by(operation.base.items_of(QUOTA), operation.new.items_of(QUOTA), |window| {
            window.value.get("seconds").and_then(Json::as_u64)
        });
        let text = window_text;
        for window in &paired.removed {
            let old = text(window.value);
            let message = format!("{whose} is no longer held to {old}");
            self.removed(rules::QUOTA_WINDOW_REMOVED, window, old, message);
        }
        for window in &paired.added {
            let new = text(window.value);
            let message = format!("{whose} is held to {new}, too");
            self.added(rules::QUOTA_WINDOW_ADDED, window, new, message);
        }
        for window in &paired.both {
            self.calls(window, whose);
            self.rest(window, &["calls", "seconds"]);
        }
        if paired.reordered {
            self.reordered(operation, QUOTA, cloned(operation.values(QUOTA)), &format!("the windows of {whose}"));
        }
    }

    fn calls(&mut self, window: &Pair<'a>, whose: &str) {
        if !window.differs("calls") {
            return;
        }
        let (old, new) = (shown(window.base.value, "calls"), shown(window.new.value, "calls"));
        let (base, now) = window.values("calls");
        let raised = base.and_then(Json::as_u64) < now.and_then(Json::as_u64);
        let rule = if raised { rules::QUOTA_RAISED } else { rules::QUOTA_LOWERED };
        let message =
            format!("{whose} may be called {new} times within {} s, it was {old}", shown(window.new.value, "seconds"));
        self.changed(rule, window, "calls", message);
    }
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

fn window_text(window: &Json) -> String {
    format!("{} calls within {} s", shown(window, "calls"), shown(window, "seconds"))
}

fn shown(window: &Json, key: &str) -> String {
    window.get(key).map(ToString::to_string).unwrap_or_default()
}
