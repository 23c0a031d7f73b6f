//! Goes through two contracts side by side, pairs what is the same thing, and records how each pair differs.
//!
//! Each piece names the keys it knows; a key that no piece knows is recorded as an unclassified change, so no difference
//! is missed. The files import one way: `place` and `reach` read one contract, `record` holds the changes, `value` says
//! what a schema is, and `schemas` (with `facets`) is used by `parameters` and `responses`, these by `operations`.

mod facets;
mod information;
mod operations;
mod parameters;
mod place;
mod reach;
mod record;
mod responses;
mod schemas;
mod security;
mod value;

use std::collections::BTreeMap;

use mde_codegen::Document;

use self::place::Pair;
use self::record::Walk;
use super::change::{Change, Comparison};

/// Compares a contract with the one that it was before.
///
/// Both are contracts that [`Contract::read`](mde_codegen::Contract::read) accepts. Other documents are compared as well, and
/// every difference is reported; but what no contract may hold is then an `unclassified-change`.
///
/// Two documents that differ in more than comments and the layout of the YAML give at least one change.
pub fn compare(base: &Document, new: &Document) -> Comparison {
    let mut changes = changes(base, new);
    changes.sort_by_key(|change| {
        (!change.is_breaking(), change.position, change.pointer.clone(), change.side, change.rule.id)
    });
    Comparison { changes }
}

/// Everything that differs, each difference once, in no order.
fn changes(base: &Document, new: &Document) -> Vec<Change> {
    let mut renames = BTreeMap::new();
    loop {
        let mut walk = Walk::new(base, new, renames);
        walk.everything();
        // What a schema is renamed to shows where it is used, which may be within a schema that is renamed itself.
        if walk.renames == walk.renames_so_far {
            return walk.distinct();
        }
        renames = walk.renames_so_far;
    }
}

impl Walk<'_> {
    fn everything(&mut self) {
        let root = Pair::new(self.base.clone(), self.new.clone());
        self.information(&root);
        self.under(&root, "servers", |walk| walk.servers(&root));
        self.under(&root, "tags", |walk| walk.tags(&root));
        self.security_schemes(&root);
        self.operations(&root);
        self.named_schemas();
        self.unused_components();
        let known = ["openapi", "info", "servers", "tags", "security", "paths", "components", "externalDocs"];
        self.rest(&root, &known);
        if let Some(components) = root.get("components") {
            let known = ["schemas", "parameters", "headers", "responses", "securitySchemes"];
            self.rest(&components, &known);
        }
        self.same_in_another_form(&root);
    }
}
