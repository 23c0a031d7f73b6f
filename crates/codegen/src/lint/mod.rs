//! From a document to a [`Contract`], or to everything that keeps it from being one.

mod components;
mod extensions;
mod keys;
mod names;
mod operations;
mod references;
mod responses;
pub(crate) mod rules;
mod schemas;
mod security;
mod servers;

use serde_json::{Map, Value as Json};

use crate::{Contract, Document, Finding, Pointer};

/// How every reference to a component schema begins.
const SCHEMAS: &str = "#/components/schemas/";

impl Contract {
    /// Reads a document as a contract that code can be generated from.
    ///
    /// # Errors
    /// Every finding there is, ordered by where it stands. There is a finding for each shape that the generator
    /// is known to refuse or to misunderstand.
    pub fn read(document: &Document) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { document, findings: Vec::new() };
        let contract = reader.contract();
        let mut findings = reader.findings;
        findings.sort();
        findings.dedup();
        match contract {
            Some(contract) if findings.is_empty() => Ok(contract),
            _ => Err(findings),
        }
    }
}

/// A document under reading, with what was found wrong so far. A method that returns `None` has said why.
struct Reader<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn contract(&mut self) -> Option<Contract> {
        let root = Pointer::root();
        let openapi = self.text(&root.child("openapi"), rules::OPENAPI_VERSION);
        let is_3_0 = |version: &str| version.strip_prefix("3.0.").is_some_and(|patch| patch.parse::<u8>().is_ok());
        if let Some(version) = openapi.filter(|version| !is_3_0(version)) {
            self.find(
                rules::OPENAPI_VERSION,
                &root.child("openapi"),
                format!("`openapi` is {version:?}"),
                "write the contract in OpenAPI 3.0.3; the generator reads 3.0 only",
            );
        }
        self.known_keys();
        self.security();
        let info = root.child("info");
        let title = self.line(&info.child("title"));
        let version = self.line(&info.child("version"));
        self.text(&info.child("description"), rules::DESCRIBED);
        let servers = self.servers();
        let values = self.values();
        self.tags();
        let operations = self.operations(&values);
        self.components(&values);
        self.object_schemas();
        self.echoes_in_answers_only();
        let answers = self.made_of(operations.iter().map(|operation| operation.answer.as_str()));
        let errors = self.made_of(operations.iter().filter_map(|operation| operation.error.as_deref()));
        self.type_names(&self.operation_ids());
        let (title, version) = (title?.to_owned(), version?.to_owned());
        Some(Contract { title, version, servers, operations, values, answers, errors })
    }

    fn find(&mut self, rule: &'static str, pointer: &Pointer, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(self.document.finding(rule, pointer, message, help));
    }

    /// The non-empty text at a pointer.
    fn text(&mut self, pointer: &Pointer, rule: &'static str) -> Option<&'a str> {
        match self.document.get(pointer) {
            Some(Json::String(text)) if !text.trim().is_empty() => {
                if text.contains(is_unprintable) {
                    let message = format!("`{}` holds a character that cannot be seen", label(pointer));
                    self.find(rule, pointer, message, "write it in plain text");
                }
                if rule == rules::DESCRIBED && holds_code(text) {
                    let message = format!("`{}` holds a block of code, which Rust would run as a test", label(pointer));
                    self.find(rule, pointer, message, "say it in words, or in backticks within a line");
                }
                Some(text)
            }
            other => {
                let key = label(pointer);
                let message = match other {
                    None => format!("`{key}` is missing"),
                    Some(Json::String(_)) => format!("`{key}` is empty"),
                    Some(value) => format!("`{key}` is {value}, not text"),
                };
                self.find(rule, pointer, message, format!("give `{key}` a text"));
                None
            }
        }
    }

    /// The non-empty text at a pointer, where there is one.
    fn known_text(&self, pointer: &Pointer) -> Option<&'a str> {
        self.document.get(pointer)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The title or the version, which stands in one line of the generated code.
    fn line(&mut self, pointer: &Pointer) -> Option<&'a str> {
        let text = self.text(pointer, rules::TITLE_AND_VERSION)?;
        if text.contains('\n') {
            let message = format!("`{}` is more than one line", pointer.last());
            self.find(rules::TITLE_AND_VERSION, pointer, message, "write it in one line");
        }
        Some(text)
    }

    /// The entries of the object at a pointer; none where there is no object.
    fn entries(&self, pointer: &Pointer) -> impl Iterator<Item = (&'a String, &'a Json, Pointer)> + use<'a> {
        let object = self.document.get(pointer).and_then(Json::as_object);
        let pointer = pointer.clone();
        object.into_iter().flatten().map(move |(key, value)| (key, value, pointer.child(key)))
    }

    /// The items of the array at a pointer; none where there is no array.
    fn items(&self, pointer: &Pointer) -> impl Iterator<Item = (&'a Json, Pointer)> + use<'a> {
        let array = self.document.get(pointer).and_then(Json::as_array);
        let pointer = pointer.clone();
        array.into_iter().flatten().enumerate().map(move |(index, value)| (value, pointer.child(index)))
    }
}

/// Whether a character would make a comment other than it looks; Rust refuses these.
fn is_unprintable(c: char) -> bool {
    let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns_direction || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Whether a text, as Markdown, has a block of code: between fences, or indented after an empty line.
fn holds_code(text: &str) -> bool {
    let fenced = text.lines().any(|line| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"));
    fenced || text.contains("\n\n    ")
}

/// How messages call a value: its key, or for an item of a list that of the list too.
fn label(pointer: &Pointer) -> String {
    let last = pointer.last();
    if last.parse::<usize>().is_ok() { format!("{}/{last}", pointer.parent().last()) } else { last }
}

/// How a reference to a component schema is written.
fn schema_reference(name: &str) -> String {
    format!("{SCHEMAS}{name}")
}

/// The pointer of all component schemas.
fn schemas_pointer() -> Pointer {
    Pointer::root().child("components").child("schemas")
}

/// The pointer of a component schema.
fn schema_pointer(name: &str) -> Pointer {
    schemas_pointer().child(name)
}

/// The keys of an object that are not in a list.
fn other_keys<'a>(object: &'a Map<String, Json>, known: &[&str]) -> Vec<&'a str> {
    object.keys().map(String::as_str).filter(|key| !known.contains(key)).collect()
}
