//! What is shown of hostile inputs, what is left out, the order, and the zone of times.

use mde_sandbox::ConnectionEvent;
use serde_json::Value;

use crate::{Run, mde, run_against, sandbox, settings};

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
    assert!(!page.contains("<a "));
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
    for (name, selection) in [("rare", &["--max-prevalence", "2"][..]), ("unseen", &["--unseen-only"])] {
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
    assert!(table.contains("\n5 records of 2 addresses in the last 720 h: 3 seen, 1 unseen, 1 invalid\n"), "{table}");
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
    ] {
        let sandbox = sandbox().start().await.unwrap();
        let inputs = ["x", "2001:db8::8:42", "203.0.113.7", "192.168.1.1"];
        let arguments = [&["ip", "stats", "--skip-invalid", "--format", "csv", "--sort", order], &inputs[..]].concat();
        let run = run_against(&sandbox, &arguments);
        let written: Vec<_> = run.out.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(written, expected, "{order}");
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
