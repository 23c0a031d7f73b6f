//! A pause after a 429: which later runs, `mde store` and `mde doctor` show it, and that `mde store resume` lifts it.

use std::path::Path;

use mde_client::{CallOptions, Client, QuotaLedger};
use mde_sandbox::Sandbox;
use mde_store::Store;

use crate::{Cases, Run, doctor, fresh_folder, mde, sandbox, settings};

/// The store of a program whose call is throttled for 50 minutes, after one that is answered and cached.
async fn throttled(sandbox: &Sandbox, folder: &Path) {
    let answered = ask(sandbox, folder, &["ip", "stats", "203.0.113.7"]).await;
    assert_eq!(answered.code, Some(0), "{}", answered.err);
    sandbox.inject("429 header='Retry-After: 3000' body='slow down' next=1".parse().unwrap());
    let (store, _) = Store::open(&folder.join("sandbox.db")).await.unwrap();
    let ledger: std::sync::Arc<dyn QuotaLedger> = store.ledger();
    let options = CallOptions::new().max_retries(0);
    let client = Client::builder().endpoint(sandbox.url()).token(sandbox.token()).quota_ledger(ledger).options(options);
    client.build().unwrap().get_ip_statistics([192, 0, 2, 1]).send().await.unwrap_err();
}

async fn ask(sandbox: &Sandbox, folder: &Path, arguments: &[&str]) -> Run {
    let mut command = mde(arguments);
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token()).env("MDE_STORE", folder);
    tokio::process::Command::from(command).output().await.unwrap().into()
}

#[tokio::test]
async fn a_pause_is_shown_until_it_is_lifted() {
    let (sandbox, folder) = (sandbox().start().await.unwrap(), fresh_folder());
    throttled(&sandbox, &folder).await;

    let mut cases = Cases::default();
    let steps: [&[&str]; 6] = [
        // The address is cached, so the run ends although calls pause.
        &["ip", "stats", "203.0.113.7", "--quiet"],
        &["store", "stats", "--sandbox"],
        &["store", "clear", "--sandbox"],
        &["store", "resume", "--sandbox"],
        &["store", "resume", "--sandbox"],
        &["ip", "stats", "203.0.113.7"],
    ];
    for arguments in steps {
        cases.add(&arguments.join(" "), &ask(&sandbox, &folder, arguments).await.text());
    }
    let mut settings = settings();
    settings.add_filter(r"\S+sandbox\.db", "FOLDER/sandbox.db");
    settings.add_filter(&format!("process {}", std::process::id()), "process ID");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME");
    settings.add_filter(r"\d+ KiB", "N KiB");
    settings.add_filter(r"tenant \S+, app \S+", "tenant ID, app ID");
    settings.bind(|| insta::assert_snapshot!("pauses", cases.0));
}

#[tokio::test]
async fn the_doctor_shows_a_pause_and_makes_no_call() {
    let (sandbox, folder) = (sandbox().start().await.unwrap(), fresh_folder());
    throttled(&sandbox, &folder).await;
    let asked = sandbox.requests().len();
    let run = ask(&sandbox, &folder, &["doctor"]).await;
    let lines = doctor::lines(&run, &["quota", "call"]);
    assert!(lines.contains("all calls pause for another 50 min: ") && lines.contains("mde store resume"), "{lines}");
    assert!(lines.contains("skip  call"), "{lines}");
    let asked: Vec<_> = sandbox.requests()[asked..].iter().map(|request| request.path_and_query.clone()).collect();
    assert_eq!(asked, ["/api"]);
}
