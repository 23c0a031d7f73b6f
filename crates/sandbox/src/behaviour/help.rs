//! What there is to set, for people.

use std::fmt;

use super::Setting;

/// What is known of whether the live service does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Microsoft documents it.
    Documented,
    /// It was recorded from the live service and published.
    Recorded,
    /// Nothing public is known: a ruling of ours, on which no client should rely.
    Unknown,
}

/// The name of the variant in lower case.
impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Evidence::Documented => "documented",
            Evidence::Recorded => "recorded",
            Evidence::Unknown => "unknown",
        })
    }
}

/// What can be set, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingHelp {
    /// What stands before `=`.
    pub name: &'static str,
    /// What is decided by it, one line of Markdown.
    pub about: &'static str,
    /// What can stand after `=`, the default first.
    pub values: &'static [ValueHelp],
}

/// One value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueHelp {
    /// What to write, or a placeholder that says what kind of text to write.
    pub text: &'static str,
    /// What is known of whether the live service does this.
    pub evidence: Evidence,
    /// What the sandbox then does, one line of Markdown.
    pub meaning: &'static str,
}

impl ValueHelp {
    /// Whether [`ValueHelp::text`] is a placeholder in angle brackets, for which many texts can stand.
    pub fn is_placeholder(&self) -> bool {
        self.text.starts_with('<')
    }
}

/// A row of the table: what people read about a setting, and how a value of it is read.
pub(super) struct Row {
    pub(super) help: SettingHelp,
    pub(super) read: fn(&str) -> Option<Setting>,
}
