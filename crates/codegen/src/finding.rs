//! A finding: what is wrong with a document, where, and how to fix it.

use std::fmt;

use crate::pointer::{Pointer, Position};

/// One mistake in a document, with what a person needs to fix it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The name that the document was parsed with.
    pub file: String,
    /// Where it starts.
    pub position: Position,
    /// The wrong value, or the path of a missing one.
    pub pointer: Pointer,
    /// The rule that is violated, in kebab-case. Stable.
    pub rule: &'static str,
    /// What is wrong, with the offending value.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// Where it ends; equals [`Self::position`] if there is nothing to underline.
    pub end: Position,
    /// Related places, such as the evidence that the contract contradicts.
    pub notes: Vec<Note>,
}

/// A place that is related to a [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The name that the document was parsed with.
    pub file: String,
    /// Where it starts.
    pub position: Position,
    /// Where it ends.
    pub end: Position,
    /// The value that the note is about.
    pub pointer: Pointer,
    /// How it is related.
    pub message: String,
}

impl Finding {
    /// A finding about a file rather than a value in it, such as one that is not a document.
    pub fn of_file(
        file: impl Into<String>,
        rule: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            position: Position::START,
            pointer: Pointer::root(),
            rule,
            message: message.into(),
            help: help.into(),
            end: Position::START,
            notes: Vec::new(),
        }
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, position, pointer, rule, message, help, notes, .. } = self;
        write!(f, "{file}:{position}: {message}\n  at {pointer} [{rule}]")?;
        for Note { file, position, pointer, message, .. } in notes {
            write!(f, "\n  {file}:{position}: {message}, at {pointer}")?;
        }
        write!(f, "\n  help: {help}")
    }
}

impl std::error::Error for Finding {}
