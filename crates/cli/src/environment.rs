//! What a run takes from its process: environment variables, and how a client is built.

use std::collections::HashMap;
use std::env;
use std::fmt;

use mde_client::ClientBuilder;

/// The environment of a run: that of the process, or one that a test gives.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Variables,
    adapt_client: Option<fn(ClientBuilder) -> ClientBuilder>,
}

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
    /// The environment of the process.
    pub fn of_process() -> Self {
        Self { variables: Variables::Process, adapt_client: None }
    }

    /// Changes each client before it is built, such as its clock. For tests.
    pub fn with_client(self, adapt: fn(ClientBuilder) -> ClientBuilder) -> Self {
        Self { adapt_client: Some(adapt), ..self }
    }

    pub(crate) fn adapt_client(&self, builder: ClientBuilder) -> ClientBuilder {
        match self.adapt_client {
            Some(adapt) => adapt(builder),
            None => builder,
        }
    }

    /// Whether it is the environment of the process, and so of a user who has folders.
    pub(crate) fn is_of_process(&self) -> bool {
        matches!(self.variables, Variables::Process)
    }

    /// The value of a variable. An empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match &self.variables {
            // A value that is not UTF-8 will be refused for what it then is: an unknown endpoint, an unknown token.
            Variables::Process => env::var_os(name)?.to_string_lossy().into_owned(),
            Variables::Given(variables) => variables.get(name)?.clone(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables: Variables::Given(variables), adapt_client: None }
    }
}

/// Without the values, which may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}
