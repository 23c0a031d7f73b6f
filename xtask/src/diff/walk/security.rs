//! `security` and `components/securitySchemes`: what a token is asked for, and where it comes from.

use std::collections::BTreeSet;

use super::place::{At, Pair, Paired};
use super::record::{Values, Walk, cloned, texts};
use crate::diff::change::Side;
use crate::diff::rules::{self, Wire};

const SCHEMES: &str = "securitySchemes";
const SECURITY: &str = "security";

impl<'a> Walk<'a> {
    pub(super) fn security_schemes(&mut self, root: &Pair<'a>) {
        let schemes = |root: &At<'a>| {
            let entries = root.get("components").map(|components| components.entries_of(SCHEMES)).unwrap_or_default();
            entries.into_iter().map(|(_, at)| at).collect::<Vec<_>>()
        };
        let mut paired = Paired::by(schemes(&root.base), schemes(&root.new), |scheme| scheme.pointer.last());
        // Where one is gone and one is new, the name changed.
        if let ([_], [_]) = (paired.removed.as_slice(), paired.added.as_slice()) {
            let others = paired.removed.drain(..).zip(paired.added.drain(..));
            paired.both.extend(others.map(|(base, new)| Pair::new(base, new)));
        }
        for scheme in &paired.removed {
            let name = scheme.pointer.last();
            let message = format!("the way to sign in `{name}` is no longer described");
            self.removed(rules::SECURITY_SCHEME_REMOVED, scheme, name, message);
        }
        for scheme in &paired.added {
            let name = scheme.pointer.last();
            let message = format!("the way to sign in `{name}` is described");
            self.added(rules::SECURITY_SCHEME_ADDED, scheme, name, message);
        }
        for scheme in &paired.both {
            let before = self.changes.len();
            let resolved = Pair::new(scheme.base.resolved(&mut self.used), scheme.new.resolved(&mut self.used));
            self.security_scheme_name(scheme);
            self.security_scheme(&resolved);
            if self.changes.len() == before && scheme.base.value != scheme.new.value {
                let whose = format!("the way to sign in `{}`", scheme.new.pointer.last());
                self.restructured(&scheme.new, (None, None), &whose);
            }
        }
    }

    fn security_scheme_name(&mut self, scheme: &Pair<'a>) {
        let (old, new) = (scheme.base.pointer.last(), scheme.new.pointer.last());
        if old != new {
            let message = format!("the way to sign in `{old}` is named `{new}`");
            let values = texts(old.as_str(), new.as_str());
            self.report(rules::SECURITY_SCHEME_RENAMED, &scheme.new, values, message);
            self.scheme_renamed = Some((old, new));
        }
    }

    fn security_scheme(&mut self, scheme: &Pair<'a>) {
        let whose = format!("the way to sign in `{}`", scheme.new.pointer.last());
        self.prose(scheme, &["description"], &whose);
        for key in scheme.keys().into_iter().filter(|key| !["description", "flows"].contains(key)) {
            if scheme.differs(key) {
                let message = format!("`{key}` of {whose} changed");
                self.changed(rules::SIGN_IN_CHANGED, scheme, key, message);
            }
        }
        self.under(scheme, "flows", |walk| walk.flows(scheme, &whose));
    }

    fn flows(&mut self, scheme: &Pair<'a>, whose: &str) {
        let paired = Paired::of_keys(scheme, "flows");
        for flow in &paired.removed {
            let name = flow.pointer.last();
            let message = format!("{whose} has no flow `{name}` any more");
            self.removed(rules::SIGN_IN_CHANGED, flow, name, message).wire = Wire::Callers;
        }
        for flow in &paired.added {
            let name = flow.pointer.last();
            let message = format!("{whose} has the flow `{name}`");
            self.added(rules::SIGN_IN_CHANGED, flow, name, message).wire = Wire::Servers;
        }
        for flow in &paired.both {
            self.flow(flow, whose);
        }
    }

    fn flow(&mut self, flow: &Pair<'a>, whose: &str) {
        for key in ["authorizationUrl", "refreshUrl", "tokenUrl"] {
            self.text(rules::TOKEN_URL_CHANGED, flow, key, |old, new| {
                format!("`{key}` of {whose} is {new}, it was {old}")
            });
        }
        self.under(flow, "scopes", |walk| walk.offered_scopes(flow, whose));
        self.rest(flow, &["authorizationUrl", "refreshUrl", "tokenUrl", "scopes"]);
    }

    fn offered_scopes(&mut self, flow: &Pair<'a>, whose: &str) {
        let paired = Paired::of_keys(flow, "scopes");
        for scope in &paired.removed {
            let name = scope.pointer.last();
            let message = format!("{whose} no longer offers the scope `{name}`");
            self.removed(rules::OFFERED_SCOPE_REMOVED, scope, name, message);
        }
        for scope in &paired.added {
            let name = scope.pointer.last();
            let message = format!("{whose} offers the scope `{name}`");
            self.added(rules::OFFERED_SCOPE_ADDED, scope, name, message);
        }
        for scope in paired.both.iter().filter(|scope| scope.base.value != scope.new.value) {
            let values = (Some(scope.base.value.clone()), Some(scope.new.value.clone()));
            let message = format!("the description of the scope `{}` changed", scope.new.pointer.last());
            self.report(rules::DESCRIPTION_CHANGED, &scope.new, values, message);
        }
    }

    /// What each operation asks for, be it said of the operation or of all of them.
    pub(super) fn security_of_all(&mut self, root: &Pair<'a>, paired: &[Pair<'a>]) {
        let before = self.changes.len();
        let asked = |root: &At<'a>, operation: &At<'a>| operation.get(SECURITY).or_else(|| root.get(SECURITY));
        for operation in paired {
            self.security(asked(&root.base, &operation.base), asked(&root.new, &operation.new));
        }
        if paired.is_empty() {
            self.security(root.base.get(SECURITY), root.new.get(SECURITY));
        }
        for pair in [root].into_iter().chain(paired) {
            let about = |at: &At<'a>| at.get(SECURITY).map(|at| at.pointer);
            let places = [about(&pair.base), about(&pair.new)];
            let mut since = self.changes[before..].iter();
            let seen = since.any(|change| places.iter().flatten().any(|place| change.pointer.is_within(place)));
            let renamed = self.scheme_renamed.is_some();
            if pair.differs(SECURITY) && !seen && !renamed {
                self.restructured(&pair.place(SECURITY), cloned(pair.values(SECURITY)), "`security`");
            }
        }
    }

    fn security(&mut self, base: Option<At<'a>>, new: Option<At<'a>>) {
        let ways = |at: &Option<At<'a>>| at.as_ref().map(At::items).unwrap_or_default();
        let (old_ways, new_ways) = (ways(&base), ways(&new));
        let values = (base.as_ref().map(|at| at.value.clone()), new.as_ref().map(|at| at.value.clone()));
        let place = new.clone().or(base.clone());
        match (old_ways.is_empty(), new_ways.is_empty(), place) {
            (true, false, Some(at)) => {
                self.report(rules::SECURITY_REQUIRED, &at, values, "a token is asked for, none was");
            }
            (false, true, Some(at)) => {
                self.report(rules::SECURITY_NOT_REQUIRED, &at, values, "no token is asked for any more");
            }
            (false, false, Some(at)) => self.alternatives(&at, values, old_ways, new_ways),
            _ => {}
        }
    }

    fn alternatives(&mut self, at: &At<'a>, values: Values, base: Vec<At<'a>>, new: Vec<At<'a>>) {
        let named = |scheme: &At<'a>| self.scheme_name(scheme);
        let schemes = |way: &At<'a>| way.entries().iter().map(|(_, scheme)| named(scheme)).collect::<BTreeSet<_>>();
        let paired = Paired::by(base, new, schemes);
        let of_one = |way: &At<'a>| way.entries().into_iter().map(|(_, scheme)| scheme).collect();
        let asked: Vec<_> =
            paired.both.iter().flat_map(|way| Paired::by(of_one(&way.base), of_one(&way.new), named).both).collect();
        for way in &paired.removed {
            let message = "one of the ways to be admitted is gone";
            self.removed(rules::SECURITY_ALTERNATIVE_REMOVED, way, way.value.clone(), message);
        }
        for way in &paired.added {
            let message = "there is another way to be admitted";
            self.added(rules::SECURITY_ALTERNATIVE_ADDED, way, way.value.clone(), message);
        }
        for scopes in &asked {
            self.scopes(scopes);
        }
        if paired.reordered {
            self.report(rules::ORDER_CHANGED, at, values, "the ways to be admitted stand in another order");
        }
    }

    fn scopes(&mut self, scopes: &Pair<'a>) {
        let values = (Some(scopes.base.value.clone()), Some(scopes.new.value.clone()));
        let paired = Paired::by(scopes.base.items(), scopes.new.items(), |scope| scope.value.to_string());
        let wire = match (paired.added.is_empty(), paired.removed.is_empty()) {
            (true, true) if paired.reordered => {
                self.report(rules::ORDER_CHANGED, &scopes.new, values, "the scopes stand in another order");
                return;
            }
            (true, true) => return,
            (false, true) => Wire::Callers,
            (true, false) => Wire::Servers,
            (false, false) => Wire::Both,
        };
        let names = |scopes: &At<'a>| match scopes.items().as_slice() {
            [] => "none".to_owned(),
            items => items.iter().map(|scope| scope.value.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", "),
        };
        let message = format!("the scopes to ask for are {}, they were {}", names(&scopes.new), names(&scopes.base));
        let at = paired.added.first().or(paired.removed.first()).unwrap_or(&scopes.new);
        self.report(rules::SCOPE_CHANGED, at, values, message).wire = wire;
    }

    /// What a scheme that is asked for is called in the new contract.
    fn scheme_name(&self, scheme: &At<'a>) -> String {
        let name = scheme.pointer.last();
        match &self.scheme_renamed {
            Some((old, new)) if scheme.side == Side::Base && *old == name => new.clone(),
            _ => name,
        }
    }
}
