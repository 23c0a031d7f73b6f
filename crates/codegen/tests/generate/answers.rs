//! What an operation may be answered with: nothing, a list, maps, pages with a link from each to the next.

use crate::support::{base, code, edited};

const SUCCESS: &str = "        '200':
          description: What is known.
          content: {application/json: {schema: {$ref: '#/components/schemas/Host'}}}
";
const HOST: &str = "      required: [name]\n      properties:\n";

/// The base, answered by another success, and with nothing that its body would repeat.
fn answered(success: &str) -> String {
    edited(&edited(&base(), SUCCESS, success), "          x-mde-echo: host\n", "")
}

pub(crate) fn with_201() -> String {
    edited(&base(), "        '200':\n", "        '201':\n")
}

pub(crate) fn with_204() -> String {
    answered("        '204': {description: It is done.}\n")
}

/// Without a single type that is made from the contract.
pub(crate) fn with_nothing() -> String {
    let contract = with_204();
    let (start, rest) = contract.split_once("        '400':\n").unwrap();
    let (_, rest) = rest.split_once("\ncomponents:\n").unwrap();
    format!("{start}\ncomponents:\n{rest}")
}

pub(crate) fn with_list() -> String {
    let list = "{type: array, description: It., items: {$ref: '#/components/schemas/Host'}}";
    answered(&SUCCESS.replace("{$ref: '#/components/schemas/Host'}", list))
}

pub(crate) fn with_maps() -> String {
    let maps = "        owners:
          {description: Who has it., type: object, additionalProperties: {$ref: '#/components/schemas/Owner'}}
        labels:
          {description: Its labels., nullable: true, type: object, additionalProperties: {type: array, items: {type: string}}}
        seen:
          {description: Seen by., type: object, additionalProperties: {allOf: [{$ref: '#/components/schemas/Moment'}]}}
";
    let contract = edited(&base(), HOST, &format!("      required: [name, owners]\n      properties:\n{maps}"));
    let owner = "    Owner: {description: A., type: object, properties: {name: {description: B., type: string}}}\n    Problem:\n";
    edited(&contract, "    Problem:\n", owner)
}

/// Its answer has the items of a page and the link to the next one.
pub(crate) fn with_pages() -> String {
    let page = "      required: [value]
      properties:
        value: {description: The hosts., type: array, items: {$ref: '#/components/schemas/Host'}}
        '@odata.nextLink': {description: Where the next page is., type: string}
        count: {description: How many there are., type: integer, format: int32}
";
    let hosts = format!("    Hosts:\n      description: A page of hosts.\n      type: object\n{page}    Problem:\n");
    let contract = edited(&answered(&SUCCESS.replace("/Host'", "/Hosts'")), "    Problem:\n", &hosts);
    contract.replace("getHost", "listHosts")
}

#[test]
fn a_201_is_the_success_where_it_is_the_only_one() {
    let code = code(&with_201());
    assert!(code.contains("const SUCCESS: ::reqwest::StatusCode = ::reqwest::StatusCode::CREATED;"));
    assert!(code.contains("201u16 => ResponseValue::from_response(response).await"));
    assert!(!crate::support::code(&base()).contains("SUCCESS"));
}

#[test]
fn a_204_is_answered_by_nothing() {
    let code = code(&with_204());
    assert!(code.contains("const SUCCESS: ::reqwest::StatusCode = ::reqwest::StatusCode::NO_CONTENT;"));
    assert!(code.contains("-> ::std::result::Result<crate::Response<()>, crate::Error>"));
    assert!(code.contains("crate::AnswerStream<self::HostName, ()>"));
    assert!(code.contains("pub use self::transport::types::Problem;"), "no answer has another schema");
}

#[test]
fn a_list_is_a_vector_of_its_items() {
    let code = code(&with_list());
    assert!(code.contains("crate::Response<::std::vec::Vec<self::Host>>"), "{code}");
    assert!(code.contains("type Answer = ::std::vec::Vec<self::Host>;"));
}

#[test]
fn a_map_keeps_the_order_of_its_keys() {
    let code = code(&with_maps());
    for field in [
        "pub owners: ::std::collections::BTreeMap<::std::string::String, Owner>",
        "pub labels: ::std::option::Option<::std::collections::BTreeMap<::std::string::String, ::std::vec::Vec<::std::string::String>>>",
        "pub seen: ::std::collections::BTreeMap<::std::string::String, crate::Timestamp>",
    ] {
        let without_spaces = |text: &str| text.split_whitespace().collect::<String>().replace(",>", ">");
        assert!(without_spaces(&code).contains(&without_spaces(field)), "{field}\n{code}");
    }
    assert!(code.contains("pub use self::transport::types::{Host, Owner, Problem};"));
}

#[test]
fn the_pages_of_an_answer_are_a_stream_beside_the_first_one() {
    let code = code(&with_pages());
    let pieces: Vec<_> = code.split("\n\n").filter(|piece| piece.contains("crate::PageStream")).collect();
    insta::assert_snapshot!(pieces.join("\n\n"));
}

/// A link is one where it is in the body itself, beside the list that it goes on with.
#[test]
fn a_link_below_the_body_makes_no_stream() {
    let contract = with_pages().replace("schemas/Hosts'}}}", "schemas/Problem'}}}");
    let hosts = "        hosts: {description: A., allOf: [{$ref: '#/components/schemas/Hosts'}]}\n        code:\n";
    let code = code(&edited(&contract, "        code:\n", hosts));
    assert!(code.contains("pub struct Hosts {") && !code.contains("PageStream"));
}
