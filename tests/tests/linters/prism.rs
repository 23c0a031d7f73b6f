//! Prism, which makes a service of the contract: it answers with the examples, and refuses what the contract does not allow.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mde_client::{CallOptions, Client, ErrorKind, InOrgIpStats};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value as Json;

use crate::{contract, installed};

/// A running Prism, which ends with this.
struct Prism {
    process: Child,
    url: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prism {
    /// Starts it at a free port of this machine, and waits until it listens.
    async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        // The script of the package itself: node would outlive a shell around it.
        let mut process = Command::new("node")
            .arg(installed("node_modules/@stoplight/prism-cli/dist/index.js"))
            .args(["mock", "--errors", "--host", "127.0.0.1", "--port", &free.port().to_string()])
            .arg(contract())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..600 {
            if TcpStream::connect(free).is_ok() {
                return Self { process, url: format!("http://{free}") };
            }
            assert_eq!(process.try_wait().unwrap(), None, "Prism ended before it listened");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let _ = process.kill();
        panic!("Prism does not listen");
    }

    /// The client as users have it; `prefer` asks Prism for one of its answers.
    fn client(&self, prefer: Option<&'static str>) -> Client {
        let headers = prefer.map(|prefer| ("prefer".parse().unwrap(), HeaderValue::from_static(prefer)));
        let http = reqwest::Client::builder().default_headers(HeaderMap::from_iter(headers));
        let builder = Client::builder().endpoint(self.url.as_str()).token("made-up").http(http);
        builder.options(CallOptions::new().max_retries(0)).build().unwrap()
    }
}

/// The answer of a source, as its file has it.
fn documented(path: &str) -> &'static str {
    mde_openapi::FILES.iter().find(|file| file.path == path).unwrap().text
}

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 209, 67, 177);

#[tokio::test]
#[ignore = "needs Prism from the npm registry"]
async fn prism_answers_our_client_as_documented() {
    let prism = Prism::start().await;
    let answer = prism.client(None).get_ip_statistics(ADDRESS).look_back_hours(48).send().await.unwrap();
    let expected: InOrgIpStats =
        serde_json::from_str(documented("documented/microsoft-learn-ip-statistics/answer.json")).unwrap();
    assert_eq!(*answer, expected);

    // Prism answers about another address than the one that was asked about, which our client does not take.
    let error = prism.client(None).get_ip_statistics(Ipv4Addr::new(192, 0, 2, 1)).send().await.unwrap_err();
    assert!(error.to_string().contains("ipAddress"), "{error}");

    let unseen = prism.client(Some("example=recording-swimlane-unknown-address"));
    let answer = unseen.get_ip_statistics(Ipv4Addr::new(192, 168, 1, 1)).send().await.unwrap();
    assert_eq!(
        *answer,
        InOrgIpStats::new(Ipv4Addr::new(192, 168, 1, 1), 0)
            .with_odata_context(answer.odata_context.clone().unwrap())
            .with_org_prevalence("0")
    );
}

#[tokio::test]
#[ignore = "needs Prism from the npm registry"]
async fn prism_refuses_as_recorded_and_what_the_contract_does_not_allow() {
    let prism = Prism::start().await;
    let error = prism.client(Some("code=429")).get_ip_statistics(ADDRESS).send().await.unwrap_err();
    let recorded: Json = serde_json::from_str(documented("documented/recording-429-per-minute/answer.json")).unwrap();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(
        (error.code(), error.message()),
        (recorded["error"]["code"].as_str(), recorded["error"]["message"].as_str())
    );

    let refused = async |path: &str, token: Option<&str>| {
        let request = reqwest::Client::new().get(format!("{}{path}", prism.url));
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(refused("/api/ips/10.209.67.177/stats?lookBackHours=720", Some("made-up")).await, 200);
    assert_eq!(refused("/api/ips/10.209.67.177/stats?lookBackHours=721", Some("made-up")).await, 400);
    assert_eq!(refused("/api/ips/localhost/stats", Some("made-up")).await, 400);
    assert_eq!(refused("/api/ips/10.209.67.177/stats", None).await, 401);
}
