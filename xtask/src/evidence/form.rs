//! What the evidence is held to: the ids of the rules, which are stable, the form that a file of YAML must have, so that
//! no misspelt key goes unread, and one value of a file with its location.

use std::fmt::Display;

use mde_codegen::{Document, Finding, Note, Pointer, Position, Rule};
use serde_json::Value as Json;

pub(crate) const DESCRIBED: &str = "source-described";
pub(crate) const ATTESTED: &str = "evidence-attested";
pub(crate) const REQUEST: &str = "request-resolves";
pub(crate) const OUTSIDE: &str = "outside-route";
pub(crate) const CONTRADICTED: &str = "fact-contradicted";
pub(crate) const DESCRIPTION: &str = "description-supported";
pub(crate) const EXAMPLE: &str = "example-differs";
pub(crate) const MISSING: &str = "element-missing";
pub(crate) const UNWITNESSED: &str = "element-unwitnessed";
pub(crate) const RULING: &str = "ruling-described";
pub(crate) const CITES: &str = "ruling-cites";
pub(crate) const HOLDS: &str = "ruling-holds";
pub(crate) const COVERS_NOTHING: &str = "ruling-covers-nothing";
pub(crate) const CONSISTENT: &str = "source-consistent";
pub(crate) const STATEMENT: &str = "statement-agrees";
pub(crate) const ON_PAGE: &str = "statement-on-page";

macro_rules! rules {
    ($($id:literal: $summary:literal,)*) => {
        /// Every rule that the evidence is held to, ordered by name, each with a page that explains it.
        pub const RULES: &[Rule] = &[$(
            Rule { id: $id, summary: $summary, page: include_str!(concat!("../../rules/evidence/", $id, ".md")) },
        )*];
    };
}

rules! {
    "description-supported": "Each number, host, name and unit of a description is an element of the contract or the words of a ruling.",
    "element-missing": "The contract has every element that a source states or a ruling is about.",
    "element-unwitnessed": "Every element of the contract is stated by a source or held by a ruling.",
    "evidence-attested": "Every file of the evidence has the checksum in SHA256SUMS.",
    "example-differs": "Each example of the contract is what its source shows, and what a source shows is an example.",
    "fact-contradicted": "The contract says what every source says, unless a ruling covers exactly that disagreement.",
    "outside-route": "An exchange with `route: outside` is not a call of an operation of the contract.",
    "request-resolves": "Every request of the evidence is a call of exactly one operation, unless its exchange has `route: outside`.",
    "ruling-cites": "A ruling cites sources and facts that exist.",
    "ruling-covers-nothing": "Every part of a ruling decides something that the sources leave open.",
    "ruling-described": "The rulings have the form that openapi/README.md describes.",
    "ruling-holds": "The contract has every value that a ruling holds.",
    "source-consistent": "A source agrees with itself, and with the standards that it speaks of.",
    "source-described": "Every source is described in the form that openapi/README.md gives.",
    "statement-agrees": "Whatever can be read in the words beside a fact is a value of the fact.",
    "statement-on-page": "Every statement and exchange stands to the letter in the page of its source.",
}

