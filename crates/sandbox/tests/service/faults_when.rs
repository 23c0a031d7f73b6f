//! On which calls faults come, several at once, and how they end.

use mde_sandbox::{Fault, Sandbox};

use crate::support::{ask_token, get, sandbox, token_form};

const PATH: &str = "/api/ips/203.0.113.7/stats";

async fn faulty(faults: &[&str]) -> Sandbox {
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
    let sandbox = faulty(&["503"]).await;
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
    let sandbox = faulty(&["503 next=3"]).await;
    assert_eq!(ask(&sandbox, 1).await, [503]);
    assert_eq!(left(&sandbox), ["status=503 next=2"]);
    assert_eq!(ask(&sandbox, 3).await, [503, 503, 200]);
    assert_eq!(left(&sandbox), [""; 0]);
}

#[tokio::test]
async fn a_fault_comes_on_every_nth_call() {
    let sandbox = faulty(&["503 every=3"]).await;
    assert_eq!(ask(&sandbox, 7).await, [200, 200, 503, 200, 200, 503, 200]);
    assert_eq!(left(&sandbox), ["status=503 every=3"]);
    assert_eq!(ask(&faulty(&["503 every=1"]).await, 3).await, [503; 3]);
}

#[tokio::test]
async fn a_fault_comes_on_a_share_of_the_calls_that_depends_on_the_seed() {
    let faulted = async |fault: &str| ask(&faulty(&[fault]).await, 60).await;
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
    let sandbox = faulty(&["501 next=2", "502 next=1", "503 every=2"]).await;
    assert_eq!(ask(&sandbox, 2).await, [501; 2]);
    assert_eq!(left(&sandbox), ["status=502 next=1", "status=503 every=2"]);
    assert_eq!(ask(&sandbox, 5).await, [502, 200, 503, 200, 503]);

    let sandbox = faulty(&["503 every=2", "501 next=2"]).await;
    assert_eq!(ask(&sandbox, 4).await, [501, 503, 501, 503]);
}

#[tokio::test]
async fn a_fault_of_one_endpoint_does_not_count_calls_of_the_other() {
    let sandbox = faulty(&["503 next=1 on=token", "502 every=2"]).await;
    let form = token_form(&sandbox.apps()[0]);
    assert_eq!(ask(&sandbox, 1).await, [200]);
    assert_eq!(left(&sandbox), ["status=503 next=1 on=token", "status=502 every=2"]);
    assert_eq!(ask_token(&sandbox, &form).await.status(), 503);
    assert_eq!(ask_token(&sandbox, &form).await.status(), 200);
    assert_eq!(ask(&sandbox, 1).await, [502]);

    let sandbox = faulty(&["503 every=2 on=both"]).await;
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
    let sandbox = faulty(&["503 next=1 on=both"]).await;
    assert_eq!(get(&sandbox, "/elsewhere").await.status(), 404);
    assert_eq!(left(&sandbox), ["status=503 next=1 on=both"]);
    assert_eq!(ask(&sandbox, 1).await, [503]);
}
