//! The report for machines.

use serde_json::{Map, Value as Json, json};

use super::super::{Bump, Change, Side};
use super::{Report, Versions};

impl Report<'_> {
    /// For machines, as JSON with every key in alphabetical order. `old`, `new`, `accepted` and the diffs are there where
    /// there are such.
    pub fn json(&self) -> String {
        let Self { comparison, base, new, contract, client, generated_diff, wire_diff } = self;
        let changes: Vec<_> = comparison.changes.iter().map(change).collect();
        let mut report = vec![
            ("base", json!(base)),
            ("breaking", json!(comparison.breaking())),
            ("changes", json!(changes)),
            ("client", versions(client, comparison.client_bump())),
            ("contract", versions(contract, comparison.contract_bump())),
        ];
        report.extend(generated_diff.as_ref().map(|diff| ("generated-diff", json!(diff))));
        report.push(("new", json!(new)));
        report.push(("verdict", json!(self.verdict().0)));
        report.extend(wire_diff.as_ref().map(|diff| ("wire-diff", json!(diff))));
        format!("{:#}\n", object(report))
    }
}

fn versions(versions: &Versions, bump: Bump) -> Json {
    let Versions { base, new, needed } = versions;
    object(vec![
        ("base", json!(base)),
        ("bump", json!(bump.to_string())),
        ("needed", json!(needed)),
        ("new", json!(new)),
    ])
}

fn change(change: &Change) -> Json {
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
