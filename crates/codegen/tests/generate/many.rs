//! Many calls of one operation, where one required parameter tells them apart.

use crate::support::{base, code, edited};

/// The base, with its optional parameter in another form and whether it is required.
fn with_days(lines: &str) -> String {
    code(&edited(
        &base(),
        "      name: days\n      in: query\n",
        &format!("      name: days\n      in: query\n{lines}"),
    ))
}

#[test]
fn one_required_parameter_is_what_the_calls_differ_in() {
    let code = code(&base());
    assert!(code.contains("pub fn get_host_many<S>(&self, values: S) -> self::GetHostMany<S>"));
    assert!(code.contains("S: ::futures_core::Stream<Item: ::std::convert::Into<self::HostName>>"));
    assert!(code.contains("fn(crate::AnswerStream<self::HostName, self::Host>)"));
}

/// With several it would take tuples, in which a reader no longer sees what is what.
#[test]
fn two_required_parameters_make_no_method_for_many() {
    let code = with_days("      required: true\n");
    assert!(code.contains("pub fn get_host("));
    assert!(!code.contains("_many") && !code.contains("Many") && !code.contains("bulk"), "{code}");
}

/// There is nothing that the calls could differ in, or only what each of them may leave out.
#[test]
fn no_required_parameter_makes_no_method_for_many() {
    let contract = edited(&base(), "  /hosts/{host}:\n", "  /hosts:\n");
    let start = contract.find("        - name: host\n").unwrap();
    let end = contract.find("        - $ref: '#/components/parameters/Days'").unwrap();
    let contract = edited(&contract, &contract[start..end], "");
    let code = code(&edited(&contract, "          x-mde-echo: host\n", ""));
    assert!(code.contains("pub fn get_host(&self)"));
    assert!(!code.contains("_many") && !code.contains("Many") && !code.contains("bulk"), "{code}");
}

/// A required parameter of the query is as good as one of the path.
#[test]
fn the_one_that_is_required_may_stand_in_the_query() {
    let contract = edited(&base(), "  /hosts/{host}:\n", "  /hosts:\n");
    let contract =
        edited(&contract, "        - name: host\n          in: path\n", "        - name: host\n          in: query\n");
    let code = code(&edited(&contract, "          x-mde-echo: host\n", ""));
    assert!(code.contains("pub fn get_host_many<S>(&self, values: S) -> self::GetHostMany<S>"));
}

/// Each call gets the optional values: what is a number is copied, what is a text is cloned.
#[test]
fn every_call_has_the_optional_values() {
    let number = code(&base());
    assert!(number.contains("let days = self") && !number.contains("days.clone()"));
    let text = edited(&base(), "{$ref: '#/components/schemas/DayCount'}", "{$ref: '#/components/schemas/HostName'}");
    assert!(code(&text).contains("days: days.clone()"));
}

#[test]
fn the_name_of_the_method_has_no_underscore_of_a_keyword() {
    let code = code(&edited(&base(), "operationId: getHost", "operationId: match"));
    assert!(code.contains("pub fn match_many<S>(&self, values: S) -> self::MatchMany<S>"));
    assert!(code.contains("[`match_`](Self::match_)"));
}
