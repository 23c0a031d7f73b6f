//! The report for a terminal.

use super::super::Change;
use super::Report;
use super::shown::{place, shown};

impl Report<'_> {
    /// For a terminal: the verdict, each change with its place and values, then the diffs.
    pub fn text(&self) -> String {
        let (word, sentence) = self.verdict();
        let mut text = format!("{word}: {sentence}\ncompared: {} with {}\n", self.new, self.base);
        for change in &self.comparison.changes {
            text.push('\n');
            text += &entry(change);
        }
        for (title, diff) in self.diffs() {
            text += &format!("\n{title}:\n{diff}\n");
        }
        text
    }
}

fn entry(change: &Change) -> String {
    let Change { rule, wire, rust, pointer, old, new, message, accepted, .. } = change;
    let mut text = format!("{message}\n  {} · wire: {wire} · Rust: {rust}\n", rule.id);
    text += &format!("  {} at {pointer}\n", place(change));
    if old.is_some() || new.is_some() {
        text += &format!("  {} -> {}\n", shown(old.as_ref()), shown(new.as_ref()));
    }
    if let Some(reason) = accepted {
        text += &format!("  accepted: {reason}\n");
    }
    text
}
