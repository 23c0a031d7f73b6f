//! The findings of `mde doctor`, their fixes, and that no secret shows.

use std::process::Command;
use std::time::Duration;

use mde_sandbox::{App, Sandbox, TokenClaims, User};
use mde_tests::{Scripted, Step};

use crate::{Cases, Run, fresh_folder, mde, sandbox, settings};

/// The command with its own cache, in an environment without a proxy.
pub(crate) fn doctor(flags: &[&str]) -> Command {
    let folder = fresh_folder();
    let mut command = mde(&[&["doctor", "--store", folder.to_str().unwrap()], flags].concat());
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) async fn ask(command: Command) -> Run {
    tokio::process::Command::from(command).output().await.unwrap().into()
}

async fn examine(url: &str, token: &str) -> Run {
    let mut command = doctor(&[]);
    command.env("MDE_ENDPOINT", url).env("MDE_TOKEN", token);
    let run = ask(command).await;
    assert_secret(&run, token);
    run
}

/// Neither the token nor a part of it that would be of use, nor even its beginning.
fn assert_secret(run: &Run, token: &str) {
    let parts = token.split(['.', ' ', '\n', '"']).filter(|part| part.len() >= 8);
    for part in parts.map(|part| part.get(..8).unwrap_or(part)) {
        assert!(!run.out.contains(part) && !run.err.contains(part), "{part} shows: {}{}", run.out, run.err);
    }
}

/// The lines and the exit code, without what differs from run to run.
pub(crate) fn assert_run(name: &str, run: &Run) {
    assert_text(name, &text(run));
}

fn text(run: &Run) -> String {
    let err = if run.err.is_empty() { String::new() } else { format!("--- standard error\n{}", run.err) };
    format!("exit code: {:?}\n{}{err}", run.code, run.out)
}

fn assert_text(name: &str, text: &str) {
    let mut settings = settings();
    settings.add_filter(r"about \d+ ms", "about N ms");
    settings.add_filter(r"\S+[/\\](mde|sandbox)\.db", "STORE/$1.db");
    settings.add_filter(r"(clock of this machine is) .+ (behind|ahead of) that", "$1 FAR FROM that");
    settings.bind(|| insta::assert_snapshot!(format!("doctor-{name}"), text));
}

/// Only the lines about these checks, with their fixes.
pub(crate) fn lines(run: &Run, checks: &[&str]) -> String {
    let mut shown = String::new();
    let mut is_shown = false;
    for line in run.out.lines() {
        if let Some(check) = line.get(6..).filter(|_| !line.starts_with(' ')) {
            is_shown = checks.iter().any(|name| check.starts_with(name));
        }
        if is_shown && !line.is_empty() {
            shown += &format!("{line}\n");
        }
    }
    shown
}

#[tokio::test]
async fn all_is_well() {
    let sandbox = Sandbox::start().await.unwrap();
    let run = examine(sandbox.url(), sandbox.token()).await;
    assert_eq!(run.code, Some(0));
    assert_run("well", &run);
    let asked: Vec<_> = sandbox.requests().iter().map(|request| request.path_and_query.clone()).collect();
    assert_eq!(asked, ["/api", "/api/ips/192.0.2.1/stats"], "one call, and only one");

    assert_run("sandbox", &ask(doctor(&["--sandbox"])).await);
}

#[tokio::test]
async fn invalid_settings() {
    let mut wide = doctor(&["--quota", "101/1m"]);
    wide.env("MDE_TOKEN", "opaque-token").env("HTTPS_PROXY", "http://127.0.0.1:1");
    let cases = [
        ("an unknown endpoint", doctor(&["--endpoint", "europe"])),
        ("no credential", doctor(&["--endpoint", "http://127.0.0.1:1"])),
        ("a quota that is too wide", wide),
    ];
    let mut table = Cases::default();
    for (name, command) in cases {
        table.add(name, &text(&ask(command).await));
    }
    assert_text("settings", &table.0);
}

#[tokio::test]
async fn help() {
    assert_run("help", &ask(doctor(&["--help"])).await);
}

