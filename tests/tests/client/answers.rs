//! What the client makes of a 200.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use mde_client::{ErrorKind, InOrgIpStats, Response};
use mde_tests::{Scripted, Step};

use crate::{ADDRESS, assert_errors, client};

async fn answered(ip: &str, step: Step) -> Result<Response<InOrgIpStats>, mde_client::Error> {
    let server = Scripted::start([step]).await.unwrap();
    client(&server).get_ip_statistics(ip.parse::<std::net::IpAddr>().unwrap()).send().await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every answer that a source shows, through the client.
#[tokio::test]
async fn documented_answers() {
    let mut count = 0;
    for file in mde_openapi::FILES.iter().filter(|file| file.path.ends_with("/answer.json")) {
        let body: serde_json::Value = serde_json::from_str(file.text).unwrap();
        let Some(ip) = body["ipAddress"].as_str() else { continue };
        let answer = answered(ip, Step::json(file.text)).await.unwrap();
        assert_eq!(answer.raw().as_ref(), file.text.as_bytes());
        insta::assert_debug_snapshot!(file.path.replace('/', "-"), answer.value());
        count += 1;
    }
    assert_eq!(count, 3, "two documents and one recording show an answer");
}

#[tokio::test]
async fn what_an_answer_comes_in() {
    let body = r#"{"ipAddress":"10.209.67.177","organizationPrevalence":7,"newProperty":{"of":"tomorrow"}}"#;
    let step = Step::answer("200 OK", &["x-ms-request-id: 4711"], body);
    let answer = answered("10.209.67.177", step).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.request_id(), Some("4711"));
    assert_eq!(answer.organization_prevalence, 7);
    assert_eq!(answer.org_first_seen, None);
    assert_eq!(answer.raw(), body, "what the contract does not know is kept");
    assert_eq!(answer.into_value().ip_address, ADDRESS);
}

#[tokio::test]
async fn gzip_is_read() {
    let body = gzip(br#"{"ipAddress":"10.209.67.177","organizationPrevalence":7}"#);
    let answer = answered("10.209.67.177", Step::answer("200 OK", &["content-encoding: gzip"], body)).await.unwrap();
    assert_eq!(answer.organization_prevalence, 7);
}

/// As `cat` joins two files that were compressed each for itself.
#[tokio::test]
async fn gzip_of_several_members_is_read() {
    let (first, second) = (gzip(br#"{"ipAddress":"10.209.67.177","#), gzip(br#""organizationPrevalence":7}"#));
    for encoding in ["gzip", "x-gzip", "GZIP"] {
        let header = format!("content-encoding: {encoding}");
        let step = Step::answer("200 OK", &[&header], [&first[..], &second].concat());
        let answer = answered("10.209.67.177", step).await.unwrap();
        assert_eq!((answer.organization_prevalence, answer.raw().len()), (7, 56), "{encoding}");
    }
}

/// A small answer may be a large one.
#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let encoded = |encoding: &str, body: Vec<u8>| {
        Step::answer("200 OK", &[&format!("content-encoding: {encoding}"), "request-id: rid-1"], body)
    };
    let cases = [
        ("too large when decompressed", encoded("gzip", gzip(&vec![b' '; 2 << 20]))),
        ("more behind gzip", encoded("gzip", [gzip(b"{}"), b"more than a header".to_vec()].concat())),
        ("deflate", encoded("deflate", vec![0x78, 0x9c, 0x03, 0x00])),
        ("brotli", encoded("br", vec![0x8b, 0x02, 0x80])),
        ("unknown", encoded(&"x".repeat(300), b"{}".to_vec())),
        ("two", encoded("gzip, gzip", gzip(b"{}"))),
    ];
    let mut errors = Vec::new();
    for (name, step) in cases {
        let error = answered("10.209.67.177", step).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{name}");
        errors.push((name, error));
    }
    assert_errors("unreadable-bodies", &errors);
}

/// Some gateways put one before each body. It is no JSON, but says nothing either; what came is kept as it came.
#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    const MARK: &str = "\u{feff}";
    let body = format!(r#"{MARK}{{"ipAddress":"10.209.67.177","organizationPrevalence":7}}"#);
    for (header, bytes) in
        [("x-plain: yes", body.clone().into_bytes()), ("content-encoding: gzip", gzip(body.as_bytes()))]
    {
        let answer = answered("10.209.67.177", Step::answer("200 OK", &[header], bytes)).await.unwrap();
        assert_eq!((answer.organization_prevalence, answer.raw().as_ref()), (7, body.as_bytes()), "{header}");
    }
    let refusal = format!(r#"{MARK}{{"error":{{"code":"InvalidIpAddress","message":"No."}}}}"#);
    let error = answered("10.209.67.177", Step::answer("400 Bad Request", &[], refusal)).await.unwrap_err();
    assert_eq!((error.code(), error.message(), error.body_excerpt()), (Some("InvalidIpAddress"), Some("No."), None));
    let error = answered("10.209.67.177", Step::json(format!("{MARK}<html>"))).await.unwrap_err();
    assert_eq!(error.body_excerpt(), Some("<html>"));
}

/// Another form of the address that was asked about is still that address.
#[tokio::test]
async fn the_address_in_another_form() {
    let long = r#"{"ipAddress":"2001:0db8:0000:0000:0000:ff00:0042:8329","organizationPrevalence":1}"#;
    answered("2001:db8::ff00:42:8329", Step::json(long)).await.unwrap();
    let mapped = r#"{"ipAddress":"::ffff:10.209.67.177","organizationPrevalence":1}"#;
    answered("10.209.67.177", Step::json(mapped)).await.unwrap();
}

#[tokio::test]
async fn answers_that_cannot_be_used() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20, "small on the wire, or it would be refused for that");
    let cases = [
        ("another-address", Step::json(r#"{"ipAddress":"10.209.67.178","organizationPrevalence":1}"#)),
        ("html", Step::answer("200 OK", &["content-type: text/html"], "<html>\n<body>Please sign in</body></html>")),
        ("empty", Step::json("")),
        ("not-utf-8", Step::json(b"{\"ipAddress\":\"\xff\xfe\"}")),
        ("missing-property", Step::json(r#"{"ipAddress":"10.209.67.177"}"#)),
        (
            "no-time",
            Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1,"orgLastSeen":"yesterday"}"#),
        ),
        ("two-values", Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1} {}"#)),
        ("too-large", Step::json(vec![b' '; (1 << 20) + 1])),
        ("gzip-bomb", Step::answer("200 OK", &["content-encoding: gzip"], bomb)),
    ];
    let mut errors = Vec::new();
    for (name, step) in cases {
        let error = answered("10.209.67.177", step).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status().map(|status| status.as_u16())),
            (ErrorKind::Decode, Some(200)),
            "{name}"
        );
        errors.push((name, error));
    }
    assert_errors("unusable-answers", &errors);
}
