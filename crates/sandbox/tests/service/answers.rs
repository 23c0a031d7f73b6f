//! Statistics: what is counted, and how it is written.

use mde_sandbox::quirks::Times;
use mde_sandbox::{Events, Quirks, Sandbox, Setting};
use serde_json::{Value, json};

use crate::support::{clock, event, get, header, json, prevalence, sandbox, statistics};

#[tokio::test]
async fn the_documented_example_comes_out_of_events_thirty_days_apart() {
    let ip = "10.209.67.177";
    let sandbox = sandbox([
        event("old", ip, "2017-07-30T13:36:06Z"),
        event("new", ip, "2017-08-28T09:00:00Z"),
        event("newer", ip, "2017-08-29T13:32:59Z"),
    ])
    .await;
    let answer = statistics(&sandbox, ip, 48).await;
    assert_eq!(
        answer,
        json!({
            "@odata.context":
                "https://api.securitycenter.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats",
            "ipAddress": "10.209.67.177",
            "orgPrevalence": "2",
            "organizationPrevalence": 2,
            "orgFirstSeen": "2017-07-30T13:36:06Z",
            "orgLastSeen": "2017-08-29T13:32:59Z",
        })
    );
}

#[tokio::test]
async fn the_recorded_answer_for_an_unknown_address_comes_byte_for_byte() {
    let sandbox = sandbox([]).await;
    let response = get(&sandbox, "/api/ips/192.168.1.1/stats").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        header(&response, "content-type"),
        "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8"
    );
    assert_eq!(header(&response, "odata-version"), "4.0");
    assert_eq!(
        response.text().await.unwrap(),
        r##"{"@odata.context":"https://api.securitycenter.microsoft.com/api/$metadata#microsoft.windowsDefenderATP.api.InOrgIPStats","ipAddress":"192.168.1.1","orgPrevalence":"0","organizationPrevalence":0,"orgFirstSeen":null,"orgLastSeen":null}"##
    );
}

#[tokio::test]
async fn devices_are_counted_once_and_only_inside_the_window() {
    let ip = "203.0.113.7";
    let sandbox = sandbox([
        event("exactly now", ip, "2017-08-29T13:33:00Z"),
        event("twice", ip, "2017-08-29T13:00:00Z"),
        event("twice", ip, "2017-08-29T13:01:00Z"),
        event("a moment inside an hour", ip, "2017-08-29T12:33:00.0000001Z"),
        event("exactly an hour ago", ip, "2017-08-29T12:33:00Z"),
        event("a moment inside 30 days", ip, "2017-07-30T13:33:00.0000001Z"),
        event("exactly 30 days ago", ip, "2017-07-30T13:33:00Z"),
        event("in the future", ip, "2017-08-29T13:33:00.0000001Z"),
        event("elsewhere", "203.0.113.8", "2017-08-29T13:33:00Z"),
    ])
    .await;
    assert_eq!(prevalence(&sandbox, ip, 1).await, 3);
    assert_eq!(prevalence(&sandbox, ip, 2).await, 4);
    assert_eq!(prevalence(&sandbox, ip, 719).await, 4);
    let month = statistics(&sandbox, ip, 720).await;
    assert_eq!(month["organizationPrevalence"], 5);
    assert_eq!(month["orgFirstSeen"], "2017-07-30T13:33:00.0000001Z");
    assert_eq!(month["orgLastSeen"], "2017-08-29T13:33:00Z");
}

#[tokio::test]
async fn without_a_look_back_30_days_are_searched() {
    let ip = "203.0.113.7";
    let sandbox = sandbox([event("a", ip, "2017-07-31T00:00:00Z"), event("b", ip, "2017-08-29T00:00:00Z")]).await;
    let default = json(get(&sandbox, "/api/ips/203.0.113.7/stats").await).await;
    assert_eq!(default["organizationPrevalence"], 2);
    assert_eq!(default, statistics(&sandbox, ip, 720).await);
    assert_eq!(prevalence(&sandbox, ip, 24).await, 1);
}

#[tokio::test]
async fn other_parameters_are_ignored() {
    let sandbox = sandbox([event("a", "203.0.113.7", "2017-08-27T00:00:00Z")]).await;
    for (query, prevalence) in [
        ("$top=1&lookBackHours=24&x", 0),
        ("look%42ackHours=%324", 0),
        ("lookbackhours=24", 1),
        ("xlookBackHours=24", 1),
        ("", 1),
        ("&&=", 1),
    ] {
        let response = get(&sandbox, &format!("/api/ips/203.0.113.7/stats?{query}")).await;
        assert_eq!(json(response).await["organizationPrevalence"], prevalence, "{query}");
    }
}

