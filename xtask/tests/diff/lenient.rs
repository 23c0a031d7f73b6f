//! What no contract may hold is compared all the same, and never taken for nothing.

use mde_codegen::Document;
use xtask::diff::{RustSource, Wire, compare};

use crate::support::BASE;

/// The kinds of change that need what no contract may hold today.
pub(crate) const RULES: [&str; 7] = [
    "address-kind-added",
    "address-kind-removed",
    "echo-changed",
    "media-type-changed",
    "security-not-required",
    "security-required",
    "success-status-changed",
];

const ONE_KIND: (&str, &str) = ("        - format: ipv4\n        - format: ipv6\n", "        - format: ipv6\n");

#[test]
fn an_address_kind_less_breaks_requests_of_callers_and_answers_of_older_servers() {
    let (one_kind, both_kinds) = (edited(BASE, ONE_KIND), BASE.to_owned());
    assert_eq!(reported(&both_kinds, &one_kind), [("address-kind-removed", Wire::Both, RustSource::None)]);
    assert_eq!(reported(&one_kind, &both_kinds), [("address-kind-added", Wire::Both, RustSource::None)]);
}

#[test]
fn an_address_that_is_only_asked_about_breaks_one_side() {
    let answers = [
        (
            "          items:\n            $ref: '#/components/schemas/Address'\n",
            "          items:\n            type: string\n",
        ),
        ("          allOf:\n            - $ref: '#/components/schemas/Address'\n", "          type: string\n"),
    ];
    let both_kinds = answers.into_iter().fold(BASE.to_owned(), |contract, edit| edited(&contract, edit));
    let one_kind = edited(&both_kinds, ONE_KIND);
    assert_eq!(reported(&both_kinds, &one_kind), [("address-kind-removed", Wire::Callers, RustSource::None)]);
    assert_eq!(reported(&one_kind, &both_kinds), [("address-kind-added", Wire::Servers, RustSource::None)]);
}

/// By OpenAPI null is allowed where the schema and each part of its `allOf` allow it; our readers went by the first alone.
#[test]
fn a_moment_that_may_be_null_wherever_it_is_used_may_say_so() {
    let nullable = ("          description: When.\n", "          description: When.\n          nullable: true\n");
    let base = edited(BASE, nullable);
    let of_the_schema = (
        "      type: string\n      format: date-time\n",
        "      type: string\n      nullable: true\n      format: date-time\n",
    );
    assert_eq!(reported(&base, &edited(&base, of_the_schema)), [("restructured", Wire::Nobody, RustSource::None)]);
    let narrower = edited(BASE, of_the_schema);
    assert!(reported(BASE, &narrower).contains(&("became-nullable", Wire::Callers, RustSource::None)));
}

#[test]
fn an_echo_of_another_parameter_is_another_promise() {
    let contract = edited(BASE, ("x-mde-echo: address", "x-mde-echo: year"));
    assert_eq!(reported(BASE, &contract), [("echo-changed", Wire::Both, RustSource::None)]);
}

#[test]
fn an_answer_in_another_form_is_another_answer() {
    let contract = BASE.replacen("application/json", "text/csv", 1);
    let (gone, there) = ("media-type-changed", "media-type-changed");
    let breaks = (Wire::Both, RustSource::Breaking);
    assert_eq!(reported(BASE, &contract)[..2], [(gone, breaks.0, breaks.1), (there, breaks.0, breaks.1)]);
}

#[test]
fn another_status_of_success_is_another_answer() {
    let contract = BASE.replacen("'200'", "'203'", 1);
    let (gone, there) = ("success-status-changed", "success-status-changed");
    let breaks = (Wire::Both, RustSource::Breaking);
    assert_eq!(reported(BASE, &contract)[..2], [(gone, breaks.0, breaks.1), (there, breaks.0, breaks.1)]);
}

#[test]
fn a_token_that_becomes_required_breaks_callers() {
    let (start, end) = (BASE.find("security:\n").unwrap(), BASE.find("paths:\n").unwrap());
    let open = format!("{}security: []\n\n{}", &BASE[..start], &BASE[end..]);
    assert_eq!(reported(&open, BASE), [("security-required", Wire::Callers, RustSource::None)]);
    assert_eq!(reported(BASE, &open), [("security-not-required", Wire::Servers, RustSource::None)]);
}

#[test]
fn another_method_moves_the_operation() {
    let contract = BASE.replacen("    get:\n", "    post:\n", 1);
    assert_eq!(reported(BASE, &contract), [("operation-moved", Wire::Both, RustSource::None)]);
}

#[test]
fn an_unknown_change_counts_as_breaking() {
    let edits = [
        ("openapi: 3.0.3\n", "openapi: 3.0.3\njsonSchemaDialect: none\n"),
        ("  contact:\n", "  logo: none\n  contact:\n"),
        ("components:\n", "components:\n  links: {}\n"),
        ("paths:\n", "paths:\n  x-prefix: /v1\n"),
        ("paths:\n", "paths:\n  /nothing: {}\n"),
        ("      minimum: 2000\n", "      minimum: 2000\n      exclusiveMinimum: true\n"),
        ("          type: boolean\n", "          type: boolean\n          enum: [true]\n"),
        ("      required: false\n", "      required: false\n      style: form\n"),
        ("    description: Questions about a host.\n", "    description: Questions about a host.\n    x-group: 1\n"),
        ("        - calls: 1500\n", "        - calls: 1500\n          burst: 3\n"),
        ("    description: The host near Europe.\n", "    description: The host near Europe.\n    variables: {}\n"),
    ];
    for edit in edits {
        let contract = edited(BASE, edit);
        for reported in [reported(BASE, &contract), reported(&contract, BASE)] {
            assert_eq!(reported, [("unclassified-change", Wire::Both, RustSource::Breaking)], "{}", edit.1);
        }
    }
}

#[test]
fn comments_and_layout_are_no_change() {
    let contract = BASE.replace("tags: [Host]", "tags:\n        - Host").replace("# A contract", "# The contract");
    assert_eq!(reported(BASE, &contract), []);
}

fn edited(contract: &str, (find, replace): (&str, &str)) -> String {
    assert_eq!(contract.matches(find).count(), 1, "{find:?} must stand in the contract exactly once");
    contract.replace(find, replace)
}

fn reported(base: &str, new: &str) -> Vec<(&'static str, Wire, RustSource)> {
    let [base, new] = [base, new].map(|text| Document::parse("contract.yaml", text).unwrap());
    let changes = compare(&base, &new).changes;
    changes.iter().map(|change| (change.rule.id, change.wire, change.rust)).collect()
}
