//! The quota: its text form, its windows, and the answer when it is spent.

use std::time::Duration;

use mde_sandbox::{App, Clock, Quota, QuotaError, Sandbox, TokenClaims};
use reqwest::Method;

use crate::support::{NOW, client, clock, get, granted, header, json, moment, send};

const PATH: &str = "/api/ips/203.0.113.7/stats";

async fn start(quota: &str, clock: &Clock) -> Sandbox {
    Sandbox::builder().quota(quota.parse().unwrap()).clock(clock.clone()).start().await.unwrap()
}

/// `None` if answered, else how many seconds to wait, which header and message must agree on.
async fn wait(sandbox: &Sandbox) -> Option<u64> {
    let response = get(sandbox, PATH).await;
    if response.status() == 200 {
        return None;
    }
    assert_eq!(response.status(), 429);
    let seconds = header(&response, "retry-after").parse().unwrap();
    let message = json(response).await["error"]["message"].as_str().unwrap().to_owned();
    let ending = format!("You can send requests again in {seconds} seconds.");
    assert!(message.ends_with(&ending), "{message}");
    Some(seconds)
}

#[test]
fn a_quota_is_read_and_written_in_one_form() {
    for (text, written) in [
        ("100/1m,1500/1h", "100/1m,1500/1h"),
        (" 5/90s , 5/120s,7/3600s ", "5/90s,5/2m,7/1h"),
        ("1/1s,1/1s", "1/1s,1/1s"),
        ("4294967295/4294967295h", "4294967295/4294967295h"),
    ] {
        let quota: Quota = text.parse().unwrap();
        assert_eq!(quota.to_string(), written);
        assert_eq!(written.parse::<Quota>().unwrap(), quota);
    }
    assert_eq!(Quota::default().to_string(), "100/1m,1500/1h");
}

#[test]
fn a_wrong_quota_is_refused_by_the_part_that_is_wrong() {
    for wrong in
        ["", "100", "100/m", "100/1", "100/1d", "/1m", "100/", "1.5/1m", "-1/1m", "+1/1m", "1/+1m", "1/1m/1h", "1/é"]
    {
        let part = wrong.to_owned();
        assert_eq!(wrong.parse::<Quota>(), Err(QuotaError::Malformed { part: part.clone() }), "{wrong}");
        assert_eq!(format!("7/1s,{wrong}").parse::<Quota>(), Err(QuotaError::Malformed { part }), "7/1s,{wrong}");
    }
    let message = |text: &str| text.parse::<Quota>().unwrap_err().to_string();
    assert_eq!(
        message("100/1m,1500/h"),
        "\"1500/h\" is not a quota window: write calls/duration, where a duration is a number and s, m or h, \
         such as 100/1m,1500/1h"
    );
    assert_eq!(message("0/1m"), "\"0/1m\" allows no call at all: write at least 1, such as 100/1m,1500/1h");
    assert_eq!(message("9/0s"), "\"9/0s\" has no duration: write at least 1s, such as 100/1m,1500/1h");
    assert_eq!(
        message("9/4294967296s"),
        "4294967296 in \"9/4294967296s\" is too large: the largest number in a quota is 4294967295"
    );
}

#[tokio::test]
async fn a_spent_quota_gets_the_recorded_429() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = start("30/1m", &clock).await;
    for _ in 0..30 {
        assert_eq!(wait(&sandbox).await, None);
    }
    clock.advance(Duration::from_secs(52));
    let response = get(&sandbox, PATH).await;
    assert_eq!(response.status(), 429);
    assert_eq!(header(&response, "retry-after"), "8");
    let error = json(response).await["error"].clone();
    assert_eq!(error["code"], "429");
    assert_eq!(
        error["message"],
        "API calls quota exceeded! Maximum allowed 30 per 00:01:00 for the key Destination+TenantID+AppID. You can \
         send requests again in 8 seconds."
    );
    assert_eq!(error["target"], "00000000-0000-4000-8000-00000000001f");
}

#[tokio::test]
async fn windows_slide_call_by_call() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = start("2/10s", &clock).await;
    assert_eq!(wait(&sandbox).await, None);
    clock.advance(Duration::from_secs(4));
    assert_eq!(wait(&sandbox).await, None);
    assert_eq!(wait(&sandbox).await, Some(6));
    clock.advance(Duration::from_secs(6));
    assert_eq!(wait(&sandbox).await, None, "the first call is ten seconds old");
    assert_eq!(wait(&sandbox).await, Some(4), "the second is six seconds old");
    clock.advance(Duration::from_secs(4));
    assert_eq!(wait(&sandbox).await, None);
}

#[tokio::test]
async fn a_wait_is_rounded_up_so_that_it_is_long_enough() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = start("1/2s", &clock).await;
    assert_eq!(wait(&sandbox).await, None);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(wait(&sandbox).await, Some(2));
    clock.advance(Duration::from_nanos(1_999_999_998));
    assert_eq!(wait(&sandbox).await, Some(1), "a nanosecond is left");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(wait(&sandbox).await, None);
}

