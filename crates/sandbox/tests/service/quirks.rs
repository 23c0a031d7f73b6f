//! Settings: what each value changes over the wire, and how they are written and listed.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use mde_sandbox::quirks::{ContextHost, Fields, InvalidLookBack, ThrottledCalls, ValueHelp};
use mde_sandbox::{Clock, Events, Quirks, Sandbox, SandboxBuilder, Setting};
use reqwest::{Client, Response};
use serde_json::Value;

use crate::sign_in::{begin_device, poll, refreshed};
use crate::support::{NOW, client, event, get, header, json, moment};

const PATH: &str = "/api/ips/203.0.113.7/stats";

/// Requests for which some setting makes a difference, as many as `QUOTA` allows.
const ANSWERED: [&str; 5] = [
    "/api/ips/2001:0DB8::0007/stats?lookBackHours=24",
    "/api/ips/10.10.10.256/stats",
    "/api/ips/203.0.113.7/stats?lookBackHours=0",
    "/api/ips/203.0.113.7/stats?lookBackHours=4.5",
    "/api/ips/203.0.113.7/stats?lookBackHours=24&lookBackHours=24",
];
const QUOTA: &str = "5/1m";

fn builder(clock: &Clock) -> SandboxBuilder {
    Sandbox::builder().clock(clock.clone()).events(Events::from_iter([
        event("a", "2001:db8::7", "2017-08-01T00:00:00Z"),
        event("a", "2001:db8::7", "2017-08-29T10:18:39.9233319Z"),
        event("a", "203.0.113.7", "2017-08-29T13:00:00Z"),
        event("b", "203.0.113.7", "2017-08-01T00:00:00Z"),
    ]))
}

/// One line: what was asked, and all of the answer in which two settings may differ.
async fn line(asked: &str, response: Response) -> String {
    let mut line = format!("{asked} -> {}", response.status().as_u16());
    for name in ["request-id", "x-ms-request-id", "retry-after", "content-length"] {
        // The length of a body that is shown says nothing more.
        if let Some(value) = response.headers().get(name)
            && (name != "content-length" || value == "0")
        {
            write!(line, " [{name}: {}]", value.to_str().unwrap()).unwrap();
        }
    }
    write!(line, " {}", response.text().await.unwrap()).unwrap();
    line.trim_end().replace("00000000-0000-4000-8000-0000000000", "…")
}

/// The same requests every time, under one setting.
async fn transcript(client: &Client, setting: Setting) -> Vec<String> {
    let clock = Clock::fixed(moment(NOW));
    let quirks = Quirks::from_iter([setting]);
    let sandbox = builder(&clock).quota(QUOTA.parse().unwrap()).quirks(quirks).start().await.unwrap();
    let ask = async |path: &str, token: &str| {
        client.get(format!("{}{path}", sandbox.url())).bearer_auth(token).send().await.unwrap()
    };
    let mut lines = vec![
        line("/elsewhere", ask("/elsewhere", "").await).await,
        line("no token", client.get(format!("{}{PATH}", sandbox.url())).send().await.unwrap()).await,
        line("unknown token", ask(PATH, "unknown").await).await,
    ];
    for path in ANSWERED {
        clock.advance(Duration::from_secs(1));
        lines.push(line(path, ask(path, sandbox.token()).await).await);
    }
    for seconds in [0, 20] {
        clock.advance(Duration::from_secs(seconds));
        lines.push(line(&format!("over the quota, {seconds} s later"), ask(PATH, sandbox.token()).await).await);
    }
    lines.extend(sign_ins(&sandbox).await);
    lines
}

/// What an app gets by device codes and refresh tokens, without the secrets.
async fn sign_ins(sandbox: &Sandbox) -> Vec<String> {
    let (device, declined) = (begin_device(sandbox).await, begin_device(sandbox).await);
    sandbox.decline_device_code(declined["user_code"].as_str().unwrap());
    let mut answers = vec![("device code", device.clone()), ("declined", poll(sandbox, &declined).await)];
    for _ in 0..2 {
        answers.push(("pending", poll(sandbox, &device).await));
    }
    sandbox.approve_device_code(device["user_code"].as_str().unwrap(), &sandbox.users()[0]);
    let signed_in = poll(sandbox, &device).await;
    for time in ["refreshed", "refreshed with the old token"] {
        answers.push((time, refreshed(sandbox, signed_in["refresh_token"].as_str().unwrap()).await));
    }
    let shown = |(asked, answer): (&str, Value)| {
        let fields: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        format!("{asked} -> {} {} {}", fields.join(","), answer["interval"], answer["error"])
    };
    answers.into_iter().map(shown).collect()
}

