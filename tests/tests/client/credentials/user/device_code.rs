//! Signing in by a device code (RFC 8628): how often is asked, and what ends it.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::assert_errors;

const DEVICE_CODE: &str = "the-device-code-that-is-not-shown";

fn device(more: serde_json::Value) -> Step {
    let mut answer = serde_json::json!({
        "device_code": DEVICE_CODE, "user_code": "ABCD-EFGH", "verification_uri": "https://microsoft.example/devicelogin",
        "expires_in": 900, "interval": 5, "message": "Open the page\u{1b}[31m and enter ABCD-EFGH.",
    });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Step::json(answer.to_string())
}

fn usual() -> Step {
    device(serde_json::json!({}))
}

fn pending() -> Step {
    refusal("authorization_pending", "AADSTS70016: Nobody has entered the code.")
}

/// A credential, and what it shows the person.
fn with_display(person: UserCredential) -> (UserCredential, UnboundedReceiver<String>) {
    let (sender, shown) = unbounded_channel();
    let show = move |code: &mde_client::DeviceCode| {
        let lasting = code.expires_in();
        let text =
            format!("{} {} {lasting:?} {:?}\n{code:?}", code.verification_uri(), code.user_code(), code.message());
        sender.send(text).unwrap();
    };
    (person.by_device_code(show), shown)
}

/// Signs in while the clock goes on by these sleeps.
async fn by_sleeps(host: &Scripted, sleeps: &[u32]) -> (Result<(), Error>, Duration, Vec<String>) {
    let (person, mut shown) = with_display(person());
    let (client, clock) = client(host, person);
    let waits = async {
        for seconds in sleeps {
            clock.somebody_sleeps(*seconds * SECOND).await;
            clock.advance(*seconds * SECOND);
        }
    };
    let (result, ()) = tokio::join!(sign_in(&client), waits);
    let mut texts = Vec::new();
    while let Ok(text) = shown.try_recv() {
        texts.push(text);
    }
    (result, clock.elapsed(), texts)
}

/// At the interval of the host, five seconds slower after each `slow_down`, and slower after an outage.
#[tokio::test]
async fn how_often_is_asked() {
    let slow = || refusal("slow_down", "");
    let down = || Step::answer("503 Service Unavailable", &[], "<p>down</p>");
    let zero = || device(serde_json::json!({"interval": 0}));
    let unsaid = || device(serde_json::json!({"interval": null}));
    let cases = [
        ("at once", vec![usual(), tokens("a", None)], vec![]),
        ("pending", vec![usual(), pending(), pending(), tokens("a", None)], vec![5, 5]),
        ("slow down", vec![usual(), slow(), slow(), pending(), tokens("a", None)], vec![10, 15, 15]),
        ("an outage", vec![usual(), down(), down(), pending(), tokens("a", None)], vec![10, 20, 20]),
        ("no interval", vec![zero(), pending(), tokens("a", None)], vec![1]),
        ("the interval of the RFC", vec![unsaid(), pending(), tokens("a", None)], vec![5]),
    ];
    for (name, steps, sleeps) in cases {
        let host = host(steps).await;
        let (result, elapsed, shown) = by_sleeps(&host, &sleeps).await;
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(elapsed, sleeps.iter().sum::<u32>() * SECOND, "{name}");
        assert_eq!(shown.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_is_sent_and_shown() {
    let host = host([usual(), pending(), tokens("access-1", Some("first-refresh-token"))]).await;
    let (result, _, shown) = by_sleeps(&host, &[5]).await;
    result.unwrap();
    let paths = host.requests().iter().map(|head| head.lines().next().unwrap().to_owned()).collect::<Vec<_>>();
    let at = |name: &str| format!("POST /contoso.example/oauth2/v2.0/{name} HTTP/1.1");
    assert_eq!(paths, [at("devicecode"), at("token"), at("token")]);
    let forms = forms(&host);
    assert_eq!(
        (forms[0]["client_id"].as_str(), forms[0]["scope"].as_str()),
        (APP, "https://api.securitycenter.microsoft.com/.default offline_access")
    );
    assert_eq!(
        (forms[1]["grant_type"].as_str(), forms[1]["device_code"].as_str(), forms[1]["client_id"].as_str()),
        ("urn:ietf:params:oauth:grant-type:device_code", DEVICE_CODE, APP)
    );
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn what_ends_it() {
    let cases = [
        ("declined, by Entra", vec![usual(), refusal("authorization_declined", "AADSTS70000: no")], vec![]),
        ("declined, by the RFC", vec![usual(), pending(), refusal("access_denied", "")], vec![5]),
        ("expired", vec![usual(), refusal("expired_token", "AADSTS70020: The code is too old.")], vec![]),
        (
            "expired by the clock",
            vec![device(serde_json::json!({"expires_in": 12})), pending(), pending(), pending()],
            vec![5, 5, 5],
        ),
        ("unknown code", vec![usual(), refusal("bad_verification_code", "AADSTS70018: no")], vec![]),
        ("no public client", vec![usual(), refusal("invalid_client", "AADSTS7000218: a secret is missing")], vec![]),
        ("no consent", vec![usual(), refusal("invalid_grant", "AADSTS65001: nobody has consented")], vec![]),
        ("no permission", vec![refusal("invalid_resource", "AADSTS650057: it is not in the registration")], vec![]),
        ("refused at once", vec![refusal("unauthorized_client", "AADSTS700016: no such app")], vec![]),
        ("a page of a proxy", vec![usual(), Step::answer("403 Forbidden", &[], "<p>blocked</p>")], vec![]),
        ("no code", vec![Step::json("{}")], vec![]),
        ("an empty code", vec![device(serde_json::json!({"user_code": " "}))], vec![]),
        ("a host that is down", vec![Step::answer("502 Bad Gateway", &[], "")], vec![]),
        ("an interval without end", vec![device(serde_json::json!({"interval": u64::MAX}))], vec![]),
        ("a life without end", vec![device(serde_json::json!({"expires_in": u64::MAX}))], vec![]),
    ];
    let mut errors = Vec::new();
    for (name, steps, sleeps) in cases {
        let host = host(steps).await;
        let (result, ..) = by_sleeps(&host, &sleeps).await;
        let error = result.unwrap_err();
        assert!(!format!("{error:?}").contains(DEVICE_CODE), "{error:?}");
        errors.push((format!("{name} (sign in again: {})", error.needs_sign_in()), error));
    }
    assert_errors("device-code-ends", &errors);
}
