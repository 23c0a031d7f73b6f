use std::fmt;

use crate::{Pointer, Position};

/// One thing that is wrong with a document, told so that a person can mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The document, as it was named when it was read.
    pub file: String,
    /// Where in the document it stands.
    pub position: Position,
    /// The value that is wrong, or the one that misses something.
    pub pointer: Pointer,
    /// The rule that is broken, in kebab-case. Stable.
    pub rule: &'static str,
    /// What is wrong, with the offending value.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where what stands at [`Self::position`] ends; the same place where there is nothing to underline.
    pub end: Position,
    /// What other places have to do with it, such as what the evidence says.
    pub notes: Vec<Note>,
}

/// Another place that has to do with a [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The document, as it was named when it was read.
    pub file: String,
    /// Where in the document it stands.
    pub position: Position,
    /// Where it ends.
    pub end: Position,
    /// The value that the note is about.
    pub pointer: Pointer,
    /// What there is to say about it.
    pub message: String,
}

impl Finding {
    /// A finding about a file as a whole, such as one that cannot be read as a document.
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

    /// The same finding with one more note.
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
