//! The model of a valid contract.

use mde_codegen::{Contract, Document};

use crate::BASE;

fn read(text: &str) -> Contract {
    Contract::read(&Document::parse("contract.yaml", text).unwrap()).unwrap()
}

#[test]
fn everything_that_the_contract_says_is_in_the_model() {
    insta::assert_debug_snapshot!(read(BASE));
}

#[test]
fn a_value_is_found_by_its_name() {
    let contract = read(BASE);
    assert_eq!(contract.value("DayCount").map(|value| value.name.as_str()), Some("DayCount"));
    assert_eq!(contract.value("Host"), None);
}

#[test]
fn the_parameters_of_a_path_come_in_its_order_and_those_of_the_query_by_name() {
    const VALUE: &str = "description: A bound., schema: {$ref: '#/components/schemas/DayCount'}";
    let of_path = [
        "  /zones/{zone}/hosts/{host}:\n    parameters:\n",
        &format!("      - {{name: zone, in: path, required: true, {VALUE}}}\n"),
        &format!("      - {{name: before, in: query, {VALUE}}}\n"),
    ];
    let of_operation = format!("      parameters:\n        - {{name: after, in: query, required: true, {VALUE}}}\n");
    let text = BASE.replace("  /hosts/{host}:\n", &of_path.concat()).replace("      parameters:\n", &of_operation);
    let contract = read(&text);
    let parameters = &contract.operations[0].parameters;
    let names: Vec<_> = parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.required)).collect();
    assert_eq!(names, [("zone", true), ("host", true), ("after", true), ("before", false), ("days", false)]);
}
