//! How a program signs in: the hosts with their authorities, the OAuth 2.0 schemes, and the permissions of an
//! operation.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase;
use serde_json::Value as Json;

use super::reader::Reader;
use super::rules;
use crate::model::{Permission, Permissions, Server};
use crate::pointer::Pointer;
use crate::reserved::{ALIASES, ALL, ENDPOINT_NAMES};

/// The key of the schemes under `components`.
const SCHEMES: &str = "securitySchemes";

/// The flows of OAuth 2.0, and the URLs that each must have.
const FLOWS: [(&str, &[&str]); 4] = [
    ("implicit", &["authorizationUrl"]),
    ("password", &["tokenUrl"]),
    ("clientCredentials", &["tokenUrl"]),
    ("authorizationCode", &["authorizationUrl", "tokenUrl"]),
];

/// `servers`.
impl Reader<'_> {
    /// The hosts of the service.
    pub(super) fn servers(&mut self) -> Vec<Server> {
        let pointer = Pointer::root().child("servers");
        let items: Vec<_> = self.items(&pointer).map(|(_, item)| item).collect();
        if items.is_empty() {
            self.report(
                rules::SERVER_DESCRIBED,
                &pointer,
                "the contract has no server",
                "list every host of the service under `servers`",
            );
        }
        let servers: Vec<_> = items.into_iter().filter_map(|item| self.server(item)).collect();
        self.distinct_names(&servers);
        servers
    }

    fn server(&mut self, pointer: Pointer) -> Option<Server> {
        self.object(&pointer, rules::SERVER_DESCRIBED)?;
        let url = self.origin(&pointer.child("url"));
        let description = self.text(&pointer.child("description"), rules::SERVER_DESCRIBED);
        let authority = self.origin(&pointer.child("x-mde-authority"));
        let audience = self.origin(&pointer.child("x-mde-audience"));
        let name = self.server_name(&pointer.child("x-mde-name"));
        let aliases = pointer.child("x-mde-aliases");
        if self.document.get(&aliases).is_some_and(|value| !value.is_array()) {
            self.report(
                rules::SERVER_DESCRIBED,
                &aliases,
                "`x-mde-aliases` is not a list",
                "write it as a list of names",
            );
        }
        let aliases: Vec<_> = self.items(&aliases).map(|(_, alias)| alias).collect();
        let aliases = aliases.into_iter().filter_map(|alias| self.server_name(&alias)).collect();
        Some(Server {
            pointer,
            name: name?,
            aliases,
            url: url?,
            description: description?.to_owned(),
            authority: authority?,
            audience: audience?,
        })
    }

    /// An https URL of a host, without port, path, query or trailing slash.
    fn origin(&mut self, pointer: &Pointer) -> Option<String> {
        let url = self.text(pointer, rules::SERVER_DESCRIBED)?;
        let host = url.strip_prefix("https://").unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if host.is_empty() || !host.chars().all(plain) {
            let message = format!("{url:?} is not the https URL of a host");
            self.report(
                rules::SERVER_DESCRIBED,
                pointer,
                message,
                "write `https://` and the host in lower case, and nothing after it",
            );
            return None;
        }
        Some(url.to_owned())
    }

    fn server_name(&mut self, pointer: &Pointer) -> Option<String> {
        let name = self.text(pointer, rules::SERVER_DESCRIBED)?;
        let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
        let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !starts_well || !name.split('-').all(word) {
            let message = format!("{name:?} is not in kebab-case");
            self.report(
                rules::SERVER_DESCRIBED,
                pointer,
                message,
                "use lower-case letters, digits and single hyphens, and start with a letter",
            );
            return None;
        }
        let constant = name.to_shouty_snake_case();
        if ENDPOINT_NAMES.contains(&name) || [ALIASES, ALL].contains(&constant.as_str()) {
            let message = format!("{name:?} is reserved by the client");
            self.report(rules::SERVER_DESCRIBED, pointer, message, "choose another name");
            return None;
        }
        Some(name.to_owned())
    }

    /// Reports servers that share a name or a URL.
    fn distinct_names(&mut self, servers: &[Server]) {
        let mut seen = BTreeMap::new();
        for server in servers {
            for name in [&server.name].into_iter().chain(&server.aliases).chain([&server.url]) {
                if let Some(first) = seen.insert(name, &server.pointer) {
                    let message = format!("{name:?} is already used at {first}");
                    self.report(
                        rules::SERVER_DESCRIBED,
                        &server.pointer,
                        message,
                        "give each server a unique name and URL",
                    );
                }
            }
        }
    }
}

/// `security` and `components/securitySchemes`.
impl<'a> Reader<'a> {
    /// Checks the schemes, and the requirements of the contract.
    pub(super) fn security(&mut self) {
        for (_, _, pointer) in self.entries(&schemes_pointer()) {
            if let Some(pointer) = self.resolve(pointer, SCHEMES) {
                self.scheme(&pointer);
            }
        }
        self.requirements(&Pointer::root().child("security"));
    }