/// The form of a value.
pub(crate) enum Form {
    Text,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// An integer, not negative.
    Count,
    Flag,
    /// `true`, where anything else is expressed by leaving the key out; or `false` likewise.
    Only(bool),
    /// The SHA-256 of a file, as `sha256sum` writes it.
    Digest,
    /// Whatever JSON can hold.
    Anything,
    List(&'static Form),
    /// Any keys, with values of one form.
    Table(&'static Form),
    /// These keys and no other.
    Mapping(&'static [Field]),
}

/// A key of a mapping.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) needed: bool,
    pub(crate) form: Form,
}

/// A key that must be there.
pub(crate) const fn needed(key: &'static str, form: Form) -> Field {
    Field { key, needed: true, form }
}

/// A key that may be left out.
pub(crate) const fn optional(key: &'static str, form: Form) -> Field {
    Field { key, needed: false, form }
}

impl Form {
    /// A finding for each part of a document that does not have this form.
    pub(crate) fn check(&self, document: &Document, rule: &'static str) -> Vec<Finding> {
        let mut findings = Vec::new();
        Check { document, rule, findings: &mut findings }.value(&Pointer::root(), document.root(), self);
        findings
    }

    fn expected(&self) -> String {
        match self {
            Self::Text => "a non-empty string; quote one that looks like a number".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Count => "a non-negative integer".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Only(flag) => format!("{flag}, or leave the key out"),
            Self::Digest => "64 hexadecimal digits in lower case".to_owned(),
            Self::Anything => "a value".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) | Self::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

struct Check<'a> {
    document: &'a Document,
    rule: &'static str,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn value(&mut self, pointer: &Pointer, value: &Json, form: &Form) {
        let sound = match form {
            Form::Text => value.as_str().is_some_and(|text| !text.trim().is_empty()),
            Form::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Form::Count => value.is_u64(),
            Form::Flag => value.is_boolean(),
            Form::Only(flag) => value.as_bool() == Some(*flag),
            Form::Digest => value.as_str().is_some_and(is_digest),
            Form::Anything => true,
            Form::List(_) => value.is_array(),
            Form::Table(_) | Form::Mapping(_) => value.is_object(),
        };
        if !sound {
            let message = format!("{} is {}", self.name(pointer), shown(value));
            self.find(pointer, message, format!("write {}", form.expected()));
            return;
        }
        match (form, value) {
            (Form::List(item), Json::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.value(&pointer.child(index), value, item);
                }
            }
            (Form::Table(entry), Json::Object(entries)) => {
                for (key, value) in entries {
                    self.value(&pointer.child(key), value, entry);
                }
            }
            (Form::Mapping(fields), Json::Object(entries)) => {
                for (key, value) in entries {
                    match fields.iter().find(|field| field.key == key) {
                        Some(field) => self.value(&pointer.child(key), value, &field.form),
                        None => self.unknown(&pointer.child(key), fields),
                    }
                }
                for field in fields.iter().filter(|field| field.needed && !entries.contains_key(field.key)) {
                    let message = format!("`{}` is missing in {}", field.key, self.name(pointer));
                    let help = format!("give `{}` as {}", field.key, field.form.expected());
                    self.find(&pointer.child(field.key), message, help);
                }
            }
            _ => {}
        }
    }

    fn unknown(&mut self, pointer: &Pointer, fields: &[Field]) {
        let keys: Vec<_> = fields.iter().map(|field| field.key).collect();
        self.find(pointer, format!("unknown key {}", self.name(pointer)), format!("use one of {}", keys.join(", ")));
    }

    fn name(&self, pointer: &Pointer) -> String {
        if *pointer == Pointer::root() { "the file".to_owned() } else { format!("`{}`", key(self.document, pointer)) }
    }

    fn find(&mut self, pointer: &Pointer, message: String, help: String) {
        self.findings.push(self.document.finding(self.rule, pointer, message, help));
    }
}

/// The name of an element in messages: its key; for an item, the key of the list and the index.
pub(crate) fn key(document: &Document, pointer: &Pointer) -> String {
    let parent = pointer.parent();
    match document.get(&parent) {
        Some(Json::Array(_)) => format!("{}/{}", parent.last(), pointer.last()),
        _ => pointer.last(),
    }
}

/// A value as messages show it, cut at 120 characters.
pub(crate) fn shown(value: &Json) -> String {
    const LONGEST: usize = 120;
    let text = match value {
        Json::Null => "null".to_owned(),
        Json::String(text) if text.is_empty() => "empty".to_owned(),
        value => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// One value of a document of the evidence or the rulings.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) document: &'a Document,
    pub(crate) pointer: Pointer,
    /// The value; null for one that is not there.
    pub(crate) json: &'a Json,
    /// The request file, if the value is only the name of one.
    pub(crate) request: Option<&'a RequestFile>,
}

impl<'a> Node<'a> {
    pub(crate) fn root(document: &'a Document) -> Self {
        Self { document, pointer: Pointer::root(), json: document.root(), request: None }
    }

    fn child(&self, key: impl Display, json: &'a Json) -> Self {
        Self { document: self.document, pointer: self.pointer.child(key), json, request: None }
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        self.json.as_str()
    }

    /// The value as text: a text itself, another value as JSON writes it.
    pub(crate) fn words(&self) -> String {
        self.text().map_or_else(|| self.json.to_string(), str::to_owned)
    }

    /// The value of a key, if it exists.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        self.json.get(key).map(|value| self.child(key, value))
    }

    /// The value of a key, be it there or not.
    pub(crate) fn entry(&self, key: &str) -> Self {
        self.child(key, self.json.get(key).unwrap_or(&Json::Null))
    }

    /// An item of this list, be it there or not.
    pub(crate) fn item(&self, index: usize) -> Self {
        Self { request: self.request, ..self.child(index, self.json.get(index).unwrap_or(&Json::Null)) }
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<(&'a str, Self)> {
        let node = self.get(key)?;
        Some((node.text()?, node))
    }

    /// The items of the list under a key; empty if there is no list.
    pub(crate) fn items(&self, key: &str) -> Vec<Self> {
        let list = self.entry(key);
        let items = list.json.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| list.child(index, value)).collect()
    }

    /// The entries of this mapping; empty if it is not a mapping.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.json.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.child(key, value))).collect()
    }

    /// A note about this value, to attach to a finding.
    pub(crate) fn note(&self, message: impl Into<String>) -> Note {
        let Some(request) = self.request else { return self.document.note(&self.pointer, message) };
        let length = request.text.lines().next().unwrap_or_default().chars().count();
        Note {
            file: request.name.clone(),
            position: Position { line: 1, column: 1 },
            end: Position { line: 1, column: length + 1 },
            pointer: Pointer::root(),
            message: message.into(),
        }
    }
}

/// A request as it was written down.
#[derive(Debug)]
pub(crate) struct RequestFile {
    pub(crate) name: String,
    pub(crate) text: String,
}
