//! Signing in with a certificate. It takes the feature `azure-certificate`, and the `openssl` command to make one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use mde_client::{AzureCredential, CallOptions, Client, Error, ErrorKind, InOrgIpStats, Response};
use mde_sandbox::{App, Sandbox};

const PASSWORD: &str = "the password of the archive";
const CLIENT_ID: &str = "5a4db0c5-0000-4000-8000-0000000000aa";

/// A certificate as an app registration has it, and with its key as the app itself has it.
struct Identity {
    certificate: Vec<u8>,
    archive: Vec<u8>,
}

fn identity() -> Identity {
    let folder = tempfile::tempdir().unwrap();
    let folder: &Path = folder.path();
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments.split(' ')).arg("-passout").arg(format!("pass:{PASSWORD}"));
        assert!(command.output().unwrap().status.success(), "openssl {arguments}");
    };
    openssl("req -x509 -newkey rsa:2048 -noenc -subj /CN=app -days 1 -keyout key.pem -out certificate.pem");
    openssl("pkcs12 -export -inkey key.pem -in certificate.pem -out app.pfx");
    let read = |name| std::fs::read(folder.join(name)).unwrap();
    Identity { certificate: read("certificate.pem"), archive: read("app.pfx") }
}

/// Knows one app by its certificate, or has none to know it by.
async fn sandbox(certificate: Option<&[u8]>) -> Sandbox {
    let app = App::new(CLIENT_ID, "a secret that nobody uses").with_role("Ip.Read.All");
    let app = match certificate {
        Some(certificate) => app.with_certificate(certificate).unwrap(),
        None => app,
    };
    Sandbox::builder().tls(true).app(app).start().await.unwrap()
}

async fn ask(sandbox: &Sandbox, archive: &[u8], password: &str) -> Result<Response<InOrgIpStats>, Error> {
    let credential = AzureCredential::client_certificate(sandbox.tenant(), CLIENT_ID, archive, Some(password)).unwrap();
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder()
        .endpoint(sandbox.url())
        .credential(credential)
        .http(reqwest::Client::builder().add_root_certificate(authority))
        .options(CallOptions::new().max_retries(0))
        .build()
        .unwrap();
    let answer = client.get_ip_statistics(Ipv4Addr::new(10, 209, 67, 177)).look_back_hours(48).send().await;
    assert!(!format!("{answer:?}{client:?}").contains(PASSWORD));
    answer
}

/// The error of who cannot sign in.
async fn refused(sandbox: &Sandbox, archive: &[u8], password: &str) -> Error {
    let error = ask(sandbox, archive, password).await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false), "{error}");
    error
}

/// What a person reads, from the advice down to the words of the token endpoint.
fn with_causes(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Method, path and status of what the sandbox received.
fn received(sandbox: &Sandbox) -> Vec<String> {
    let line = |it: &mde_sandbox::ReceivedRequest| format!("{} {} {}", it.method, it.path_and_query, it.status);
    sandbox.requests().iter().map(line).collect()
}

#[tokio::test]
async fn a_certificate_gets_an_answer() {
    let identity = identity();
    let sandbox = sandbox(Some(&identity.certificate)).await;
    let answer = ask(&sandbox, &identity.archive, PASSWORD).await.unwrap();
    assert_eq!(answer.ip_address, Ipv4Addr::new(10, 209, 67, 177));
    let login = format!("POST /{}/oauth2/v2.0/token 200", sandbox.tenant());
    assert_eq!(received(&sandbox), [login.as_str(), "GET /api/ips/10.209.67.177/stats?lookBackHours=48 200"]);
}

#[tokio::test]
async fn what_a_person_is_told_whose_certificate_is_not_registered() {
    let (known, stranger) = (identity(), identity());
    let of_another = format!("No certificate that is registered with app '{CLIENT_ID}' has the thumbprint ");
    let of_nobody = format!("No certificate is registered with app '{CLIENT_ID}'");
    for (registered, told) in [(Some(&*known.certificate), of_another), (None, of_nobody)] {
        let sandbox = sandbox(registered).await;
        let error = refused(&sandbox, &stranger.archive, PASSWORD).await;
        assert!(with_causes(&error).contains(&told), "{}", with_causes(&error));
        assert_eq!(received(&sandbox), [format!("POST /{}/oauth2/v2.0/token 401", sandbox.tenant())]);
    }
}

#[tokio::test]
async fn an_archive_that_cannot_be_opened() {
    let identity = identity();
    let sandbox = sandbox(Some(&identity.certificate)).await;
    for (archive, password) in [(&*identity.archive, "another password"), (b"no archive", PASSWORD)] {
        let error = refused(&sandbox, archive, password).await;
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}
