//! The report for a terminal.

use super::super::accepted::LIST;
use super::super::change::Change;
use super::super::evidence_changes::EvidenceChange;
use super::{Report, is_prose, place, shown};

/// The most characters of a value that are shown; a text that people must judge is shown to its end.
const LONGEST_VALUE: usize = 160;

impl Report<'_> {
    /// For a terminal: the verdict, each change with its place, values and evidence, then what changed in the evidence, and
    /// the diffs.
    pub fn text(&self) -> String {
        let (word, sentence) = self.verdict();
        let mut text = format!("{word}: {sentence}\ncompared: {} with {}\n", self.new, self.base);
        for change in &self.comparison.changes {
            text.push('\n');
            text += &self.entry(change);
        }
        match self.evidence.as_deref() {
            None | Some([]) => {}
            Some(changes) => {
                let lines: String = changes.iter().map(evidence_line).collect();
                text += &format!("\nThe evidence:\n{lines}");
            }
        }
        for (title, diff) in self.diffs() {
            text += &format!("\n{title}:\n{diff}\n");
        }
        text
    }

    /// The text of `accepted-breaks.yaml` that would accept each break that nobody accepted; `None` where there is none.
    pub fn entries_to_accept(&self) -> Option<String> {
        let entries: String = self.comparison.unaccepted().map(Change::entry_to_accept).collect();
        (!entries.is_empty()).then(|| format!("{LIST}:\n{entries}"))
    }

    fn entry(&self, change: &Change) -> String {
        let Change { rule, wire, rust, old, new, message, details, accepted, .. } = change;
        let mut text = format!("{message}\n  {} · wire: {wire} · Rust: {rust}\n", rule.id);
        text += &format!("  {} at {}\n", place(change), self.name(change));
        for detail in details {
            text += &format!("  {detail}\n");
        }
        if old.is_some() || new.is_some() {
            let longest = if is_prose(change) { usize::MAX } else { LONGEST_VALUE };
            text += &format!("  {} -> {}\n", shown(old.as_ref(), longest), shown(new.as_ref(), longest));
        }
        let witnesses = self.held_by(change).into_iter();
        let witnesses: Vec<_> = witnesses.map(|witness| format!("{} {}", witness.kind.word(), witness.name)).collect();
        if !witnesses.is_empty() {
            text += &format!("  evidence: {}\n", witnesses.join(", "));
        }
        if let Some(reason) = accepted {
            text += &format!("  accepted: {reason}\n");
        }
        text
    }
}

fn evidence_line(change: &EvidenceChange) -> String {
    let EvidenceChange { happened, kind, name, about, file, line, parts, .. } = change;
    let about = if about.is_empty() { String::new() } else { format!(": {about}") };
    let parts = if parts.is_empty() { String::new() } else { format!("\n    {}", parts.join("; ")) };
    format!("  {} {} {name}{about}\n    {file}:{line}{parts}\n", happened.word(), kind.word())
}
