//! The description of a source, as its checks read it.

use std::collections::BTreeMap;

use mde_codegen::{Document, Finding};

use crate::evidence::form::Form::{Anything, Count, Flag, List, Mapping, Table, Text, Word};
use crate::evidence::form::{Form, needed, optional};
use crate::evidence::place::Place;
use crate::evidence::{DESCRIBED, SOURCE_FILE, SOURCES, Tree};

/// One source: its description, and the texts beside it.
pub(crate) struct Source {
    /// The name of its folder.
    pub(crate) name: String,
    pub(crate) description: Document,
    /// Bodies that were recorded or are shown, by the name of the file.
    pub(crate) answers: BTreeMap<String, Document>,
    /// Requests, with the name that findings call the file by.
    pub(crate) requests: BTreeMap<String, RequestFile>,
}

/// A request as it was written down.
#[derive(Debug)]
pub(crate) struct RequestFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn facts(&self) -> Place<'_> {
        let root = Place::root(&self.description);
        Place { pointer: root.pointer.child("facts"), ..root }
    }

    /// The facts under a key, each with its place.
    pub(crate) fn facts_of(&self, key: &str) -> Vec<Place<'_>> {
        self.facts().items(key)
    }

    pub(crate) fn exchanges(&self) -> Vec<Place<'_>> {
        Place::root(&self.description).items("exchanges")
    }
}

/// Reads every source of a tree. One that is no YAML is left out, for the check of the sources tells it.
pub(crate) fn read(root: &str, tree: &Tree, findings: &mut Vec<Finding>) -> Vec<Source> {
    let descriptions = tree.iter().filter_map(|(path, bytes)| {
        let name = path.strip_prefix(SOURCES)?.strip_prefix('/')?.strip_suffix(SOURCE_FILE)?.strip_suffix('/')?;
        Some((name, path, std::str::from_utf8(bytes).ok()?))
    });
    let mut sources = Vec::new();
    for (name, path, text) in descriptions {
        let Ok(description) = Document::parse(&format!("{root}/{path}"), text) else { continue };
        let mut source =
            Source { name: name.to_owned(), description, answers: BTreeMap::new(), requests: BTreeMap::new() };
        read_files(root, tree, &mut source, findings);
        sources.push(source);
    }
    sources
}

/// Reads the files that the exchanges of a source name, and finds those that none names.
fn read_files(root: &str, tree: &Tree, source: &mut Source, findings: &mut Vec<Finding>) {
    let folder = format!("{SOURCES}/{}/", source.name);
    let mut named = Vec::new();
    for exchange in source.exchanges() {
        for key in ["request", "answer"] {
            if let Some((file, place)) = exchange.get_text(key) {
                named.push((key, file.to_owned(), place.pointer));
            }
        }
    }
    for (key, file, pointer) in &named {
        let text = tree.get(&format!("{folder}{file}")).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let name = format!("{root}/{folder}{file}");
        match text {
            None => {
                let message = format!("there is no readable file {file} beside this");
                let help = "name a file of this folder, or add the file";
                findings.push(source.description.finding(DESCRIBED, pointer, message, help));
            }
            Some(text) if *key == "request" => {
                source.requests.insert(file.clone(), RequestFile { name, text: text.to_owned() });
            }
            Some(text) => match Document::parse(&name, text) {
                Ok(document) => drop(source.answers.insert(file.clone(), document)),
                Err(finding) => findings.push(*finding),
            },
        }
    }
    for path in tree.keys().filter_map(|path| path.strip_prefix(&folder)) {
        if path != SOURCE_FILE && !named.iter().any(|(_, file, _)| file == path) {
            let help = "name it as `request` or `answer` of an exchange, or remove it";
            let message = "no exchange of the source names this file";
            findings.push(Finding::of_file(format!("{root}/{folder}{path}"), DESCRIBED, message, help));
        }
    }
}

const PERMISSION: Form = Mapping(&[needed("name", Text), optional("display-name", Text), optional("user-role", Text)]);

const OPERATION: Form = Mapping(&[
    needed("method", Text),
    needed("path", Text),
    optional("operation-id", Text),
    optional("tag", Text),
    optional("summary", Text),
]);

const CLOUD: Form =
    Mapping(&[needed("name", Text), needed("hosts", List(&Text)), needed("authority", Text), needed("audience", Text)]);

