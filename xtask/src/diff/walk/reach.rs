//! Which schemas a contract uses, and for what.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{At, operations, shared_parameters};

/// What a named schema is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    /// Callers send it.
    pub(super) request: bool,
    /// The service sends it.
    pub(super) response: bool,
    /// Bodies are made of it, so that its type is public.
    pub(super) body: bool,
}

/// The schemas of one contract, by what they are used for.
#[derive(Debug, Default)]
pub(super) struct Reach {
    used: BTreeMap<String, Used>,
    /// The schemas that contain themselves, other than in a list.
    circular: BTreeSet<String>,
}

impl Reach {
    pub(super) fn of(root: &At<'_>) -> Self {
        let mut reach = Self::default();
        for operation in operations(root) {
            let parameters = shared_parameters(&operation).into_iter().chain(operation.items_of("parameters"));
            for schema in parameters.filter_map(|item| item.resolved(&mut BTreeSet::new()).get("schema")) {
                reach.mark(&schema, Used { request: true, ..Used::default() });
            }
            for (_, response) in operation.entries_of("responses") {
                let response = response.resolved(&mut BTreeSet::new());
                for schema in response.entries_of("content").into_iter().filter_map(|(_, media)| media.get("schema")) {
                    reach.mark(&schema, Used { request: false, response: true, body: true });
                }
                let headers = response.entries_of("headers").into_iter();
                for schema in headers.filter_map(|(_, at)| at.resolved(&mut BTreeSet::new()).get("schema")) {
                    reach.mark(&schema, Used { response: true, ..Used::default() });
                }
            }
        }
        let schemas = root.get("components").map(|components| components.entries_of("schemas")).unwrap_or_default();
        let circular = schemas.iter().filter(|(name, schema)| contains(schema, name, &mut BTreeSet::new()));
        reach.circular = circular.map(|(name, _)| (*name).to_owned()).collect();
        reach
    }

    pub(super) fn used(&self, name: &str) -> Used {
        self.used.get(name).copied().unwrap_or_default()
    }

    pub(super) fn is_circular(&self, name: &str) -> bool {
        self.circular.contains(name)
    }

    fn mark(&mut self, schema: &At<'_>, by: Used) {
        if let Some(name) = schema.schema_name() {
            let used = self.used.entry(name.to_owned()).or_default();
            let before = *used;
            used.request |= by.request;
            used.response |= by.response;
            used.body |= by.body;
            if *used == before {
                return;
            }
            if let Some(schema) = schema.schema(name) {
                self.mark(&schema, by);
            }
            return;
        }
        if let Some(items) = schema.get("items") {
            self.mark(&items, by);
        }
        for (_, property) in schema.entries_of("properties") {
            self.mark(&property, by);
        }
    }
}

/// Whether an object holds a schema, itself or by what it holds; a list holds its items elsewhere.
fn contains(object: &At<'_>, sought: &str, seen: &mut BTreeSet<String>) -> bool {
    for (_, property) in object.entries_of("properties") {
        let Some(name) = property.schema_name() else { continue };
        if name == sought {
            return true;
        }
        let held = object.schema(name).filter(|_| seen.insert(name.to_owned()));
        if held.is_some_and(|held| contains(&held, sought, seen)) {
            return true;
        }
    }
    false
}