    fn scheme(&mut self, pointer: &Pointer) {
        self.text(&pointer.child("description"), rules::DESCRIBED);
        let Some(object) = self.object(pointer, rules::SECURITY_STATED) else { return };
        if object.get("type").and_then(Json::as_str) != Some("oauth2") {
            let message = "the scheme is not of type `oauth2`, the only one that the client supports";
            self.report(rules::SECURITY_STATED, pointer, message, "use `type: oauth2` with `flows`");
            return;
        }
        let flows = pointer.child("flows");
        if self.entries(&flows).all(|(flow, ..)| flow.starts_with("x-")) {
            self.report(rules::SECURITY_STATED, &flows, "the scheme has no flow", "add at least one under `flows`");
        }
        for (name, urls) in FLOWS {
            let flow = flows.child(name);
            if self.document.get(&flow).is_some() {
                for url in urls {
                    self.text(&flow.child(url), rules::SECURITY_STATED);
                }
                self.object(&flow.child("scopes"), rules::SECURITY_STATED);
                for (_, _, scope) in self.entries(&flow.child("scopes")) {
                    self.text(&scope, rules::DESCRIBED);
                }
            }
        }
    }

    /// Checks that an operation, or else the contract, has a security requirement.
    pub(super) fn sign_in(&mut self, operation: &Pointer) {
        let own = operation.child("security");
        let common = Pointer::root().child("security");
        let stated_in_common = self.document.get(&own).is_none() && self.document.get(&common).is_some();
        let pointer = if stated_in_common { &common } else { &own };
        if self.items(pointer).next().is_none() {
            let help = "list a scheme of `components/securitySchemes` and its scopes under `security`, of the \
                        operation or of the contract";
            self.report(rules::SECURITY_STATED, pointer, "the operation has no security requirement", help);
        }
        self.requirements(&own);
    }

    fn requirements(&mut self, pointer: &Pointer) {
        for (requirement, pointer) in self.items(pointer) {
            if self.entries(&pointer).next().is_none() {
                let message = format!("{requirement} names no scheme, which allows anonymous calls");
                self.report(rules::SECURITY_STATED, &pointer, message, "name a scheme and its scopes");
            }
            for (scheme, _, pointer) in self.entries(&pointer) {
                self.requirement(scheme, &pointer);
            }
        }
    }

    fn requirement(&mut self, scheme: &str, pointer: &Pointer) {
        if self.document.get(&schemes_pointer().child(scheme)).is_none() {
            let message = format!("the scheme {scheme:?} does not exist");
            let help = "use one of those under `components/securitySchemes`";
            self.report(rules::SECURITY_STATED, pointer, message, help);
            return;
        }
        let known = self.scopes(scheme);
        let mut asked = self.items(pointer).peekable();
        if asked.peek().is_none() {
            let message = format!("the requirement of {scheme:?} lists no scope");
            self.report(rules::SECURITY_STATED, pointer, message, "list the scopes that a token must have");
        }
        for (scope, pointer) in asked {
            if !scope.as_str().is_some_and(|scope| known.contains(scope)) {
                let message = format!("{scope} is not a scope of {scheme:?}");
                self.report(rules::SECURITY_STATED, &pointer, message, "use a scope that the scheme lists");
            }
        }
    }

    /// The scopes of a scheme, of all its flows.
    fn scopes(&mut self, scheme: &str) -> BTreeSet<&'a str> {
        let Some(scheme) = self.resolve(schemes_pointer().child(scheme), SCHEMES) else { return BTreeSet::new() };
        let flows = self.entries(&scheme.child("flows"));
        let scopes = flows.flat_map(|(_, _, flow)| self.entries(&flow.child("scopes")));
        scopes.map(|(scope, ..)| scope.as_str()).collect()
    }
}

/// `x-mde-permissions`.
impl Reader<'_> {
    /// The permissions that allow a call of the operation.
    pub(super) fn permissions(&mut self, operation: &Pointer) -> Option<Permissions> {
        let pointer = operation.child("x-mde-permissions");
        let object = self.object(&pointer, rules::PERMISSIONS_STATED)?;
        self.only_keys(&pointer, object, &["application", "delegated"], rules::PERMISSIONS_STATED);
        let mut permission = |key| object.contains_key(key).then(|| self.permission(&pointer.child(key)));
        let application = permission("application");
        let delegated = permission("delegated");
        if application.is_none() && delegated.is_none() {
            self.report(
                rules::PERMISSIONS_STATED,
                &pointer,
                "there is no permission",
                "add `application`, `delegated` or both",
            );
            return None;
        }
        Some(Permissions { application: application.flatten(), delegated: delegated.flatten() })
    }

    fn permission(&mut self, pointer: &Pointer) -> Option<Permission> {
        let object = self.object(pointer, rules::PERMISSIONS_STATED)?;
        self.only_keys(pointer, object, &["name", "display-name", "user-role"], rules::PERMISSIONS_STATED);
        let name = self.text(&pointer.child("name"), rules::PERMISSIONS_STATED);
        if let Some(name) = name.filter(|name| name.contains(char::is_whitespace)) {
            let message = format!("the permission name {name:?} contains white space");
            let help = "use the name in the claims of a token, which has no spaces";
            self.report(rules::PERMISSIONS_STATED, &pointer.child("name"), message, help);
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
}

fn schemes_pointer() -> Pointer {
    Pointer::root().child("components").child(SCHEMES)
}
