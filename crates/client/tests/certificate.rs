//! Signing in with a certificate. It takes the feature `azure-certificate`, and the `openssl` command to make one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use mde_client::{AzureCredential, CallOptions, Client, Error, ErrorKind};
use mde_sandbox::Sandbox;

const PASSWORD: &str = "the password of the archive";

/// A certificate with its key, as an app registration has one.
fn archive(folder: &Path) -> Vec<u8> {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments.split(' ')).arg("-passout").arg(format!("pass:{PASSWORD}"));
        assert!(command.output().unwrap().status.success(), "openssl {arguments}");
    };
    openssl("req -x509 -newkey rsa:2048 -noenc -subj /CN=app -days 1 -keyout key.pem -out certificate.pem");
    openssl("pkcs12 -export -inkey key.pem -in certificate.pem -out app.pfx");
    std::fs::read(folder.join("app.pfx")).unwrap()
}

/// What becomes of a call to a sandbox, which knows its apps by their secrets and takes no certificate.
async fn sign_in(sandbox: &Sandbox, archive: &[u8], password: &str) -> Error {
    let app = sandbox.apps().first().unwrap();
    let credential =
        AzureCredential::client_certificate(sandbox.tenant(), app.client_id(), archive, Some(password)).unwrap();
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder()
        .endpoint(sandbox.url())
        .credential(credential)
        .http(reqwest::Client::builder().add_root_certificate(authority))
        .options(CallOptions::new().max_retries(0))
        .build()
        .unwrap();
    let error = client.get_ip_statistics(Ipv4Addr::new(10, 209, 67, 177)).send().await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false), "{error}");
    assert!(!format!("{error:?}{client:?}").contains(PASSWORD));
    error
}

#[tokio::test]
async fn a_certificate_signs_for_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let error = sign_in(&sandbox, &archive(folder.path()), PASSWORD).await;
    // The sandbox says so only to who sends an assertion.
    assert!(format!("{error:?}").contains("no client assertion"), "{error:?}");
    let asked: Vec<_> = sandbox.requests().into_iter().map(|request| request.path_and_query).collect();
    assert_eq!(asked, [format!("/{}/oauth2/v2.0/token", sandbox.tenant())]);
}

#[tokio::test]
async fn an_archive_that_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    for (archive, password) in [(archive(folder.path()), "another password"), (b"no archive".to_vec(), PASSWORD)] {
        let error = sign_in(&sandbox, &archive, password).await;
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}
