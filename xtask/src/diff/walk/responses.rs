//! The answers of an operation: status, codes, headers, body.

use super::place::{At, Pair, Paired};
use super::record::{Walk, cloned};
use super::value::{Surface, Use};
use crate::diff::rules::{self, Wire};

const CODES: &str = "x-mde-error-codes";

impl<'a> Walk<'a> {
    pub(super) fn responses(&mut self, operation: &Pair<'a>, whose: &str) {
        let paired = Paired::of_keys(operation, "responses");
        for response in &paired.removed {
            let headers = response.resolved(&mut self.used).entries_of("headers");
            let status = response.pointer.last();
            let rule = if is_success(&status) { rules::SUCCESS_STATUS_CHANGED } else { rules::STATUS_REMOVED };
            let message = format!("{whose} is no longer documented to answer {status}");
            let change = self.removed(rule, response, status, message);
            if !headers.is_empty() {
                // As if each header had been removed.
                change.wire = change.wire.and(rules::HEADER_REMOVED.wire);
                let names: Vec<_> = headers.iter().map(|(name, _)| format!("`{name}`")).collect();
                change.details = vec![format!("so there is no header {} any more", names.join(", "))];
            }
            headers.iter().for_each(|(_, header)| drop(header.resolved(&mut self.used)));
        }
        for response in &paired.added {
            response.resolved(&mut self.used);
            let status = response.pointer.last();
            let rule = if is_success(&status) { rules::SUCCESS_STATUS_CHANGED } else { rules::STATUS_ADDED };
            let message = format!("{whose} is documented to answer {status}");
            self.added(rule, response, status, message);
        }
        let Some(responses) = operation.get("responses") else { return };
        for response in &paired.both {
            let status = response.new.pointer.last();
            self.under(&responses, &status, |walk| {
                let resolved = Pair::new(response.base.resolved(&mut walk.used), response.new.resolved(&mut walk.used));
                let shared = resolved.new.pointer != response.new.pointer;
                let label = match shared {
                    true => format!("the shared response `{}`", resolved.new.pointer.last()),
                    false => format!("the {status} of {whose}"),
                };
                walk.response(&resolved, &label);
            });
        }
    }

    fn response(&mut self, response: &Pair<'a>, whose: &str) {
        self.prose(response, &["description"], whose);
        self.under(response, CODES, |walk| walk.error_codes(response, whose));
        self.under(response, "headers", |walk| walk.headers(response, whose));
        self.under(response, "content", |walk| walk.content(response, whose));
        self.rest(response, &["description", CODES, "headers", "content"]);
    }

    fn error_codes(&mut self, response: &Pair<'a>, whose: &str) {
        let paired =
            Paired::by(response.base.items_of(CODES), response.new.items_of(CODES), |code| code.value.to_string());
        for code in &paired.removed {
            let message = format!("{whose} is no longer documented to have the code {}", code.value);
            self.removed(rules::ERROR_CODE_REMOVED, code, code.value.clone(), message);
        }
        for code in &paired.added {
            let message = format!("{whose} is documented to have the code {}", code.value);
            self.added(rules::ERROR_CODE_ADDED, code, code.value.clone(), message);
        }
        if paired.reordered {
            self.reordered(response, CODES, cloned(response.values(CODES)), &format!("the codes of {whose}"));
        }
    }

    fn headers(&mut self, response: &Pair<'a>, whose: &str) {
        let headers = |at: &At<'a>| at.entries_of("headers").into_iter().map(|(_, at)| at).collect();
        // The names of headers do not depend on case.
        let paired = Paired::by(headers(&response.base), headers(&response.new), |header| {
            header.pointer.last().to_ascii_lowercase()
        });
        for header in &paired.removed {
            header.resolved(&mut self.used);
            let name = header.pointer.last();
            let message = format!("{whose} has no header `{name}` any more");
            self.removed(rules::HEADER_REMOVED, header, name, message);
        }
        for header in &paired.added {
            let name = header.pointer.last();
            let always = header.resolved(&mut self.used).flag("required");
            let (how, wire) = if always { ("always has", Wire::Servers) } else { ("may have", Wire::Nobody) };
            let message = format!("{whose} {how} the header `{name}`");
            self.added(rules::HEADER_ADDED, header, name, message).wire = wire;
        }
        for header in &paired.both {
            let whose = format!("the header `{}`", header.new.pointer.last());
            let (old, new) = (header.base.pointer.last(), header.new.pointer.last());
            if old != new {
                self.restructured(&header.new, (Some(old.into()), Some(new.into())), &whose);
            }
            let resolved = Pair::new(header.base.resolved(&mut self.used), header.new.resolved(&mut self.used));
            self.header(&resolved, &whose);
        }
    }

    fn header(&mut self, header: &Pair<'a>, whose: &str) {
        if let Some(required) = self.switched(header, "required") {
            let (rule, message) = match required {
                true => (rules::HEADER_BECAME_REQUIRED, format!("{whose} is always there, it was optional")),
                false => (rules::HEADER_BECAME_OPTIONAL, format!("{whose} is optional, it was always there")),
            };
            let values = (Some((!required).into()), Some(required.into()));
            self.report(rule, &header.place("required"), values, message);
        }
        self.prose(header, &["description"], whose);
        self.beside(header, &["example", "examples"], whose);
        self.deprecation(header, whose);
        self.unit(header, whose);
        let usage = Use { label: whose.to_owned(), request: false, response: true, surface: Surface::Hidden };
        self.under(header, "schema", |walk| {
            if let Some(schema) = header.get("schema") {
                walk.schema(&schema, &usage);
            }
        });
        self.rest(header, &["required", "description", "example", "examples", "deprecated", "schema", "x-mde-unit"]);
    }

    fn content(&mut self, response: &Pair<'a>, whose: &str) {
        let paired = Paired::of_keys(response, "content");
        for media in &paired.removed {
            let name = media.pointer.last();
            let message = format!("{whose} is no longer sent as {name}");
            self.removed(rules::MEDIA_TYPE_CHANGED, media, name, message);
        }
        for media in &paired.added {
            let name = media.pointer.last();
            let message = format!("{whose} is sent as {name}");
            self.added(rules::MEDIA_TYPE_CHANGED, media, name, message);
        }
        for media in &paired.both {
            self.beside(media, &["example", "examples"], whose);
            let label = format!("the body of {whose}");
            let usage = Use { label, request: false, response: true, surface: Surface::Field { differs: true } };
            self.under(media, "schema", |walk| {
                if let Some(schema) = media.get("schema") {
                    walk.schema(&schema, &usage);
                }
            });
            self.rest(media, &["example", "examples", "schema"]);
        }
    }
}

/// Whether a status is one of success.
fn is_success(status: &str) -> bool {
    !status.starts_with(['4', '5'])
}
