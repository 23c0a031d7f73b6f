//! The YAML of the evidence and the rulings: the form that a file must have, so that no misspelt key goes unread, and one
//! value of a file with its location.

use mde_codegen::{Document, Finding, Note, Pointer, Position};
use serde_json::Value as Json;

/// What may stand in a place.
pub(crate) enum Form {
    Text,
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A whole number, not negative.
    Count,
    Flag,
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
    /// Everything in a document that is not of this form.
    pub(crate) fn check(&self, document: &Document, rule: &'static str) -> Vec<Finding> {
        let mut findings = Vec::new();
        Check { document, rule, findings: &mut findings }.value(&Pointer::root(), document.root(), self);
        findings
    }

    fn expected(&self) -> String {
        match self {
            Self::Text => "a text that is not empty; quote one that looks like a number".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Count => "a whole number".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Anything => "a value".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) | Self::Mapping(_) => "a mapping".to_owned(),
        }
    }
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
        self.find(
            pointer,
            format!("the key {} is not known here", self.name(pointer)),
            format!("use one of {}", keys.join(", ")),
        );
    }

    fn name(&self, pointer: &Pointer) -> String {
        if *pointer == Pointer::root() { "the file".to_owned() } else { format!("`{}`", key(self.document, pointer)) }
    }

    fn find(&mut self, pointer: &Pointer, message: String, help: String) {
        self.findings.push(self.document.finding(self.rule, pointer, message, help));
    }
}

/// What a message calls an element: its key, after that of the list that it is an item of.
pub(crate) fn key(document: &Document, pointer: &Pointer) -> String {
    let parent = pointer.parent();
    match document.get(&parent) {
        Some(Json::Array(_)) => format!("{}/{}", parent.last(), pointer.last()),
        _ => pointer.last(),
    }
}

/// A value as a message shows it: itself where it is short.
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
    /// The request that says more than the document does, which only names its file.
    pub(crate) request: Option<&'a RequestFile>,
}

impl<'a> Node<'a> {
    pub(crate) fn root(document: &'a Document) -> Self {
        Self { document, pointer: Pointer::root(), request: None }
    }

    /// The value; null for one that is not there.
    pub(crate) fn json(&self) -> &'a Json {
        self.document.get(&self.pointer).unwrap_or(&Json::Null)
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        self.json().as_str()
    }

    /// The value as text: a text itself, another value as JSON writes it.
    pub(crate) fn words(&self) -> String {
        self.text().map_or_else(|| self.json().to_string(), str::to_owned)
    }

    /// The value of a key, where there is one.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let pointer = self.pointer.child(key);
        self.document.get(&pointer).map(|_| Self { document: self.document, pointer, request: None })
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<(&'a str, Self)> {
        let node = self.get(key)?;
        Some((node.text()?, node))
    }

    /// The items of the list under a key; none where there is no list.
    pub(crate) fn items(&self, key: &str) -> Vec<Self> {
        let pointer = self.pointer.child(key);
        let count = self.document.get(&pointer).and_then(Json::as_array).map_or(0, Vec::len);
        (0..count).map(|index| Self { document: self.document, pointer: pointer.child(index), request: None }).collect()
    }

    /// The entries of this mapping; none where it is none.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.json().as_object().into_iter().flatten();
        entries
            .map(|(key, _)| {
                (key.as_str(), Self { document: self.document, pointer: self.pointer.child(key), request: None })
            })
            .collect()
    }

    /// What a source says here, to stand below a finding.
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
