//! The examples of the contract as doctests: a documented request, sent to a listener that answers as documented; a
//! documented answer, read; and the same answer, made by its constructor.

use std::fmt::Write as _;

use proc_macro2::{Ident, Literal};
use serde_json::Value as Json;
use syn::Type;

use super::body::{Body, Property, argument, is_named};
use super::values::snake_ident;
use crate::model::{Contract, Example, Operation, ParameterPlace, ParameterValue, ValueKind};

/// The name of the client's package in doctests, which stand outside of it.
const CLIENT: &str = "mde_client";

/// What ends a doctest that fails by `?`.
const OK: &str = "# Ok::<(), Box<dyn std::error::Error>>(())\n";

/// The documentation of a body by its first example: how it is read.
pub(crate) fn of_body(contract: &Contract, all: &[Body], body: &Body) -> Option<String> {
    let (source, value) = example(contract, all, body)?;
    let mut code = format!("let answer: {CLIENT}::{} = serde_json::from_str({})?;\n", body.name, raw(value, true));
    assertions("answer", all, body, value, &mut code);
    code += OK;
    Some(format!("As the source `{source}` shows one:\n\n```\n{code}```"))
}

/// The documentation of a constructor by the first example of its body.
pub(crate) fn of_constructor(contract: &Contract, all: &[Body], body: &Body) -> Option<String> {
    let (source, value) = example(contract, all, body)?;
    let made = made(all, body, value, "\n    ")?;
    let mut code = format!("let made = {made};\n");
    let _ = writeln!(code, "# let read: {CLIENT}::{} = serde_json::from_str({})?;", body.name, raw(value, false));
    code += "# assert_eq!(made, read);\n";
    code += OK;
    Some(format!("The one that the source `{source}` shows:\n\n```\n{code}```"))
}

/// The documentation of an operation by the first source that shows a whole call: its request, and its answer.
pub(crate) fn of_operation(contract: &Contract, all: &[Body], operation: &Operation, method: &Ident) -> Option<String> {
    let shown = contract.examples.iter().filter(|example| example.operation == operation.id);
    let (example, answer) = shown.filter(|example| is_whole(operation, example)).find_map(|example| {
        let answer = example.bodies.iter().find(|body| body.status == "200")?;
        Some((example, &answer.value))
    })?;
    if operation.body.is_some() {
        // No source shows one as a value of its own.
        return None;
    }
    let body = all.iter().find(|body| operation.answer.object() == Some(&body.schema))?;
    let mut code = listener(answer);
    let mut call = format!("client.{method}(");
    let mut setters = String::new();
    let mut first = true;
    for parameter in &operation.parameters {
        let Some(value) = example.parameters.get(&parameter.name) else { continue };
        let value = parameter_literal(contract, &parameter.value, value)?;
        let name = snake_ident(&parameter.name);
        if parameter.required {
            let separator = if std::mem::take(&mut first) { "" } else { ", " };
            let _ = write!(call, "{separator}{value}");
        } else {
            let _ = write!(setters, ".{name}({value})");
        }
    }
    let _ = writeln!(code, "let answer = {call}){setters}.send().await?;");
    assertions("answer", all, body, answer, &mut code);
    if let Some(request) = request_line(operation, example) {
        let _ = writeln!(code, "# assert_eq!(asked.join().expect(\"the listener ends\")?, {request:?});");
    }
    code += "# Ok(())\n# }\n";
    Some(format!("As the source `{}` shows one:\n\n```\n{code}```", example.source))
}

/// Whether a source shows every value that a call needs.
fn is_whole(operation: &Operation, example: &Example) -> bool {
    let mut required = operation.parameters.iter().filter(|parameter| parameter.required);
    required.all(|parameter| example.parameters.contains_key(&parameter.name))
}

/// The hidden beginning of the doctest of a call: a listener of its own that takes one request, and a client of it.
fn listener(answer: &Json) -> String {
    format!(
        "# use std::io::{{BufRead as _, Write as _}};
# #[tokio::main]
# async fn main() -> Result<(), Box<dyn std::error::Error>> {{
# let body = {};
# let listener = std::net::TcpListener::bind(\"127.0.0.1:0\")?;
# let url = format!(\"http://{{}}\", listener.local_addr()?);
# let asked = std::thread::spawn(move || -> std::io::Result<String> {{
#     let (mut connection, _) = listener.accept()?;
#     let lines = std::io::BufReader::new(connection.try_clone()?).lines();
#     let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
#     let length = body.len();
#     let head_of_answer = format!(\"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: {{length}}\\r\\n\\r\\n\");
#     connection.write_all((head_of_answer + body).as_bytes())?;
#     Ok(head.into_iter().next().unwrap_or_default())
# }});
# let client = {CLIENT}::Client::builder().endpoint(url).token(\"made-up\").build()?;
",
        raw(answer, false)
    )
}

/// The first line of the request, where no value in it needs escaping.
fn request_line(operation: &Operation, example: &Example) -> Option<String> {
    let (mut path, mut query) = (operation.path.clone(), Vec::new());
    for parameter in &operation.parameters {
        let Some(value) = example.parameters.get(&parameter.name) else { continue };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')) {
            return None;
        }
        match parameter.place {
            ParameterPlace::Path => path = path.replace(&format!("{{{}}}", parameter.name), &value),
            ParameterPlace::Query => query.push(format!("{}={value}", parameter.name)),
            ParameterPlace::Header => {}
        }
    }
    let separator = if query.is_empty() { "" } else { "?" };
    Some(format!("{} {path}{separator}{} HTTP/1.1", operation.method, query.join("&")))
}

