//! What a reader needs to know first.

use super::super::{Change, RustSource};
use super::{Report, Versions};

impl Report<'_> {
    /// One word for what follows, and the sentence that says why.
    pub(super) fn verdict(&self) -> (&'static str, String) {
        let changes = &self.comparison.changes;
        let (accepted, breaking): (Vec<_>, Vec<_>) =
            changes.iter().filter(|change| change.is_breaking()).partition(|change| change.accepted.is_some());
        if changes.is_empty() {
            return ("no change", "the contracts say the same".to_owned());
        }
        if !breaking.is_empty() {
            let verb = if breaking.len() == 1 { "breaks" } else { "break" };
            let mut sentence = format!("{} of {} {verb} {}", breaking.len(), counted(changes.len()), whom(&breaking));
            if !accepted.is_empty() {
                let were = if accepted.len() == 1 { "was" } else { "were" };
                sentence += &format!(", and {} more {were} accepted", accepted.len());
            }
            return ("breaking", format!("{sentence}; {}", self.versions()));
        }
        let mut sentence = counted(changes.len());
        if !accepted.is_empty() {
            let (verb, were) = if accepted.len() == 1 { ("breaks", "was") } else { ("break", "were") };
            sentence += &format!(", of which {} {verb} {} and {were} accepted", accepted.len(), whom(&accepted));
        }
        ("not breaking", format!("{sentence}; {}", self.versions()))
    }

    fn versions(&self) -> String {
        let told = |what: &str, Versions { new, needed, .. }: &Versions| match new == needed {
            true => format!("{what} {new} is enough"),
            false => format!("{what} {new} must become {needed}"),
        };
        format!("{}, {}", told("the contract", &self.contract), told("mde-client", &self.client))
    }
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}

fn whom(changes: &[&Change]) -> &'static str {
    let callers = changes.iter().any(|change| change.wire.breaks_callers());
    let users = changes.iter().any(|change| change.rust == RustSource::Breaking);
    match (callers, users) {
        (true, true) => "callers and users of mde-client",
        (true, false) => "callers",
        (false, _) => "users of mde-client",
    }
}
