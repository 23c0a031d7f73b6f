//! Signing in with a certificate, in each form in which other programs write it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;

use mde_client::{AzureCredential, CallOptions, Client, Error, ErrorKind, InOrgIpStats, Response};
use mde_sandbox::{App, Sandbox};

const PASSWORD: &str = "a password of the tests";
const CLIENT_ID: &str = "5a4db0c5-0000-4000-8000-0000000000aa";

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("certificates/", $name)).as_slice()
    };
}

/// The certificate and its key without a password.
const PKCS8: &[u8] = file!("pkcs8.pem");

/// A part of the certificate or of its key, by the name of its block.
fn block(name: &str) -> String {
    let text = std::str::from_utf8(PKCS8).unwrap();
    let (_, rest) = text.split_once(&format!("-----BEGIN {name}-----")).unwrap();
    let (inside, _) = rest.split_once(&format!("-----END {name}-----")).unwrap();
    format!("-----BEGIN {name}-----{inside}-----END {name}-----\n")
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

fn credential(certificate: &[u8], password: Option<&str>) -> Result<AzureCredential, Error> {
    AzureCredential::client_certificate("contoso.example", CLIENT_ID, certificate, password)
}

async fn ask(sandbox: &Sandbox, file: &[u8], password: Option<&str>) -> Result<Response<InOrgIpStats>, Error> {
    let credential = AzureCredential::client_certificate(sandbox.tenant(), CLIENT_ID, file, password)?;
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder()
        .endpoint(sandbox.url())
        .credential(credential)
        .http(reqwest::Client::builder().add_root_certificate(authority))
        .options(CallOptions::new().max_retries(0))
        .build()?;
    client.get_ip_statistics(Ipv4Addr::new(10, 209, 67, 177)).look_back_hours(48).send().await
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
async fn each_form_gets_an_answer() {
    let windows = String::from_utf8(PKCS8.to_vec()).unwrap().replace('\n', "\r\n");
    let forms = [
        ("pkcs8.pem", PKCS8, None),
        ("pkcs8.pem, a password that it does not need", PKCS8, Some(PASSWORD)),
        ("pkcs8.pem, line ends of Windows", windows.as_bytes(), None),
        ("pkcs1.pem", file!("pkcs1.pem"), None),
        ("pkcs8-aes256.pem", file!("pkcs8-aes256.pem"), Some(PASSWORD)),
        ("pkcs8-des3.pem", file!("pkcs8-des3.pem"), Some(PASSWORD)),
        ("chain.pem", file!("chain.pem"), None),
        ("aes256.pfx", file!("aes256.pfx"), Some(PASSWORD)),
        ("des3.pfx", file!("des3.pfx"), Some(PASSWORD)),
        ("rc2.pfx", file!("rc2.pfx"), Some(PASSWORD)),
        ("no-password.pfx", file!("no-password.pfx"), None),
    ];
    let sandbox = sandbox(Some(PKCS8)).await;
    let sign_in = format!("POST /{}/oauth2/v2.0/token 200", sandbox.tenant());
    for (form, file, password) in forms {
        let before = sandbox.requests().len();
        let answer = ask(&sandbox, file, password).await.unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(answer.ip_address, Ipv4Addr::new(10, 209, 67, 177));
        let call = "GET /api/ips/10.209.67.177/stats?lookBackHours=48 200";
        assert_eq!(received(&sandbox)[before..], [sign_in.as_str(), call], "{form}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_before_the_first_call() {
    let stranger = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
    let elliptic = stranger.cert.pem() + &stranger.signing_key.serialize_pem();
    let old_elliptic = elliptic.replace("PRIVATE KEY", "EC PRIVATE KEY");
    let (certificate, key) = (block("CERTIFICATE"), block("PRIVATE KEY"));
    let not_its_own = stranger.cert.pem() + &key;
    let damaged_key = certificate.clone() + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let damaged_block = key.replace("MII", "M!!");
    let half = &file!("aes256.pfx")[..1000];
    let cases = [
        ("a wrong password for PEM", file!("pkcs8-aes256.pem"), Some("another")),
        ("no password for PEM", file!("pkcs8-aes256.pem"), None),
        ("a wrong password for an archive", file!("aes256.pfx"), Some("another")),
        ("no password for an archive", file!("aes256.pfx"), None),
        ("no password for an older archive", file!("rc2.pfx"), None),
        ("only a certificate", certificate.as_bytes(), None),
        ("only a key", key.as_bytes(), None),
        ("the certificate of another key", not_its_own.as_bytes(), None),
        ("an EC key", elliptic.as_bytes(), None),
        ("an EC key in its own form", old_elliptic.as_bytes(), None),
        ("the encryption of old PEM", file!("pkcs1-encrypted.pem"), Some(PASSWORD)),
        ("a small key", file!("small-key.pem"), None),
        ("a damaged key", damaged_key.as_bytes(), None),
        ("damaged PEM", damaged_block.as_bytes(), None),
        ("half an archive", half, Some(PASSWORD)),
        ("something else", b"no certificate", Some(PASSWORD)),
        ("nothing", b"", None),
    ];
    let mut table = String::new();
    for (case, file, password) in cases {
        let Err(error) = credential(file, password) else { panic!("{case} is taken") };
        assert_eq!(error.kind(), ErrorKind::Configuration, "{case}");
        table += &format!("# {case}\n{error}\n\n");
    }
    assert!(!table.contains(PASSWORD) && !table.contains("another\n"), "{table}");
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_certificate_that_is_not_registered_is_named_by_the_token_endpoint() {
    let stranger = {
        let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()
    };
    let of_another = format!("No certificate that is registered with app '{CLIENT_ID}' has the thumbprint ");
    let of_nobody = format!("No certificate is registered with app '{CLIENT_ID}'");
    for (registered, reason) in [(Some(stranger.as_bytes()), of_another), (None, of_nobody)] {
        let sandbox = sandbox(registered).await;
        let error = ask(&sandbox, PKCS8, None).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false), "{error}");
        assert!(with_causes(&error).contains(&reason), "{}", with_causes(&error));
        assert_eq!(received(&sandbox), [format!("POST /{}/oauth2/v2.0/token 401", sandbox.tenant())]);
    }
}

#[test]
fn debug_output_holds_no_key() {
    let credential = credential(file!("aes256.pfx"), Some(PASSWORD)).unwrap();
    assert_eq!(format!("{credential:?}"), "AzureCredential(client certificate)");
}
