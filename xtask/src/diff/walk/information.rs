//! `openapi`, `info`, `tags` and `servers`: what the contract says about itself, and the hosts by name.

use heck::ToShoutySnakeCase;

use super::place::{At, Pair, Paired};
use super::record::{Walk, cloned, list};
use crate::diff::rules::{self, RustSource};

const NAME: &str = "x-mde-name";
const ALIASES: &str = "x-mde-aliases";

impl<'a> Walk<'a> {
    pub(super) fn information(&mut self, root: &Pair<'a>) {
        if root.differs("openapi") {
            let (old, new) = root.texts("openapi");
            let message = format!("the contract is written in OpenAPI {new}, it was {old}");
            self.report(
                rules::OPENAPI_VERSION_CHANGED,
                &root.place("openapi"),
                cloned(root.values("openapi")),
                message,
            );
        }
        self.beside(root, &["externalDocs"], "the contract");
        let Some(info) = root.get("info") else { return };
        for (key, rule) in [("title", rules::TITLE_CHANGED), ("version", rules::CONTRACT_VERSION_CHANGED)] {
            if info.differs(key) {
                let (old, new) = info.texts(key);
                let message = format!("the {key} of the contract is \"{new}\", it was \"{old}\"");
                self.report(rule, &info.place(key), cloned(info.values(key)), message);
            }
        }
        self.prose(&info, &["description"], "the contract");
        self.beside(&info, &["contact", "license", "termsOfService"], "the contract");
        self.rest(&info, &["title", "version", "description", "contact", "license", "termsOfService"]);
    }

    pub(super) fn tags(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.items_of("tags"), root.new.items_of("tags"));
        let paired = Paired::by(base, new, |tag| tag.text("name"));
        for tag in &paired.removed {
            let (name, old) = (tag.text("name"), Some(tag.text("name").into()));
            self.report(rules::TAG_LIST_CHANGED, tag, (old, None), format!("the tag `{name}` is no longer described"));
        }
        for tag in &paired.added {
            let (name, new) = (tag.text("name"), Some(tag.text("name").into()));
            self.report(rules::TAG_LIST_CHANGED, tag, (None, new), format!("the tag `{name}` is described"));
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

    pub(super) fn servers(&mut self, root: &Pair<'a>) {
        let (base, new) = (root.base.items_of("servers"), root.new.items_of("servers"));
        let named = |server: &At<'a>| Some((NAME, server.text(NAME))).filter(|(_, name)| !name.is_empty());
        let hosted = |server: &At<'a>| Some(("url", server.text("url")));
        let names = |servers: &[At<'a>]| list(servers.iter().map(|server| server.text(NAME)));
        let orders = (names(&base), names(&new));
        let paired = Paired::by_any(base, new, &[&named, &hosted]);
        for server in &paired.removed {
            let (name, url) = (server.text(NAME), server.text("url"));
            let message = format!("the server `{name}` at {url} is gone");
            self.report(rules::SERVER_REMOVED, server, (Some(url.into()), None), message);
        }
        for server in &paired.added {
            let (name, url) = (server.text(NAME), server.text("url"));
            let message = format!("there is a server `{name}` at {url}");
            self.report(rules::SERVER_ADDED, server, (None, Some(url.into())), message);
        }
        for server in &paired.both {
            self.server(server);
        }
        if paired.reordered {
            self.reordered(root, "servers", orders, "the servers");
        }
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
            if server.differs(key) {
                let (old, new) = server.texts(key);
                let message = format!("the {what} of {whose} is {new}, it was {old}");
                self.report(rule, &server.place(key), cloned(server.values(key)), message);
            }
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
            let change = self.report(rules::SERVER_RENAMED, &server.place(NAME), cloned(server.values(NAME)), message);
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
            let change = self.report(rules::SERVER_ALIAS_REMOVED, alias, (Some(alias.value.clone()), None), message);
            if stays {
                change.rust = RustSource::None;
            }
        }
        for alias in &paired.added {
            let name = alias.value.as_str().unwrap_or_default();
            let was_there = has_constant(&server.base, name);
            let message = format!("{whose} has the alias `{name}`");
            let change = self.report(rules::SERVER_ALIAS_ADDED, alias, (None, Some(alias.value.clone())), message);
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
