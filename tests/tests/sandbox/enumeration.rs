//! Every answer that the sandbox can give, with every setting and with every two of them, keeps strictly to the contract.
//!
//! Excluded are answers to what is no call of an operation, for the contract says nothing of them: another route, and
//! another method. So are faults, which are there to break the contract, and what never became a whole request, because
//! it is too large, too slow or malformed.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use mde_sandbox::{Clock, ConnectionEvent, Events, Quirks, Sandbox, Setting};
use reqwest::{Client, Method};

use crate::Answer;
use crate::cases::{ANSWERED, CASES, Case, Token};
use crate::contract::{findings, is_outside, operation, statuses};

/// A quota that no case spends.
const PLENTY: &str = "4294967295/1s";

/// The scope of the API, as one asks the token endpoint for it.
const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

fn now() -> DateTime<Utc> {
    "2017-08-29T13:33:00Z".parse().unwrap()
}

/// The connection events, with their age.
pub(crate) fn events() -> Events {
    let event = |device: &str, ip: &str, before: TimeDelta| ConnectionEvent {
        device: device.to_owned(),
        ip: ip.parse().unwrap(),
        time: now() - before,
    };
    let ticks = |hours, ticks: i64| TimeDelta::hours(hours) - TimeDelta::nanoseconds(100 * ticks);
    Events::from_iter([
        event("laptop-1", "203.0.113.7", ticks(700, 0)),
        event("laptop-2", "203.0.113.7", ticks(30, 120_000)),
        event("laptop-1", "172.217.9.206", ticks(2, 9_233_319)),
        event("laptop-1", "198.51.100.23", ticks(2, 5_000_000)),
        event("laptop-1", "192.0.2.44", ticks(744, 0)),
        event("laptop-1", "192.0.2.45", ticks(-1, 0)),
        event("laptop-1", "2001:db8::8:42", ticks(5, 1)),
        event("laptop-3", "2001:db8::8:42", ticks(4, 0)),
    ])
}

/// A sandbox whose clock stands still.
struct Stage {
    sandbox: Sandbox,
    http: Client,
}

impl Stage {
    async fn set(settings: &[Setting], quota: &str) -> Stage {
        let builder = Sandbox::builder().clock(Clock::fixed(now())).events(events()).quota(quota.parse().unwrap());
        let quirks = Quirks::from_iter(settings.iter().cloned());
        // It needs no certificate of the machine, which take time to read.
        let http = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Stage { sandbox: builder.quirks(quirks).start().await.unwrap(), http }
    }

    /// The answer to a case, after what comes before it.
    async fn answer(&self, case: &Case) -> Answer {
        let authorization = self.authorization(&case.token).await;
        for _ in 0..case.calls_before {
            assert_eq!(self.send(case, &authorization).await.status, 200, "{}", case.name);
        }
        self.sandbox.clock().advance(Duration::from_secs(case.seconds_later));
        self.send(case, &authorization).await
    }

