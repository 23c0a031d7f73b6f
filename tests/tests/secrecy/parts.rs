//! No part of a token or a secret that has 16 bytes or more shows, wherever a host repeats it and however one looks.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use mde_cli::{Console, Environment};
use mde_client::{AzureCredential, Client};
use mde_tests::{Scripted, Step};

use crate::echoing::Echoing;
use crate::{ADDRESS, Seen, ask};

/// No 16 of its characters stand in any other text.
const SECRET: &str = "Qm7zXw~K4tRfB9-uLp2.vHc8_sJd5+nGy3/aEk6=ZbT0iWo1MxUqYhNrDlCe";

/// What a host repeats, and whether it may show.
fn parts() -> Vec<(&'static str, String, bool)> {
    vec![
        ("all of it", SECRET.to_owned(), false),
        ("its beginning", SECRET[..40].to_owned(), false),
        ("its end", SECRET[24..].to_owned(), false),
        ("its middle", SECRET[10..50].to_owned(), false),
        ("16 of the beginning", SECRET[..16].to_owned(), false),
        ("16 of the end", SECRET[SECRET.len() - 16..].to_owned(), false),
        ("16 of the middle", SECRET[20..36].to_owned(), false),
        ("in upper case", SECRET.to_uppercase(), false),
        ("in lower case", SECRET[8..28].to_lowercase(), false),
        ("percent-encoded", SECRET[..44].replace('~', "%7E").replace('+', "%2b").replace('/', "%2F"), false),
        ("two parts", format!("{} {}", &SECRET[..20], &SECRET[30..]), false),
        ("15 of the middle", SECRET[20..35].to_owned(), true),
    ]
}

/// Where a host repeats a text.
fn places(part: &str) -> Vec<(&'static str, Step)> {
    let envelope = |code: &str, message: &str, target: &str| {
        let error = serde_json::json!({"error": {"code": code, "message": message, "target": target}});
        Step::answer("403 Forbidden", &[], error.to_string())
    };
    let of_value = |member: &str| {
        let mut answer = serde_json::json!({"ipAddress": ADDRESS, "organizationPrevalence": 1});
        answer[member] = part.into();
        Step::json(answer.to_string())
    };
    vec![
        ("request id", Step::answer("403 Forbidden", &[&format!("request-id: {part}")], "")),
        ("request id of a success", {
            let body = serde_json::json!({"ipAddress": ADDRESS, "organizationPrevalence": 1}).to_string();
            Step::answer("200 OK", &[&format!("x-ms-request-id: id-{part}")], body)
        }),
        ("code", envelope(&format!("Bad{part}"), "no", "t")),
        ("message", envelope("c", &format!("The token {part}, it is bad"), "t")),
        ("target", envelope("c", "m", part)),
        ("body", Step::answer("403 Forbidden", &[], format!("<p>sent: \"{part}\"</p>"))),
        ("body, cut", Step::answer("403 Forbidden", &[], format!("{} {part}", "y".repeat(2020)))),
        ("answer that is none", Step::answer("200 OK", &[], format!("<p>{part}</p>"))),
        ("address", of_value("ipAddress")),
        ("count", of_value("organizationPrevalence")),
        ("legacy count", of_value("orgPrevalence")),
        ("time", of_value("orgFirstSeen")),
    ]
}

#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the command writes, to either stream.
async fn command(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let written = Written::default();
    let mut console = Console::plain(written.clone(), written.clone());
    let environment = Environment::from_iter(variables.iter().copied());
    let arguments = std::iter::once("mde").chain(arguments.iter().copied()).map(Into::into);
    mde_cli::run(arguments, &environment, &mut console).await;
    String::from_utf8_lossy(&written.0.borrow()).into_owned()
}

/// The first 16 bytes of the secret that a text shows, in any case of letters.
fn shown(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let secret = SECRET.to_lowercase();
    secret.as_bytes().windows(16).find_map(|part| {
        let part = std::str::from_utf8(part).unwrap();
        text.contains(part).then(|| part.to_owned())
    })
}

#[tokio::test]
async fn no_part_of_a_token_shows() {
    for (which, part, may_show) in parts() {
        for (place, step) in places(&part) {
            let server = Scripted::start(vec![step; 8]).await.unwrap();
            let mut seen = Seen::default();
            ask(&mut seen, Client::builder().endpoint(server.url()).token(SECRET)).await;
            // The caller's own data: neither an error nor a record repeats it.
            if place == "legacy count" {
                seen.texts.clear();
            }
            let variables = [("MDE_ENDPOINT", server.url()), ("MDE_TOKEN", SECRET)];
            let address = ADDRESS.to_string();
            for format in ["table", "json"] {
                seen.texts += &command(&["ip", "stats", &address, "--no-store", "--format", format], &variables).await;
            }
            // It looks at two hosts and a clock besides, which takes its time.
            if which.starts_with("16") {
                seen.texts += &command(&["doctor"], &variables).await;
            }
            assert_eq!(shown(&seen.texts), None, "{which} as {place}: {}", seen.texts);
            if may_show && place == "message" {
                assert!(seen.texts.contains(&part), "{which} as {place}: {}", seen.texts);
            }
            // Nor what is left of a part when it is cut out.
            let hidden = !may_show && !matches!(place, "legacy count" | "time");
            assert!(!hidden || seen.texts.contains("(hidden)"), "{which} as {place}: {}", seen.texts);
        }
    }
}

#[tokio::test]
async fn no_part_of_a_secret_shows_where_one_signs_in() {
    for (which, part, may_show) in parts() {
        for body in [
            format!(r#"{{"error":"invalid_client","error_description":"AADSTS7000215: not {part}."}}"#),
            format!("<p>{part}</p>"),
            format!(r#"{{"expires_in":"{part}","access_token":"a"}}"#),
        ] {
            let host = Echoing::start("401 Unauthorized", body.clone()).await;
            let credential = AzureCredential::client_secret("contoso.example", "an-app", SECRET).unwrap();
            let http = reqwest::Client::builder().tls_certs_only([host.certificate]);
            let mut seen = Seen::default();
            ask(&mut seen, Client::builder().endpoint(host.url).credential(credential).http(http)).await;
            assert_eq!(shown(&seen.texts), None, "{which} in {body}: {}", seen.texts);
            assert!(may_show || !body.contains("AADSTS") || seen.texts.contains("(hidden)"), "{which}: {}", seen.texts);
        }
    }
}

/// A secret in a place that is shown: each command hides it as the report for others does.
#[tokio::test]
async fn a_secret_in_the_wrong_place_shows_in_no_command() {
    let commands: [(&[&str], &[&str]); 6] = [
        (&["ip", "stats", "8.8.8.8"], &["MDE_ENDPOINT"]),
        (&["config", "show"], &["MDE_ENDPOINT", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "MDE_PROFILE", "MDE_QUOTA"]),
        (&["doctor"], &["MDE_ENDPOINT", "AZURE_TENANT_ID"]),
        (&["ip", "stats", "8.8.8.8", "--endpoint", SECRET], &[]),
        (&["ip", "stats", "8.8.8.8", "--quota", SECRET], &[]),
        (&["ip", "stats", "8.8.8.8", SECRET], &[]),
    ];
    for (arguments, variables) in commands {
        for variable in variables.iter().copied().chain(["NOTHING"]) {
            let given = [(variable, SECRET), ("MDE_TOKEN", SECRET), ("AZURE_CLIENT_SECRET", SECRET)];
            let text = command(arguments, &given).await;
            assert_eq!(shown(&text), None, "{arguments:?} {variable}: {text}");
        }
    }
}
