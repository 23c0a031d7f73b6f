//! The report on two contracts: the verdict, then each change, as text, Markdown or JSON.

use serde_json::{Map, Value as Json, json};

use super::change::{Change, Comparison, Side};
use super::rules::{Bump, RustSource};

/// The versions of one thing: as it was, as it is, and as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The version with the base.
    pub base: String,
    /// The version now.
    pub new: String,
    /// The least version that the changes ask for; the same as [`Self::new`] where that is enough.
    pub needed: String,
}

/// A comparison, with the versions and diffs to report beside it.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What is shown.
    pub comparison: &'a Comparison,
    /// How the base is called, such as a revision.
    pub base: &'a str,
    /// How the new contract is called.
    pub new: &'a str,
    /// The versions of the contract.
    pub contract: Versions,
    /// The versions of `mde-client`.
    pub client: Versions,
    /// The unified diff of the generated code.
    pub generated_diff: Option<String>,
    /// The unified diff of the snapshots of what goes over the wire.
    pub wire_diff: Option<String>,
}

impl Report<'_> {
    /// The diffs that say something, each with what it is of.
    fn diffs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let diffs = [("generated.rs", &self.generated_diff), ("What goes over the wire", &self.wire_diff)];
        let diffs = diffs.into_iter().filter_map(|(title, diff)| Some((title, diff.as_deref()?.trim_end())));
        diffs.filter(|(_, diff)| !diff.is_empty())
    }
}

impl Report<'_> {
    /// One word for what follows, and the sentence that says why.
    fn verdict(&self) -> (&'static str, String) {
        let changes = &self.comparison.changes;
        let (accepted, breaking): (Vec<_>, Vec<_>) =
            changes.iter().filter(|change| change.is_breaking()).partition(|change| change.accepted.is_some());
        if changes.is_empty() {
            return ("no change", "the contracts have the same meaning".to_owned());
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
        let text = |what: &str, Versions { new, needed, .. }: &Versions| match new == needed {
            true => format!("{what} {new} is enough"),
            false => format!("{what} {new} must become {needed}"),
        };
        format!("{}, {}", text("the contract", &self.contract), text("mde-client", &self.client))
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

/// The most characters of a value that are shown.
const LONGEST_VALUE: usize = 160;

/// A value in one line; a text in quotes, so that one can see where it ends.
fn shown(value: Option<&Json>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Json::to_string);
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Where a change stands.
fn place(change: &Change) -> String {
    let Change { file, position, side, .. } = change;
    let of_base = if *side == Side::Base { " of the base" } else { "" };
    format!("{file}:{position}{of_base}")
}

impl Report<'_> {
    /// For machines, as JSON with every key in alphabetical order. `old`, `new`, `accepted` and the diffs are there where
    /// there are such.
    pub fn json(&self) -> String {
        let Self { comparison, base, new, contract, client, generated_diff, wire_diff } = self;
        let changes: Vec<_> = comparison.changes.iter().map(change_json).collect();
        let mut report = vec![
            ("base", json!(base)),
            ("breaking", json!(comparison.breaking())),
            ("changes", json!(changes)),
            ("client", versions_json(client, comparison.client_bump())),
            ("contract", versions_json(contract, comparison.contract_bump())),
        ];
        report.extend(generated_diff.as_ref().map(|diff| ("generated-diff", json!(diff))));
        report.push(("new", json!(new)));
        report.push(("verdict", json!(self.verdict().0)));
        report.extend(wire_diff.as_ref().map(|diff| ("wire-diff", json!(diff))));
        format!("{:#}\n", object(report))
    }
}

fn versions_json(versions: &Versions, bump: Bump) -> Json {
    let Versions { base, new, needed } = versions;
    object(vec![
        ("base", json!(base)),
        ("bump", json!(bump.to_string())),
        ("needed", json!(needed)),
        ("new", json!(new)),
    ])
}

fn change_json(change: &Change) -> Json {
    let side = if change.side == Side::Base { "base" } else { "new" };
    let mut entries = Vec::new();
    entries.extend(change.accepted.as_ref().map(|reason| ("accepted", json!(reason))));
    entries.push(("breaking", json!(change.is_breaking())));
    entries.push(("column", json!(change.position.column)));
    entries.push(("file", json!(change.file)));
    entries.push(("line", json!(change.position.line)));
    entries.push(("message", json!(change.message)));
    entries.extend(change.new.clone().map(|new| ("new", new)));
    entries.extend(change.old.clone().map(|old| ("old", old)));
    entries.push(("pointer", json!(change.pointer.as_str())));
    entries.push(("rule", json!(change.rule.id)));
    entries.push(("rust", json!(change.rust.to_string())));
    entries.push(("side", json!(side)));
    entries.push(("wire", json!(change.wire.to_string())));
    object(entries)
}

/// The entries come in alphabetical order, so that the text is the same however serde_json is configured.
fn object(entries: Vec<(&str, Json)>) -> Json {
    Json::Object(Map::from_iter(entries.into_iter().map(|(key, value)| (key.to_owned(), value))))
}

/// The longest comment that GitHub takes is as many characters; bytes are never fewer.
const LONGEST_COMMENT: usize = 65_536;

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
            text += &table(
                "| Change | Wire | Rust | Where |\n| --- | --- | --- | --- |\n",
                changes,
                row,
                LONGEST_COMMENT / 2,
            );
            let values = table("| What | Old | New |\n| --- | --- | --- |\n", changes, values, LONGEST_COMMENT / 4);
            text += &folded("Old and new values", &values);
        }
        let diffs: Vec<_> = self.diffs().collect();
        for (index, (title, diff)) in diffs.iter().enumerate() {
            let left = LONGEST_COMMENT.saturating_sub(text.len() + RESERVE) / (diffs.len() - index);
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
    let rust = strong(*rust == RustSource::Breaking, rust.to_string());
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

/// A text in which what stands between backticks is code. Nothing in it is read as Markdown or HTML, and
/// it notifies no one.
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
