//! Contracts with several mistakes.

use mde_codegen::{Contract, Document, Finding};

use crate::BASE;

/// Independent mistakes; none moves another line.
const MISTAKES: [(&str, &str, &str); 12] = [
    ("version", "openapi: 3.0.3", "openapi: 3.1.0"),
    ("server", "x-mde-authority: https:", "x-mde-authority: http:"),
    ("operation", "summary: Get a host", "summary: ''"),
    ("answer", "[BadRequest]", "[400]"),
    ("value", "minimum: 1\n", "minimum: 1.5\n"),
    ("object", "required: [name]", "required: [age]"),
    ("key", "nullable: true", "nulable: true"),
    ("extension", "          x-mde-echo: host\n", "          x-mde-ecko: host\n"),
    ("scope", "[Host.Read.All]", "[Host.Read]"),
    ("header", "schema: {type: integer}", "schema: {}"),
    ("tag", "    description: Questions about a host.", "    description: ''"),
    ("reference", "'#/components/headers/Wait'", "'#/components/headers/Pause'"),
];

/// Replaces text that occurs exactly once, so that every edit takes effect.
fn edited(contract: &str, find: &str, replace: &str) -> String {
    assert_eq!(contract.matches(find).count(), 1, "{find:?} must occur in the contract exactly once");
    contract.replace(find, replace)
}

fn findings(contract: &str) -> Vec<Finding> {
    Contract::read(&Document::parse("contract.yaml", contract).unwrap()).err().unwrap_or_default()
}

/// The findings as text.
fn text(findings: &[Finding]) -> String {
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    findings.join("\n\n")
}

#[test]
fn two_independent_mistakes_give_the_findings_of_both_sorted_by_place() {
    for (first, first_find, first_replace) in MISTAKES {
        let one = edited(BASE, first_find, first_replace);
        assert_eq!(findings(&one).len(), 1, "{first}: {}", text(&findings(&one)));
        for (second, find, replace) in MISTAKES.into_iter().filter(|(name, ..)| *name != first) {
            let mut expected = [findings(&one), findings(&edited(BASE, find, replace))].concat();
            expected.sort();
            assert_eq!(text(&findings(&edited(&one, find, replace))), text(&expected), "{first} and {second}");
        }
    }
}

#[test]
fn a_contract_without_operations_is_reported_along_with_another_mistake() {
    let contract = edited(BASE, "paths:\n", "paths: {}\nx-paths:\n");
    let contract = edited(&contract, "openapi: 3.0.3", "openapi: 3.1.0");
    let rules: Vec<_> = findings(&contract).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["openapi-version", "operation-present"]);
}

/// The base with a second valid operation.
fn with_a_second_operation() -> String {
    let second = "
  /others/{host}:
    get:
      operationId: getOther
      tags: [Host]
      summary: Get another host
      description: Tells what is known of another host.
      x-mde-permissions: {application: {name: Other.Read.All, display-name: Read others}}
      x-mde-quota: [{calls: 1, seconds: 1}]
      parameters:
        - {name: host, in: path, required: true, description: It., schema: {$ref: '#/components/schemas/HostName'}}
        - $ref: '#/components/parameters/Days'
      responses:
        '200':
          description: What is known.
          content: {application/json: {schema: {$ref: '#/components/schemas/Host'}}}

components:
";
    edited(BASE, "\ncomponents:\n", second)
}

#[test]
fn a_mistake_in_a_shared_component_is_reported_once() {
    let contract = with_a_second_operation();
    assert_eq!(text(&findings(&contract)), "");
    let contract = edited(&contract, "      in: query\n", "      in: cookie\n");
    assert_eq!(findings(&contract).len(), 1, "{}", text(&findings(&contract)));
}

#[test]
fn two_operations_with_the_same_method_are_reported() {
    for id in ["getHost", "get-host", "get_host"] {
        let contract = edited(&with_a_second_operation(), "getOther", id);
        let findings = findings(&contract);
        assert_eq!(findings.len(), 1, "{id}: {}", text(&findings));
        assert_eq!(findings[0].pointer.as_str(), "/paths/~1others~1{host}/get/operationId");
        let message = "this becomes `GetHost` in Rust, and so does /paths/~1hosts~1{host}/get/operationId";
        assert_eq!(findings[0].message, message);
    }
}

#[test]
fn two_servers_with_the_same_name_or_url_are_reported() {
    let second = "servers:
  - url: https://other.example.com
    description: Another host.
    x-mde-name: other
    x-mde-authority: https://login.example.com
    x-mde-audience: https://audience.example.org
";
    let contract = edited(BASE, "servers:\n", second);
    assert_eq!(text(&findings(&contract)), "");
    for (find, replace) in [("name: other", "name: main"), ("name: other", "name: only"), ("//other.", "//api.")] {
        let findings = findings(&edited(&contract, find, replace));
        assert_eq!(findings.len(), 1, "{replace}: {}", text(&findings));
        assert_eq!((findings[0].rule, findings[0].position.line), ("server-described", 15), "{replace}");
    }
}
