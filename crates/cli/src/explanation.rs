//! What an error of the client says to a person.

use std::error::Error as _;

use mde_client::Error;

/// An error in two parts.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// What happened, with its first cause.
    pub(crate) problem: String,
    /// What to do about it.
    pub(crate) advice: Option<String>,
}

impl Explanation {
    pub(crate) fn of(error: &Error) -> Self {
        let problem = error.problem();
        let problem = match first_cause(error) {
            Some(cause) if !problem.contains(&cause) => format!("{problem}: {cause}"),
            _ => problem.to_owned(),
        };
        Self { problem, advice: error.advice().map(str::to_owned) }
    }
}

/// The innermost error: what wraps it says again that a request failed.
fn first_cause(error: &Error) -> Option<String> {
    let innermost = std::iter::successors(error.source(), |&cause| cause.source()).last()?;
    Some(innermost.to_string())
}

impl std::fmt::Display for Explanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.problem)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}
