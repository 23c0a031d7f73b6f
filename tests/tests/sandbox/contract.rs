//! Whether an answer keeps strictly to the contract.
//!
//! The check of the documented answers decides, in `xtask::evidence`, for which the sandbox is one more source. It knows
//! nothing of the sandbox. Two things that it does not look at are added here: whether the body is JSON and not just
//! YAML, and whether the value of a header has its type.

use std::sync::LazyLock;

use mde_codegen::{Contract, Document, Operation};
use serde_json::{Value as Json, json};
use xtask::evidence::{Evidence, SOURCE_FILE, SOURCES, Tree};

use crate::Answer;

/// Rules on the contract and the documented answers, which say nothing about an answer of the sandbox.
const OF_THE_CONTRACT: [&str; 3] = ["description-supported", "element-unwitnessed", "example-differs"];

/// How findings call the sandbox.
const SOURCE: &str = "the sandbox";

static DOCUMENT: LazyLock<Document> =
    LazyLock::new(|| Document::parse(mde_openapi::CONTRACT_NAME, mde_openapi::CONTRACT).unwrap());

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::read(&DOCUMENT).unwrap());

/// The one operation that the sandbox answers.
pub(crate) fn operation() -> &'static Operation {
    CONTRACT.operations.iter().find(|operation| operation.id == "getIPStatistics").unwrap()
}

/// The statuses that an operation declares.
pub(crate) fn statuses(operation: &Operation) -> Vec<u16> {
    let responses = DOCUMENT.get(&operation.pointer.child("responses")).unwrap().as_object().unwrap();
    responses.keys().map(|status| status.parse().unwrap()).collect()
}

/// Everything in which an answer to a call of an operation does not keep to the contract. `path` is that of the call.
///
/// The query is not held against the contract, for an answer may also be one to a call that is wrong.
pub(crate) fn findings(operation: &Operation, path: &str, answer: &Answer) -> Vec<String> {
    let (Operation { id, method, .. }, status) = (operation, answer.status);
    let mut exchange = json!({"status": status});
    let mut files = vec![];
    // A refusal repeats nothing of the call, whose address may be none.
    if (200..300).contains(&status) {
        exchange["request"] = "request.http".into();
        exchange["request-line-only"] = true.into();
        files.push(("request.http", format!("{method} {path}").into_bytes()));
    }
    let mut findings = header_findings(operation, answer);
    if answer.body.is_empty() {
        exchange["body"] = "none".into();
    } else {
        exchange["answer"] = "answer.json".into();
        files.push(("answer.json", answer.body.clone()));
        findings.extend(serde_json::from_slice::<Json>(&answer.body).err().map(|error| format!("no JSON: {error}")));
        match answer.header("content-type").collect::<Vec<_>>().as_slice() {
            [one] => exchange["content-type"] = (*one).into(),
            values => findings.push(format!("a body with {} content types", values.len())),
        }
    }
    let source = json!({"speaks-of": id, "exchanges": [exchange]});
    files.push((SOURCE_FILE, source.to_string().into_bytes()));
    findings.extend(messages(files));
    findings
}

/// Whether a request is a call of no operation, so that the contract says nothing of its answer.
pub(crate) fn is_outside(method: &str, path: &str) -> bool {
    let source = json!({"exchanges": [{"request": "request.http", "route": "outside"}]});
    let request = format!("{method} {path}");
    messages(vec![(SOURCE_FILE, source.to_string().into_bytes()), ("request.http", request.into_bytes())]).is_empty()
}

/// What the check of the evidence says about the contract, or about the source, if this were all evidence there is.
fn messages(files: Vec<(&str, Vec<u8>)>) -> Vec<String> {
    let mut tree = Tree::from([("rulings.yaml".to_owned(), b"rulings: []".to_vec())]);
    tree.extend(files.into_iter().map(|(name, bytes)| (format!("{SOURCES}/{SOURCE}/{name}"), bytes)));
    let findings = Evidence::read("", &tree).check(&DOCUMENT);
    let findings = findings.into_iter().filter(|finding| !OF_THE_CONTRACT.contains(&finding.rule));
    findings.map(|finding| format!("{}, at {}", finding.message, finding.pointer)).collect()
}

/// Values of declared headers that are not of the declared type.
fn header_findings(operation: &Operation, answer: &Answer) -> Vec<String> {
    let headers = operation.pointer.child("responses").child(answer.status).child("headers");
    let declared = DOCUMENT.get(&headers).and_then(Json::as_object).into_iter().flatten();
    let values = declared.flat_map(|(name, header)| answer.header(name).map(move |value| (name, header, value)));
    let wrong = values.filter(|(_, header, value)| !fits(&header["schema"], value));
    wrong.map(|(name, header, value)| format!("the header {name} is {value:?}, not {}", header["schema"])).collect()
}

/// Whether the text of a header is of the type that its schema says.
fn fits(schema: &Json, value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), Some("int32")) => whole && value.parse::<i32>().is_ok(),
        (Some("integer"), Some("int64")) => whole && value.parse::<i64>().is_ok(),
        _ => panic!("this check has yet to learn what a header with the schema {schema} looks like"),
    }
}
