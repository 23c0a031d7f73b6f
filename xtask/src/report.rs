//! What the verbs print: findings, for people with the lines of the files as a compiler shows them, and as JSON; and what
//! changed in a text.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use mde_codegen::{Finding, Note, Pointer, Position};
use mde_input::escape::{escape_lines, is_plain};
use serde::Serialize;
use similar::TextDiff;

use crate::explain::is_explained;
use crate::outcome::Failure;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 1;

/// Gives the text of a file by its name in findings, if it is known and is text.
pub(crate) type TextOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Prints each finding with the lines that it is about, in colours, which the stream strips unless it is a terminal.
pub(crate) fn print_findings(findings: &[Finding], text_of: TextOf<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(out.write_all(rendered_findings(findings, text_of, &Renderer::styled()).as_bytes())?)
}

/// Each finding with the lines that it is about, and how many there are; without colours.
pub(crate) fn plain_findings(findings: &[Finding], text_of: TextOf<'_>) -> String {
    rendered_findings(findings, text_of, &Renderer::plain())
}

fn rendered_findings(findings: &[Finding], text_of: TextOf<'_>, renderer: &Renderer) -> String {
    let mut text = String::new();
    for finding in findings {
        text.push_str(&rendered(finding, text_of, renderer));
        text.push_str("\n\n");
    }
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).filter(|rule| is_explained(rule)).collect();
    if !rules.is_empty() {
        let rules: Vec<&str> = rules.into_iter().collect();
        text.push_str(&format!("for details on {}, run `cargo xtask explain RULE`\n", rules.join(", ")));
    }
    let plural = if findings.len() == 1 { "finding" } else { "findings" };
    text + &format!("{} {plural}: a person must decide\n", findings.len())
}

fn rendered(finding: &Finding, text_of: TextOf<'_>, renderer: &Renderer) -> String {
    let Finding { file, position, pointer, rule, message, help, end, notes } = finding;
    // They repeat what the files say.
    let [message, help] = [message, help].map(|text| escape_lines(text));
    let label = if *pointer == Pointer::root() { String::new() } else { escape_lines(&format!("at {pointer}")) };
    let primary = Excerpt { file, position: *position, end: *end, label };
    let mut group =
        Level::ERROR.primary_title(&message).id(*rule).elements(primary.elements(AnnotationKind::Primary, text_of));
    for Note { file, position, end, message, .. } in notes {
        let excerpt = Excerpt { file, position: *position, end: *end, label: escape_lines(message) };
        group = group.elements(excerpt.elements(AnnotationKind::Context, text_of));
    }
    renderer.render(&[group.element(Level::HELP.message(&help))])
}

/// A part of a file, and its label.
struct Excerpt<'a> {
    file: &'a str,
    position: Position,
    end: Position,
    label: String,
}

impl<'a> Excerpt<'a> {
    /// The line with the underlined part; if it cannot be shown, its location and the label alone.
    fn elements(self, kind: AnnotationKind, text_of: TextOf<'_>) -> Vec<Element<'a>> {
        let Self { file, position, end, label } = self;
        let label = Some(label).filter(|label| !label.is_empty());
        // A finding about the entire file underlines nothing.
        let entire_file = label.is_none() && end == Position { line: 1, column: 1 };
        let text = if entire_file { None } else { text_of(file) };
        match text.and_then(|text| underlined(&text, position, end)) {
            Some((line, underline)) => {
                let annotation = kind.span(underline).label(label);
                vec![Snippet::source(line).path(file).line_start(position.line).annotation(annotation).into()]
            }
            None => {
                let origin = Origin::path(file).line(position.line).char_column(position.column);
                let label = label.map(|label| Level::NOTE.message(label).into());
                std::iter::once(origin.into()).chain(label).collect()
            }
        }
    }
}

/// The line at a position, and which of its bytes to underline. Of a value of several lines, the first is shown.
fn underlined(text: &str, position: Position, end: Position) -> Option<(String, Range<usize>)> {
    // The line ends that YAML knows.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let line = text.split(['\n', '\r']).nth(position.line.checked_sub(1)?)?;
    // One for one, so that the columns stay.
    let line: String = line.chars().map(|c| if is_plain(c) || c == '\t' { c } else { '\u{fffd}' }).collect();
    let byte = |column: usize| line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(byte, _)| byte);
    let start = byte(position.column);
    let rest = &line[start..];
    let shown = if end.line == position.line { rest.get(..byte(end.column) - start).unwrap_or_default() } else { rest };
    let end = start + without_comment(shown).trim_end().len();
    Some((line, start..end))
}

/// What is written, without the comment behind it, which the reader counts in where there are quotes.
fn without_comment(written: &str) -> &str {
    match written.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(written, quote).unwrap_or(written),
        _ => written.split_once(" #").map_or(written, |(before_comment, _)| before_comment),
    }
}

/// What stands within a pair of quotes, and they themselves; `None` where they do not end in this line.
fn quoted(written: &str, quote: char) -> Option<&str> {
    let mut characters = written.char_indices().skip(1).peekable();
    while let Some((place, character)) = characters.next() {
        let doubled = character == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'');
        if (quote == '\'' && doubled) || (quote == '"' && character == '\\') {
            characters.next();
        } else if character == quote {
            return Some(&written[..=place]);
        }
    }
    None
}

/// A finding, with its locations in numbers.
#[derive(Serialize)]
pub(crate) struct FindingJson<'a> {
    rule: &'a str,
    #[serde(flatten)]
    location: LocationJson<'a>,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    help: &'a str,
    notes: Vec<NoteJson<'a>>,
}

#[derive(Serialize)]
struct NoteJson<'a> {
    #[serde(flatten)]
    location: LocationJson<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct LocationJson<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    pointer: &'a str,
}

impl<'a> From<&'a Finding> for FindingJson<'a> {
    fn from(finding: &'a Finding) -> Self {
        let Finding { file, position, pointer, rule, message, help, end, notes } = finding;
        Self {
            rule,
            location: LocationJson { file, line: position.line, column: position.column, pointer: pointer.as_str() },
            end_line: end.line,
            end_column: end.column,
            message,
            help,
            notes: notes.iter().map(NoteJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Note> for NoteJson<'a> {
    fn from(note: &'a Note) -> Self {
        let Note { file, position, pointer, message, .. } = note;
        Self {
            location: LocationJson { file, line: position.line, column: position.column, pointer: pointer.as_str() },
            message,
        }
    }
}

/// Each finding, in the same order.
pub(crate) fn findings_json(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings.iter().map(FindingJson::from).collect()
}

/// Prints one document.
pub(crate) fn print_json(document: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)?;
    Ok(())
}

/// The difference of two texts, each by the name that the header gives it; `None` where there is none.
pub(crate) fn unified_diff(old_name: &str, old: &str, new_name: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let diff = TextDiff::from_lines(old, new);
    Some(escape_lines(&diff.unified_diff().context_radius(CONTEXT).header(old_name, new_name).to_string()))
}
