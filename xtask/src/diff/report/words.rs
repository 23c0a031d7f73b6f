//! Text from a contract or a source, as it can stand in Markdown: nothing in it is read as Markdown or HTML.

use similar::{ChangeTag, TextDiff};

/// A text in which what stands between backticks is code. Nothing in it is read as Markdown or HTML, and
/// it notifies no one.
pub(super) fn prose(text: &str) -> String {
    let parts = text.split('`').collect::<Vec<_>>();
    let balanced = parts.len() % 2 == 1;
    let shown = parts.iter().enumerate().map(|(index, part)| match index % 2 == 1 && balanced {
        true => code(part),
        false => quiet(part),
    });
    shown.collect::<Vec<_>>().join(if balanced { "" } else { "&#96;" })
}

/// A text in the type of code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Two texts, with the words in bold in which they differ.
pub(super) fn compared(old: &str, new: &str) -> (String, String) {
    let diff = TextDiff::from_words(old, new);
    let (mut of_old, mut of_new) = (Marked::default(), Marked::default());
    for change in diff.iter_all_changes() {
        let differs = change.tag() != ChangeTag::Equal;
        if change.tag() != ChangeTag::Insert {
            of_old.push(change.value(), differs);
        }
        if change.tag() != ChangeTag::Delete {
            of_new.push(change.value(), differs);
        }
    }
    (of_old.shown(), of_new.shown())
}

/// A text in runs, those in bold with a mark.
#[derive(Default)]
struct Marked {
    runs: Vec<(String, bool)>,
}

impl Marked {
    fn push(&mut self, text: &str, marked: bool) {
        // A blank between two words in bold does not differ, and reads better in bold.
        let goes_on = text.trim().is_empty() && self.runs.last().is_some_and(|(_, as_marked)| *as_marked);
        let marked = marked || goes_on;
        match self.runs.last_mut() {
            Some((run, as_marked)) if *as_marked == marked => run.push_str(text),
            _ => self.runs.push((text.to_owned(), marked)),
        }
    }

    fn shown(&self) -> String {
        let runs = self.runs.iter().map(|(run, marked)| match marked {
            true => format!("<b>{}</b>", quiet(run)),
            false => quiet(run),
        });
        runs.collect::<String>().trim().to_owned()
    }
}

fn quiet(text: &str) -> String {
    escaped(text).replace('@', "@<!-- -->")
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

/// A text in a fence that nothing within it closes, as far as there is room for it.
pub(super) fn fenced(language: &str, text: &str, room: usize) -> String {
    let longest_run = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest_run.max(2) + 1);
    let mut kept = String::new();
    let mut lines = text.lines();
    for line in lines.by_ref() {
        if kept.len() + line.len() + 1 > room {
            let missing = lines.count() + 1;
            let note = format!("{missing} more lines do not fit here; `cargo xtask diff` shows them all.");
            return format!("{fence}{language}\n{kept}{fence}\n\n{note}");
        }
        kept += line;
        kept.push('\n');
    }
    format!("{fence}{language}\n{kept}{fence}")
}

pub(super) fn folded(title: &str, content: &str) -> String {
    format!("\n<details>\n<summary>{title}</summary>\n\n{}\n\n</details>\n", content.trim_end())
}

pub(super) fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}
