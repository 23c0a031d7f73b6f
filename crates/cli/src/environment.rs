//! The environment variables that are read.

use std::collections::HashMap;
use std::env;
use std::fmt;

/// The environment of a run: that of the process, or one that a test gives.
#[derive(Clone, Default)]
pub struct Environment(Variables);

#[derive(Clone)]
enum Variables {
    Process,
    Given(HashMap<String, String>),
}

impl Default for Variables {
    fn default() -> Self {
        Self::Given(HashMap::new())
    }
}

impl Environment {
    /// That of the process.
    pub fn of_process() -> Self {
        Self(Variables::Process)
    }

    /// Whether it is that of the process, and with it of a user who has folders.
    pub(crate) fn is_of_process(&self) -> bool {
        matches!(self.0, Variables::Process)
    }

    /// The value of a variable. One that is empty counts as one that is not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            // Whatever is no text will be refused for what it then is: an unknown endpoint, an unknown token.
            Variables::Process => env::var_os(name)?.to_string_lossy().into_owned(),
            Variables::Given(variables) => variables.get(name)?.clone(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(Variables::Given(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }
}

/// Without the values, which may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}
