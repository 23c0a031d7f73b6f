//! The sources of the evidence: one folder under `documented` each, with a `source.yaml` that says what it is and what
//! it states, and the requests and answers that it shows.

use std::collections::{BTreeMap, BTreeSet};

use mde_codegen::{Document, Finding};

use crate::evidence::checksums::{SOURCES, SUMS_FILE, Tree, check_sums};
use crate::evidence::form::Form::{Anything, Count, Digest, Flag, List, Mapping, Only, Text, Word};
use crate::evidence::form::{DESCRIBED, Form, Node, RequestFile, needed, optional};

/// The file that describes a source, in its folder.
pub const SOURCE_FILE: &str = "source.yaml";

/// One source: its description, and the texts beside it.
pub(crate) struct EvidenceSource {
    /// The name of its folder.
    pub(crate) name: String,
    pub(crate) description: Document,
    /// Bodies that were recorded or are shown, by the name of the file.
    pub(crate) answers: BTreeMap<String, Document>,
    /// How many bytes each body has, without the line end of its file.
    pub(crate) lengths: BTreeMap<String, usize>,
    /// Requests, with the name that findings call the file by.
    pub(crate) requests: BTreeMap<String, RequestFile>,
    /// What is wrong with the files beside the description.
    pub(crate) findings: Vec<Finding>,
}

impl EvidenceSource {
    pub(crate) fn facts(&self) -> Node<'_> {
        Node::root(&self.description).entry("facts")
    }

    /// The id of the one operation that the source is about, if it is about one.
    pub(crate) fn speaks_of(&self) -> Option<(&str, Node<'_>)> {
        Node::root(&self.description).get_text("speaks-of")
    }

    /// Whether it documents the API, instead of having seen a part of it.
    pub(crate) fn documents(&self) -> bool {
        Node::root(&self.description).get_text("kind").is_some_and(|(kind, _)| kind == "documentation")
    }

    /// The facts under a key.
    pub(crate) fn facts_of(&self, key: &str) -> Vec<Node<'_>> {
        self.facts().items(key)
    }

    /// Whether nothing of it is held against the contract: a newer source took its place, or it speaks of an operation
    /// that the contract does not have. A ruling can cite it all the same.
    pub(crate) fn claims_nothing(&self) -> bool {
        let root = Node::root(&self.description);
        root.get("superseded-by").is_some() || root.get("route").is_some()
    }

    pub(crate) fn exchanges(&self) -> Vec<Node<'_>> {
        Node::root(&self.description).items("exchanges")
    }
}

/// The name of the source that the file at a path belongs to.
pub(crate) fn name_of(path: &str) -> Option<&str> {
    path.strip_prefix(SOURCES)?.strip_prefix('/')?.split_once('/').map(|(name, _)| name)
}

/// The names of the sources that have a description.
pub(crate) fn names(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.keys()
        .filter_map(|path| path.strip_prefix(SOURCES)?.strip_prefix('/')?.strip_suffix(SOURCE_FILE)?.strip_suffix('/'))
}

/// Reads a source; `None` if its description is not YAML, which the check of the files reports.
pub(crate) fn read(root: &str, tree: &Tree, name: &str) -> Option<EvidenceSource> {
    let path = format!("{SOURCES}/{name}/{SOURCE_FILE}");
    let text = std::str::from_utf8(tree.get(&path)?).ok()?;
    let description = Document::parse(&format!("{root}/{path}"), text).ok()?;
    let mut source = EvidenceSource {
        name: name.to_owned(),
        description,
        answers: BTreeMap::new(),
        lengths: BTreeMap::new(),
        requests: BTreeMap::new(),
        findings: Vec::new(),
    };
    read_files(root, tree, &mut source);
    Some(source)
}

