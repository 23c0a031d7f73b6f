//! A list of many addresses: what is announced before it, and what ends it early.

use crate::{Run, run, run_against, sandbox, settings};

fn addresses(count: u8) -> Vec<String> {
    (0..count).map(|last| format!("198.51.100.{last}")).collect()
}

async fn ask(fault: Option<&str>, count: u8, arguments: &[&str]) -> (Run, usize) {
    let builder = fault.into_iter().fold(sandbox(), |builder, fault| builder.fault(fault.parse().unwrap()));
    let sandbox = builder.start().await.unwrap();
    let addresses = addresses(count);
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    let run = run_against(&sandbox, &[&["ip", "stats", "-f", "csv"], arguments, &addresses].concat());
    (run, sandbox.requests().len())
}

#[tokio::test]
async fn a_long_list_is_announced() {
    let (run, _) = ask(None, 20, &[]).await;
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "this is not one");
    let (run, _) = ask(None, 21, &["--quiet"]).await;
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let (run, asked) = ask(None, 21, &[]).await;
    assert_eq!((run.code, asked, run.out.lines().count()), (Some(0), 21, 22));
    insta::assert_snapshot!(run.err, @"mde: 21 calls to make, with no wait for the quota of 100/1m,1500/1h");
}

/// A service that keeps failing does not get ten thousand calls.
#[tokio::test]
async fn an_outage_ends_the_list() {
    let (run, asked) = ask(Some("501"), 60, &["--quiet"]).await;
    assert_eq!((run.code, run.out.lines().count()), (Some(4), 61), "and every address has its record");
    assert!((20..28).contains(&asked), "{asked} calls");
    assert!(run.out.contains("not asked, because the service keeps failing: "), "{}", run.out);
    settings().bind(|| {
        insta::assert_snapshot!(run.err, @r"
        mde: stopped after 20 failures in a row; the last one: the service answered 501 Not Implemented without a body
        try again later
        ")
    });
}

#[tokio::test]
async fn failures_between_answers_are_no_outage() {
    let (run, asked) = ask(Some("501 every=2"), 60, &["--quiet"]).await;
    assert_eq!((run.code, asked, run.out.lines().count()), (Some(1), 60, 61));
}

/// The service refuses one address, and may accept the next.
#[tokio::test]
async fn refused_addresses_are_no_outage() {
    let (run, asked) = ask(Some("400"), 60, &["--quiet"]).await;
    assert_eq!((run.code, asked), (Some(4), 60));
}

#[tokio::test]
async fn a_refusal_ends_the_list() {
    let (run, asked) = ask(Some("403 every=12"), 60, &["--quiet"]).await;
    assert_eq!((run.code, run.out.lines().count()), (Some(1), 61));
    assert!((12..60).contains(&asked), "{asked} calls");
    let mut settings = settings();
    // Calls in flight at the refusal are finished.
    settings.add_filter(r"\d+ answers are cached, \d+ calls", "N answers are cached, N calls");
    settings.bind(|| {
        insta::assert_snapshot!(run.err, @r"
        mde: the service answered 403 Forbidden without a body
        the token holds the permission Ip.Read.All; get a new token for https://api.securitycenter.microsoft.com
        run the same command again to resume: N answers are cached, N calls to go
        ")
    });
}

/// With nothing to ask, no credential is needed.
#[test]
fn where_all_is_left_out_no_token_is_needed() {
    let run = run(&["ip", "stats", "10.0.0.1", "192.168.1.1", "--public-only", "-f", "csv"]);
    assert_eq!((run.code, run.out.lines().count()), (Some(0), 1), "{}", run.err);
    insta::assert_snapshot!(run.err, @"mde: nothing to ask: none of the 2 addresses is public, and --public-only leaves them out");
}
