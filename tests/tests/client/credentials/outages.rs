//! A host to sign in at that does not answer as one: the credential is not to blame.

use mde_client::{AzureCredential, Client, Error, ErrorKind};
use mde_sandbox::Sandbox;

use crate::{ADDRESS, describe};

async fn at_a_host_with(fault: &str) -> Error {
    let sandbox = Sandbox::builder().tls(true).fault(fault.parse().unwrap()).start().await.unwrap();
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let app = sandbox.apps().first().unwrap();
    let credential = AzureCredential::client_secret(sandbox.tenant(), app.client_id(), app.client_secret()).unwrap();
    let http = reqwest::Client::builder().add_root_certificate(authority);
    let client = Client::builder().endpoint(sandbox.url()).credential(credential).http(http).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err()
}

#[tokio::test]
async fn what_is_said() {
    let (page, busy, reset, no_token, nothing) = tokio::join!(
        at_a_host_with("html=502 on=token"),
        at_a_host_with("status=503 on=token"),
        at_a_host_with("reset on=token"),
        at_a_host_with("html=200 on=token"),
        nobody_listens(),
    );
    let cases = [
        ("a page with 502", page, ErrorKind::Service),
        ("503", busy, ErrorKind::Service),
        ("a reset", reset, ErrorKind::Transport),
        ("a page with 200", no_token, ErrorKind::Service),
        ("nobody listens", nothing, ErrorKind::Transport),
    ];
    let mut texts = Vec::new();
    for (name, error, kind) in cases {
        assert_eq!((error.kind(), error.may_have_been_sent()), (kind, false), "{name}");
        // The causes are the Azure SDK's and the operating system's.
        let ours = describe(&error);
        let ours = ours.lines().take_while(|line| !line.starts_with("cause: ")).collect::<Vec<_>>().join("\n");
        texts.push(format!("# {name}\n{ours}\n"));
    }
    insta::with_settings!({ filters => [(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT")] }, {
        insta::assert_snapshot!(texts.join("\n"));
    });
}

async fn nobody_listens() -> Error {
    // No program may listen on port 1 without special rights.
    let credential = AzureCredential::client_secret("contoso.example", "an-app", "the secret of it").unwrap();
    let client = Client::builder().endpoint("https://127.0.0.1:1").credential(credential).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err()
}
