//! Events from JSON lines.

use std::io::{self, BufReader, Read};

use mde_sandbox::{Events, EventsError, Sandbox};

use crate::support::{clock, statistics};

fn problem(lines: impl AsRef<[u8]>) -> String {
    let error = Events::read_json_lines(lines.as_ref(), "fleet.jsonl").unwrap_err();
    let text = error.to_string();
    let hint = r#"; write one event on each line, such as {"device":"laptop-7","ip":"203.0.113.7","time":"2025-06-01T08:30:00Z"}"#;
    text.strip_suffix(hint).map(str::to_owned).unwrap_or(format!("without the hint: {text}"))
}

#[tokio::test]
async fn lines_become_statistics_whatever_their_order_offset_and_ending() {
    let file = "\u{FEFF}{\"device\":\"b\",\"ip\":\"203.0.113.7\",\"time\":\"2017-08-29T12:00:00.5+02:00\"}\r\n\
        \r\n   \n\
        {\"time\":\"2017-08-29T09:00:00Z\",\"ip\":\"203.0.113.7\",\"device\":\"\\u0061\",\"port\":443}\n\
        {\"time\":\"2017-08-29T09:15:00Z\",\"ip\":\"203.0.113.7\",\"device\":\"a\"}\n\
        {\"device\":\"b\",\"ip\":\"2001:db8:0::1\",\"time\":\"2017-08-29T09:30:00Z\"}";
    let events = Events::read_json_lines(file.as_bytes(), "fleet.jsonl").unwrap();
    assert_eq!(format!("{events:?}"), "Events { devices: 2, addresses: 2, events: 4 }");
    let sandbox = Sandbox::builder().clock(clock()).events(events).start().await.unwrap();
    let answer = statistics(&sandbox, "203.0.113.7", 24).await;
    assert_eq!(answer["organizationPrevalence"], 2);
    assert_eq!(answer["orgFirstSeen"], "2017-08-29T09:00:00Z");
    assert_eq!(answer["orgLastSeen"], "2017-08-29T10:00:00.5Z");
    assert_eq!(statistics(&sandbox, "2001:db8::1", 24).await["organizationPrevalence"], 1);
}

#[test]
fn a_bad_line_is_named_with_its_place_and_what_is_wrong() {
    let good = r#"{"device":"a","ip":"203.0.113.7","time":"2017-08-29T09:00:00Z"}"#;
    for (line, told) in [
        (r#"{"device":"a","ip":"203.0.113.7"}"#, "33: missing field `time`"),
        (
            r#"{"device":"a","ip":"203.0.113.7","time":"2017"}"#,
            "47: the time \"2017\" is not an RFC 3339 time with an offset",
        ),
        (r#"{"device":"a","ip":"010.0.0.1","time":"x"}"#, "30: the ip \"010.0.0.1\" is not an IPv4 or IPv6 address"),
        (r#"{"device":"","ip":"203.0.113.7"}"#, "12: the device is empty"),
        (r#"{"device":7}"#, "11: invalid type: integer `7`, expected a string"),
        (r#"{"device":"a""#, "13: EOF while parsing an object"),
        (r#"  ["a","203.0.113.7","2017-08-29T09:00:00Z"]"#, "3: this is not a JSON object"),
        ("device,ip,time", "1: this is not a JSON object"),
    ] {
        assert_eq!(problem(format!("{good}\n\n{line}\n{good}")), format!("fleet.jsonl:3:{told}"));
    }
    assert_eq!(problem("\u{FEFF}{\"device\":7}"), "fleet.jsonl:1:14: invalid type: integer `7`, expected a string");
    assert_eq!(problem("\u{FEFF}device,ip,time"), "fleet.jsonl:1:4: this is not a JSON object");
    let long = format!(r#"{{"device":"a","ip":"{}"}}"#, "é".repeat(1000));
    let expected = format!("fleet.jsonl:1:2022: the ip \"{}…\" is not an IPv4 or IPv6 address", "é".repeat(60));
    assert_eq!(problem(long), expected);
    assert!(problem(format!("{good} {good}")).starts_with("fleet.jsonl:1:65: trailing characters"));
    assert!(problem(b"\n{\"device\":\"\xFF\"}").starts_with("fleet.jsonl:2:12: "));
}

#[test]
fn a_line_of_64_kib_is_read_and_a_longer_one_named_without_reading_on() {
    const LONGEST: usize = 65_536;
    let line = |length: usize| {
        let start = r#"{"device":"a","ip":"203.0.113.7","time":"2017-08-29T09:00:00Z","note":""#;
        format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
    };
    for lines in [line(LONGEST), format!("{0}\n\n{0}\n{0}", line(LONGEST))] {
        Events::read_json_lines(lines.as_bytes(), "fleet.jsonl").unwrap();
    }
    let too_long = line(LONGEST + 1);
    for (lines, place) in [
        (too_long.clone(), "fleet.jsonl:1"),
        (format!("{too_long}\n"), "fleet.jsonl:1"),
        (format!("\n{}\n{too_long}\n{too_long}", line(LONGEST)), "fleet.jsonl:3"),
        (" ".repeat(LONGEST + 1), "fleet.jsonl:1"),
    ] {
        assert_eq!(problem(lines), format!("{place}: the line is longer than 64 KiB"));
    }
    let endless = Events::read_json_lines(BufReader::new(io::repeat(b'x')), "fleet.jsonl").unwrap_err();
    assert!(matches!(endless, EventsError::Line { line: 1, column: None, .. }), "{endless:?}");
}

#[test]
fn a_bad_line_differs_from_an_input_that_breaks_off() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = Events::read_json_lines(BufReader::new(b"\n\n".chain(Broken)), "fleet.jsonl").unwrap_err();
    assert!(matches!(error, EventsError::Read { line: 3, .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot read line 3 of fleet.jsonl: the disk is gone");

    let error = Events::read_json_lines(&b"{"[..], "-").unwrap_err();
    assert!(matches!(error, EventsError::Line { line: 1, column: Some(_), .. }), "{error:?}");
}

#[test]
fn an_empty_file_is_an_organization_without_connections() {
    let events = Events::read_json_lines(&b""[..], "fleet.jsonl").unwrap();
    assert_eq!(format!("{events:?}"), "Events { devices: 0, addresses: 0, events: 0 }");
}
