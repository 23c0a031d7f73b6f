//! What is said at the end of `mde ip stats`, and its exit code.

use mde_client::{Error, ErrorKind};

use crate::ask::End;
use crate::exit::Exit;
use crate::explanation::Explanation;
use crate::record::Summary;

/// How a run of so many records ended.
pub(crate) struct Ending<'a> {
    pub(crate) end: &'a End,
    pub(crate) summary: &'a Summary,
    /// The file that is to be written, by its name.
    pub(crate) file: Option<&'a str>,
    /// How the same command would go on.
    pub(crate) outlook: String,
}

impl Ending<'_> {
    /// What the user is told, if there is something.
    pub(crate) fn text(&self) -> Option<String> {
        let mut text = self.what_happened()?;
        if !self.end.is_complete() {
            if let Some(file) = self.file {
                text += &format!("\n{file} is not written, because the list is not complete");
            }
            if self.goes_on() {
                text += &format!("\n{}", self.outlook);
            }
        }
        Some(text)
    }

    fn what_happened(&self) -> Option<String> {
        let Summary { failed, expected, .. } = self.summary;
        match self.end {
            End::Complete(None) => None,
            End::Complete(Some((address, error))) => {
                Some(format!("{failed} of {expected} failed, first {address}: {}", Explanation::of(error)))
            }
            End::Refused(error) => Some(Explanation::of(error).to_string()),
            End::Outage(error) => Some(format!(
                "one call after the other fails, so no further ones are made; the last: {}",
                Explanation::of(error)
            )),
            End::Interrupted => {
                let written = if self.file.is_none() { ", and written" } else { "" };
                Some(format!("interrupted; {} of {expected} are known{written}", self.summary.records()))
            }
            End::Stopped => Some("ended at once".to_owned()),
        }
    }

    /// Whether there is something to go on from.
    fn goes_on(&self) -> bool {
        match self.end {
            End::Complete(_) => false,
            End::Refused(_) | End::Outage(_) => self.summary.answered() > 0 || self.file.is_some(),
            End::Interrupted | End::Stopped => true,
        }
    }

    /// What the exit code says.
    pub(crate) fn exit(&self) -> Exit {
        let nothing_answered = self.summary.answered() == 0;
        match self.end {
            End::Interrupted | End::Stopped => Exit::Interrupted,
            End::Refused(error) if nothing_answered => of_refusal(error),
            End::Complete(Some(_)) | End::Outage(_) if nothing_answered => Exit::Unavailable,
            _ if self.summary.failed > 0 || self.summary.invalid > 0 => Exit::Incomplete,
            _ => Exit::Success,
        }
    }
}

/// What the exit code says where a failure meets every call.
pub(crate) fn of_refusal(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::Configuration => Exit::Usage,
        ErrorKind::Credential | ErrorKind::Permission => Exit::Credential,
        _ => Exit::Unavailable,
    }
}