/// A token from the token endpoint, which lives an hour by the clock of the sandbox.
async fn issued_to(sandbox: &Sandbox, app: &App) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        app.client_id(),
        app.client_secret(),
        sandbox.scope()
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = sandbox.token_url().replace(sandbox.tenant(), app.tenant());
    let request = http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Each app of the sandbox that gets a token, and what is wrong with it; the clock of the sandbox stands still, in the past.
#[tokio::test]
async fn apps_of_all_kinds() {
    let id = "5a4db0c5-0000-4000-8000-00000000000a";
    let scopeless = App::new(id, "a-secret").on_behalf_of(User::new().with_scope("Machine.Read"));
    let sandbox = sandbox().app(scopeless).start().await.unwrap();
    let mut report = String::new();
    for app in sandbox.apps().iter().filter(|app| app.note() != "its secret has expired") {
        let token = issued_to(&sandbox, app).await;
        // So that a second more or less makes no difference to what is shown.
        sandbox.clock().advance(Duration::from_secs(100));
        let run = examine(sandbox.url(), &token).await;
        let lines = lines(&run, &["clock", "token", "tenant", "permission", "lifetime", "call"]);
        report += &format!("# {}: exit code {:?}\n{lines}\n", app.note(), run.code.unwrap());
    }
    assert_run("apps", &Run { out: report, err: String::new(), code: None });
}

#[tokio::test]
async fn a_token_that_has_expired() {
    let sandbox = sandbox().start().await.unwrap();
    let token = issued_to(&sandbox, &sandbox.apps()[0]).await;
    sandbox.clock().advance(Duration::from_secs(7230));
    sandbox.forget_requests();
    assert_run("expired", &examine(sandbox.url(), &token).await);
    assert_eq!(sandbox.requests().len(), 1, "the host is asked for the time, and no call is wasted");
}

#[tokio::test]
async fn tokens_for_other_audiences() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut report = String::new();
    for audience in [
        "https://api.security.microsoft.com",
        "https://graph.microsoft.com",
        "https://api.securitycenter.microsoft.com/",
        "https://api-gov.securitycenter.microsoft.us",
    ] {
        let token = sandbox.issue_token(TokenClaims { audience: audience.to_owned(), ..TokenClaims::valid() });
        let run = examine(sandbox.url(), &token).await;
        report += &format!("# exit code {:?}\n{}\n", run.code.unwrap(), lines(&run, &["audience", "call"]));
    }
    assert_run("audiences", &Run { out: report, err: String::new(), code: None });
}

#[tokio::test]
async fn tokens_that_were_pasted_badly() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.token();
    let mut report = String::new();
    for pasted in [
        format!("Bearer {token}"),
        format!("\"{token}\""),
        format!("{}\n{}", &token[..40], &token[40..]),
        format!("{}…", &token[..40]),
        "an-opaque-token".to_owned(),
    ] {
        let run = examine(sandbox.url(), &pasted).await;
        report += &format!("# exit code {:?}\n{}\n", run.code.unwrap(), lines(&run, &["token", "permission", "call"]));
    }
    assert_run("pasted", &Run { out: report, err: String::new(), code: None });
}

/// Its claims are right, but another run of the sandbox has issued it.
#[tokio::test]
async fn a_token_of_another_run() {
    let (yesterday, today) = (Sandbox::start().await.unwrap(), Sandbox::start().await.unwrap());
    let token = yesterday.issue_token(TokenClaims::valid());
    let run = examine(today.url(), &token).await;
    assert_run("yesterday", &Run { out: lines(&run, &["permission", "call"]), err: String::new(), code: run.code });
}

/// The token is valid, but the call fails.
#[tokio::test]
async fn calls_that_fail() {
    let sandbox = Sandbox::builder().quota("1/1h".parse().unwrap()).clock(mde_sandbox::Clock::fixed(crate::now()));
    let sandbox = sandbox.start().await.unwrap();
    let mut report = String::new();
    for fault in ["401", "403", "404", "400", "500", "html=502", "html=200", "address=198.51.100.7", "reset", "spent"] {
        sandbox.clear_faults();
        if fault != "spent" {
            sandbox.inject(fault.parse().unwrap());
        }
        let run = examine(sandbox.url(), sandbox.token()).await;
        report += &format!("# {fault}: exit code {:?}\n{}\n", run.code.unwrap(), lines(&run, &["call"]));
    }
    assert_run("calls", &Run { out: report, err: String::new(), code: None });
}

