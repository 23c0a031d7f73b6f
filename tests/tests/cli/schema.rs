//! The schema that `mde schema` prints, and every JSON that is written against it.

use std::path::Path;

use jsonschema::Validator;
use mde_tests::{Scripted, Step};
use serde_json::Value;

use crate::gate::Gate;
use crate::{fresh_folder, mde, run, run_against, sandbox};

/// Three devices, none, one device, one address twice, and no address.
const INPUTS: [&str; 6] =
    ["203.0.113.7", "192.168.1.1", "2001:db8::8:42", "::ffff:203.0.113.7", "203.0.113.7", "x\u{7}"];

fn schema(of: &str) -> Value {
    let run = run(&["schema", of]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{of}");
    serde_json::from_str(&run.out).unwrap()
}

fn validator(of: &str) -> Validator {
    jsonschema::options().should_validate_formats(true).build(&schema(of)).unwrap()
}

/// The records of ndjson, and the document of json, of one question.
fn written(ask: impl Fn(&[&str]) -> crate::Run, arguments: &[&str]) -> (Vec<Value>, Value) {
    let lines = ask(&[&["ip", "stats", "--quiet", "--format", "ndjson"], arguments].concat());
    let document = ask(&[&["ip", "stats", "--quiet", "--format", "json"], arguments].concat());
    let parse = |text: &str| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (lines.out.lines().map(parse).collect(), parse(&document.out))
}

/// Outputs of every kind: each status, failures, contradictions, filters, what is cached.
async fn outputs() -> Vec<(Vec<Value>, Value)> {
    let mut outputs = Vec::new();
    let inputs = [&["--skip-invalid"][..], &INPUTS].concat();
    for fault in [None, Some("501 body='not now' every=2"), Some("403"), Some("400 every=2")] {
        let builder = fault.into_iter().fold(sandbox(), |builder, fault: &str| builder.fault(fault.parse().unwrap()));
        let sandbox = builder.start().await.unwrap();
        outputs.push(written(|arguments| run_against(&sandbox, arguments), &inputs));
    }
    let sandbox = sandbox().start().await.unwrap();
    for arguments in [
        &["--every-line"][..],
        &["--unseen-only"],
        &["--seen-only"],
        &["--min-prevalence", "2"],
        &["--max-prevalence", "2", "--sort", "rarity"],
        &["--public-only", "--look-back-hours", "48"],
        &["--extract"],
    ] {
        outputs.push(written(|arguments| run_against(&sandbox, arguments), &[arguments, &inputs].concat()));
    }
    for arguments in [&["10.0.0.1", "--public-only"][..], &["10.0.0.1", "--sandbox"], &["10.0.0.1", "--cached-only"]] {
        outputs.push(written(run, arguments));
    }
    let contradictory = r#"{"ipAddress":"8.8.8.8","orgPrevalence":"0","organizationPrevalence":0,"orgFirstSeen":"2026-01-01T00:00:00.1234567Z","orgLastSeen":null}"#;
    outputs.push(scripted(|| Step::json(contradictory)).await);
    let refusal = r#"{"error":{"code":"InvalidInput","message":"no such address","target":"7"}}"#;
    let headers = ["content-type: application/json", "request-id: 8"];
    outputs.push(scripted(|| Step::answer("400 Bad Request", &headers, refusal)).await);
    outputs.push(of_profile());
    outputs
}

/// What is written of one answer.
async fn scripted(step: impl Fn() -> Step) -> (Vec<Value>, Value) {
    let server = Scripted::start([step(), step()]).await.unwrap();
    let mut written = Vec::new();
    for format in ["ndjson", "json"] {
        let mut command = mde(&["ip", "stats", "8.8.8.8", "--quiet", "--format", format]);
        command.env("MDE_ENDPOINT", server.url()).env("MDE_TOKEN", "x");
        let output = tokio::process::Command::from(command).output().await.unwrap();
        written.push(serde_json::from_slice(&output.stdout).unwrap());
    }
    let document = written.pop().unwrap();
    (written, document)
}

/// Cached answers of an organization, by a profile.
fn of_profile() -> (Vec<Value>, Value) {
    let (gate, store, folder) = (Gate::open(), fresh_folder(), tempfile::tempdir().unwrap());
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "default-profile = \"contoso\"\n[profiles.contoso]\n").unwrap();
    let ask = |arguments: &[&str]| {
        let mut command = mde(arguments);
        gate.ask(&mut command).env("MDE_STORE", &store).env("MDE_CONFIG", &config).output().unwrap().into()
    };
    ask(&["ip", "stats", "8.8.8.8"]);
    written(ask, &["8.8.8.8", "1.1.1.1", "--cached-only"])
}

fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}: {value:#}");
}

#[tokio::test]
async fn every_output_is_valid() {
    let [record, summary, document] = ["record", "summary", "document"].map(validator);
    let outputs = outputs().await;
    let mut statuses: Vec<_> =
        outputs.iter().flat_map(|(records, _)| records).map(|it| it["status"].to_string()).collect();
    for (records, whole) in &outputs {
        records.iter().for_each(|it| assert_valid(&record, it));
        assert_valid(&summary, &whole["summary"]);
        assert_valid(&document, whole);
    }
    statuses.sort();
    statuses.dedup();
    let all = ["contradictory", "failed", "invalid", "seen", "unseen"];
    assert_eq!(statuses, all.map(|name| format!("{name:?}")), "every status occurs");

    // Every key of the schemas occurs, so that none is described that is never written.
    let keys = |values: Vec<&Value>| {
        values.iter().flat_map(|it| it.as_object().unwrap().keys().cloned()).collect::<std::collections::BTreeSet<_>>()
    };
    let described = |of: &str| schema(of)["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys(outputs.iter().flat_map(|(records, _)| records).collect()), described("record"));
    assert_eq!(keys(outputs.iter().map(|(_, whole)| &whole["summary"]).collect()), described("summary"));
}

/// Breaks outputs in each way that a consumer would trip over.
#[tokio::test]
async fn what_is_broken_is_not_valid() {
    let [record, summary, document] = ["record", "summary", "document"].map(validator);
    let sandbox = sandbox().start().await.unwrap();
    let (records, whole) =
        written(|arguments| run_against(&sandbox, arguments), &[&["--skip-invalid"][..], &INPUTS].concat());
    let mut broken = 0;
    let mut must_fail = |validator: &Validator, value: Value, what: &str| {
        assert!(!validator.is_valid(&value), "{what} is not noticed in {value:#}");
        broken += 1;
    };
    for (validator, value) in
        [(&document, &whole), (&summary, &whole["summary"])].into_iter().chain(records.iter().map(|it| (&record, it)))
    {
        assert_valid(validator, value);
        for key in value.as_object().unwrap().keys() {
            // What is missing where it does not apply.
            let is_optional = ["fromMemory", "source", "tenant", "app", "profile", "orgPrevalence"]
                .contains(&key.as_str())
                || (value.get("endpoint").is_some() && key.starts_with("org"));
            if !is_optional {
                let mut without = value.clone();
                without.as_object_mut().unwrap().remove(key);
                must_fail(validator, without, &format!("the missing {key}"));
            }
            let mut wrong = value.clone();
            wrong[key] = Value::Array(vec![Value::Null]);
            must_fail(validator, wrong, &format!("a wrong {key}"));
        }
        let mut more = value.clone();
        more["more"] = true.into();
        must_fail(validator, more, "another key");
    }
    for (key, value) in
        [("answeredAt", "yesterday"), ("ip", "8.8.8"), ("status", "known"), ("orgFirstSeen", "2026-01-01")]
    {
        let mut wrong = records[0].clone();
        wrong[key] = value.into();
        must_fail(&record, wrong, key);
    }
    let mut wrong = records[0].clone();
    wrong["status"] = "failed".into();
    must_fail(&record, wrong, "a failure with an answer");
    assert!(broken > 60, "{broken} are broken");
}

/// What is reviewed as text is valid, too.
#[test]
fn the_snapshot_of_a_document_is_valid() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots/cli__formats__format-json.snap");
    let text = std::fs::read_to_string(path).unwrap();
    let json = text.splitn(3, "---\n").nth(2).unwrap();
    let json = &json[json.find('{').unwrap()..=json.rfind('}').unwrap()];
    let json = json.replace("[answered at]", "2026-01-31T12:00:00Z");
    assert_valid(&validator("document"), &serde_json::from_str(&json).unwrap());
}

#[test]
fn the_schemas_are_reviewed() {
    for of in ["record", "summary", "document"] {
        assert_eq!(schema(of)["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
    insta::assert_snapshot!(run(&["schema"]).out);
}
