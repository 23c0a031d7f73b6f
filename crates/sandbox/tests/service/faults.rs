//! Faults that still are answers: other statuses, bodies, pages, content types and addresses; and the calls they apply to.

use mde_sandbox::{Fault, FaultOn, Sandbox};
use reqwest::{Method, Response};

use crate::support::{ask_token, clock, event, get, granted, header, json, raw, sandbox, send, token_form};

const PATH: &str = "/api/ips/203.0.113.7/stats?lookBackHours=24";

async fn faulty(fault: Fault) -> Sandbox {
    let sandbox = sandbox([event("a", "203.0.113.7", "2017-08-29T13:00:00Z")]).await;
    sandbox.inject(fault);
    sandbox
}

async fn body(response: Response) -> String {
    response.text().await.unwrap()
}

#[tokio::test]
async fn any_status_comes_with_any_body_and_headers() {
    let fault = Fault::status(503).unwrap().body("not \"now\"\n").unwrap().content_type("text/plain").unwrap();
    let fault = fault.header("Retry-After", "5").unwrap().header("x-via", "a").unwrap().header("X-Via", "b").unwrap();
    let response = get(&faulty(fault).await, PATH).await;
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "content-type"), "text/plain");
    assert_eq!(header(&response, "retry-after"), "5");
    assert_eq!(response.headers().get_all("x-via").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(header(&response, "request-id"), "00000000-0000-4000-8000-000000000001");
    assert_eq!(body(response).await, "not \"now\"\n");
}

#[tokio::test]
async fn the_id_and_the_date_of_an_answer_can_be_others() {
    let fault = Fault::status(503).unwrap().header("request-id", "a").unwrap().header("date", "b").unwrap();
    let response = get(&faulty(fault).await, PATH).await;
    assert_eq!((header(&response, "request-id"), header(&response, "date")), ("a", "b"));
}

#[tokio::test]
async fn a_status_alone_has_neither_a_body_nor_a_content_type() {
    for status in [200, 204, 301, 304, 404, 418, 429, 599, 600, 999] {
        let response = get(&faulty(Fault::status(status).unwrap()).await, PATH).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "content-type"), "(absent)");
        assert_eq!(body(response).await, "", "{status}");
    }
}

#[tokio::test]
async fn json_may_be_malformed() {
    let fault = Fault::status(200).unwrap().body("{\"ipAddress\":").unwrap().content_type("application/json").unwrap();
    let response = get(&faulty(fault).await, PATH).await;
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (200, "application/json"));
    assert_eq!(body(response).await, "{\"ipAddress\":");
}

#[tokio::test]
async fn a_gateway_answers_with_a_page() {
    for (status, title) in [(502, "502 Bad Gateway"), (599, "599")] {
        let response = get(&faulty(Fault::html(status).unwrap()).await, PATH).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
        let page = body(response).await;
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains(&format!("<h1>{title}</h1>")), "{page}");
    }
}

#[tokio::test]
async fn a_right_answer_comes_under_a_wrong_content_type() {
    let right = body(get(&sandbox([event("a", "203.0.113.7", "2017-08-29T13:00:00Z")]).await, PATH).await).await;
    let response = get(&faulty(Fault::wrong_content_type("text/plain").unwrap()).await, PATH).await;
    assert_eq!(response.status(), 200);
    let types: Vec<_> = response.headers().get_all("content-type").iter().collect();
    assert_eq!(types, ["text/plain"]);
    assert_eq!(header(&response, "odata-version"), "4.0");
    assert_eq!(body(response).await, right);
}

#[tokio::test]
async fn a_right_answer_gets_headers_in_place_of_its_own() {
    let fault = "header='OData-Version: 5' header='x-cache: hit'".parse().unwrap();
    let response = get(&faulty(fault).await, PATH).await;
    assert_eq!(response.headers().get_all("odata-version").iter().collect::<Vec<_>>(), ["5"]);
    assert_eq!(header(&response, "x-cache"), "hit");
    assert_eq!(json(response).await["organizationPrevalence"], 1);
}

