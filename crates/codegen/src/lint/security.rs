//! `security`: how one signs in for an operation.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Reader;
use crate::Pointer;
use crate::lint::rules;

/// Where the schemes are described, under `components`.
const SCHEMES: &str = "securitySchemes";

/// The flows of OAuth 2.0, and the addresses that each must give.
const FLOWS: [(&str, &[&str]); 4] = [
    ("implicit", &["authorizationUrl"]),
    ("password", &["tokenUrl"]),
    ("clientCredentials", &["tokenUrl"]),
    ("authorizationCode", &["authorizationUrl", "tokenUrl"]),
];

impl<'a> Reader<'a> {
    /// The schemes, and what the whole contract asks for.
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
            let message = "the scheme is not of the type `oauth2`, and the client has no other way to sign in";
            self.find(rules::SECURITY_STATED, pointer, message, "describe it by `type: oauth2` and its `flows`");
            return;
        }
        let flows = pointer.child("flows");
        if self.entries(&flows).all(|(flow, ..)| flow.starts_with("x-")) {
            self.find(rules::SECURITY_STATED, &flows, "the scheme has no flow", "describe at least one under `flows`");
        }
        for (name, addresses) in FLOWS {
            let flow = flows.child(name);
            if self.document.get(&flow).is_some() {
                for address in addresses {
                    self.text(&flow.child(address), rules::SECURITY_STATED);
                }
                self.object(&flow.child("scopes"), rules::SECURITY_STATED);
                for (_, _, scope) in self.entries(&flow.child("scopes")) {
                    self.text(&scope, rules::DESCRIBED);
                }
            }
        }
    }

    /// Whether an operation, or else the whole contract, says how to sign in.
    pub(super) fn signed_in(&mut self, operation: &Pointer) {
        let own = operation.child("security");
        let common = Pointer::root().child("security");
        let stated_in_common = self.document.get(&own).is_none() && self.document.get(&common).is_some();
        let pointer = if stated_in_common { &common } else { &own };
        if self.items(pointer).next().is_none() {
            let help = "list a scheme of `components/securitySchemes` and its scopes under `security`, here or for \
                        the whole contract";
            self.find(rules::SECURITY_STATED, pointer, "nothing says how to sign in for the operation", help);
        }
        self.requirements(&own);
    }

    fn requirements(&mut self, pointer: &Pointer) {
        for (requirement, pointer) in self.items(pointer) {
            if self.entries(&pointer).next().is_none() {
                let message = format!("{requirement} asks for no scheme, so that anyone might call");
                self.find(rules::SECURITY_STATED, &pointer, message, "name a scheme and its scopes");
            }
            for (scheme, _, pointer) in self.entries(&pointer) {
                self.requirement(scheme, &pointer);
            }
        }
    }

    fn requirement(&mut self, scheme: &str, pointer: &Pointer) {
        if self.document.get(&schemes_pointer().child(scheme)).is_none() {
            let message = format!("the scheme {scheme:?} is not described");
            let help = "name one of those under `components/securitySchemes`";
            self.find(rules::SECURITY_STATED, pointer, message, help);
            return;
        }
        let known = self.scopes(scheme);
        let mut asked = self.items(pointer).peekable();
        if asked.peek().is_none() {
            let message = format!("no scope of {scheme:?} is asked for");
            self.find(rules::SECURITY_STATED, pointer, message, "list the scopes that a token must have");
        }
        for (scope, pointer) in asked {
            if !scope.as_str().is_some_and(|scope| known.contains(scope)) {
                let message = format!("{scope} is no scope of {scheme:?}");
                self.find(rules::SECURITY_STATED, &pointer, message, "name a scope that the scheme lists");
            }
        }
    }

    /// The scopes of a scheme, of whatever flow.
    fn scopes(&mut self, scheme: &str) -> BTreeSet<&'a str> {
        let Some(scheme) = self.resolve(schemes_pointer().child(scheme), SCHEMES) else { return BTreeSet::new() };
        let flows = self.entries(&scheme.child("flows"));
        let scopes = flows.flat_map(|(_, _, flow)| self.entries(&flow.child("scopes")));
        scopes.map(|(scope, ..)| scope.as_str()).collect()
    }
}

fn schemes_pointer() -> Pointer {
    Pointer::root().child("components").child(SCHEMES)
}
