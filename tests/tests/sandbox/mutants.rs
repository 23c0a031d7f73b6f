//! Answers in which one thing is wrong, each of which has to be found.

use crate::Answer;
use crate::contract::{findings, is_outside, operation};

const PATH: &str = "/api/ips/203.0.113.7/stats";

const STATISTICS: &str = concat!(
    r#"{"@odata.context":"https://example.org/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats","#,
    r#""ipAddress":"203.0.113.7","orgPrevalence":"2","organizationPrevalence":2,"#,
    r#""orgFirstSeen":"2017-07-31T09:33:00Z","orgLastSeen":null}"#,
);

const THROTTLED: &str = r#"{"error":{"code":"TooManyRequests","message":"Later.","target":"1"}}"#;

fn answer(status: u16, body: &str) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

fn statistics() -> Answer {
    answer(200, STATISTICS)
}

fn throttled() -> Answer {
    let mut answer = answer(429, THROTTLED);
    answer.headers.push(("retry-after".to_owned(), "8".to_owned()));
    answer
}

fn with(answer: &Answer, from: &str, to: &str) -> Answer {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert!(text.contains(from), "{text} has no {from}");
    Answer { body: text.replacen(from, to, 1).into_bytes(), ..answer.clone() }
}

fn with_header(answer: &Answer, name: &str, value: Option<&str>) -> Answer {
    let mut answer = answer.clone();
    answer.headers.retain(|(key, _)| key != name);
    answer.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    answer
}

/// What is wrong, and an answer in which only that is.
type Mutant = (&'static str, Answer);

fn mutants_of_statistics() -> Vec<Mutant> {
    let good = statistics();
    vec![
        ("a property more", with(&good, "{", r#"{"more":1,"#)),
        ("a required property less", with(&good, r#""organizationPrevalence":2,"#, "")),
        (
            "a property twice",
            with(&good, r#""organizationPrevalence":2,"#, r#""organizationPrevalence":2,"organizationPrevalence":2,"#),
        ),
        ("a number as a text", with(&good, r#""organizationPrevalence":2"#, r#""organizationPrevalence":"2""#)),
        ("a number with a fraction", with(&good, r#""organizationPrevalence":2"#, r#""organizationPrevalence":2.5"#)),
        (
            "a number that is too large",
            with(&good, r#""organizationPrevalence":2"#, r#""organizationPrevalence":9223372036854775808"#),
        ),
        (
            "null where that is not allowed",
            with(&good, r#""organizationPrevalence":2"#, r#""organizationPrevalence":null"#),
        ),
        ("a text as a number", with(&good, r#""orgPrevalence":"2""#, r#""orgPrevalence":2"#)),
        ("a time without a zone", with(&good, "09:33:00Z", "09:33:00")),
        ("a time that is empty", with(&good, "2017-07-31T09:33:00Z", "")),
        ("an address that is none", with(&good, "203.0.113.7", "203.0.113.256")),
        ("another address", with(&good, "203.0.113.7", "203.0.113.8")),
        ("another type by the context", with(&good, "InOrgIPStats", "InOrgDomainStats")),
        ("a list", answer(200, "[]")),
        ("no body", answer(200, "")),
        ("YAML", answer(200, "{ipAddress: 203.0.113.7, organizationPrevalence: 2}")),
        ("HTML", answer(200, "<html></html>")),
        ("not UTF-8", Answer { body: b"\"\xff\"".to_vec(), ..good.clone() }),
        ("another content type", with_header(&good, "content-type", Some("text/json"))),
        ("no content type", with_header(&good, "content-type", None)),
        ("another success", Answer { status: 203, ..good.clone() }),
    ]
}

fn mutants_of_a_refusal() -> Vec<Mutant> {
    let refused = throttled();
    vec![
        ("the body of another status", Answer { status: 200, ..refused.clone() }),
        ("a status that is not declared", Answer { status: 503, ..refused.clone() }),
        ("a code of another status", with(&refused, "TooManyRequests", "Forbidden")),
        ("a code that is a number", with(&refused, r#""TooManyRequests""#, "429")),
        ("a code that is missing", with(&refused, r#""code":"TooManyRequests","#, "")),
        ("a message that is null", with(&refused, r#""Later.""#, "null")),
        ("a property more within", with(&refused, r#""code""#, r#""innererror":{},"code""#)),
        ("a property more around", with(&refused, "{", r#"{"more":1,"#)),
        ("no envelope", answer(429, r#"{"code":"429","message":"Later."}"#)),
        ("no body of a refusal", answer(429, "")),
        ("a time to wait that is a date", with_header(&refused, "retry-after", Some("Wed, 21 Oct 2015 07:28:00 GMT"))),
        ("a time to wait with a fraction", with_header(&refused, "retry-after", Some("8.5"))),
        ("a time to wait that is too large", with_header(&refused, "retry-after", Some("2147483648"))),
    ]
}

#[test]
fn what_is_right_is_not_found() {
    let good = [
        statistics(),
        with(&statistics(), r#","orgPrevalence":"2""#, ""),
        throttled(),
        with(&throttled(), "TooManyRequests", "429"),
        with_header(&throttled(), "retry-after", None),
    ];
    for answer in good {
        assert_eq!(findings(operation(), PATH, &answer), Vec::<String>::new(), "{}", answer.line());
    }
    let long = with(&statistics(), "203.0.113.7", "2001:db8::1");
    assert_eq!(findings(operation(), "/api/ips/2001%3A0DB8:0:0:0:0:0:1/stats", &long), Vec::<String>::new());
}

#[test]
fn what_is_wrong_is_found() {
    let mutants = [mutants_of_statistics(), mutants_of_a_refusal()].concat();
    let told = mutants.into_iter().map(|(name, answer)| {
        let findings = findings(operation(), PATH, &answer);
        assert!(!findings.is_empty(), "{name} is not found in {}", answer.line());
        format!("{name}\n    {}", findings.join("\n    "))
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_call_is_not_skipped() {
    assert!(!is_outside("GET", PATH));
    assert!(is_outside("POST", PATH));
    assert!(is_outside("GET", "/api/ips/203.0.113.7"));
}