const PARAMETER: Form = Mapping(&[
    needed("name", Text),
    needed("in", Text),
    optional("type", Text),
    optional("format", Text),
    optional("required", Flag),
    optional("minimum", Anything),
    optional("maximum", Anything),
    optional("default", Anything),
    optional("as-stated", Text),
    optional("sent", Flag),
    optional("client-default", Anything),
    optional("address-families", List(&Word(&["ipv4", "ipv6"]))),
]);

const HEADER: Form =
    Mapping(&[needed("name", Text), optional("type", Text), optional("required", Flag), optional("form", Text)]);

const STATUS: Form = Mapping(&[
    needed("status", Count),
    optional("phrase", Text),
    optional("when", Text),
    optional("codes", List(&Text)),
    optional("more-codes", Flag),
    optional("messages", List(&Mapping(&[optional("code", Text), needed("text", Text)]))),
    optional("headers", List(&Mapping(&[needed("name", Text), optional("unit", Text)]))),
    optional("body", Word(&["none"])),
]);

const PROPERTY: Form = Mapping(&[
    needed("name", Text),
    needed("of", Word(&["success", "error"])),
    optional("type", Text),
    optional("values", List(&Anything)),
    optional("fragments", List(&Text)),
    optional("meaning", Text),
    optional("as-stated", Text),
]);

const CLAIM: Form = Mapping(&[
    needed("name", Text),
    optional("values", List(&Text)),
    optional("contains", Text),
    optional("of", Word(&["application", "delegated"])),
]);

const TOKEN: Form = Mapping(&[
    optional("method", Text),
    optional("url", Text),
    optional("grant-type", Text),
    optional("form", List(&Text)),
    optional("form-with-certificate", List(&Text)),
    optional("scope-form", Text),
    optional("audience-host", Text),
    optional("lifetime-seconds", Count),
    optional("expires-in", Count),
    optional("claims", List(&CLAIM)),
]);

const FACTS: Form = Mapping(&[
    optional("operation", OPERATION),
    optional("hosts", List(&Text)),
    optional("clouds", List(&CLOUD)),
    optional("parameters", List(&PARAMETER)),
    optional("headers", List(&HEADER)),
    optional("permissions", Mapping(&[optional("application", PERMISSION), optional("delegated", PERMISSION)])),
    optional("quota", List(&Mapping(&[needed("calls", Count), needed("seconds", Count)]))),
    optional("quota-key", List(&Text)),
    optional("scope", Text),
    optional("request-body", Word(&["none"])),
    optional("odata-query-options", Flag),
    optional("statuses", List(&STATUS)),
    optional("properties", List(&PROPERTY)),
    optional("addresses", List(&Text)),
    optional("statistics-window", Mapping(&[needed("hours", Count), optional("as-stated", Text)])),
    optional("token", TOKEN),
    optional("notes", List(&Text)),
]);

const EXCHANGE: Form = Mapping(&[
    optional("request", Text),
    optional("request-line-only", Flag),
    optional("status", Count),
    optional("answer", Text),
    optional("body", Word(&["none"])),
    optional("content-type", Text),
    optional("headers", List(&Mapping(&[needed("name", Text), optional("value", Text)]))),
    optional("placeholders", List(&Text)),
    optional("elided", List(&Text)),
    optional("route", Word(&["outside"])),
]);

/// How a source is described.
pub(crate) const DESCRIPTION: Form = Mapping(&[
    needed("title", Text),
    needed("publisher", Text),
    needed("date", Text),
    needed("kind", Word(&["documentation", "catalogue", "recording", "client", "community"])),
    needed("about", Text),
    optional("speaks-of", Mapping(&[needed("method", Text), needed("path", Text)])),
    needed("facts", FACTS),
    needed("exchanges", List(&EXCHANGE)),
]);

/// A ruling and what it is made of.
pub(crate) const RULINGS: Form = Mapping(&[needed(
    "rulings",
    List(&Mapping(&[
        needed("id", Text),
        needed("about", List(&Text)),
        needed(
            "sources",
            List(&Mapping(&[
                needed("source", Text),
                needed("fact", Text),
                optional("overruled", Anything),
                needed("says", Text),
            ])),
        ),
        optional("values", Table(&Anything)),
        needed("we-hold", Text),
        needed("because", Text),
    ])),
)]);
