//! Goes through two contracts side by side, pairs what is the same thing, and records how each pair differs.
//!
//! Each piece names the keys it knows; a key that no piece knows is recorded as an unclassified change, so no difference
//! is missed. The files import one way: `place` reads one contract, `record` holds the changes, `value` says what a schema
//! is, and `schemas` is used by `parameters` and `responses`, these by `operations`. What the contract says about itself,
//! and the hosts by name (`openapi`, `info`, `tags`, `servers`), are compared here.

mod operations;
mod parameters;
mod place;
mod record;
mod responses;
mod schemas;
mod security;
mod value;

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase;
use mde_codegen::Document;

use self::place::{At, Pair, Paired};
use self::record::{Walk, cloned, list, texts};
use super::change::{Change, Comparison};
use super::rules::{self, RustSource};

const NAME: &str = "x-mde-name";
const ALIASES: &str = "x-mde-aliases";

/// Compares a contract with the one that it was before.
///
/// Both are contracts that [`Contract::read`](mde_codegen::Contract::read) accepts. Other documents are compared as well, and
/// every difference is reported; but what no contract may hold is then an `unclassified-change`.
///
/// Two documents that differ in more than comments and the layout of the YAML give at least one change.
pub fn compare(base: &Document, new: &Document) -> Comparison {
    let mut changes = changes(base, new);
    changes.sort_by_key(|change| {
        (!change.is_breaking(), change.position, change.pointer.clone(), change.side, change.rule.id)
    });
    Comparison { changes }
}

/// Everything that differs, each difference once, in no order.
fn changes(base: &Document, new: &Document) -> Vec<Change> {
    let mut renames = BTreeMap::new();
    loop {
        let mut walk = Walk::new(base, new, renames);
        walk.everything();
        // What a schema is renamed to shows where it is used, which may be within a schema that is renamed itself.
        if walk.renames == walk.renames_so_far {
            return walk.distinct();
        }
        renames = walk.renames_so_far;
    }
}

impl Walk<'_> {
    fn everything(&mut self) {
        let root = Pair::new(self.base.clone(), self.new.clone());
        self.information(&root);
        self.under(&root, "servers", |walk| walk.servers(&root));
        self.under(&root, "tags", |walk| walk.tags(&root));
        self.security_schemes(&root);
        self.operations(&root);
        self.named_schemas();
        self.unused_components();
        let known = ["openapi", "info", "servers", "tags", "security", "paths", "components", "externalDocs"];
        self.rest(&root, &known);
        if let Some(components) = root.get("components") {
            let known = ["schemas", "parameters", "headers", "responses", "securitySchemes"];
            self.rest(&components, &known);
        }
        self.same_in_another_form(&root);
    }
}

impl<'a> Walk<'a> {
    fn information(&mut self, root: &Pair<'a>) {
        self.text(rules::OPENAPI_VERSION_CHANGED, root, "openapi", |old, new| {
            format!("the contract is written in OpenAPI {new}, it was {old}")
        });
        self.beside(root, &["externalDocs"], "the contract");
        let Some(info) = root.get("info") else { return };
        for (key, rule) in [("title", rules::TITLE_CHANGED), ("version", rules::CONTRACT_VERSION_CHANGED)] {
            self.text(rule, &info, key, |old, new| format!("the {key} of the contract is \"{new}\", it was \"{old}\""));
        }
        self.prose(&info, &["description"], "the contract");
        self.beside(&info, &["contact", "license", "termsOfService"], "the contract");
        self.rest(&info, &["title", "version", "description", "contact", "license", "termsOfService"]);
    }