#[tokio::test]
async fn an_empty_window_leaves_the_times_unless_they_are_those_of_the_window() {
    let ip = "192.0.2.44";
    let events = Events::from_iter([event("a", ip, "2017-08-01T00:00:00Z"), event("b", ip, "2017-08-29T13:00:00Z")]);
    let window = Quirks::from_iter([Setting::Times(Times::Window)]);
    let unclipped = Sandbox::builder().clock(clock()).events(events.clone());
    let clipped = Sandbox::builder().clock(clock()).events(events).quirks(window.clone());
    let (unclipped, clipped) = (unclipped.start().await.unwrap(), clipped.start().await.unwrap());

    let both = |answer: Value| (answer["orgFirstSeen"].clone(), answer["orgLastSeen"].clone());
    let (first, last) = (json!("2017-08-01T00:00:00Z"), json!("2017-08-29T13:00:00Z"));
    assert_eq!(both(statistics(&unclipped, ip, 24).await), (first.clone(), last.clone()));
    assert_eq!(both(statistics(&clipped, ip, 24).await), (last.clone(), last.clone()));
    assert_eq!(both(statistics(&clipped, ip, 720).await), (first, last));

    let ip = "192.0.2.45";
    let old = Events::from_iter([event("a", ip, "2017-08-01T00:00:00Z")]);
    let unclipped = Sandbox::builder().clock(clock()).events(old.clone()).start().await.unwrap();
    let clipped = Sandbox::builder().clock(clock()).events(old).quirks(window).start().await.unwrap();
    let answer = statistics(&unclipped, ip, 24).await;
    assert_eq!(answer["organizationPrevalence"], 0);
    assert_eq!(both(answer), (json!("2017-08-01T00:00:00Z"), json!("2017-08-01T00:00:00Z")));
    assert_eq!(both(statistics(&clipped, ip, 24).await), (Value::Null, Value::Null));
}

#[tokio::test]
async fn times_have_up_to_seven_digits_without_trailing_zeros() {
    for (time, shown) in [
        ("2017-08-29T10:18:39Z", "2017-08-29T10:18:39Z"),
        ("2017-08-29T10:18:39.5000Z", "2017-08-29T10:18:39.5Z"),
        ("2017-08-29T10:18:39.0400Z", "2017-08-29T10:18:39.04Z"),
        ("2017-08-29T10:18:39.9233319Z", "2017-08-29T10:18:39.9233319Z"),
        ("2017-08-29T10:18:39.923331999Z", "2017-08-29T10:18:39.9233319Z"),
        ("2017-08-29T10:18:39.000000099Z", "2017-08-29T10:18:39Z"),
        ("2017-08-29T10:18:60.25Z", "2017-08-29T10:18:60.25Z"),
    ] {
        let sandbox = sandbox([event("a", "172.217.9.206", time)]).await;
        let answer = statistics(&sandbox, "172.217.9.206", 720).await;
        assert_eq!(answer["orgFirstSeen"], shown, "{time}");
        assert_eq!(answer["orgLastSeen"], shown, "{time}");
    }
}

#[tokio::test]
async fn an_address_is_found_in_every_form_and_repeated_as_it_was_asked() {
    let sandbox = sandbox([
        event("a", "2001:db8::ff00:42:8329", "2017-08-29T00:00:00Z"),
        event("b", "203.0.113.7", "2017-08-29T00:00:00Z"),
    ])
    .await;
    for (asked, repeated) in [
        ("2001:0db8:0000:0000:0000:ff00:0042:8329", "2001:0db8:0000:0000:0000:ff00:0042:8329"),
        ("2001:DB8::FF00:42:8329", "2001:DB8::FF00:42:8329"),
        ("2001%3Adb8%3a%3aff00%3A42%3A8329", "2001:db8::ff00:42:8329"),
        ("203%2E0.113.7", "203.0.113.7"),
    ] {
        let answer = statistics(&sandbox, asked, 24).await;
        assert_eq!(answer["ipAddress"], repeated);
        assert_eq!(answer["organizationPrevalence"], 1, "{asked}");
    }
    assert_eq!(prevalence(&sandbox, "::ffff:203.0.113.7", 24).await, 0);
}