#[tokio::test]
async fn a_right_answer_names_another_address() {
    let right = body(get(&sandbox([event("a", "203.0.113.7", "2017-08-29T13:00:00Z")]).await, PATH).await).await;
    for wrong in ["192.0.2.1", "2001:db8::1"] {
        let sandbox = faulty(Fault::wrong_address(wrong.parse().unwrap())).await;
        let response = get(&sandbox, PATH).await;
        assert_eq!((response.status().as_u16(), header(&response, "odata-version")), (200, "4.0"));
        let length: usize = header(&response, "content-length").parse().unwrap();
        let answer = body(response).await;
        assert_eq!(answer.len(), length);
        assert_eq!(answer, right.replace("203.0.113.7", wrong));

        let refused = get(&sandbox, "/api/ips/%22ipAddress%22:%22/stats").await;
        assert_eq!(refused.status(), 400);
        assert_eq!(json(refused).await["error"]["message"], "IP address \"ipAddress\":\" is invalid.");
    }
}

#[tokio::test]
async fn an_answer_of_the_fault_needs_no_token_and_is_not_counted() {
    let faults = ["503 next=5", "html=502 next=5"].map(|fault| fault.parse().unwrap());
    let sandbox = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap()).start().await.unwrap();
    for (fault, status) in faults.into_iter().zip([503, 502]) {
        sandbox.inject(fault);
        for _ in 0..5 {
            assert_eq!(send(&sandbox, Method::GET, PATH, "unknown").await.status(), status);
        }
    }
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 429);
}

#[tokio::test]
async fn an_answer_that_the_fault_changes_is_the_services_with_token_and_quota() {
    for fault in ["content-type=text/plain", "address=192.0.2.1", "delay=1ms"] {
        let builder = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap());
        let sandbox = builder.fault(fault.parse().unwrap()).start().await.unwrap();
        assert_eq!(send(&sandbox, Method::GET, PATH, "unknown").await.status(), 401, "{fault}");
        assert_eq!(get(&sandbox, PATH).await.status(), 200, "{fault}");
        let throttled = get(&sandbox, PATH).await;
        assert_eq!((throttled.status().as_u16(), header(&throttled, "retry-after")), (429, "60"), "{fault}");
    }
}

#[tokio::test]
async fn a_fault_comes_at_its_endpoint_only() {
    for (on, operation, token) in
        [(FaultOn::Operation, 500, 200), (FaultOn::Token, 200, 500), (FaultOn::Both, 500, 500)]
    {
        let sandbox = faulty(Fault::status(500).unwrap().on(on).unwrap()).await;
        let form = token_form(&sandbox.apps()[0]);
        assert_eq!(get(&sandbox, PATH).await.status(), operation, "{on:?}");
        assert_eq!(send(&sandbox, Method::POST, PATH, "").await.status(), if operation == 500 { 500 } else { 405 });
        assert_eq!(ask_token(&sandbox, &form).await.status(), token, "{on:?}");
        for elsewhere in ["/elsewhere", "/api/ips", "/api/ips/203.0.113.7/stats/x", "/x/oauth2/v2.0"] {
            assert_eq!(get(&sandbox, elsewhere).await.status(), 404, "{elsewhere}");
        }
    }
}

#[tokio::test]
async fn the_answer_with_a_token_can_be_changed_as_well() {
    let sandbox = faulty("content-type=text/html on=token next=1".parse().unwrap()).await;
    let response = ask_token(&sandbox, &token_form(&sandbox.apps()[0])).await;
    assert_eq!(header(&response, "content-type"), "text/html");
    let token = json(response).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
    granted(&sandbox, &sandbox.apps()[0]).await;
}

#[tokio::test]
async fn the_next_request_on_the_same_connection_is_answered() {
    let sandbox = faulty("503 body=busy next=1 on=both".parse().unwrap()).await;
    let answers = raw(
        &sandbox,
        b"POST /x/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\
          GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    let statuses: Vec<_> = answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["503", "404"], "{answers}");
}

async fn with_faults(faults: &[&str]) -> Sandbox {
    let sandbox = sandbox([]).await;
    faults.iter().for_each(|fault| sandbox.inject(fault.parse().unwrap()));
    sandbox
}

async fn ask(sandbox: &Sandbox, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(get(sandbox, PATH).await.status().as_u16());
    }
    statuses
}

fn left(sandbox: &Sandbox) -> Vec<String> {
    sandbox.faults().iter().map(Fault::to_string).collect()
}