/// A text that can be read, for each value of each setting.
fn all_texts() -> impl Iterator<Item = String> {
    Quirks::settings().flat_map(|setting| {
        setting.values.iter().map(move |value| {
            let text = if value.is_placeholder() { "api-eu3.example.com" } else { value.text };
            format!("{}={text}", setting.name)
        })
    })
}

fn read(text: &str) -> Setting {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    text.parse::<Setting>().unwrap_err().to_string()
}

async fn start(settings: impl IntoIterator<Item = Setting>) -> Sandbox {
    let clock = Clock::fixed(moment(NOW));
    builder(&clock).quirks(Quirks::from_iter(settings)).start().await.unwrap()
}

#[tokio::test]
async fn each_value_but_the_default_changes_what_it_describes() {
    let client = client();
    let plain = transcript(&client, read("times=history")).await;
    let mut seen = format!("by default\n{}\n", plain.join("\n"));
    for text in all_texts() {
        let changed = transcript(&client, read(&text)).await;
        assert_eq!(changed.len(), plain.len());
        let differing: Vec<_> = changed.iter().filter(|line| !plain.contains(line)).map(String::as_str).collect();
        let is_default = Quirks::from_iter([read(&text)]) == Quirks::default();
        assert_eq!(differing.is_empty(), is_default, "{text}");
        if !is_default {
            write!(seen, "\n{text}\n{}\n", differing.join("\n")).unwrap();
        }
    }
    insta::assert_snapshot!(seen);
}

#[tokio::test]
async fn each_look_back_that_is_not_valid_gets_what_is_set() {
    let prevalences = async |invalid: InvalidLookBack| {
        let sandbox = start([Setting::InvalidLookBack(invalid)]).await;
        let mut found = Vec::new();
        for sent in
            ["0", "-0", "-1", "721", "65537", "%2B9999", "0000024", "4.5", "48h", "-", "", "--1", "24&lookBackHours=0"]
        {
            let response = get(&sandbox, &format!("{PATH}?lookBackHours={sent}")).await;
            found.push(json(response).await["organizationPrevalence"].as_u64());
        }
        found
    };
    // One device in the last hour and day, two in the last 720 hours.
    let (hour, month) = (Some(1), Some(2));
    let default = prevalences(InvalidLookBack::Default).await;
    assert_eq!(default[..7], [month, month, month, month, month, month, hour]);
    assert_eq!(default[7..], [month; 6]);
    let nearest = prevalences(InvalidLookBack::Nearest).await;
    assert_eq!(nearest[..7], [hour, hour, hour, month, month, month, hour]);
    assert_eq!(nearest[7..], [None; 6]);
    let refused = prevalences(InvalidLookBack::Refused).await;
    assert_eq!(refused[..7], [None, None, None, None, None, None, hour]);
    assert_eq!(refused[7..], [None; 6]);
}

#[tokio::test]
async fn shuffled_fields_come_in_other_orders_that_are_the_same_in_every_run() {
    let names = async |sandbox: &Sandbox| {
        let body = get(sandbox, PATH).await.text().await.unwrap();
        let fields: Value = serde_json::from_str(&body).unwrap();
        let mut names: Vec<_> = fields.as_object().unwrap().keys().cloned().collect();
        names.sort_by_key(|name| body.find(&format!("{name:?}:")));
        names
    };
    let (sandbox, other) = (start([Setting::Fields(Fields::Shuffled)]).await, start([read("fields=shuffled")]).await);
    let mut orders = HashSet::new();
    let mut firsts = HashSet::new();
    for _ in 0..12 {
        let order = names(&sandbox).await;
        assert_eq!(order, names(&other).await);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let all =
            ["@odata.context", "ipAddress", "orgFirstSeen", "orgLastSeen", "orgPrevalence", "organizationPrevalence"];
        assert_eq!(sorted, all);
        firsts.insert(order[0].clone());
        orders.insert(order);
    }
    assert_eq!((orders.len(), firsts.len()), (12, 6));
}

