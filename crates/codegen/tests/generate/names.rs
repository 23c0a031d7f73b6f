//! Names of the contract that Rust has a use for itself.

use std::collections::BTreeSet;

use crate::support::{base, code, edited, findings, read, text};

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
    assert!(operation.contains("transport.match_("));
    assert!(operation.contains("pub async fn match_<"));
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

/// Whatever the client exports, a schema of that name would hide behind it.
#[test]
fn every_type_of_the_client_is_taken() {
    let names = exported_types(&read("../client/src/lib.rs"));
    assert!(names.contains("Client") && names.contains("BoxError"), "{names:?}");
    for name in names {
        const OBJECT: &str = "{description: A., type: object, properties: {a: {description: A., type: string}}}";
        let schema = format!("    {name}: {OBJECT}\n    Problem:\n");
        let findings = findings(&edited(&base(), "    Problem:\n", &schema));
        assert_eq!(findings.len(), 1, "{name}: {}", text(&findings));
        assert_eq!((findings[0].rule, findings[0].pointer.last()), ("schema-name", name));
    }
}

/// Whatever method the client has, an operation of that name would give it a second one.
#[test]
fn every_method_of_the_client_is_taken() {
    let source = read("../client/src/client.rs");
    let (_, methods) = source.split_once("\nimpl Client {\n").unwrap();
    let (methods, _) = methods.split_once("\n}\n").unwrap();
    let names: Vec<_> = methods.lines().filter_map(method).collect();
    assert!(names.contains(&"builder") && names.contains(&"http"), "{names:?}");
    for name in names {
        let findings = findings(&edited(&base(), "operationId: getHost", &format!("operationId: {name}")));
        let message = format!("this becomes `{name}` in Rust, which is reserved");
        assert!(findings.iter().any(|finding| finding.message == message), "{name}: {}", text(&findings));
    }
}

/// The name of the method that a line begins.
fn method(line: &str) -> Option<&str> {
    let (before, rest) = line.strip_prefix("    ")?.split_once("fn ")?;
    let is_head = !before.starts_with([' ', '/']);
    rest.split(['(', '<']).next().filter(|_| is_head)
}

/// The names in capitals that `pub use` and `pub type` make public.
fn exported_types(source: &str) -> BTreeSet<String> {
    let lines = source.lines().filter(|line| line.starts_with("pub use ") || line.starts_with("pub type "));
    let words = lines.flat_map(|line| {
        let end = line.find(['<', '=']).unwrap_or(line.len());
        line[..end].split(|c: char| !c.is_alphanumeric())
    });
    words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned).collect()
}
