//! The environment variables that are read.

use std::env;
use std::fmt;

/// What the environment of the process says.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Environment {
    /// `MDE_TOKEN`: a bearer token.
    pub token: Option<String>,
    /// `MDE_ENDPOINT`: the name or the URL of the host to ask.
    pub endpoint: Option<String>,
}

impl Environment {
    /// Reads it. A variable that is empty counts as one that is not set.
    pub fn of_process() -> Self {
        Self { token: variable("MDE_TOKEN"), endpoint: variable("MDE_ENDPOINT") }
    }
}

fn variable(name: &str) -> Option<String> {
    // Whatever is no text will be refused for what it then is: an unknown endpoint, an unknown token.
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// Without the token.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
