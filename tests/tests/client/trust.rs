//! A machine without certificates of authorities that it trusts. This program is run again on one.
#![cfg(target_os = "linux")]

use std::process::Command;

use mde_client::{Client, ErrorKind};
use mde_tests::{Scripted, Step};

use crate::{ADDRESS, TOKEN};

#[tokio::test]
#[ignore = "is for an environment that another test makes"]
async fn without_authorities() {
    let server = Scripted::start([Step::json(r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#)]).await;
    let server = server.unwrap();
    let client = Client::builder().endpoint(server.url()).token(TOKEN).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();

    let own = || reqwest::Client::builder().no_proxy();
    for builder in [Client::builder().endpoint("eu"), Client::builder().endpoint("eu").http(own())] {
        let error = builder.token(TOKEN).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(
            error.to_string(),
            "the HTTP client cannot be built\nthis machine trusts no certificate authority: install the package \
             ca-certificates, or name a file of them by SSL_CERT_FILE"
        );
    }
}

#[test]
fn this_machine_is_asked_all_the_same() {
    let name = concat!(module_path!(), "::without_authorities");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name.split_once("::").unwrap().1, "--exact", "--ignored"]);
    command.env_remove("SSL_CERT_DIR").env("SSL_CERT_FILE", "/nonexistent");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
