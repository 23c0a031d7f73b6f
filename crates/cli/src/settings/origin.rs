//! Where a value comes from.

use std::fmt;

use mde_input::escape::escape;

/// A value, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag, such as `--endpoint`.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// The configuration.
    File {
        /// The name of the file, without its folder.
        name: String,
        line: usize,
        /// None where it holds for all profiles.
        profile: Option<String>,
    },
    /// Nobody said anything.
    Default,
}

impl<T> Setting<T> {
    pub(crate) fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::File { name, line, profile: None } => write!(f, "{}:{line}", escape(name)),
            Self::File { name, line, profile: Some(profile) } => {
                write!(f, "{}:{line} (profile {})", escape(name), escape(profile))
            }
            Self::Default => f.write_str("default"),
        }
    }
}
