//! The extensions of an operation: who may call it, and how often.

use serde_json::{Map, Value as Json};

use super::{Reader, label, other_keys};
use crate::lint::rules;
use crate::{Permission, Permissions, Pointer, QuotaWindow};

impl<'a> Reader<'a> {
    pub(super) fn permissions(&mut self, operation: &Pointer) -> Option<Permissions> {
        let pointer = operation.child("x-mde-permissions");
        let object = self.object(&pointer, rules::PERMISSIONS_STATED)?;
        self.no_other_keys(&pointer, object, &["application", "delegated"], rules::PERMISSIONS_STATED);
        let mut permission = |key| object.contains_key(key).then(|| self.permission(&pointer.child(key)));
        let application = permission("application");
        let delegated = permission("delegated");
        if application.is_none() && delegated.is_none() {
            self.find(
                rules::PERMISSIONS_STATED,
                &pointer,
                "no permission is given",
                "give `application`, `delegated` or both",
            );
            return None;
        }
        Some(Permissions { application: application.flatten(), delegated: delegated.flatten() })
    }

    fn permission(&mut self, pointer: &Pointer) -> Option<Permission> {
        let object = self.object(pointer, rules::PERMISSIONS_STATED)?;
        self.no_other_keys(pointer, object, &["name", "display-name", "user-role"], rules::PERMISSIONS_STATED);
        let name = self.text(&pointer.child("name"), rules::PERMISSIONS_STATED);
        if let Some(name) = name.filter(|name| name.contains(char::is_whitespace)) {
            let message = format!("no claim of a token is called {name:?}");
            let help = "write the name as it stands in a token, without spaces";
            self.find(rules::PERMISSIONS_STATED, &pointer.child("name"), message, help);
        }
        let display_name = self.text(&pointer.child("display-name"), rules::PERMISSIONS_STATED);
        let user_role = pointer.child("user-role");
        let user_role =
            object.contains_key("user-role").then(|| self.text(&user_role, rules::PERMISSIONS_STATED)).flatten();
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
            self.find(rules::QUOTA_STATED, &pointer, "the quota is not stated", help);
        }
        let mut windows: Vec<QuotaWindow> = Vec::new();
        for (_, pointer) in items {
            let Some(window) = self.quota_window(&pointer) else { continue };
            if windows.iter().any(|known| known.seconds == window.seconds) {
                let message = format!("the quota for {} seconds is stated twice", window.seconds);
                self.find(rules::QUOTA_STATED, &pointer, message, "keep the one that the service documents");
            }
            windows.push(window);
        }
        windows
    }

    fn quota_window(&mut self, pointer: &Pointer) -> Option<QuotaWindow> {
        let object = self.object(pointer, rules::QUOTA_STATED)?;
        self.no_other_keys(pointer, object, &["calls", "seconds"], rules::QUOTA_STATED);
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
            self.find(rules::QUOTA_STATED, pointer, message, "write a whole number");
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
