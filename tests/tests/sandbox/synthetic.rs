//! The synthetic figures against the contract.

use mde_sandbox::Sandbox;
use reqwest::Client;

use crate::answer::Answer;
use crate::contract::{findings, operations};

/// The addresses of [`mde_sandbox::Events::synthetic`], and one that it has not.
const ADDRESSES: [&str; 11] = [
    "10.209.67.177",
    "10.0.0.53",
    "8.8.8.8",
    "1.1.1.1",
    "203.0.113.7",
    "198.51.100.23",
    "192.0.2.44",
    "172.217.9.206",
    "2001:db8::8:42",
    "2001:db8::ff00:42:8329",
    "192.168.1.1",
];

#[tokio::test]
async fn every_synthetic_figure_keeps_strictly_to_the_contract() {
    let sandbox = Sandbox::builder().quota("4294967295/1s".parse().unwrap()).start().await.unwrap();
    let http = Client::builder().no_proxy().build().unwrap();
    for address in ADDRESSES {
        for query in ["", "?lookBackHours=1", "?lookBackHours=24", "?lookBackHours=48", "?lookBackHours=720"] {
            let path = format!("/api/ips/{address}/stats");
            let request = http.get(format!("{}{path}{query}", sandbox.url())).bearer_auth(sandbox.token());
            let answer = Answer::of(request.send().await.unwrap()).await;
            assert_eq!(answer.status, 200, "{path}{query}");
            assert_eq!(findings(&operations()[0], &path, &answer), Vec::<String>::new(), "{path}{query}");
        }
    }
}
