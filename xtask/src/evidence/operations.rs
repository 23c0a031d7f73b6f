//! What the evidence may be about in a contract, sound or not: its operations, and where their parts stand.

use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// An operation of the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) pointer: Pointer,
}

/// Every operation, ordered by path and method.
pub(crate) fn operations(contract: &Document) -> Vec<Operation> {
    let paths = Pointer::root().child("paths");
    let keys = |pointer: &Pointer| contract.get(pointer).and_then(Json::as_object).into_iter().flatten();
    let mut operations = Vec::new();
    for (path, _) in keys(&paths) {
        let item = paths.child(path);
        for (method, _) in keys(&item).filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let pointer = item.child(method);
            operations.push(Operation { method: method.to_uppercase(), path: path.clone(), pointer });
        }
    }
    operations
}

impl Operation {
    /// Where a parameter stands: one of the operation's own, or of those that its path shares.
    pub(crate) fn parameter(&self, contract: &Document, name: &str) -> Option<Pointer> {
        self.parameters(contract).into_iter().find(|pointer| text(contract, &pointer.child("name")) == Some(name))
    }

    /// Where each parameter stands, with references followed.
    pub(crate) fn parameters(&self, contract: &Document) -> Vec<Pointer> {
        let lists = [self.pointer.parent().child("parameters"), self.pointer.child("parameters")];
        let items = lists.into_iter().flat_map(|list| {
            let count = contract.get(&list).and_then(Json::as_array).map_or(0, Vec::len);
            (0..count).map(move |index| list.child(index))
        });
        items.map(|pointer| followed(contract, pointer)).collect()
    }

    /// Where the response to a status stands, or would stand.
    pub(crate) fn response(&self, contract: &Document, status: &str) -> Pointer {
        followed(contract, self.pointer.child("responses").child(status))
    }

    /// Where the schema of a response's JSON body stands, or would stand.
    pub(crate) fn body(&self, contract: &Document, status: &str) -> Pointer {
        self.response(contract, status).child("content").child("application/json").child("schema")
    }

    /// The statuses that report a failure, in their order.
    pub(crate) fn error_statuses(&self, contract: &Document) -> Vec<String> {
        let responses = contract.get(&self.pointer.child("responses")).and_then(Json::as_object);
        let statuses = responses.into_iter().flatten().map(|(status, _)| status.clone());
        statuses.filter(|status| !status.starts_with('2')).collect()
    }

    /// Where the security requirements stand that apply to the operation.
    pub(crate) fn security(&self, contract: &Document) -> Pointer {
        let own = self.pointer.child("security");
        if contract.get(&own).is_some() { own } else { Pointer::root().child("security") }
    }

    /// How messages call it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The text at a pointer, where there is one.
pub(crate) fn text<'a>(contract: &'a Document, pointer: &Pointer) -> Option<&'a str> {
    contract.get(pointer)?.as_str()
}

/// Where a reference leads in the end; a pointer to what is no reference, or to one that leads nowhere, stays.
pub(crate) fn followed(contract: &Document, mut pointer: Pointer) -> Pointer {
    // A chain of references that is longer goes in a circle.
    for _ in 0..20 {
        let reference = text(contract, &pointer.child("$ref")).and_then(Pointer::of_reference);
        match reference.filter(|target| contract.get(target).is_some()) {
            Some(target) => pointer = target,
            None => break,
        }
    }
    pointer
}
