//! What is shown of hostile inputs, what is left out, the order, and the zone of times.

use mde_sandbox::ConnectionEvent;
use serde_json::Value;

use crate::{Run, mde, run, run_against, sandbox, settings};

/// None is an address, each would do something somewhere: in a spreadsheet, on a terminal, in a ticket, in a browser.
const HOSTILE: [&str; 10] = [
    "=cmd()",
    "@SUM(1)",
    "+1+1",
    "<script>alert(1)</script>",
    "</code>",
    "[x](http://evil.example)",
    "\u{1b}[2J\u{1b}]0title\u{7}\u{9b}1m",
    "abc\u{202e}def\u{200b}\u{feff}",
    "\\",
    "",
];

/// The like with what would cut an argument into words: cells whose last character is behind their closing quotation mark,
/// which are kept as they are.
const HOSTILE_CELLS: [&str; 7] = [
    "\"=HYPERLINK(\"http://evil.example\")",
    "  \"=1+1",
    "x;=cmd()",
    "a|b",
    "`</code>` @admin #1",
    "\\|`\\``",
    "<a href='javascript:alert(1)' title=\"x\">&amp;</a>",
];

const FORMATS: [&str; 6] = ["table", "json", "ndjson", "csv", "markdown", "html"];

async fn hostile(format: &str) -> Run {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let rows = HOSTILE_CELLS.map(|cell| {
        let (quoted, last) = cell.split_at(cell.len() - 1);
        format!("\"{}\"{last},\n", quoted.replace('"', "\"\""))
    });
    std::fs::write(folder.path().join("cells.csv"), format!("ip,note\n{}", rows.concat())).unwrap();
    let options = ["ip", "stats", "--skip-invalid", "-i", "cells.csv", "--format", format];
    let mut command = mde(&[&options, &HOSTILE[..]].concat());
    command.current_dir(&folder).env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    command.output().unwrap().into()
}

#[tokio::test]
async fn no_control_character_of_an_input_is_written() {
    for format in FORMATS {
        let run = hostile(format).await;
        let acting = |c: &char| (c.is_control() && *c != '\n') || "\u{202e}\u{200b}\u{feff}".contains(*c);
        assert_eq!(run.out.chars().find(acting), None, "{format}");
        assert_eq!(run.code, Some(1), "{format}");
    }
}

#[tokio::test]
async fn hostile_inputs_are_harmless() {
    for format in ["table", "csv", "markdown"] {
        let run = hostile(format).await;
        settings().bind(|| insta::assert_snapshot!(format!("hostile-{format}"), run.out));
    }
    let page = hostile("html").await.out;
    assert_eq!(page.matches("<script").count(), 1, "its own");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("`&lt;/code&gt;` @admin #1") && page.contains("&quot;=HYPERLINK(&quot;"));
    assert_eq!(page.matches("<a ").count(), page.matches("<a href=\"#").count(), "only to its own parts");
}

/// Programs get what the formats for people leave out.
#[tokio::test]
async fn json_gives_every_input_back() {
    let run = hostile("ndjson").await;
    let inputs: Vec<Value> =
        run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["input"].take()).collect();
    assert_eq!(inputs, [&HOSTILE[..], &HOSTILE_CELLS].concat());
    let run = hostile("json").await;
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["records"][6]["input"], HOSTILE[6]);
}

/// Of three devices, none, one device, and no address.
const SOME: [&str; 4] = ["203.0.113.7", "192.168.1.1", "2001:db8::8:42", "x"];

#[tokio::test]
async fn what_is_left_out_is_reported() {
    for (name, selection) in [
        ("rare", &["--max-prevalence", "2"][..]),
        ("unseen", &["--unseen-only"]),
        ("seen", &["--seen-only"]),
        ("between", &["--min-prevalence", "2", "--max-prevalence", "2"]),
    ] {
        for format in ["table", "ndjson", "markdown"] {
            let sandbox = sandbox().start().await.unwrap();
            let arguments = [&["ip", "stats", "--skip-invalid", "--format", format], selection, &SOME[..]].concat();
            let run = run_against(&sandbox, &arguments);
            settings().bind(|| insta::assert_snapshot!(format!("{name}-{format}"), format!("{}{}", run.err, run.out)));
        }
    }
    let sandbox = sandbox().start().await.unwrap();
    let run = run_against(
        &sandbox,
        &[&["ip", "stats", "--skip-invalid", "--format", "json", "--unseen-only"], &SOME[..]].concat(),
    );
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&document["summary"]["notShown"], &document["summary"]["seen"]), (&2.into(), &2.into()));
}

/// With a record for each place, there are more of these than addresses.
#[tokio::test]
async fn addresses_are_counted_once() {
    let sandbox = sandbox().start().await.unwrap();
    let inputs = ["203.0.113.7", "203.0.113.7", "192.168.1.1", "x", "203.0.113.7"];
    let run = |format| {
        let options = ["ip", "stats", "--skip-invalid", "--every-line", "--format", format];
        run_against(&sandbox, &[&options[..], &inputs].concat()).out
    };
    let document: Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!((&document["summary"]["addresses"], &document["summary"]["seen"]), (&2.into(), &3.into()));
    let table = run("table");
    assert!(
        table.contains("\n5 records of 2 addresses in the last 720 h: 3 seen (3 rare), 1 unseen, 1 invalid\n"),
        "{table}"
    );
    assert!(run("markdown").starts_with("## Devices that talked to 2 addresses\n"));
    assert!(run("html").contains("<title>Devices that talked to 2 addresses</title>"));
}

