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
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, position, pointer, rule, message, help } = self;
        write!(f, "{file}:{position}: {message}\n  at {pointer} [{rule}]\n  help: {help}")
    }
}

impl std::error::Error for Finding {}