/// No call is made then, so nothing is known of the token.
#[tokio::test]
async fn the_quota_of_this_machine_is_used_up() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = fresh_folder();
    // As an earlier run leaves it: the report creates no file.
    drop(mde_store::Store::open(&folder.join("sandbox.db")).await.unwrap());
    let mut calls = String::new();
    for _ in 0..2 {
        let mut command = mde(&["doctor", "--quota", "1/1h"]);
        command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token()).env("MDE_STORE", &folder);
        let run = ask(command).await;
        assert_eq!(run.code, Some(0), "{}", run.out);
        calls = lines(&run, &["call"]);
    }
    let asked = sandbox.requests().iter().filter(|request| request.path_and_query.contains("/ips/")).count();
    assert_eq!(asked, 1);
    let mut settings = settings();
    settings.add_filter(r"available in .*", "available in A WHILE");
    settings.bind(|| {
        insta::assert_snapshot!(calls, @"
        warn  call        not made: the quota of this machine is used up; the next call is available in A WHILE
                          fix: run mde doctor again when a call is available; mde store stats shows the used quota
        ");
    });
}

/// By the clock of the host, which may differ from that of the token endpoint.
#[tokio::test]
async fn moments_that_are_near_or_far() {
    let sandbox = Sandbox::start().await.unwrap();
    let now = chrono::Utc::now().timestamp();
    let day = 24 * 60 * 60;
    for (begin, end, level, expected) in [
        (now + 200, now + day, "warn", "Z, in "),
        (now + 600, now + day, "fail", "Z, in 1"),
        (now - 9 * day, now - 3 * day, "fail", "Z, 3 days ago"),
    ] {
        let claims = serde_json::json!({
            "aud": "https://api.securitycenter.microsoft.com", "roles": ["Ip.Read.All"], "nbf": begin, "exp": end,
        });
        let encode = |part: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, part);
        let token = format!("{}.{}.{}", encode(b"{}"), encode(claims.to_string().as_bytes()), encode(b"signature"));
        let run = ask({
            let mut command = doctor(&[]);
            command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", token);
            command
        });
        let lines = lines(&run.await, &["lifetime", "call"]);
        assert!(lines.starts_with(level) && lines.contains(expected), "{lines}");
        assert_eq!(lines.contains("skip  call"), level == "fail", "{lines}");
    }
}

#[tokio::test]
async fn hosts_that_cannot_be_asked() {
    let sandbox = Sandbox::start().await.unwrap();
    let secure = Sandbox::builder().tls(true).start().await.unwrap();
    let silent = Scripted::start(vec![Step::Write(Vec::new()); 2]).await.unwrap();
    let busy = Step::answer("503 Service Unavailable", &[], "");
    let busy = Scripted::start(vec![busy; 2]).await.unwrap();
    let urls = [
        ("connection refused", "http://127.0.0.1:1".to_owned()),
        ("an untrusted certificate", secure.url().to_owned()),
        ("no TLS", sandbox.url().replace("http:", "https:")),
        ("silent", silent.url().to_owned()),
        ("busy", busy.url().to_owned()),
    ];
    let mut report = String::new();
    for (name, url) in urls {
        let run = examine(&url, sandbox.token()).await;
        let lines = lines(&run, &["login host", "API host", "clock", "call"]);
        report += &format!("# {name}: exit code {:?}\n{lines}\n", run.code.unwrap());
    }
    assert_run("hosts", &Run { out: report, err: String::new(), code: None });
}

