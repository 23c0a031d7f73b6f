//! The rules of a contract: from a document to a [`Contract`], or to every finding that keeps it from being one.
//!
//! `rules` has the table of the rules; each other file checks one part of the contract. Files import one way:
//!
//! ```text
//! constructs <- schemas
//! rules <- reader <- names <- enums <- schemas <- responses <- operations <- mod
//!          reader <- security <- operations
//!          reader <- examples <- document <- mod
//!          names <- parameters, request_body <- operations
//! refusals <- reader
//! ```

mod constructs;
mod document;
mod enums;
mod examples;
mod names;
mod operations;
mod parameters;
mod reader;
mod refusals;
mod request_body;
mod responses;
pub(crate) mod rules;
mod schemas;
mod security;

use crate::document::Document;
use crate::finding::Finding;
use crate::model::{Contract, Value};
use crate::pointer::Pointer;
use reader::Reader;

impl Contract {
    /// Reads a document as a contract that code can be generated from.
    ///
    /// # Errors
    /// Every finding, ordered by position. Each shape that the generator is known to reject or to misread has a rule.
    pub fn read(document: &Document) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { document, findings: Vec::new() };
        let contract = reader.contract();
        let mut findings = reader.findings;
        findings.sort();
        findings.dedup();
        match contract {
            Some(contract) if findings.is_empty() => Ok(contract),
            _ => Err(findings),
        }
    }
}

impl Reader<'_> {
    fn contract(&mut self) -> Option<Contract> {
        self.openapi_version();
        self.known_keys();
        let info = self.info();
        let servers = self.servers();
        self.security();
        self.tags();
        let values = self.values();
        let operations = self.operations(&values);
        self.unused_components(&values);
        let operation_pointers = self.operation_pointers();
        let sent = self.sent_schemas(&operation_pointers);
        let requests = self.request_objects(&sent);
        let answers = self.reachable_schemas(operations.iter().filter_map(|operation| operation.answer.schema()));
        let errors = self.reachable_schemas(operations.iter().filter_map(|operation| operation.error.as_deref()));
        let may_be_sent = self.has_unread_body(&operation_pointers);
        self.object_schemas(|name| {
            let is_answered = answers.iter().chain(&errors).any(|answer| answer == name);
            !sent.contains(name) && (is_answered || !may_be_sent)
        });
        self.echoes_outside_responses(&operation_pointers);
        self.type_names(&self.operation_ids());
        self.not_sent_and_answered(&sent, &answers, &errors);
        let examples = operations.iter().flat_map(|operation| self.examples(operation)).collect();
        let (title, version) = info?;
        Some(Contract { title, version, servers, operations, values, requests, answers, errors, examples })
    }

    /// Checks the components that nothing refers to as well, so that one mistake does not hide another.
    fn unused_components(&mut self, values: &[Value]) {
        let components = Pointer::root().child("components");
        for (_, _, pointer) in self.entries(&components.child("parameters")) {
            if let Some(pointer) = self.resolve(pointer, "parameters") {
                self.parameter(pointer, values);
            }
        }
        for (_, _, pointer) in self.entries(&components.child("headers")) {
            self.header(pointer);
        }
        for (_, _, pointer) in self.entries(&components.child("responses")) {
            // The rules of its body depend on the statuses that refer to it.
            if let Some(pointer) = self.resolve(pointer, "responses") {
                self.text(&pointer.child("description"), rules::DESCRIBED);
            }
        }
    }
}