#[tokio::test]
async fn where_throttled_calls_count_only_silence_helps() {
    let clock = Clock::fixed(moment(NOW));
    let quirks = Quirks::from_iter([Setting::ThrottledCalls(ThrottledCalls::Counted)]);
    let sandbox = builder(&clock).quota("1/10s,4/1h".parse().unwrap()).quirks(quirks).start().await.unwrap();
    let wait = async || header(&get(&sandbox, PATH).await, "retry-after").to_owned();
    assert_eq!(wait().await, "(absent)");
    clock.advance(Duration::from_secs(6));
    assert_eq!(wait().await, "10");
    clock.advance(Duration::from_secs(6));
    assert_eq!(wait().await, "10", "the first call is gone from the short window, the second is not");
    clock.advance(Duration::from_secs(10));
    assert_eq!(wait().await, "(absent)", "as long as the message gave");
    // With that one the long window is full too, and what is sent on keeps it full for longer.
    for seconds in ["3584", "3590", "3600", "3600"] {
        assert_eq!(wait().await, seconds);
    }
    clock.advance(Duration::from_secs(3600));
    assert_eq!(wait().await, "(absent)");
}

#[test]
fn a_setting_is_read_and_written_in_one_form() {
    for text in all_texts() {
        assert_eq!(read(&text).to_string(), text);
    }
    assert_eq!(read(" retry-after = left-out "), read("retry-after=left-out"));
    assert_eq!(read("context-host=API.example").to_string(), "context-host=API.example");
}

#[test]
fn the_first_value_is_the_default_and_the_last_of_two_settings_holds() {
    for setting in Quirks::settings() {
        let texts = || setting.values.iter().filter(|value| !value.is_placeholder()).map(|value| value.text);
        let settings = |text: &str| read(&format!("{}={text}", setting.name));
        assert_eq!(Quirks::from_iter(texts().take(1).map(settings)), Quirks::default(), "{}", setting.name);
        assert_eq!(Quirks::from_iter(texts().rev().map(settings)), Quirks::default(), "{}", setting.name);
    }
}

#[test]
fn the_error_for_a_wrong_setting_lists_the_right_ones() {
    let texts = [
        "times",
        "time=window",
        "RETRY-AFTER=sent",
        "=sent",
        "quota=1/1m",
        "times=windows",
        "times=",
        "throttle-code=toomanyrequests",
    ];
    let hosts = ["https://api.example.com/", "api.example.com:443", "api..example.com", "-api.example.com"];
    let hosts = hosts.map(|host| format!("context-host={host}"));
    let texts = texts.into_iter().chain(hosts.iter().map(String::as_str));
    let errors: Vec<_> = texts.map(error).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_host_is_a_name() {
    let label = "a".repeat(63);
    let longest = [label.as_str(); 4].join(".")[..253].to_owned();
    for name in ["localhost", "api-eu3.securitycenter.microsoft.com", "1.example", &label, &longest] {
        assert_eq!(ContextHost::new(name).unwrap().as_str(), name);
    }
    let too_long = format!("{longest}a");
    let long_label = format!("{label}a");
    for text in ["", ".", "a.", ".a", "a-.b", "a_b", "a b", "é.example", "a/b", "[::1]", &too_long, &long_label] {
        assert_eq!(ContextHost::new(text), None, "{text}");
    }
}

/// So that there is one list to maintain.
#[test]
fn the_documentation_of_the_crate_lists_what_there_is() {
    let mut table =
        String::from("| setting | value | known of the service | what it means |\n| --- | --- | --- | --- |\n");
    for setting in Quirks::settings() {
        writeln!(table, "| `{}` | | | {} |", setting.name, setting.about).unwrap();
        for ValueHelp { text, evidence, meaning, .. } in setting.values {
            writeln!(table, "| | `{text}` | {evidence} | {meaning} |").unwrap();
        }
    }
    let documentation: String = include_str!("../../src/lib.rs")
        .lines()
        .skip_while(|line| !line.starts_with("//! | setting |"))
        .map_while(|line| line.strip_prefix("//! |"))
        .map(|row| format!("|{row}\n"))
        .collect();
    assert_eq!(documentation, table);
}