#[tokio::test]
async fn a_fault_comes_on_every_call_until_cleared() {
    let sandbox = with_faults(&["503"]).await;
    assert_eq!(ask(&sandbox, 5).await, [503; 5]);
    assert_eq!(left(&sandbox), ["status=503"]);
    sandbox.clear_faults();
    assert_eq!(left(&sandbox), [""; 0]);
    assert_eq!(ask(&sandbox, 2).await, [200; 2]);
    sandbox.inject(Fault::status(500).unwrap());
    assert_eq!(ask(&sandbox, 2).await, [500; 2]);
}

#[tokio::test]
async fn a_fault_comes_on_the_next_calls() {
    let sandbox = with_faults(&["503 next=3"]).await;
    assert_eq!(ask(&sandbox, 1).await, [503]);
    assert_eq!(left(&sandbox), ["status=503 next=2"]);
    assert_eq!(ask(&sandbox, 3).await, [503, 503, 200]);
    assert_eq!(left(&sandbox), [""; 0]);
}

#[tokio::test]
async fn a_fault_comes_on_every_nth_call() {
    let sandbox = with_faults(&["503 every=3"]).await;
    assert_eq!(ask(&sandbox, 7).await, [200, 200, 503, 200, 200, 503, 200]);
    assert_eq!(left(&sandbox), ["status=503 every=3"]);
    assert_eq!(ask(&with_faults(&["503 every=1"]).await, 3).await, [503; 3]);
}

#[tokio::test]
async fn a_fault_comes_on_a_share_of_the_calls_that_depends_on_the_seed() {
    let faulted = async |fault: &str| ask(&with_faults(&[fault]).await, 60).await;
    let first = faulted("503 share=0.3 seed=7").await;
    assert_eq!(faulted("503 seed=7 share=0.3").await, first);
    assert_ne!(faulted("503 share=0.3 seed=8").await, first);
    assert_eq!(faulted("503 share=0.3").await, faulted("503 share=0.3 seed=0").await);
    let count = first.iter().filter(|status| **status == 503).count();
    assert_eq!(count, 16, "of 60 calls, where 18 are to be expected");
    assert_eq!(faulted("503 share=0").await, [200; 60]);
    assert_eq!(faulted("503 share=1").await, [503; 60]);
}

#[tokio::test]
async fn the_first_fault_that_is_due_comes_and_alone_is_counted() {
    let sandbox = with_faults(&["501 next=2", "502 next=1", "503 every=2"]).await;
    assert_eq!(ask(&sandbox, 2).await, [501; 2]);
    assert_eq!(left(&sandbox), ["status=502 next=1", "status=503 every=2"]);
    assert_eq!(ask(&sandbox, 5).await, [502, 200, 503, 200, 503]);

    let sandbox = with_faults(&["503 every=2", "501 next=2"]).await;
    assert_eq!(ask(&sandbox, 4).await, [501, 503, 501, 503]);
}

#[tokio::test]
async fn a_fault_of_one_endpoint_does_not_count_calls_of_the_other() {
    let sandbox = with_faults(&["503 next=1 on=token", "502 every=2"]).await;
    let form = token_form(&sandbox.apps()[0]);
    assert_eq!(ask(&sandbox, 1).await, [200]);
    assert_eq!(left(&sandbox), ["status=503 next=1 on=token", "status=502 every=2"]);
    assert_eq!(ask_token(&sandbox, &form).await.status(), 503);
    assert_eq!(ask_token(&sandbox, &form).await.status(), 200);
    assert_eq!(ask(&sandbox, 1).await, [502]);

    let sandbox = with_faults(&["503 every=2 on=both"]).await;
    assert_eq!(ask(&sandbox, 1).await, [200]);
    assert_eq!(ask_token(&sandbox, &form).await.status(), 503, "it is the second call");
}

#[tokio::test]
async fn faults_of_the_builder_are_in_force_from_the_start_and_in_order() {
    let [first, second] = ["501 next=1", "502 next=1"].map(|fault| fault.parse().unwrap());
    let sandbox = Sandbox::builder().fault(first).fault(second).start().await.unwrap();
    assert_eq!(left(&sandbox), ["status=501 next=1", "status=502 next=1"]);
    assert_eq!(ask(&sandbox, 3).await, [501, 502, 200]);
}

#[tokio::test]
async fn calls_of_other_routes_are_not_counted() {
    let sandbox = with_faults(&["503 next=1 on=both"]).await;
    assert_eq!(get(&sandbox, "/elsewhere").await.status(), 404);
    assert_eq!(left(&sandbox), ["status=503 next=1 on=both"]);
    assert_eq!(ask(&sandbox, 1).await, [503]);
}
