//! `x-mde-permissions` and `x-mde-quota`: who may call an operation, and how often.

use serde_json::Value as Json;

use super::place::{Pair, Paired};
use super::{Walk, cloned};
use crate::diff::rules;

const PERMISSIONS: &str = "x-mde-permissions";
const QUOTA: &str = "x-mde-quota";

impl<'a> Walk<'a> {
    pub(super) fn permissions(&mut self, operation: &Pair<'a>, whose: &str) {
        let Some(permissions) = operation.get(PERMISSIONS) else { return };
        for (kind, actor) in
            [("application", "an app that acts for itself"), ("delegated", "an app that acts for a user")]
        {
            match (permissions.base.get(kind), permissions.new.get(kind)) {
                (None, None) => {}
                (Some(old), None) => {
                    let name = old.text("name");
                    let message = format!("{actor} may no longer call {whose}, it needed `{name}`");
                    self.tell(rules::PERMISSION_REMOVED, &old, (Some(name.into()), None), message);
                }
                (None, Some(new)) => {
                    let name = new.text("name");
                    let message = format!("{actor} may call {whose}, it needs `{name}`");
                    self.tell(rules::PERMISSION_ADDED, &new, (None, Some(name.into())), message);
                }
                (Some(base), Some(new)) => self.permission(&Pair::new(base, new), whose, actor),
            }
        }
        self.rest(&permissions, &["application", "delegated"]);
    }

    fn permission(&mut self, permission: &Pair<'a>, whose: &str, actor: &str) {
        if permission.differs("name") {
            let (old, new) = permission.texts("name");
            let message = format!("{actor} needs the permission `{new}` for {whose}, it needed `{old}`");
            self.tell(rules::PERMISSION_CHANGED, &permission.place("name"), cloned(permission.values("name")), message);
        }
        if permission.differs("display-name") {
            let (old, new) = permission.texts("display-name");
            let message = format!("the portal calls `{}` \"{new}\", it was \"{old}\"", permission.new.text("name"));
            let values = cloned(permission.values("display-name"));
            self.tell(rules::PERMISSION_DISPLAY_NAME_CHANGED, &permission.place("display-name"), values, message);
        }
        if permission.differs("user-role") {
            let (old, new) = permission.texts("user-role");
            let (rule, message) = match permission.values("user-role") {
                (None, _) => (rules::USER_ROLE_ADDED, format!("a user needs the role \"{new}\" for {whose}")),
                (_, None) => (rules::USER_ROLE_REMOVED, format!("a user needs no role \"{old}\" for {whose} any more")),
                _ => {
                    (rules::USER_ROLE_CHANGED, format!("a user needs the role \"{new}\" for {whose}, it was \"{old}\""))
                }
            };
            self.tell(rule, &permission.place("user-role"), cloned(permission.values("user-role")), message);
        }
        self.rest(permission, &["name", "display-name", "user-role"]);
    }

    pub(super) fn quota(&mut self, operation: &Pair<'a>, whose: &str) {
        let paired = Paired::by(operation.base.items_of(QUOTA), operation.new.items_of(QUOTA), |window| {
            window.value.get("seconds").and_then(Json::as_u64)
        });
        let told = |window: &Json| format!("{} calls within {} s", shown(window, "calls"), shown(window, "seconds"));
        for window in &paired.removed {
            let old = told(window.value);
            let message = format!("{whose} is no longer held to {old}");
            self.tell(rules::QUOTA_WINDOW_REMOVED, window, (Some(old.into()), None), message);
        }
        for window in &paired.added {
            let new = told(window.value);
            let message = format!("{whose} is held to {new}, too");
            self.tell(rules::QUOTA_WINDOW_ADDED, window, (None, Some(new.into())), message);
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
        self.tell(rule, &window.place("calls"), cloned(window.values("calls")), message);
    }
}

fn shown(window: &Json, key: &str) -> String {
    window.get(key).map(ToString::to_string).unwrap_or_default()
}