/// Reads the files that the exchanges of a source name, and finds those that none names.
fn read_files(root: &str, tree: &Tree, source: &mut EvidenceSource) {
    let folder = format!("{SOURCES}/{}/", source.name);
    let mut named = Vec::new();
    for exchange in source.exchanges() {
        for key in ["request", "answer"] {
            if let Some((file, node)) = exchange.get_text(key) {
                named.push((key, file.to_owned(), node.pointer));
            }
        }
    }
    for (key, file, pointer) in &named {
        let text = tree.get(&format!("{folder}{file}")).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let name = format!("{root}/{folder}{file}");
        match text {
            None => {
                let message = format!("{file} is missing in this folder, or is not UTF-8");
                let help = "correct the name, or add the file";
                source.findings.push(source.description.finding(DESCRIBED, pointer, message, help));
            }
            Some(text) if *key == "request" => {
                source.requests.insert(file.clone(), RequestFile { name, text: text.to_owned() });
            }
            Some(text) => match Document::parse(&name, text) {
                Ok(document) => {
                    source.answers.insert(file.clone(), document);
                    source.lengths.insert(file.clone(), text.trim_end_matches(['\r', '\n']).len());
                }
                Err(finding) => source.findings.push(*finding),
            },
        }
    }
    for path in tree.keys().filter_map(|path| path.strip_prefix(&folder)) {
        if path != SOURCE_FILE && !named.iter().any(|(_, file, _)| file == path) {
            let help = "add it as `request` or `answer` of an exchange, or remove it";
            let message = "no exchange of the source refers to this file";
            source.findings.push(Finding::of_file(format!("{root}/{folder}{path}"), DESCRIBED, message, help));
        }
    }
}

/// Finds what is wrong with the files of the sources: a missing or malformed description, one that is not as attested.
pub(crate) fn check_files(root: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut files: BTreeMap<&str, &[u8]> = BTreeMap::new();
    let mut list = None;
    for (path, bytes) in tree {
        let Some(path_in_sources) = path.strip_prefix(SOURCES).and_then(|path| path.strip_prefix('/')) else {
            continue;
        };
        if path_in_sources == SUMS_FILE {
            list = Some(bytes.as_slice());
        } else if path_in_sources.matches('/').count() == 1 {
            files.insert(path_in_sources, bytes);
        } else {
            findings.push(stray(root, path));
        }
    }
    let folders: BTreeSet<&str> = files.keys().filter_map(|path| path.split('/').next()).collect();
    for folder in folders {
        let path = format!("{folder}/{SOURCE_FILE}");
        let description = files.get(path.as_str()).copied();
        findings.extend(check_source(format!("{root}/{SOURCES}/{path}"), description));
    }
    findings.extend(check_sums(root, list, &files));
    findings
}

fn stray(root: &str, path: &str) -> Finding {
    Finding::of_file(
        format!("{root}/{path}"),
        DESCRIBED,
        "the file belongs to no source",
        format!("move it into its own folder under {SOURCES}, next to a {SOURCE_FILE}"),
    )
}

fn check_source(name: String, description: Option<&[u8]>) -> Vec<Finding> {
    let Some(bytes) = description else {
        let help = format!("add a {SOURCE_FILE} with title, publisher, date, kind, about, facts and exchanges");
        return vec![Finding::of_file(name, DESCRIBED, "the description of the source is missing", help)];
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![Finding::of_file(name, DESCRIBED, "the file is not UTF-8", "save it as UTF-8")];
    };
    match Document::parse(&name, text) {
        Ok(document) => DESCRIPTION.check(&document, DESCRIBED),
        Err(finding) => vec![*finding],
    }
}

/// Statements in the source's own words, to the letter.
const STATEMENTS: Form = List(&Text);

/// The types of JSON, as OpenAPI calls them.
const TYPE: Form = Word(&["string", "integer", "number", "boolean", "object", "array"]);

/// Who publishes sources.
pub(crate) const PUBLISHERS: &[&str] = &["Microsoft", "Swimlane", UNKNOWN_PUBLISHER];

/// Stands for an author that was not recorded.
pub(crate) const UNKNOWN_PUBLISHER: &str = "not recorded";

/// What a source can be.
pub(crate) const KINDS: &[&str] = &["documentation", "catalogue", "recording", "client", "community"];

const METHOD: Form = Word(&["DELETE", "GET", "PATCH", "POST", "PUT"]);

/// What a request for a token can have, as OAuth 2.0 registers it.
const TOKEN_FIELDS: Form = List(&Word(&[
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "grant_type",
    "password",
    "redirect_uri",
    "refresh_token",
    "resource",
    "scope",
    "username",
]));

/// The claims of an access token of Microsoft Entra ID.
const CLAIM_NAME: Form =
    Word(&["aud", "appid", "exp", "iat", "idtyp", "iss", "nbf", "oid", "roles", "scp", "sub", "tid", "upn", "ver"]);

const PERMISSION: Form = Mapping(&[needed("name", Text), optional("display-name", Text), optional("user-role", Text)]);

