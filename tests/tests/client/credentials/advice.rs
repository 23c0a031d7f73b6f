//! What is said where there is no token: what happened, and what to check.

use std::error::Error as _;
use std::fmt;

use mde_client::{BoxError, Client, Error, ErrorKind};

use super::{Provider, builder, server};
use crate::{ADDRESS, describe};

/// An error with a cause, as a credential may report it.
#[derive(Debug)]
struct Failure {
    text: String,
    cause: Option<Box<Failure>>,
}

impl Failure {
    fn new(texts: &[String]) -> Self {
        let cause = (texts.len() > 1).then(|| Box::new(Self::new(&texts[1..])));
        Self { text: texts[0].clone(), cause }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Fails with these texts, each the cause of the one before.
fn provider(texts: &[&str]) -> Provider {
    let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    Provider::new(move |_| {
        let failure: BoxError = Box::new(Failure::new(&texts));
        async { Err(failure) }
    })
}

async fn error(texts: &[&str]) -> Error {
    let server = server(0).await;
    let client = builder(&server, &provider(texts)).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err()
}

/// The texts are ours, in the form that Entra writes.
#[tokio::test]
async fn by_the_code() {
    const CASES: [(&str, &[&str]); 13] = [
        ("wrong secret", &["AADSTS7000215: The secret is wrong. Trace ID: t-1 Correlation ID: c-1"]),
        ("expired secret", &["AADSTS7000222: The secret has expired.\r\nTrace ID: t-1"]),
        ("unknown app", &["AADSTS700016: There is no such app in the tenant."]),
        ("unknown tenant", &["AADSTS90002: There is no such tenant."]),
        ("bad scope", &["AADSTS70011: The scope is not valid."]),
        ("another code", &["AADSTS53003: A policy forbids it."]),
        ("a code in a cause", &["no token", "HTTP 401", "invalid_client: AADSTS7000215: The secret is wrong."]),
        ("no code", &["AADSTS: nothing of use", "the disk is full"]),
        ("Azure CLI", &["AzureCliCredential authentication failed. az not found on PATH"]),
        ("Azure CLI with a code", &["Please run: az login", "AADSTS700082: The refresh token has expired."]),
        ("Azure CLI without consent", &["Please run: az login", "AADSTS65001: Nobody has consented to it."]),
        (
            "a managed identity that is not there",
            &["ManagedIdentityCredential authentication failed. IMDS does not answer."],
        ),
        ("control characters", &["AADSTS90002: a\tb\u{1b}[31mc"]),
    ];
    let mut texts = Vec::new();
    for (name, chain) in CASES {
        let error = error(chain).await;
        assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::Credential, false), "{name}");
        texts.push(format!("# {name}\n{}", describe(&error)));
    }
    insta::with_settings!({ filters => [(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT")] }, {
        insta::assert_snapshot!(texts.join("\n"));
    });
}

#[tokio::test]
async fn a_text_without_end_is_cut() {
    let error = error(&[&format!("AADSTS90002: {}", "ä".repeat(5000))]).await;
    assert_eq!(error.message().unwrap().chars().count(), 301);
    assert!(error.problem().ends_with("ä…"), "{error}");
}

/// A program finds its own error again, and not only the text of it.
#[tokio::test]
async fn the_cause_keeps_its_type() {
    let error = error(&["the vault is sealed"]).await;
    let cause = error.source().unwrap();
    assert_eq!(cause.downcast_ref::<Failure>().unwrap().text, "the vault is sealed");
}

/// The advice is about the endpoint that was asked for.
#[tokio::test]
async fn in_another_cloud() {
    let mut errors = Vec::new();
    for text in ["AADSTS90002: no tenant", "AADSTS70011: no scope", "nothing"] {
        let provider = Provider { scope: "https://api-gov.securitycenter.microsoft.us/.default", ..provider(&[text]) };
        let client = Client::builder().endpoint("gcc-high").credential(provider).build().unwrap();
        errors.push(client.get_ip_statistics(ADDRESS).send().await.unwrap_err().to_string());
    }
    insta::assert_snapshot!(errors.join("\n\n"));
}