#[tokio::test]
async fn the_order_is_chosen() {
    for (order, expected) in [
        ("ip", ["192.168.1.1", "203.0.113.7", "2001:db8::8:42", "x"]),
        ("prevalence", ["192.168.1.1", "2001:db8::8:42", "203.0.113.7", "x"]),
        ("first-seen", ["203.0.113.7", "2001:db8::8:42", "x", "192.168.1.1"]),
        ("last-seen", ["203.0.113.7", "2001:db8::8:42", "x", "192.168.1.1"]),
        ("rarity", ["2001:db8::8:42", "203.0.113.7", "192.168.1.1", "x"]),
        ("input", ["x", "2001:db8::8:42", "203.0.113.7", "192.168.1.1"]),
    ] {
        let sandbox = sandbox().start().await.unwrap();
        let inputs = ["x", "2001:db8::8:42", "203.0.113.7", "192.168.1.1"];
        let arguments = [&["ip", "stats", "--skip-invalid", "--format", "csv", "--sort", order], &inputs[..]].concat();
        let run = run_against(&sandbox, &arguments);
        let written: Vec<_> = run.out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(written, expected, "{order}");
    }
}

/// The mistake is named before anything is asked, even before a credential is missed.
#[test]
fn flags_that_contradict_each_other_are_refused() {
    let run = run(&["ip", "stats", "8.8.8.8", "--min-prevalence", "5", "--max-prevalence", "2"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    insta::assert_snapshot!(run.err, @"mde: --min-prevalence 5 and --max-prevalence 2 leave out every answer together: exchange the numbers, --min-prevalence 2 --max-prevalence 5");
    let zero = self::run(&["ip", "stats", "8.8.8.8", "--max-prevalence", "0"]);
    assert_eq!(zero.code, Some(2));
    assert!(
        zero.err.contains("give 1 or more; --unseen-only shows addresses that no device talked to"),
        "{}",
        zero.err
    );
}

/// What a terminal shows of a long list is its end.
#[tokio::test]
async fn a_long_list_ends_with_what_was_seen() {
    let sandbox = sandbox().quota("1000/1s".parse().unwrap()).start().await.unwrap();
    let unseen: Vec<_> = (1..=40).map(|last| format!("198.51.100.{last}")).collect();
    let unseen: Vec<_> = unseen.iter().map(String::as_str).collect();
    let run = |seen: &[&str], format| {
        let arguments = [&["ip", "stats", "--quota", "1000/1s", "--format", format][..], &unseen, seen].concat();
        run_against(&sandbox, &arguments).out
    };
    let seen = ["203.0.113.7", "2001:db8::8:42"];
    let (table, markdown) = (run(&seen, "table"), run(&seen, "markdown"));
    let end = table.split_once("\n\n").unwrap().1;
    settings().bind(|| insta::assert_snapshot!("long-table", end));
    settings()
        .bind(|| insta::assert_snapshot!("long-markdown", markdown.lines().take(12).collect::<Vec<_>>().join("\n")));
    let none = "None of the 40 addresses was seen in the last 720 h";
    for format in ["table", "markdown", "html"] {
        assert!(run(&[], format).contains(none), "{format}");
    }
}

/// The files of two organizations can be told apart: by the token, and by the profile that was used.
#[tokio::test]
async fn the_organization_is_named() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    // The tenant that the token names counts, not the one of the settings.
    std::fs::write(&config, "[profiles.\"192.0.2.9\"]\ntenant = \"contoso.example\"\n").unwrap();
    for format in FORMATS {
        let mut command = mde(&["ip", "stats", "--profile", "192.0.2.9", "203.0.113.7", "--format", format]);
        command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token()).env("MDE_CONFIG", &config);
        let run = Run::from(command.output().unwrap());
        for part in [sandbox.tenant(), sandbox.apps()[0].client_id(), "192.0.2.9"] {
            assert!(run.out.contains(part), "{format}: {}", run.out);
        }
        assert!(!run.out.contains("contoso"), "{format}: {}", run.out);
        if ["json", "ndjson", "csv"].contains(&format) {
            let file = folder.path().join(format);
            std::fs::write(&file, &run.out).unwrap();
            let again = run_against(&sandbox, &["ip", "stats", "-i", file.to_str().unwrap(), "--format", "ndjson"]);
            let records: Vec<Value> = again.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(records.len(), 1, "{format}: {}{}", again.out, again.err);
            assert_eq!((records[0]["ip"].as_str(), again.err.as_str()), (Some("203.0.113.7"), ""), "{format}");
        }
    }
}

/// Central European time, given by its rule, because not every machine knows the name of the zone.
#[tokio::test]
async fn times_are_those_of_the_local_zone() {
    let event = |ip: &str, time: &str| ConnectionEvent {
        device: "laptop-1".to_owned(),
        ip: ip.parse().unwrap(),
        time: time.parse().unwrap(),
    };
    let events = [
        event("203.0.113.1", "2026-03-29T00:59:59Z"),
        event("203.0.113.1", "2026-03-29T01:00:00Z"),
        event("203.0.113.2", "2026-03-10T12:00:00Z"),
    ];
    let clock = mde_sandbox::Clock::fixed("2026-03-30T00:00:00Z".parse().unwrap());
    let sandbox = mde_sandbox::Sandbox::builder().clock(clock).events(events.into_iter().collect());
    let sandbox = sandbox.start().await.unwrap();
    let mut shown = String::new();
    for arguments in [&["203.0.113.1"][..], &["203.0.113.2"], &["203.0.113.1", "--utc"]] {
        let mut command = mde(&[&["ip", "stats"], arguments].concat());
        command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
        let run = Run::from(command.env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3").output().unwrap());
        shown.extend(run.out.lines().take(2).flat_map(|line| [line, "\n"]));
    }
    insta::assert_snapshot!(shown);
}
