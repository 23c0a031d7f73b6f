//! The report as the first comment of a pull request: the verdict, what a person must look at, and the details folded.

use serde_json::Value as Json;

use super::super::accepted::LIST;
use super::super::change::{Change, Side};
use super::super::evidence_changes::{EvidenceChange, Happened};
use super::super::rules::RustSource;
use super::words::{capitalized, code, compared, fenced, folded, prose};
use super::{Report, is_prose, shown};

/// The longest comment that GitHub takes is as many characters; bytes are never fewer.
const LONGEST_COMMENT: usize = 65_536;

/// What is kept free for the notes on what was cut, and for what whoever posts the comment has to add.
const RESERVE: usize = 4096;

/// The most characters of a value that are shown, and of a text that people must judge.
const LONGEST_VALUE: usize = 160;
const LONGEST_TEXT: usize = 2000;

/// The most sources and rulings that are shown beside one change.
const MOST_WITNESSES: usize = 5;

impl Report<'_> {
    /// What the Markdown begins with, by which a workflow finds its own comment again.
    pub const MARKER: &'static str = "<!-- mde-contract-diff -->";

    /// For the first comment of a pull request: the verdict, tables of what a person must look at, and the details
    /// folded. Never longer than a comment may be; what does not fit is cut with a note.
    pub fn markdown(&self) -> String {
        let (word, sentence) = self.verdict();
        let sentence = prose(&capitalized(&sentence));
        let mut text = format!("{}\n### {}\n\n{sentence}.\n", Self::MARKER, capitalized(word));
        text += &self.deleted();
        text += &self.changes();
        text += &self.descriptions();
        text += &self.evidence_section();
        text += &self.values();
        let diffs: Vec<_> = self.diffs().collect();
        for (index, (title, diff)) in diffs.iter().enumerate() {
            let left = LONGEST_COMMENT.saturating_sub(text.len() + RESERVE) / (diffs.len() - index);
            text += &folded(title, &fenced("diff", diff, left));
        }
        if !self.comparison.changes.is_empty() {
            text += &format!("\n<sub>Compared: {} with {}.</sub>\n", code(self.new), code(self.base));
        }
        text
    }

    /// A source that is gone is easily passed over, for nothing of the contract need change with it.
    fn deleted(&self) -> String {
        let deleted = self.deleted_sources().map(|change| {
            let title = if change.about.is_empty() { String::new() } else { format!(" ({})", prose(&change.about)) };
            format!(
                "> The source {}{title} is deleted. What it stated has one witness less.\n",
                self.evidence_name(change)
            )
        });
        let lines: Vec<_> = deleted.collect();
        if lines.is_empty() { String::new() } else { format!("\n> [!WARNING]\n{}", lines.join(">\n")) }
    }

    fn changes(&self) -> String {
        let changes: Vec<_> = self.comparison.changes.iter().filter(|change| !is_prose(change)).collect();
        if changes.is_empty() {
            return String::new();
        }
        let head = "| Element | Change | Wire | Rust | Evidence |\n| --- | --- | --- | --- | --- |\n";
        let table = table(head, &changes, |change| self.row(change), LONGEST_COMMENT / 3);
        format!("\n#### Contract\n\n{table}{}", self.to_accept())
    }

    fn row(&self, change: &Change) -> String {
        let Change { rule, wire, rust, message, details, accepted, .. } = change;
        let details: String = details.iter().map(|detail| format!("<br>• {}", prose(detail))).collect();
        let accepted =
            accepted.as_ref().map(|reason| format!("<br>**Accepted:** {}", prose(reason))).unwrap_or_default();
        let strong = |breaks: bool, word: String| if breaks { format!("**{word}**") } else { word };
        let wire = strong(wire.breaks_callers(), wire.to_string());
        let rust = strong(*rust == RustSource::Breaking, rust.to_string());
        let message = prose(&capitalized(message));
        format!(
            "| {} | {message}{details}{accepted}<br><sub>{}</sub> | {wire} | {rust} | {} |\n",
            self.element(change),
            code(rule.id),
            self.evidence_of(change)
        )
    }

    /// The name of an element, with a link to where it stands, or its place.
    fn element(&self, change: &Change) -> String {
        let name = code(&self.name(change));
        let gone = if change.side == Side::Base { "<br>of the base" } else { "" };
        let (file, line) = (&change.file, change.position.line);
        match self.links.line(change.side, file, line) {
            Some(address) => format!("[{name}]({address}){gone}"),
            None => format!("{name}<br><sub>{}{gone}</sub>", code(&format!("{file}:{}", change.position))),
        }
    }

    /// What holds the element that changed.
    fn evidence_of(&self, change: &Change) -> String {
        let witnesses = self.held_by(change);
        let shown = witnesses.iter().take(MOST_WITNESSES).map(|witness| {
            let name = self.linked(&code(&witness.name), change.side, &witness.file, witness.line);
            format!("{} {name}", witness.kind.word())
        });
        let mut shown: Vec<_> = shown.collect();
        if witnesses.len() > MOST_WITNESSES {
            shown.push(format!("and {} more", witnesses.len() - MOST_WITNESSES));
        }
        if shown.is_empty() { "none".to_owned() } else { shown.join("<br>") }
    }

    /// A text with a link to a line of a file, where there is an address for it.
    fn linked(&self, text: &str, side: Side, file: &str, line: usize) -> String {
        self.links.line(side, file, line).map_or_else(|| text.to_owned(), |address| format!("[{text}]({address})"))
    }

    /// The entries to paste for the breaks that nobody accepted.
    fn to_accept(&self) -> String {
        let entries: Vec<_> = self.comparison.unaccepted().map(Change::entry_to_accept).collect();
        let mut kept = format!("{LIST}:\n");
        let mut missing = String::new();
        for (index, entry) in entries.iter().enumerate() {
            if kept.len() + entry.len() > LONGEST_COMMENT / 12 {
                missing =
                    format!("\n\n{} more do not fit here; `cargo xtask diff` shows them all.", entries.len() - index);
                break;
            }
            kept += entry;
        }
        match entries.len() {
            0 => String::new(),
            count => {
                let what = if count == 1 { "the break" } else { "the breaks" };
                let entries = fenced("yaml", &kept, usize::MAX);
                let words = "Below `accepted-breaks:`, with the day of the review and the reason:";
                folded(
                    &format!("To accept {what}, for accepted-breaks.yaml"),
                    &format!("{words}\n\n{entries}{missing}"),
                )
            }
        }
    }

    /// The texts that changed, old and new, each beside what is known of the element that it describes.
    fn descriptions(&self) -> String {
        let changes: Vec<_> = self.comparison.changes.iter().filter(|change| is_prose(change)).collect();
        if changes.is_empty() {
            return String::new();
        }
        let text = |value: &Option<Json>| {
            let text = value.as_ref().and_then(Json::as_str).unwrap_or_default();
            text.chars().take(LONGEST_TEXT).collect::<String>()
        };
        let row = |change: &Change| {
            let (old, new) = compared(&text(&change.old), &text(&change.new));
            let (element, evidence) = (self.element(change), self.evidence_of(change));
            let kind = change.pointer.last();
            format!("| {element}<br><sub>{}</sub> | {old} | {new} | {evidence} |\n", code(&kind))
        };
        let head = "| Text of | Old | New | Evidence for the element |\n| --- | --- | --- | --- |\n";
        let table = table(head, &changes, row, LONGEST_COMMENT / 6);
        format!(
            "\n#### Descriptions\n\nNo program can judge these texts: please read each against the evidence beside it.\n\n{table}"
        )
    }

    fn evidence_section(&self) -> String {
        let content = match self.evidence.as_deref() {
            None => "The base has no evidence to compare with.\n".to_owned(),
            Some([]) => "No source, ruling or attested file changed.\n".to_owned(),
            Some(changes) => {
                let changes: Vec<_> = changes.iter().collect();
                let head = "| Source or ruling | | What differs |\n| --- | --- | --- |\n";
                table(head, &changes, |change| self.evidence_row(change), LONGEST_COMMENT / 8)
            }
        };
        format!("\n#### Evidence\n\n{content}")
    }

    fn evidence_row(&self, change: &EvidenceChange) -> String {
        let about = if change.about.is_empty() { String::new() } else { format!("<br>{}", prose(&change.about)) };
        let word = match change.happened {
            Happened::Removed => format!("**{}**", change.happened.word()),
            _ => change.happened.word().to_owned(),
        };
        let parts: Vec<_> = change.parts.iter().map(|part| prose(part)).collect();
        format!("| {} {}{about} | {word} | {} |\n", change.kind.word(), self.evidence_name(change), parts.join("<br>"))
    }

    /// The name of a source or a ruling, with a link to where it is written.
    fn evidence_name(&self, change: &EvidenceChange) -> String {
        self.linked(&code(&change.name), change.side, &change.file, change.line)
    }

    /// The values of what is more than words.
    fn values(&self) -> String {
        let has_values = |change: &&Change| change.old.is_some() || change.new.is_some();
        let changes: Vec<_> =
            self.comparison.changes.iter().filter(|change| !is_prose(change)).filter(has_values).collect();
        if changes.is_empty() {
            return String::new();
        }
        let row = |change: &Change| {
            let value = |value: &Option<_>| code(&shown(value.as_ref(), LONGEST_VALUE));
            format!("| {} | {} | {} |\n", code(&self.name(change)), value(&change.old), value(&change.new))
        };
        let head = "| Element | Old | New |\n| --- | --- | --- |\n";
        folded("Old and new values", &table(head, &changes, row, LONGEST_COMMENT / 8))
    }
}

/// As many rows as fit, and a note on those that do not.
fn table<T>(head: &str, items: &[&T], row: impl Fn(&T) -> String, room: usize) -> String {
    let mut table = head.to_owned();
    for (index, item) in items.iter().enumerate() {
        let row = row(item);
        if table.len() + row.len() > room {
            table += &format!("\n{} more do not fit here; `cargo xtask diff` shows them all.\n", items.len() - index);
            break;
        }
        table += &row;
    }
    table
}