    fn tags(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.items_of("tags"), root.new.items_of("tags"));
        let paired = Paired::by(base, new, |tag| tag.text("name"));
        for tag in &paired.removed {
            let name = tag.text("name");
            self.removed(rules::TAG_LIST_CHANGED, tag, name, format!("the tag `{name}` is no longer described"));
        }
        for tag in &paired.added {
            let name = tag.text("name");
            self.added(rules::TAG_LIST_CHANGED, tag, name, format!("the tag `{name}` is described"));
        }
        for tag in &paired.both {
            let whose = format!("the tag `{}`", tag.new.text("name"));
            self.prose(tag, &["description"], &whose);
            self.beside(tag, &["externalDocs"], &whose);
            self.rest(tag, &["name", "description", "externalDocs"]);
        }
        if paired.reordered {
            let names = |root: &At<'a>| list(root.items_of("tags").iter().map(|tag| tag.text("name")));
            self.reordered(root, "tags", (names(&root.base), names(&root.new)), "the tags");
        }
    }

    fn servers(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.items_of("servers"), root.new.items_of("servers"));
        let named = |server: &At<'a>| Some((NAME, server.text(NAME))).filter(|(_, name)| !name.is_empty());
        let hosted = |server: &At<'a>| Some(("url", server.text("url")));
        let names = |servers: &[At<'a>]| list(servers.iter().map(|server| server.text(NAME)));
        let orders = (names(&base), names(&new));
        let paired = Paired::by_any(base, new, &[&named, &hosted]);
        for server in &paired.removed {
            let (name, url) = (server.text(NAME), server.text("url"));
            let message = format!("the server `{name}` at {url} is gone");
            self.removed(rules::SERVER_REMOVED, server, url, message);
        }
        for server in &paired.added {
            let (name, url) = (server.text(NAME), server.text("url"));
            let message = format!("there is a server `{name}` at {url}");
            self.added(rules::SERVER_ADDED, server, url, message);
        }
        for server in &paired.both {
            self.server(server);
        }
        if !self.default_server(root, &paired) && paired.reordered {
            self.reordered(root, "servers", orders, "the servers");
        }
    }

    /// Reports that the first server is another one; whether it is.
    fn default_server(&mut self, root: &Pair<'a>, paired: &Paired<'a>) -> bool {
        let first = |root: &At<'a>| root.items_of("servers").into_iter().next();
        let Some((old, new)) = first(&root.base).zip(first(&root.new)) else { return false };
        let same = |server: &Pair<'a>| server.base.pointer == old.pointer && server.new.pointer == new.pointer;
        if paired.both.iter().any(same) {
            return false;
        }
        let (old, name) = (old.text(NAME), new.text(NAME));
        let message = format!("the first server, which tools take where none is named, is `{name}`, it was `{old}`");
        self.report(rules::DEFAULT_SERVER_CHANGED, &new, texts(old, name), message);
        true
    }

    fn server(&mut self, server: &Pair<'a>) {
        let whose = format!("the server `{}`", server.new.text(NAME));
        self.server_name(server);
        self.aliases(server, &whose);
        for (key, what, rule) in [
            ("url", "host", rules::SERVER_URL_CHANGED),
            ("x-mde-authority", "authority", rules::SERVER_AUTHORITY_CHANGED),
            ("x-mde-audience", "audience", rules::SERVER_AUDIENCE_CHANGED),
        ] {
            self.text(rule, server, key, |old, new| format!("the {what} of {whose} is {new}, it was {old}"));
        }
        self.prose(server, &["description"], &whose);
        self.rest(server, &["url", "description", NAME, ALIASES, "x-mde-authority", "x-mde-audience"]);
    }

    fn server_name(&mut self, server: &Pair<'a>) {
        if server.differs(NAME) {
            let (old, new) = server.texts(NAME);
            let stays = has_constant(&server.new, old);
            let message = match stays {
                true => format!("the server `{old}` is named `{new}`, and the old name stays as an alias"),
                false => format!("the server `{old}` is named `{new}`"),
            };
            let change = self.changed(rules::SERVER_RENAMED, server, NAME, message);
            if stays {
                change.rust = if has_constant(&server.base, new) { RustSource::None } else { RustSource::Additive };
            }
        }
    }

    fn aliases(&mut self, server: &Pair<'a>, whose: &str) {
        let paired = Paired::by(server.base.items_of(ALIASES), server.new.items_of(ALIASES), |alias| {
            alias.value.as_str().unwrap_or_default()
        });
        for alias in &paired.removed {
            let name = alias.value.as_str().unwrap_or_default();
            let stays = has_constant(&server.new, name);
            let message = format!("{whose} has no alias `{name}` any more");
            let change = self.removed(rules::SERVER_ALIAS_REMOVED, alias, alias.value.clone(), message);
            if stays {
                change.rust = RustSource::None;
            }
        }
        for alias in &paired.added {
            let name = alias.value.as_str().unwrap_or_default();
            let was_there = has_constant(&server.base, name);
            let message = format!("{whose} has the alias `{name}`");
            let change = self.added(rules::SERVER_ALIAS_ADDED, alias, alias.value.clone(), message);
            if was_there {
                change.rust = RustSource::None;
            }
        }
        if paired.reordered {
            self.reordered(server, ALIASES, cloned(server.values(ALIASES)), &format!("the aliases of {whose}"));
        } else if paired.removed.is_empty() && paired.added.is_empty() && server.differs(ALIASES) {
            self.restructured(&server.place(ALIASES), cloned(server.values(ALIASES)), &format!("`{ALIASES}`"));
        }
    }
}

/// Whether one of the constants for a server is of a name.
fn has_constant(server: &At<'_>, name: &str) -> bool {
    let names = server.texts(ALIASES).into_iter().chain([server.text(NAME)]);
    let constant = name.to_shouty_snake_case();
    names.into_iter().any(|name| name.to_shouty_snake_case() == constant)
}