    async fn send(&self, case: &Case, authorization: &[String]) -> Answer {
        let method = Method::from_bytes(case.method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{}", self.sandbox.url(), case.path));
        let request = authorization.iter().fold(request, |request, value| request.header("authorization", value));
        Answer::of(request.send().await.unwrap()).await
    }

    /// The Authorization headers of a case.
    async fn authorization(&self, token: &Token) -> Vec<String> {
        let bearer = |token: &str| vec![format!("Bearer {token}")];
        match token {
            Token::Ready => bearer(self.sandbox.token()),
            Token::Authorization(values) => {
                values.iter().map(|value| value.replace("{token}", self.sandbox.token())).collect()
            }
            Token::Claims(claims) => bearer(&self.sandbox.issue_token(claims())),
            Token::OfApp(note) => bearer(&self.granted(note).await),
        }
    }

    /// The token that the app with a note gets.
    async fn granted(&self, note: &str) -> String {
        let app = self.sandbox.apps().iter().find(|app| app.note() == note);
        let app = app.unwrap_or_else(|| panic!("no app has the note {note:?}"));
        let (id, secret) = (app.client_id(), app.client_secret());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={SCOPE}");
        let url = format!("{}/{}/oauth2/v2.0/token", self.sandbox.url(), app.tenant());
        let request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = Answer::of(request.send().await.unwrap()).await;
        answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{note:?}: {}", answer.line())).to_owned()
    }
}

/// Every case with its answer. A case that spends a quota, or lets time pass, has a sandbox of its own.
async fn answers(settings: &[Setting]) -> Vec<(&'static Case, Answer)> {
    let shared = Stage::set(settings, PLENTY).await;
    let mut answers = Vec::new();
    for case in CASES {
        let answer = if case.quota.is_some() || case.seconds_later > 0 {
            Stage::set(settings, case.quota.unwrap_or(PLENTY)).await.answer(case).await
        } else {
            shared.answer(case).await
        };
        answers.push((case, answer));
    }
    answers
}

/// Whether the contract says nothing of the answer.
fn is_outside_of_contract(case: &Case) -> bool {
    rows().iter().any(|row| row.what == case.row && row.code.is_none())
}

fn lines(answers: &[(&Case, Answer)]) -> Vec<String> {
    let lines = answers.iter().map(|(case, answer)| format!("{}: {}\n    {}", case.row, case.name, answer.line()));
    lines.collect()
}

#[tokio::test]
async fn every_answer_keeps_strictly_to_the_contract_whatever_is_set() {
    let mut checked = BTreeSet::new();
    for combination in combinations() {
        let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
        for (case, answer) in answers(&combination).await {
            let (path, _) = case.path.split_once('?').unwrap_or((case.path, ""));
            if is_outside_of_contract(case) {
                assert!(is_outside(case.method, path), "{}: {} is a call", case.row, case.name);
                assert!(answer.body.is_empty(), "{}: {}", case.row, case.name);
                continue;
            }
            seen.insert(answer.status);
            // Most settings leave most answers as they are.
            if !checked.insert(format!("{path} {}", answer.all())) {
                continue;
            }
            let found = findings(operation(), path, &answer);
            wrong.extend(found.iter().map(|found| format!("{}: {}: {found}", case.row, case.name)));
        }
        assert!(wrong.is_empty(), "{}:\n{}", name(&combination), wrong.join("\n"));
        // An unknown route is empty, and 500 is only a fault.
        let declared = statuses(operation()).into_iter().filter(|status| ![404, 500].contains(status));
        assert_eq!(seen, declared.collect(), "{}", name(&combination));
    }
}

#[tokio::test]
async fn every_answer_is_the_one_that_its_row_of_the_documentation_says() {
    let rows = rows();
    for (case, answer) in answers(&[]).await {
        let row = rows.iter().find(|row| row.what == case.row);
        let said = row.map_or((200, None), |row| (row.status, row.code.map(str::to_owned)));
        assert_eq!((answer.status, answer.code()), said, "{}: {}", case.row, case.name);
    }
}

#[test]
fn every_row_of_the_documentation_has_a_case_and_every_case_a_name() {
    let rows: BTreeSet<_> = rows().iter().map(|row| row.what).chain([ANSWERED]).collect();
    let named: BTreeSet<_> = CASES.iter().map(|case| case.row).collect();
    assert_eq!(named, rows);
    let names: BTreeSet<_> = CASES.iter().map(|case| (case.row, case.name)).collect();
    assert_eq!(names.len(), CASES.len(), "two cases have one name");
}

#[tokio::test]
async fn what_the_answers_are() {
    insta::assert_snapshot!(lines(&answers(&[]).await).join("\n"));
}

/// The addresses of [`mde_sandbox::Events::synthetic`], and one that it has not.
const ADDRESSES: [&str; 11] = [
    "10.209.67.177",
    "10.0.0.53",
    "8.8.8.8",
    "1.1.1.1",
    "203.0.113.7",
    "198.51.100.23",
    "192.0.2.44",
    "172.217.9.206",
    "2001:db8::8:42",
    "2001:db8::ff00:42:8329",
    "192.168.1.1",
];

#[tokio::test]
async fn every_synthetic_figure_keeps_strictly_to_the_contract() {
    let sandbox = Sandbox::builder().quota("4294967295/1s".parse().unwrap()).start().await.unwrap();
    let http = Client::builder().no_proxy().build().unwrap();
    for address in ADDRESSES {
        for query in ["", "?lookBackHours=1", "?lookBackHours=24", "?lookBackHours=48", "?lookBackHours=720"] {
            let path = format!("/api/ips/{address}/stats");
            let request = http.get(format!("{}{path}{query}", sandbox.url())).bearer_auth(sandbox.token());
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.status, 200, "{path}{query}");
            assert_eq!(findings(operation(), &path, &answer), Vec::<String>::new(), "{path}{query}");
        }
    }
}

/// The documentation, in comments.
const DOCUMENTATION: &str = include_str!("../../../crates/sandbox/src/lib.rs");

/// The head of the table.
const TABLE_HEAD: &str = "//! | what is wrong | status, `code` |";

/// A row: what is wrong, and what the answer is.
struct Row {
    what: &'static str,
    status: u16,
    /// None where it says that the answer is empty.
    code: Option<&'static str>,
}

/// Every row of the table.
fn rows() -> Vec<Row> {
    let (_, table) = DOCUMENTATION.split_once(TABLE_HEAD).unwrap();
    let lines = table.lines().skip(2).map_while(|line| line.strip_prefix("//! |"));
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
    let &[what, answer] = cells.as_slice() else { panic!("{line:?} has not two cells") };
    let (status, rest) = answer.split_at_checked(3).unwrap();
    let code = rest.strip_prefix(" `").and_then(|rest| rest.split_once('`')).map(|(code, _)| code);
    assert_eq!(code.is_none(), rest.starts_with(", empty"), "{line:?} says neither a code nor that there is none");
    Row { what, status: status.parse().unwrap(), code }
}

/// What to put where a setting takes a host name.
const HOST: &str = "api-eu3.securitycenter.microsoft.com";

/// The settings that are about signing in, and leave the answers to calls as they are.
const ABOUT_SIGNING_IN: [&str; 4] = ["refresh-tokens", "polling-interval", "fast-polling", "declined-device"];

/// For each setting the values that are not the default.
fn changes() -> Vec<Vec<Setting>> {
    let settings = Quirks::settings().filter(|setting| !ABOUT_SIGNING_IN.contains(&setting.name)).map(|setting| {
        let texts = setting.values.iter().map(|value| if value.is_placeholder() { HOST } else { value.text });
        let values = texts.skip(1).map(|text| format!("{}={text}", setting.name).parse().unwrap());
        values.collect()
    });
    settings.collect()
}

/// No change, every single one, and every two of different settings.
fn combinations() -> Vec<Vec<Setting>> {
    let mut combinations = vec![Vec::new()];
    for values in changes() {
        let with = |value: &Setting| {
            let smaller = combinations.iter().filter(|combination| combination.len() < 2);
            smaller
                .map(|combination| [combination.as_slice(), std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        let more: Vec<_> = values.iter().flat_map(with).collect();
        combinations.extend(more);
    }
    combinations
}

/// How messages call a combination.
fn name(combination: &[Setting]) -> String {
    let texts: Vec<_> = combination.iter().map(Setting::to_string).collect();
    if texts.is_empty() { "as by default".to_owned() } else { texts.join(" ") }
}
