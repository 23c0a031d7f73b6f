//! `accepted-breaks.yaml`: the breaking changes that a review accepted, and the entry to write for one.

use mde_codegen::{Document, Finding, Pointer};
use serde_json::Value as Json;

use super::change::{Change, Comparison};
use super::rules::DIFF_RULES;

/// The file has not the form of `accepted-breaks.yaml`.
const FORM: &str = "accepted-break-form";
/// An entry accepts no change.
const STALE: &str = "accepted-break-stale";
/// An entry is about a change that is not breaking.
const NEEDLESS: &str = "accepted-break-needless";

/// The only key of the file.
pub(super) const LIST: &str = "accepted-breaks";
const KEYS: [&str; 6] = ["rule", "pointer", "old", "new", "date", "because"];

/// The breaking changes that a review accepted, each with its date and its reason.
///
/// ```yaml
/// accepted-breaks:
///   - rule: bound-tightened
///     pointer: /components/schemas/LookBackHours/maximum
///     old: 720
///     new: 168
///     date: 2026-01-31
///     because: The service has announced that it answers for a week only.
/// ```
///
/// An entry accepts exactly one change: that of this rule and pointer, with these values. `old` and `new` are as
/// the report shows them, each there if and only if the change has one.
#[derive(Clone, Debug)]
pub struct AcceptedBreaks {
    document: Document,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    place: Pointer,
    rule: String,
    pointer: String,
    old: Option<Json>,
    new: Option<Json>,
    reason: String,
}

impl AcceptedBreaks {
    /// Reads `accepted-breaks.yaml`.
    ///
    /// # Errors
    /// All findings: an unknown key, an unknown rule, a malformed date, a missing reason.
    pub fn read(document: &Document) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { document, findings: Vec::new() };
        let root = Pointer::root();
        reader.only(&root, &[LIST]);
        let list = root.child(LIST);
        let items = match document.get(&list) {
            Some(Json::Array(items)) => items.len(),
            _ => {
                reader.find(
                    &list,
                    format!("`{LIST}` is not a list"),
                    "write a list of entries; `[]` where there is none",
                );
                0
            }
        };
        let entries: Vec<_> = (0..items).filter_map(|index| reader.entry(list.child(index))).collect();
        let mut findings = reader.findings;
        findings.sort();
        if findings.is_empty() { Ok(Self { document: document.clone(), entries }) } else { Err(findings) }
    }
}

struct Reader<'a> {
    document: &'a Document,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn find(&mut self, pointer: &Pointer, message: String, help: &str) {
        self.findings.push(self.document.finding(FORM, pointer, message, help));
    }

    fn only(&mut self, pointer: &Pointer, known: &[&str]) {
        let Some(object) = self.document.get(pointer).and_then(Json::as_object) else {
            return self.find(
                pointer,
                "this is not a mapping".to_owned(),
                &format!("give it the keys {}", known.join(", ")),
            );
        };
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let help = format!("use {}", known.join(", "));
            self.find(&pointer.child(key), format!("`{key}` means nothing here"), &help);
        }
    }

    fn entry(&mut self, place: Pointer) -> Option<Entry> {
        self.only(&place, &KEYS);
        let rule = self.text(&place, "rule", "name the rule as the report does");
        if let Some(rule) = rule.as_ref().filter(|rule| DIFF_RULES.iter().all(|known| known.id != rule.as_str())) {
            let message = format!("there is no rule {rule:?}");
            self.find(&place.child("rule"), message, "name the rule as the report does");
        }
        let pointer = self.text(&place, "pointer", "give the JSON pointer as the report does");
        let date = self.text(&place, "date", "say when the review was, as in 2026-01-31");
        if let Some(date) = date.filter(|date| !is_date(date)) {
            let message = format!("{date:?} is not a date");
            self.find(&place.child("date"), message, "write year, month and day, as in 2026-01-31");
        }
        let reason = self.text(&place, "because", "say why the review accepted it");
        let value = |key| self.document.get(&place.child(key)).cloned();
        let (old, new) = (value("old"), value("new"));
        Some(Entry { rule: rule?, pointer: pointer?, old, new, reason: reason?, place })
    }

    fn text(&mut self, place: &Pointer, key: &str, help: &str) -> Option<String> {
        let pointer = place.child(key);
        let message = match self.document.get(&pointer) {
            Some(Json::String(text)) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Some(Json::String(_)) => format!("`{key}` is empty"),
            Some(value) => format!("`{key}` is {value}, not text"),
            None => format!("`{key}` is missing"),
        };
        self.find(&pointer, message, help);
        None
    }
}

/// Whether a text is a day of the calendar, written as ISO 8601 does.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, digits: usize| {
        let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| plain)
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

impl Comparison {
    /// Marks the changes that a review accepted.
    ///
    /// Returns a finding for each entry that accepts nothing: because there is no such change, because it is not breaking,
    /// or because an earlier entry accepts it already.
    #[must_use = "an entry that accepts nothing is an error"]
    pub fn accept(&mut self, accepted: &AcceptedBreaks) -> Vec<Finding> {
        let AcceptedBreaks { document, entries } = accepted;
        entries.iter().filter_map(|entry| self.accept_one(document, entry)).collect()
    }

    fn accept_one(&mut self, document: &Document, entry: &Entry) -> Option<Finding> {
        let Entry { place, rule, pointer, old, new, reason } = entry;
        let mut about = self.changes.iter_mut().filter(|change| {
            change.rule.id == rule && change.pointer.as_str() == pointer && change.old == *old && change.new == *new
        });
        let help = "remove the entry";
        let Some(change) = about.next() else {
            let near = self.changes.iter().find(|change| change.rule.id == rule && change.pointer.as_str() == pointer);
            let message = match near {
                Some(_) => format!("`{rule}` at {pointer} has other values than this entry says"),
                None => format!("there is no `{rule}` at {pointer}"),
            };
            let help = if near.is_some() { "give `old` and `new` as the report shows them" } else { help };
            return Some(document.finding(STALE, place, message, help));
        };
        if !change.is_breaking() {
            let message = format!("`{rule}` at {pointer} breaks neither callers nor users of mde-client");
            return Some(document.finding(NEEDLESS, place, message, help));
        }
        if change.accepted.is_some() {
            let message = format!("`{rule}` at {pointer} was accepted by an earlier entry");
            return Some(document.finding(STALE, place, message, help));
        }
        change.accepted = Some(reason.clone());
        None
    }
}

impl Change {
    /// The entry of `accepted-breaks.yaml` that accepts this change, once the reviewer has filled in the day and the reason.
    /// Until then it is refused, so that nobody accepts a break by pasting alone.
    pub fn entry_to_accept(&self) -> String {
        let Self { rule, pointer, old, new, .. } = self;
        let mut entry = format!("  - rule: {}\n    pointer: {}\n", rule.id, Json::from(pointer.as_str()));
        for (key, value) in [("old", old), ("new", new)] {
            if let Some(value) = value {
                // JSON is YAML.
                entry += &format!("    {key}: {value}\n");
            }
        }
        entry + "    date: YYYY-MM-DD\n    because:\n"
    }
}

impl Comparison {
    /// The changes that break callers or users of `mde-client`, and that nobody accepted.
    pub fn unaccepted(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_breaking() && change.accepted.is_none())
    }
}
