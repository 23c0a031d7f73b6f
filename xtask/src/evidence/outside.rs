//! Sources that nothing is held against: one that a newer source took the place of, and one about another operation.

use mde_codegen::Finding;

use crate::evidence::contract::operations;
use crate::evidence::form::{DESCRIBED, Node, OUTSIDE};
use crate::evidence::names::Named;
use crate::evidence::sources::EvidenceSource;

/// A source that is superseded names another source, which is there.
pub(crate) fn check_successor(source: &EvidenceSource, names: &[&str]) -> Option<Finding> {
    let (successor, node) = Node::root(&source.description).get_text("superseded-by")?;
    let is_there = names.contains(&successor) && successor != source.name;
    let message = format!("{successor} is no other source");
    let help = "use the name of the folder of the source that took its place";
    (!is_there).then(|| source.description.finding(DESCRIBED, &node.pointer, message, help))
}

/// A source with `route: outside` must not be about an operation of the contract.
pub(crate) fn check(contract: &Named<'_>, source: &EvidenceSource) -> Vec<Finding> {
    let root = Node::root(&source.description);
    let unknown = source.speaks_of().filter(|(id, _)| operations(contract).iter().all(|known| known.id != *id));
    if let Some((id, node)) = unknown {
        let help = "use the operationId of the contract, or `route: outside` for another operation";
        let message = format!("the contract has no operation {id}");
        return vec![source.description.finding(DESCRIBED, &node.pointer, message, help)];
    }
    let Some(route) = root.get("route") else { return Vec::new() };
    let named = source.facts().entry("operation");
    let (Some((method, _)), Some((path, _))) = (named.get_text("method"), named.get_text("path")) else {
        let message = "the source has `route: outside`, but no `operation` among its facts";
        let help = "name the method and the path that it is about";
        return vec![source.description.finding(DESCRIBED, &route.pointer, message, help)];
    };
    let known = operations(contract).into_iter().filter(|known| known.method == method && known.path == path);
    let findings = known.map(|known| {
        let message = format!("the source has `route: outside`, but {method} {path} is an operation of the contract");
        let finding = source.description.finding(OUTSIDE, &route.pointer, message, "remove `route: outside`");
        finding.with_note(contract.note(&known.pointer, "this is the operation"))
    });
    findings.collect()
}