/// What a call takes as the value of a parameter.
fn parameter_literal(contract: &Contract, kind: &ParameterValue, value: &Json) -> Option<String> {
    let is_address = match kind {
        ParameterValue::Boolean => false,
        ParameterValue::Named(schema) => matches!(contract.value(schema)?.kind, ValueKind::Address),
    };
    match value {
        Json::String(text) if is_address => Some(address(text)),
        Json::String(text) => Some(literal(text)),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The first value that a source shows of a body, or of what holds one.
fn example<'a>(contract: &'a Contract, all: &[Body], body: &Body) -> Option<(&'a str, &'a Json)> {
    let shown = contract.examples.iter().flat_map(|example| example.bodies.iter().map(move |body| (example, body)));
    let whole = shown.clone().find(|(_, shown)| shown.schema == body.schema);
    let whole = whole.map(|(example, shown)| (example.source.as_str(), &shown.value));
    whole.or_else(|| {
        shown.into_iter().find_map(|(example, shown)| {
            let outer = all.iter().find(|outer| outer.schema == shown.schema)?;
            Some((example.source.as_str(), within(all, outer, &shown.value, body)?))
        })
    })
}

/// The first value of a body within that of another one.
fn within<'a>(all: &[Body], outer: &Body, value: &'a Json, body: &Body) -> Option<&'a Json> {
    outer.properties.iter().find_map(|property| {
        let value = value.get(&property.wire_name)?;
        let kind = argument(property.value_kind(), "Vec").unwrap_or(property.value_kind());
        let value = value.as_array().map_or(Some(value), |items| items.first())?;
        let held = held(all, kind).filter(|_| value.is_object())?;
        if held.name == body.name { Some(value) } else { within(all, held, value, body) }
    })
}

/// The body that a type is.
fn held<'a>(all: &'a [Body], kind: &Type) -> Option<&'a Body> {
    let Type::Path(path) = kind else { return None };
    all.iter().find(|body| path.path.is_ident(&body.name))
}

/// A line for each value that a reader would look at.
fn assertions(path: &str, all: &[Body], body: &Body, value: &Json, code: &mut String) {
    for property in body.properties.iter().filter(|property| !property.deprecated) {
        let (path, kind) = (format!("{path}.{}", property.field), property.value_kind());
        let is_option = argument(&property.kind, "Option").is_some();
        let line = match (value.get(&property.wire_name), held(all, kind)) {
            (None | Some(Json::Null), _) if is_option => format!("assert_eq!({path}, None);\n"),
            (Some(value), Some(held)) if !is_option => {
                assertions(&path, all, held, value, code);
                continue;
            }
            (Some(Json::Array(items)), _) if !is_option => format!("assert_eq!({path}.len(), {});\n", items.len()),
            (Some(value), None) => match (made_value(all, kind, value), is_option && !property.required) {
                (Some(value), true) if is_named(kind, "String") => {
                    format!("assert_eq!({path}.as_deref(), Some({value}));\n")
                }
                (Some(value), true) => format!("assert_eq!({path}, Some({value}));\n"),
                (Some(value), false) => format!("assert_eq!({path}, {value});\n"),
                (None, _) => continue,
            },
            _ => continue,
        };
        *code += &line;
    }
}

/// The expression that makes a body; `None` where it has a value that no argument is known for.
fn made(all: &[Body], body: &Body, value: &Json, line: &str) -> Option<String> {
    let given = |property: &&Property| value.get(&property.wire_name).is_some_and(|value| !value.is_null());
    let (required, optional): (Vec<_>, Vec<_>) = body.properties.iter().partition(|property| property.required);
    let value_of = |property: &Property| made_value(all, property.value_kind(), value.get(&property.wire_name)?);
    let arguments: Option<Vec<_>> = required.into_iter().map(value_of).collect();
    let mut made = format!("{CLIENT}::{}::new({})", body.name, arguments?.join(", "));
    for property in optional.into_iter().filter(given) {
        let _ = write!(made, "{line}.{}({})", property.setter(), value_of(property)?);
    }
    Some(made)
}

/// The expression of a value; `None` for a type that examples are not known of.
fn made_value(all: &[Body], kind: &Type, value: &Json) -> Option<String> {
    if let Some(body) = held(all, kind) {
        return made(all, body, value, "");
    }
    match value {
        Json::String(text) if is_named(kind, "IpAddr") => Some(address(text)),
        Json::String(text) if is_named(kind, "Timestamp") => Some(format!("{}.parse()?", literal(text))),
        Json::String(text) if is_named(kind, "String") => Some(literal(text)),
        Json::Number(number) if number.is_f64() => Some(format!("{:?}", number.as_f64()?)),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn address(text: &str) -> String {
    format!("{}.parse::<std::net::IpAddr>()?", literal(text))
}

fn literal(text: &str) -> String {
    Literal::string(text).to_string()
}

/// A value of JSON as a raw string of Rust.
fn raw(value: &Json, pretty: bool) -> String {
    let text = if pretty { format!("{value:#}") } else { value.to_string() };
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("r{fence}\"{text}\"{fence}")
}
