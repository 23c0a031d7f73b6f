//! Where a value of a document is: its path in the tree, and its place in the text.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// A JSON pointer (RFC 6901): the path to one value of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(Box<str>);

impl Pointer {
    /// The pointer to the root of a document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer to a key of the object, or to an index of the array, that `self` points to.
    pub fn child(&self, key: impl fmt::Display) -> Self {
        let mut pointer = String::with_capacity(self.0.len() + 16);
        // Writing to a string cannot fail.
        let _ = write!(pointer, "{}/{key}", self.0);
        let key = &pointer[self.0.len() + 1..];
        if key.contains(['~', '/']) {
            let escaped = key.replace('~', "~0").replace('/', "~1");
            pointer.replace_range(self.0.len() + 1.., &escaped);
        }
        Self(pointer.into())
    }

    /// The target of a local reference such as `#/components/schemas/IpAddress`; `None` if it is not local.
    pub fn of_reference(reference: &str) -> Option<Self> {
        let pointer = reference.strip_prefix('#')?;
        pointer.starts_with('/').then(|| Self(pointer.into()))
    }

    /// The pointer as text; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last key or index, unescaped; empty for the root.
    pub fn last(&self) -> String {
        unescaped(self.0.rsplit('/').next().unwrap_or_default()).into_owned()
    }

    /// The keys and indices from the root on, unescaped.
    pub fn keys(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescaped)
    }

    /// Whether it equals another pointer, or is below it.
    pub fn is_within(&self, outer: &Self) -> bool {
        self.0.strip_prefix(&*outer.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The pointer to the parent; the root is its own parent.
    pub fn parent(&self) -> Self {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.into())).unwrap_or_default()
    }
}

fn unescaped(key: &str) -> Cow<'_, str> {
    if key.contains('~') { key.replace("~1", "/").replace("~0", "~").into() } else { key.into() }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// A line and a column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Position {
    /// The start of a document.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
