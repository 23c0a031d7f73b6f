//! What an operator sees of the calls at the usual level, and at a finer one.
//!
//! One test in a target of its own: what another one does at the same time would decide which spans there are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};

use mde_client::Client;
use mde_tests::{AutoAdvance, Log, Scripted, Step};
use tracing_subscriber::fmt::format::FmtSpan;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 209, 67, 177));

async fn spans(level: tracing::Level) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone());
    let server = Scripted::start([
        Step::answer("503 Service Unavailable", &["request-id: rid-1"], ""),
        Step::answer("429 Too Many Requests", &["retry-after: 8", "request-id: rid-2"], ""),
        Step::answer("200 OK", &["request-id: rid-3"], r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#),
        Step::answer("403 Forbidden", &["x-ms-request-id: rid-4"], ""),
    ]);
    let server = server.await.unwrap();
    let (builder, mut time) = AutoAdvance::with(Client::builder().endpoint(server.url()).token("token"));
    let client = builder.build().unwrap();
    let guard = tracing::subscriber::set_default(subscriber.finish());
    for _ in 0..2 {
        // How it ends is in the spans.
        let _ = time.run(client.get_ip_statistics(ADDRESS).look_back_hours(48).send(), Some(&server)).await;
    }
    drop(guard);
    let text = log.text();
    let ours = text.lines().filter(|line| line.contains(" mde_client"));
    ours.map(|line| format!("{}\n", line.trim_start())).collect()
}

#[tokio::test]
async fn what_is_logged() {
    let text = spans(tracing::Level::INFO).await;
    assert!(!text.contains(&ADDRESS.to_string()), "{text}");
    insta::with_settings!({ filters => [(r" time\.busy=\S+ time\.idle=\S+", "")] }, {
        insta::assert_snapshot!("spans_of_calls_and_attempts", text);
    });

    // Who debugs sees the values of the call, and what it waits for.
    let text = spans(tracing::Level::DEBUG).await;
    let events = text.lines().filter(|line| line.starts_with("DEBUG"));
    let events: String = events.map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!("events_for_who_debugs", events);
}
