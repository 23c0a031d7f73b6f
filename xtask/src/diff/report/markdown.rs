//! The report for the first comment of a pull request.

use super::super::Change;
use super::Report;
use super::shown::{place, shown};

/// The longest comment that GitHub takes is as many characters; bytes are never fewer.
const LONGEST: usize = 65_536;

/// What is kept free for the notes on what was cut, and for what whoever posts the comment has to add.
const RESERVE: usize = 4096;

impl Report<'_> {
    /// What the Markdown begins with, by which a workflow finds its own comment again.
    pub const MARKER: &'static str = "<!-- mde-contract-diff -->";

    /// For the first comment of a pull request: the verdict, a table, and the details folded. Never longer than a
    /// comment may be; what does not fit is cut with a note.
    pub fn markdown(&self) -> String {
        let (word, sentence) = self.verdict();
        let mut text = format!("{}\n**{}**: {}.\n", Self::MARKER, capitalized(word), prose(&sentence));
        let changes = &self.comparison.changes;
        if !changes.is_empty() {
            text += &format!("\nCompared: {} with {}.\n\n", code(self.new), code(self.base));
            text += &table("| Change | Wire | Rust | Where |\n| --- | --- | --- | --- |\n", changes, row, LONGEST / 2);
            let values = table("| What | Old | New |\n| --- | --- | --- |\n", changes, values, LONGEST / 4);
            text += &folded("Old and new values", &values);
        }
        let diffs: Vec<_> = self.diffs().collect();
        for (index, (title, diff)) in diffs.iter().enumerate() {
            let left = LONGEST.saturating_sub(text.len() + RESERVE) / (diffs.len() - index);
            text += &folded(title, &fenced(diff, left));
        }
        text
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// As many rows as fit, and a note on those that do not.
fn table(head: &str, changes: &[Change], row: impl Fn(&Change) -> String, room: usize) -> String {
    let mut table = head.to_owned();
    for (index, change) in changes.iter().enumerate() {
        let row = row(change);
        if table.len() + row.len() > room {
            table += &format!("\n{} more do not fit here; `cargo xtask diff` shows them all.\n", changes.len() - index);
            break;
        }
        table += &row;
    }
    table
}

fn row(change: &Change) -> String {
    let Change { rule, wire, rust, message, accepted, .. } = change;
    let accepted = accepted.as_ref().map(|reason| format!("<br>Accepted: {}", prose(reason))).unwrap_or_default();
    let strong = |breaks: bool, word: String| if breaks { format!("**{word}**") } else { word };
    let wire = strong(wire.breaks_callers(), wire.to_string());
    let rust = strong(*rust == super::super::RustSource::Breaking, rust.to_string());
    format!("| {}: {}{accepted} | {wire} | {rust} | {} |\n", code(rule.id), prose(message), code(&place(change)))
}

fn values(change: &Change) -> String {
    let value = |value: &Option<_>| code(&shown(value.as_ref()));
    format!("| {} | {} | {} |\n", code(&change.pointer.to_string()), value(&change.old), value(&change.new))
}

fn folded(title: &str, content: &str) -> String {
    format!("\n<details>\n<summary>{title}</summary>\n\n{}\n\n</details>\n", content.trim_end())
}

/// A diff in a fence that nothing within it closes, as far as there is room for it.
fn fenced(diff: &str, room: usize) -> String {
    let longest_run = diff.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest_run.max(2) + 1);
    let mut kept = String::new();
    let mut lines = diff.lines();
    for line in lines.by_ref() {
        if kept.len() + line.len() + 1 > room {
            let missing = lines.count() + 1;
            let note = format!("{missing} more lines do not fit here; `cargo xtask diff` shows them all.");
            return format!("{fence}diff\n{kept}{fence}\n\n{note}");
        }
        kept += line;
        kept.push('\n');
    }
    format!("{fence}diff\n{kept}{fence}")
}

/// A text in which what stands between backticks is code. Nothing in it is taken for Markdown or HTML, and nobody is
/// notified by it.
fn prose(text: &str) -> String {
    let parts = text.split('`').collect::<Vec<_>>();
    let balanced = parts.len() % 2 == 1;
    let shown = parts.iter().enumerate().map(|(index, part)| match index % 2 == 1 && balanced {
        true => code(part),
        false => escaped(part).replace('@', "@<!-- -->"),
    });
    shown.collect::<Vec<_>>().join(if balanced { "" } else { "&#96;" })
}

/// A text in the type of code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A text of which no character means anything to Markdown, a table or HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '!' | '$' => {
                escaped += &format!("&#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}
