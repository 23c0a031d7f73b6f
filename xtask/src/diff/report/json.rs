//! The report for machines.

use serde_json::{Map, Value as Json, json};

use super::super::change::{Change, Side};
use super::super::evidence_changes::EvidenceChange;
use super::super::rules::Bump;
use super::{Report, Versions};
use crate::evidence::Witness;

impl Report<'_> {
    /// For machines, as JSON with every key in alphabetical order. `old`, `new`, `accepted`, `details` and the diffs are there
    /// where there are such, `evidence` where the base has evidence.
    pub fn json(&self) -> String {
        let Self { comparison, base, new, contract, client, evidence, .. } = self;
        let changes: Vec<_> = comparison.changes.iter().map(|change| self.change_json(change)).collect();
        let diff = |name, diff: &Option<String>| diff.as_ref().map(|diff| (name, json!(diff)));
        let mut report = vec![
            ("base", json!(base)),
            ("breaking", json!(comparison.breaking())),
            ("changes", json!(changes)),
            ("client", versions_json(client, comparison.client_bump())),
            ("contract", versions_json(contract, comparison.contract_bump())),
        ];
        let changes = evidence.as_ref().map(|changes| changes.iter().map(evidence_json).collect::<Vec<_>>());
        report.extend(changes.map(|changes| ("evidence", json!(changes))));
        report.extend(diff("evidence-diff", &self.evidence_diff));
        report.extend(diff("generated-diff", &self.generated_diff));
        report.push(("new", json!(new)));
        report.push(("verdict", json!(self.verdict().0)));
        report.extend(diff("wire-diff", &self.wire_diff));
        format!("{:#}\n", object(report))
    }

    fn change_json(&self, change: &Change) -> Json {
        let mut entries = Vec::new();
        entries.extend(change.accepted.as_ref().map(|reason| ("accepted", json!(reason))));
        entries.push(("breaking", json!(change.is_breaking())));
        entries.push(("column", json!(change.position.column)));
        if !change.details.is_empty() {
            entries.push(("details", json!(change.details)));
        }
        entries.push(("file", json!(change.file)));
        entries.push(("line", json!(change.position.line)));
        entries.push(("message", json!(change.message)));
        entries.push(("name", json!(self.name(change))));
        entries.extend(change.new.clone().map(|new| ("new", new)));
        entries.extend(change.old.clone().map(|old| ("old", old)));
        entries.push(("pointer", json!(change.pointer.as_str())));
        entries.push(("rule", json!(change.rule.id)));
        entries.push(("rust", json!(change.rust.to_string())));
        entries.push(("side", json!(side(change.side))));
        entries.push(("wire", json!(change.wire.to_string())));
        let witnesses: Vec<_> = self.held_by(change).iter().map(witness_json).collect();
        entries.push(("witnesses", json!(witnesses)));
        object(entries)
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

fn evidence_json(change: &EvidenceChange) -> Json {
    object(vec![
        ("about", json!(change.about)),
        ("file", json!(change.file)),
        ("happened", json!(change.happened.word())),
        ("kind", json!(change.kind.word())),
        ("line", json!(change.line)),
        ("name", json!(change.name)),
        ("parts", json!(change.parts)),
        ("side", json!(side(change.side))),
    ])
}

fn witness_json(witness: &Witness) -> Json {
    let Witness { kind, name, file, line } = witness;
    object(vec![("file", json!(file)), ("kind", json!(kind.word())), ("line", json!(line)), ("name", json!(name))])
}

fn side(side: Side) -> &'static str {
    if side == Side::Base { "base" } else { "new" }
}

/// The entries come in alphabetical order, so that the text is the same however serde_json is configured.
fn object(entries: Vec<(&str, Json)>) -> Json {
    Json::Object(Map::from_iter(entries.into_iter().map(|(key, value)| (key.to_owned(), value))))
}