/// The machine trusts what SSL_CERT_FILE names, here as in the client.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_authority_that_the_machine_trusts() {
    let secure = Sandbox::builder().tls(true).start().await.unwrap();
    let authority = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(authority.path(), secure.tls_ca_pem().unwrap()).unwrap();
    let mut command = doctor(&[]);
    command.env("SSL_CERT_FILE", authority.path()).env("MDE_ENDPOINT", secure.url()).env("MDE_TOKEN", secure.token());
    let run = ask(command).await;
    assert_eq!((run.code, lines(&run, &["call"]).starts_with("ok")), (Some(0), true), "{}", run.out);
}

/// The service itself, but never further than a proxy on this machine.
#[tokio::test]
async fn proxies_in_the_way() {
    let wants_a_password = Step::answer("407 Proxy Authentication Required", &[], "");
    let forbids = Step::answer("403 Forbidden", &[], "<html>blocked");
    let wanting = Scripted::start(vec![wants_a_password; 2]).await.unwrap();
    let forbidding = Scripted::start(vec![forbids; 2]).await.unwrap();
    // Longer than a label of a name may be, so that no name server is asked.
    let unknown = format!("http://{}.example:3128", "x".repeat(64));
    let mut report = String::new();
    for (name, proxy) in [
        ("not there", "http://anna:geheim@127.0.0.1:1"),
        ("no name", unknown.as_str()),
        ("wants a password", wanting.url()),
        ("forbids", forbidding.url()),
    ] {
        let mut command = doctor(&["--endpoint", "eu"]);
        let run = ask({
            command.env("HTTPS_PROXY", proxy).env("MDE_TOKEN", "an-opaque-token");
            command
        })
        .await;
        assert_secret(&run, "an-opaque-token");
        assert!(!run.out.contains("geheim") && !run.out.contains("anna"));
        let lines = lines(&run, &["login host", "API host", "clock", "call"]);
        report += &format!("# {name}: exit code {:?}\n{lines}\n", run.code.unwrap());
    }
    assert_run("proxies", &Run { out: report, err: String::new(), code: None });
}

/// A host that sends the token back in everything that is shown of an answer.
#[tokio::test]
async fn a_host_that_echoes_the_token() {
    let sandbox = Sandbox::start().await.unwrap();
    for token in [sandbox.token(), "an-opaque-token"] {
        let envelope = format!(r#"{{"error":{{"code":"{token}","message":"sent: Bearer {token}."}}}}"#);
        for body in [envelope, format!("<html>Authorization: Bearer {token}"), format!(r#"{{"ipAddress":"{token}"}}"#)]
        {
            for status in ["500 Internal Server Error", "401 Unauthorized", "200 OK"] {
                let greeting = Step::answer("200 OK", &[], token);
                let server =
                    Scripted::start([greeting, Step::answer(status, &[], &body), Step::answer(status, &[], &body)]);
                let server = server.await.unwrap();
                let run = examine(server.url(), token).await;
                assert!(server.requests()[1].contains(token), "the server has been sent it");
                assert!(lines(&run, &["call"]).starts_with("fail"), "{}", run.out);
            }
        }
    }
}

/// The cache is optional, so it is a warning.
#[tokio::test]
async fn a_cache_that_cannot_be_used() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = mde(&["doctor", "--sandbox", "--store", file.path().to_str().unwrap()]);
    let run = ask({
        command.env_remove("HTTPS_PROXY");
        command
    })
    .await;
    assert_eq!((run.code, lines(&run, &["cache"]).starts_with("warn")), (Some(0), true), "{}", run.out);
    assert!(run.out.contains("no check failed, with 1 warning"), "{}", run.out);
}

/// The report is meant to be shown to others, so that nothing in it may look like a token.
#[tokio::test]
async fn a_token_in_the_wrong_variable_is_hidden() {
    let token = mde_sandbox::Sandbox::start().await.unwrap().token().to_owned();
    for (variable, value) in
        [("MDE_ENDPOINT", "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.x"), ("MDE_ENDPOINT", token.as_str())]
    {
        let mut command = mde(&["doctor"]);
        command.env(variable, value).env("MDE_TOKEN", &token);
        let run = ask(command).await;
        assert_eq!(run.code, Some(2), "{}", run.out);
        assert!(!run.out.contains(value) && run.out.contains("(hidden)"), "{}", run.out);
    }
}