const OPERATION: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    needed("method", METHOD),
    needed("path", Text),
    optional("operation-id", Text),
    optional("tag", Text),
    optional("summary", Text),
]);

const CLOUD: Form =
    Mapping(&[needed("name", Text), needed("hosts", List(&Text)), needed("authority", Text), needed("audience", Text)]);

const PARAMETER: Form = Mapping(&[
    needed("name", Text),
    needed("in", Word(&["path", "query", "header"])),
    optional("type", TYPE),
    optional("format", Text),
    optional("required", Flag),
    optional("minimum", Anything),
    optional("maximum", Anything),
    optional("default", Anything),
    optional("unit", Text),
    optional("as-stated", STATEMENTS),
    optional("sent", Only(false)),
    optional("client-default", Anything),
    optional("address-families", List(&Word(&["ipv4", "ipv6"]))),
]);

const HEADER: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    needed("name", Text),
    optional("type", TYPE),
    optional("required", Flag),
    optional("form", Text),
]);

const QUOTA: Form = Mapping(&[optional("as-stated", STATEMENTS), needed("calls", Count), needed("seconds", Count)]);

const PERMISSIONS: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    optional("application", PERMISSION),
    optional("delegated", PERMISSION),
]);

const STATUS: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    needed("status", Count),
    optional("phrase", Text),
    optional("when", Text),
    optional("codes", List(&Text)),
    optional("more-codes", Only(true)),
    optional("messages", List(&Mapping(&[optional("code", Text), needed("text", Text)]))),
    optional("headers", List(&Mapping(&[needed("name", Text), optional("unit", Word(&["seconds"]))]))),
    optional("body", Word(&["none"])),
    optional("limited-by", List(&Word(&["requests", "cpu"]))),
]);

const PROPERTY: Form = Mapping(&[
    needed("name", Text),
    needed("of", Word(&["success", "error"])),
    optional("type", TYPE),
    optional("unit", Text),
    optional("format", Word(&["date-time", "int32", "int64", "uuid"])),
    optional("values", List(&Anything)),
    optional("fragments", List(&Text)),
    optional("meaning", Text),
    optional("as-stated", STATEMENTS),
]);

const TOKEN_CLAIM: Form = Mapping(&[
    needed("name", CLAIM_NAME),
    optional("values", List(&Text)),
    optional("contains", Text),
    optional("of", Word(&["application", "delegated"])),
]);

const TOKEN: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    optional("method", METHOD),
    optional("url", Text),
    optional("grant-type", Text),
    optional("form", TOKEN_FIELDS),
    optional("form-with-certificate", TOKEN_FIELDS),
    optional("scope-form", Text),
    optional("audience-host", Text),
    optional("lifetime-seconds", Count),
    optional("expires-in", Count),
    optional("ext-expires-in", Count),
    optional("token-type", Word(&["Bearer"])),
    optional("claims", List(&TOKEN_CLAIM)),
]);

const FACTS: Form = Mapping(&[
    optional("as-stated", STATEMENTS),
    optional("operation", OPERATION),
    optional("hosts", List(&Text)),
    optional("clouds", List(&CLOUD)),
    optional("parameters", List(&PARAMETER)),
    optional("headers", List(&HEADER)),
    optional("permissions", PERMISSIONS),
    optional("quota", List(&QUOTA)),
    optional("quota-key", List(&Text)),
    optional("scope", Text),
    optional("request-body", Word(&["none"])),
    optional("odata-query-options", Only(false)),
    optional("statuses", List(&STATUS)),
    optional("properties", List(&PROPERTY)),
    optional("addresses", List(&Text)),
    optional("statistics-window", Mapping(&[needed("hours", Count), optional("as-stated", STATEMENTS)])),
    optional("token", TOKEN),
    optional("routes", List(&Text)),
    optional("products", List(&Text)),
    optional("taken-from", Text),
    optional("notes", List(&Text)),
]);

const EXCHANGE: Form = Mapping(&[
    optional("request", Text),
    optional("request-line-only", Only(true)),
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
    needed("publisher", Word(PUBLISHERS)),
    needed("date", Text),
    needed("kind", Word(KINDS)),
    needed("about", Text),
    optional("page", Mapping(&[needed("sha256", Digest)])),
    optional("superseded-by", Text),
    optional("route", Word(&["outside"])),
    optional("speaks-of", Text),
    needed("facts", FACTS),
    needed("exchanges", List(&EXCHANGE)),
]);
