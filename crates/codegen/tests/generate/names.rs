//! Names of the contract that Rust has a use for itself.

use crate::support::{base, code, edited};

#[test]
fn a_keyword_gets_an_underscore_as_the_generator_gives_it() {
    let contract = base();
    for (word, ident) in [("type", "type_"), ("self", "self_"), ("crate", "crate_"), ("gen", "gen_"), ("Self", "self_")]
    {
        let parameter = code(&edited(&contract, "name: days", &format!("name: {word}")));
        assert!(parameter.contains(&format!("pub fn {ident}(")), "the parameter {word}");
        assert!(parameter.contains(&format!("of_parameter(\"{word}\")")), "the parameter {word} on the wire");
        assert!(
            parameter.contains(&format!("QueryParam::new(\"{word}\", &{ident})")),
            "the parameter {word} on the wire"
        );
        let property = code(&edited(&contract, "        code:\n", &format!("        {word}:\n")));
        assert!(property.contains(&format!("pub {ident}: ")), "the property {word}");
        assert!(property.contains(&format!("rename = \"{word}\"")), "the property {word} on the wire");
    }
    let operation = code(&edited(&contract, "operationId: getHost", "operationId: match"));
    assert!(operation.contains("pub fn match_("));
    assert!(operation.contains("transport.send_match("));
    assert!(operation.contains("pub async fn send_match<"));
    assert!(operation.contains("pub const MATCH: crate::Operation"));
}

#[test]
fn an_echo_reads_the_field_that_the_generator_makes_of_the_property() {
    for (property, field) in [("type", "type_"), ("@odata.host", "odata_host"), ("HostName2", "host_name2")] {
        let contract = edited(&base(), "required: [name]", &format!("required: ['{property}']"));
        let name = "        name:\n          description: The host that";
        let contract = edited(&contract, name, &name.replace("name:", &format!("'{property}':")));
        let code = code(&contract);
        assert!(code.contains(&format!("pub {field}: ::std::string::String")), "{property}");
        assert!(
            code.contains(&format!("crate::response::check(\"{property}\", &self.host, &answer.{field})")),
            "{property}"
        );
    }
}

#[test]
fn a_parameter_may_be_called_what_the_code_calls_its_own() {
    let names = ["url", "request", "response", "result", "answer", "transport", "call", "value", "values", "error"];
    for name in names {
        let code = code(&edited(&base(), "name: days", &format!("name: {name}")));
        assert!(code.contains(&format!("pub fn {name}(\n        mut self,")), "{name}");
    }
}
