//! Answers that contradict themselves are flagged, and never shown as an all-clear.

use std::time::SystemTime;

use mde_client::{QuotaKey, operations};
use mde_store::{Scope, Store};
use mde_tests::{Scripted, Step};
use serde_json::Value;

use crate::gate::token;
use crate::{Run, fresh_folder, mde, run_fast};

async fn ask(members: &str, arguments: &[&str]) -> Run {
    let body = format!(r#"{{"ipAddress":"192.0.2.66",{members}}}"#);
    let server = Scripted::start([Step::json(body)]).await.unwrap();
    run_fast(&[&["ip", "stats", "192.0.2.66", "--utc"], arguments].concat(), server.url()).await
}

fn members(devices: i64, legacy: Option<&str>, first: Option<&str>, last: Option<&str>) -> String {
    serde_json::json!({
        "organizationPrevalence": devices, "orgPrevalence": legacy, "orgFirstSeen": first, "orgLastSeen": last
    })
    .to_string()
    .trim_matches(['{', '}'])
    .to_owned()
}

const EARLY: Option<&str> = Some("2026-01-01T00:00:00Z");
const LATE: Option<&str> = Some("2026-01-02T00:00:00Z");
const FAR: Option<&str> = Some("2999-01-01T00:00:00Z");

#[tokio::test]
async fn what_contradicts_itself_and_what_does_not() {
    let no_count = "orgPrevalence is not a count of devices";
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    let times = [
        format!("organizationPrevalence is 0, and orgFirstSeen is {early}"),
        format!("organizationPrevalence is 0, and orgLastSeen is {late}"),
    ];
    let reversed = format!("orgFirstSeen, {late}, is after orgLastSeen, {early}");
    let differs = |devices, legacy| format!("organizationPrevalence is {devices}, and orgPrevalence is {legacy}");
    let zero = "contradictory";
    let cases = [
        // Recorded and documented.
        (members(0, Some("0"), None, None), "unseen", vec![]),
        (members(1, Some("1"), EARLY, EARLY), "seen", vec![]),
        (members(63515, None, EARLY, LATE), "seen", vec![]),
        // What is missing contradicts nothing, and neither does a clock that differs.
        (members(0, None, None, None), "unseen", vec![]),
        (members(0, Some(""), None, None), "unseen", vec![]),
        (members(0, Some("00"), None, None), "unseen", vec![]),
        (members(3, Some("3"), None, None), "seen", vec![]),
        (members(3, None, EARLY, None), "seen", vec![]),
        (members(3, None, EARLY, FAR), "seen", vec![]),
        // An all-clear with a doubt is none.
        (members(0, Some("3"), None, None), zero, vec![differs(0, "3")]),
        (members(0, Some("18446744073709551615"), None, None), zero, vec![differs(0, "18446744073709551615")]),
        (members(0, Some("-1"), None, None), zero, vec![no_count.to_owned()]),
        (members(0, Some("+3"), None, None), zero, vec![no_count.to_owned()]),
        (members(0, Some("x"), None, None), zero, vec![no_count.to_owned()]),
        (members(0, None, EARLY, None), zero, vec![times[0].clone()]),
        (members(0, None, None, LATE), zero, vec![times[1].clone()]),
        (members(0, Some("3"), EARLY, LATE), zero, [vec![differs(0, "3")], times.to_vec()].concat()),
        // It was seen, whatever else is wrong.
        (members(3, Some("0"), None, None), "seen", vec![differs(3, "0")]),
        (members(3, Some("5"), EARLY, LATE), "seen", vec![differs(3, "5")]),
        (members(3, Some("x"), EARLY, LATE), "seen", vec![no_count.to_owned()]),
        (members(3, None, LATE, EARLY), "seen", vec![reversed]),
    ];
    for (members, status, contradictions) in cases {
        let run = ask(&members, &["--format", "json"]).await;
        let document: Value = serde_json::from_str(&run.out).unwrap();
        let record = &document["records"][0];
        assert_eq!(record["status"], status, "{members}");
        let expected = if contradictions.is_empty() { Value::Null } else { contradictions.into() };
        assert_eq!(record["contradictions"], expected, "{members}");
        let summary = &document["summary"];
        assert_eq!(summary[status], 1, "{members}: {summary}");
        assert_eq!(run.code, Some(if status == zero { 1 } else { 0 }), "{members}: {}", run.err);
    }
}

/// In every format, with and without `-q`, and also where one asks for what was not seen.
#[tokio::test]
async fn no_format_shows_it_as_unseen() {
    for format in ["table", "json", "ndjson", "csv", "markdown", "html"] {
        for flags in [&[][..], &["-q"], &["--unseen-only"], &["--seen-only"], &["--sort", "prevalence"]] {
            let arguments = [&["--format", format], flags].concat();
            let run = ask(&members(0, Some("3"), EARLY, LATE), &arguments).await;
            let (out, shown) = (&run.out, format!("{arguments:?}: {}{}", run.err, run.out));
            assert_eq!(run.code, Some(1), "{shown}");
            assert!(run.err.contains("1 answer contradicts itself, and is not taken as unseen; ask again"), "{shown}");
            assert!(out.contains("contradictory") && out.contains("orgPrevalence is 3"), "{shown}");
            // The style of a page has a name for each status.
            let of_rows = out.split_once("</style>").map_or(out.as_str(), |(_, page)| page);
            let of_rows = of_rows.replace("0 unseen", "").replace("\"unseen\": 0", "");
            assert!(!of_rows.contains("unseen"), "{shown}");
        }
    }
}

/// Also what an earlier version has cached: a count that cannot be is asked for again, a contradiction is flagged again.
#[tokio::test]
async fn cached_answers_are_held_against_the_same_rules() {
    let good = r#"{"ipAddress":"192.0.2.66","organizationPrevalence":3}"#;
    for (devices, legacy, asked, status) in [(-1, "3", 1, "seen"), (0, "3", 0, "contradictory"), (0, "0", 0, "unseen")]
    {
        let server = Scripted::start([Step::json(good)]).await.unwrap();
        let folder = fresh_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let key = QuotaKey::new(server.url(), operations::GET_IP_STATISTICS.id);
        let key = key.of_app(Some("tenant-1".to_owned()), Some("app-1".to_owned()));
        let scope = Scope { key, parameters: "lookBackHours=720".to_owned() };
        let (store, _) = Store::open(&folder.join("sandbox.db")).await.unwrap();
        let body = format!(r#"{{"ipAddress":"192.0.2.66",{}}}"#, members(devices, Some(legacy), None, None));
        store.put(&scope, "192.0.2.66", body.as_bytes(), SystemTime::now()).await.unwrap();
        drop(store);
        let mut command = tokio::process::Command::from(mde(&["ip", "stats", "192.0.2.66", "--format", "ndjson"]));
        command
            .env("MDE_STORE", &folder)
            .env("MDE_ENDPOINT", server.url())
            .env("MDE_TOKEN", token("tenant-1", "app-1"));
        let run = Run::from(command.output().await.unwrap());
        let record: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(
            (record["status"].as_str(), server.requests().len()),
            (Some(status), asked),
            "{devices}: {}",
            run.err
        );
    }
}