#[tokio::test]
async fn a_throttled_call_is_not_counted() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = start("1/10s", &clock).await;
    assert_eq!(wait(&sandbox).await, None);
    for _ in 0..9 {
        clock.advance(Duration::from_secs(1));
        assert!(wait(&sandbox).await.is_some());
    }
    clock.advance(Duration::from_secs(1));
    assert_eq!(wait(&sandbox).await, None);
}

#[tokio::test]
async fn all_windows_hold_and_the_longest_wait_is_named() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = start("2/1m,3/1h,3/48h", &clock).await;
    assert_eq!((wait(&sandbox).await, wait(&sandbox).await, wait(&sandbox).await), (None, None, Some(60)));
    clock.advance(Duration::from_secs(60));
    assert_eq!(wait(&sandbox).await, None);
    let response = get(&sandbox, PATH).await;
    assert_eq!(header(&response, "retry-after"), (48 * 3600 - 60).to_string());
    let message = json(response).await["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("Maximum allowed 3 per 2.00:00:00 for"), "{message}");
    clock.advance(Duration::from_secs(48 * 3600 - 60));
    assert_eq!(wait(&sandbox).await, None);
}

#[tokio::test]
async fn all_tokens_of_an_app_share_the_quota_and_two_sandboxes_do_not() {
    let start = || Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap()).start();
    let (sandbox, other) = (start().await.unwrap(), start().await.unwrap());
    let second = sandbox.issue_token(TokenClaims::valid());
    let third = granted(&sandbox, &sandbox.apps()[0]).await;
    assert_ne!(second, sandbox.token());
    assert_eq!(send(&sandbox, Method::GET, PATH, &second).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 429);
    assert_eq!(send(&sandbox, Method::GET, PATH, &third).await.status(), 429);
    assert_eq!(get(&other, PATH).await.status(), 200);
}

#[tokio::test]
async fn each_app_has_a_quota_of_its_own() {
    let other = App::new("other", "secret").with_role("Ip.Read.All");
    let builder = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap()).app(other);
    let sandbox = builder.start().await.unwrap();
    let other = granted(&sandbox, sandbox.apps().last().unwrap()).await;
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 429);
    assert_eq!(send(&sandbox, Method::GET, PATH, &other).await.status(), 200);
    assert_eq!(send(&sandbox, Method::GET, PATH, &other).await.status(), 429);
}

#[tokio::test]
async fn what_does_not_reach_the_operation_is_not_counted() {
    let sandbox = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap()).start().await.unwrap();
    let roleless = sandbox.issue_token(TokenClaims { roles: Vec::new(), ..TokenClaims::valid() });
    assert_eq!(get(&sandbox, "/elsewhere").await.status(), 404);
    assert_eq!(send(&sandbox, Method::POST, PATH, sandbox.token()).await.status(), 405);
    assert_eq!(send(&sandbox, Method::GET, PATH, "unknown").await.status(), 401);
    assert_eq!(send(&sandbox, Method::GET, PATH, &roleless).await.status(), 403);
    granted(&sandbox, &sandbox.apps()[0]).await;
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 429);
}

#[tokio::test]
async fn the_default_is_the_documented_quota() {
    let sandbox = Sandbox::builder().clock(clock()).start().await.unwrap();
    for _ in 0..100 {
        assert_eq!(wait(&sandbox).await, None);
    }
    assert_eq!(wait(&sandbox).await, Some(60));
}

#[tokio::test]
async fn fifteen_full_minutes_spend_the_hour() {
    let clock = Clock::fixed(moment(NOW));
    let sandbox = Sandbox::builder().clock(clock.clone()).start().await.unwrap();
    let client = client();
    let ask = || client.get(format!("{}{PATH}", sandbox.url())).bearer_auth(sandbox.token()).send();
    for minute in 0..15 {
        clock.advance(Duration::from_secs(if minute == 0 { 0 } else { 60 }));
        for _ in 0..100 {
            assert_eq!(ask().await.unwrap().status(), 200, "in minute {minute}");
        }
    }
    // The minute is spent as well, but has to be waited for less long.
    for (seconds, wait) in [(0, 46 * 60), (60, 45 * 60)] {
        clock.advance(Duration::from_secs(seconds));
        let response = ask().await.unwrap();
        assert_eq!(header(&response, "retry-after"), wait.to_string());
        assert_eq!(
            json(response).await["error"]["message"],
            format!(
                "API calls quota exceeded! Maximum allowed 1500 per 01:00:00 for the key Destination+TenantID+AppID. \
                 You can send requests again in {wait} seconds."
            )
        );
    }
}

#[tokio::test]
async fn a_window_is_written_as_a_time_span() {
    for (quota, span) in [
        ("1/1s", "00:00:01"),
        ("1/90s", "00:01:30"),
        ("1/59m", "00:59:00"),
        ("1/86399s", "23:59:59"),
        ("1/24h", "1.00:00:00"),
        ("1/90061s", "1.01:01:01"),
        ("1/4294967295h", "178956970.15:00:00"),
    ] {
        let sandbox = start(quota, &Clock::fixed(moment(NOW))).await;
        assert_eq!(wait(&sandbox).await, None);
        let message = json(get(&sandbox, PATH).await).await["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("Maximum allowed 1 per {span} for the key")), "{message}");
    }
}
