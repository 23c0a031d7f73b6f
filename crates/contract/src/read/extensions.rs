//! The extensions of an operation: who may call it, and how often.

use serde_json::{Map, Value as Json};

use super::{Reader, label, other_keys};
use crate::{Permission, Permissions, Pointer, QuotaWindow};

const PERMISSIONS: &str = "permissions-stated";
const QUOTA: &str = "quota-stated";

/// Every extension of ours, wherever it stands.
const KNOWN: [&str; 8] = [
    "x-mde-aliases",
    "x-mde-audience",
    "x-mde-authority",
    "x-mde-echo",
    "x-mde-error-codes",
    "x-mde-name",
    "x-mde-permissions",
    "x-mde-quota",
];

impl<'a> Reader<'a> {
    /// No key of ours may be misspelt, for nothing else would notice it.
    pub(super) fn known_extensions(&mut self, pointer: &Pointer, value: &Json) {
        match value {
            Json::Object(entries) => {
                for (key, value) in entries {
                    let child = pointer.child(key);
                    if key.starts_with("x-mde-") && !KNOWN.contains(&key.as_str()) {
                        let message = format!("`{key}` is none of our extensions");
                        self.find("known-extension", &child, message, format!("use one of {}", KNOWN.join(", ")));
                    }
                    self.known_extensions(&child, value);
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.known_extensions(&pointer.child(index), item);
                }
            }
            _ => {}
        }
    }

    pub(super) fn permissions(&mut self, operation: &Pointer) -> Option<Permissions> {
        let pointer = operation.child("x-mde-permissions");
        let object = self.object(&pointer, PERMISSIONS)?;
        self.no_other_keys(&pointer, object, &["application", "delegated"], PERMISSIONS);
        let mut permission = |key| object.contains_key(key).then(|| self.permission(&pointer.child(key)));
        let application = permission("application");
        let delegated = permission("delegated");
        if application.is_none() && delegated.is_none() {
            self.find(PERMISSIONS, &pointer, "no permission is given", "give `application`, `delegated` or both");
            return None;
        }
        Some(Permissions { application: application.flatten(), delegated: delegated.flatten() })
    }

    fn permission(&mut self, pointer: &Pointer) -> Option<Permission> {
        let object = self.object(pointer, PERMISSIONS)?;
        self.no_other_keys(pointer, object, &["name", "display-name", "user-role"], PERMISSIONS);
        let name = self.text(&pointer.child("name"), PERMISSIONS);
        let display_name = self.text(&pointer.child("display-name"), PERMISSIONS);
        let user_role = pointer.child("user-role");
        let user_role = object.contains_key("user-role").then(|| self.text(&user_role, PERMISSIONS)).flatten();
        Some(Permission {
            name: name?.to_owned(),
            display_name: display_name?.to_owned(),
            user_role: user_role.map(str::to_owned),
        })
    }

    pub(super) fn quota(&mut self, operation: &Pointer) -> Vec<QuotaWindow> {
        let pointer = operation.child("x-mde-quota");
        let items: Vec<_> = self.items(&pointer).collect();
        if items.is_empty() {
            let help = "list the windows as `- calls: 100` with `seconds: 60`";
            self.find(QUOTA, &pointer, "the quota is not stated", help);
        }
        items.into_iter().filter_map(|(_, item)| self.quota_window(&item)).collect()
    }

    fn quota_window(&mut self, pointer: &Pointer) -> Option<QuotaWindow> {
        let object = self.object(pointer, QUOTA)?;
        self.no_other_keys(pointer, object, &["calls", "seconds"], QUOTA);
        let calls = self.count(&pointer.child("calls"));
        let seconds = self.count(&pointer.child("seconds"));
        Some(QuotaWindow { calls: calls?, seconds: seconds? })
    }

    fn count(&mut self, pointer: &Pointer) -> Option<u32> {
        let value = self.document.get(pointer);
        let count = value.and_then(Json::as_u64).and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
        if count.is_none() {
            let message = match value {
                Some(value) => format!("`{}` is {value}, not a whole number from 1 to {}", pointer.last(), u32::MAX),
                None => format!("`{}` is missing", pointer.last()),
            };
            self.find(QUOTA, pointer, message, "write a whole number");
        }
        count
    }

    pub(super) fn object(&mut self, pointer: &Pointer, rule: &'static str) -> Option<&'a Map<String, Json>> {
        let object = self.document.get(pointer).and_then(Json::as_object);
        if object.is_none() {
            let key = label(pointer);
            let message = format!("`{key}` is missing, or no mapping");
            self.find(rule, pointer, message, format!("give `{key}` as a mapping"));
        }
        object
    }

    fn no_other_keys(&mut self, pointer: &Pointer, object: &Map<String, Json>, known: &[&str], rule: &'static str) {
        for key in other_keys(object, known) {
            let help = format!("use {}", known.join(", "));
            self.find(rule, &pointer.child(key), format!("`{key}` means nothing here"), help);
        }
    }
}
