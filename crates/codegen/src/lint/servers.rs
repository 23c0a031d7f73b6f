//! `servers`: every host, with what a program needs to sign in to it.

use std::collections::BTreeMap;

use super::Reader;
use crate::lint::rules;
use crate::{Pointer, Server};

/// Constants that the table of endpoints has besides one for each name, and endpoints that no contract lists.
const TAKEN: [&str; 4] = ["aliases", "all", "custom", "loopback"];

impl Reader<'_> {
    pub(super) fn servers(&mut self) -> Vec<Server> {
        let pointer = Pointer::root().child("servers");
        let items: Vec<_> = self.items(&pointer).map(|(_, item)| item).collect();
        if items.is_empty() {
            self.find(
                rules::SERVER_DESCRIBED,
                &pointer,
                "there is no server",
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
            self.find(rules::SERVER_DESCRIBED, &aliases, "`x-mde-aliases` is no list", "write it as a list of names");
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

    /// An https URL of a host, without port, path, query or a slash at its end.
    fn origin(&mut self, pointer: &Pointer) -> Option<String> {
        let url = self.text(pointer, rules::SERVER_DESCRIBED)?;
        let host = url.strip_prefix("https://").unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if host.is_empty() || !host.chars().all(plain) {
            let message = format!("{url:?} is not the https URL of a host");
            self.find(
                rules::SERVER_DESCRIBED,
                pointer,
                message,
                "write `https://` and the host in lower case, nothing behind it",
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
            self.find(
                rules::SERVER_DESCRIBED,
                pointer,
                message,
                "use lower-case letters, digits and single hyphens, a letter first",
            );
            return None;
        }
        if TAKEN.contains(&name) {
            let message = format!("{name:?} means something else to the client");
            self.find(rules::SERVER_DESCRIBED, pointer, message, "give it another name");
            return None;
        }
        Some(name.to_owned())
    }

    fn distinct_names(&mut self, servers: &[Server]) {
        let mut seen = BTreeMap::new();
        for server in servers {
            for name in [&server.name].into_iter().chain(&server.aliases).chain([&server.url]) {
                if let Some(first) = seen.insert(name, &server.pointer) {
                    let message = format!("{name:?} is also given at {first}");
                    self.find(
                        rules::SERVER_DESCRIBED,
                        &server.pointer,
                        message,
                        "give each server a name and a URL of its own",
                    );
                }
            }
        }
    }
}
