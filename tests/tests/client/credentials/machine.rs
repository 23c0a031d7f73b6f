//! Credentials that the machine holds: what its environment and its programs say. The environment of a process cannot be
//! changed while tests run beside each other, so this program is run again, with another environment, for one test that
//! says what it finds.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;

use mde_client::{AzureCredential, Client, EnvironmentCredential, Error, TokenProvider};
use mde_tests::{Scripted, Step};

use super::{good, tokens};
use crate::{ADDRESS, TOKEN};

/// All variables that have a say.
const NAMES: [&str; 7] = [
    "MDE_TOKEN",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

#[tokio::test]
#[ignore = "says what it finds in an environment that another test makes"]
async fn says_what_it_finds() {
    let found = match std::env::var("ASKED_FOR").unwrap().as_str() {
        "environment" => shown(EnvironmentCredential::from_env()),
        "workload identity" => shown(AzureCredential::workload_identity()),
        "Azure CLI" => token_of(AzureCredential::azure_cli()).await,
        "Azure CLI in a tenant" => token_of(AzureCredential::azure_cli_in_tenant("contoso.example").unwrap()).await,
        "managed identity" => token_of(AzureCredential::managed_identity()).await,
        "assigned identity" => token_of(AzureCredential::user_assigned_identity("an-app").unwrap()).await,
        other => panic!("{other}"),
    };
    std::fs::write(std::env::var_os("FOUND_FILE").unwrap(), found).unwrap();
}

fn shown<T: std::fmt::Debug>(credential: Result<T, Error>) -> String {
    credential.map_or_else(|error| error.to_string(), |credential| format!("{credential:?}"))
}

/// The token that a call sends, or why there is none.
async fn token_of(credential: impl TokenProvider) -> String {
    let server = Scripted::start([good()]).await.unwrap();
    let client = Client::builder().endpoint(server.url()).credential(credential).build().unwrap();
    let answer = client.get_ip_statistics(ADDRESS).send().await;
    answer.map_or_else(|error| error.to_string(), |_| tokens(&server).concat())
}

async fn found<V: AsRef<OsStr>>(asked_for: &str, environment: &[(&str, V)]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    let (_crate, test) = concat!(module_path!(), "::says_what_it_finds").split_once("::").unwrap();
    command.args([test, "--exact", "--ignored"]).env("ASKED_FOR", asked_for).env("FOUND_FILE", file.path());
    for name in NAMES {
        command.env_remove(name);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::fs::read_to_string(file.path()).unwrap()
}

#[tokio::test]
async fn the_environment() {
    let token = found("environment", &[("MDE_TOKEN", TOKEN)]).await;
    assert_eq!(token, "EnvironmentCredential(Token(StaticToken(AccessToken { expiry: Never, .. })))");
    insta::assert_snapshot!("environment-empty", found::<&str>("environment", &[]).await);
    let broken = OsString::from_vec(b"secret-\xff".to_vec());
    insta::assert_snapshot!("environment-not-utf-8", found("environment", &[("MDE_TOKEN", broken)]).await);
}

#[tokio::test]
async fn a_workload_identity() {
    let all =
        [("AZURE_TENANT_ID", "contoso.example"), ("AZURE_CLIENT_ID", "an-app"), ("AZURE_FEDERATED_TOKEN_FILE", "file")];
    let for_people = [("AZURE_TENANT_ID", "organizations"), all[1], all[2]];
    let mut texts = Vec::new();
    for environment in [&all[..], &all[..2], &all[..1], &[], &for_people] {
        texts.push(found("workload identity", environment).await);
    }
    insta::assert_snapshot!(texts.join("\n\n"));
}

/// The program `az` is one of the test's, which writes its arguments into the token.
#[tokio::test]
async fn azure_cli() {
    const PROGRAM: &str = r#"#!/bin/sh
words=$(echo "$@" | tr ' ' '_')
echo "{\"accessToken\":\"$words\",\"expires_on\":4102444800,\"tokenType\":\"Bearer\"}"
"#;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("az");
    std::fs::write(&program, PROGRAM).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let with = [("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))];
    let mut texts = vec![found("Azure CLI", &with).await, found("Azure CLI in a tenant", &with).await];
    let without = tempfile::tempdir().unwrap();
    texts.push(found("Azure CLI", &[("PATH", without.path())]).await);
    insta::assert_snapshot!(texts.join("\n\n"));
}

/// The machine's own network is asked for it, past a proxy that nobody answers at.
#[tokio::test]
async fn a_managed_identity() {
    const GIVEN: &str =
        r#"{"access_token":"token-of-the-machine","expires_on":"4102444800","resource":"r","token_type":"Bearer"}"#;
    let server = Scripted::start(vec![Step::json(GIVEN); 2]).await.unwrap();
    let endpoint = format!("{}/msi/token", server.url());
    let nowhere = "http://127.0.0.1:1".to_owned();
    let environment = [
        ("IDENTITY_ENDPOINT", endpoint),
        ("IDENTITY_HEADER", "h".to_owned()),
        ("HTTP_PROXY", nowhere.clone()),
        ("http_proxy", nowhere),
    ];
    for asked_for in ["managed identity", "assigned identity"] {
        assert_eq!(found(asked_for, &environment).await, "token-of-the-machine");
    }
    let lines: Vec<_> = server.requests().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
