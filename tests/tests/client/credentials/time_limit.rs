//! How long is waited for a token: signing in has a limit of its own, and a call has one for all that it does.

use std::sync::Arc;
use std::time::Duration;

use mde_client::{
    AzureCredential, CallOptions, Client, Error, ErrorKind, SignInHint, StaticToken, TokenProvider, operations,
};
use mde_tests::{ManualClock, Scripted, Step};

use super::{Asked, Provider, builder, hour, on_a_clock, server, tokens};
use crate::{ADDRESS, assert_errors};

/// Asks for nothing, but for what the given times say.
fn never() -> Provider {
    Provider::new(|_| std::future::pending::<Asked>())
}

/// Gives no token to who asks first.
fn hangs_at_first() -> Provider {
    Provider::new(|number| async move { if number == 1 { std::future::pending().await } else { Ok(hour(number)) } })
}

const SECOND: Duration = Duration::from_secs(1);

/// Whichever limit ends first is named, with what was waited for.
#[tokio::test]
async fn which_limit_it_was() {
    let cases = [
        ("the key of the quota", None, 60),
        ("the claims of the token", None, 60),
        ("a call with as much time", Some(60), 60),
        ("a call with more time", Some(90), 60),
        ("a call with less time", Some(5), 5),
    ];
    let mut errors = Vec::new();
    for (name, of_call, expected) in cases {
        let server = server(0).await;
        let (client, clock) = on_a_clock(&server, &never());
        let begun = clock.elapsed();
        let asked = tokio::spawn(ask(client, name, of_call));
        clock.somebody_sleeps(expected * SECOND).await;
        clock.advance(expected * SECOND - Duration::from_millis(1));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished(), "{name}: too early");
        clock.advance(Duration::from_millis(1));
        let error = asked.await.unwrap();
        let kind = if expected == 60 { ErrorKind::Credential } else { ErrorKind::Timeout };
        assert_eq!((error.kind(), error.may_have_been_sent()), (kind, false), "{name}");
        assert_eq!(clock.elapsed() - begun, expected * SECOND, "{name}");
        errors.push((name, error));
    }
    assert_errors("which-limit", &errors);
}

async fn ask(client: Client, what: &str, time: Option<u32>) -> Error {
    match (what, time) {
        (_, Some(seconds)) => {
            let options = CallOptions::new().call_timeout(seconds * SECOND);
            client.get_ip_statistics(ADDRESS).options(options).send().await.unwrap_err()
        }
        ("the key of the quota", None) => client.quota_key(&operations::GET_IP_STATISTICS).await.unwrap_err(),
        (_, None) => client.token_claims().await.unwrap_err(),
    }
}

/// Those who wait for a request that hangs share its failure, and the next one asks anew.
#[tokio::test]
async fn who_waits_with_others_waits_no_longer() {
    let server = server(1).await;
    let provider = hangs_at_first();
    let (client, clock) = on_a_clock(&server, &provider);
    let first = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(1).await;
    clock.advance(30 * SECOND);
    let later: Vec<_> = (0..4).map(|_| tokio::spawn(client.get_ip_statistics(ADDRESS).send())).collect();
    // Their own limit.
    clock.somebody_sleeps(60 * SECOND).await;
    clock.advance(30 * SECOND);
    for call in later.into_iter().chain([first]) {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential, "{error}");
    }
    assert_eq!(provider.asked(), 1);

    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["token-2"]);
}

/// Where one who asks is dropped, those who wait for it go on at once.
#[tokio::test]
async fn who_waits_for_one_that_is_dropped_asks_next() {
    let server = server(1).await;
    let provider = hangs_at_first();
    let (client, clock) = on_a_clock(&server, &provider);
    let first = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(1).await;
    clock.advance(SECOND);
    let second = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    clock.somebody_sleeps(60 * SECOND).await;
    first.abort();
    second.await.unwrap().unwrap();
    assert_eq!((tokens(&server), provider.asked()), (vec!["token-2".to_owned()], 2));
}

/// After a 401, for which a new token is wanted, too; the refusal is what remains.
#[tokio::test]
async fn a_renewal_after_a_refusal() {
    let refusal = Step::answer("401 Unauthorized", &[], "");
    let server = Scripted::start([refusal]).await.unwrap();
    let provider =
        Provider::new(|number| async move { if number > 1 { std::future::pending().await } else { Ok(hour(number)) } });
    let clock = ManualClock::default();
    let builder = builder(&server, &provider).clock(clock.clone()).sign_in_timeout(3 * SECOND);
    let client = builder.build().unwrap();
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(2).await;
    clock.somebody_sleeps(3 * SECOND).await;
    clock.advance(3 * SECOND);
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("the credential gave no token within 3 s"), "{cause}");
}

/// The early renewal, which can be done without, has no more time than signing in.
#[tokio::test]
async fn an_early_renewal() {
    let server = server(2).await;
    let provider =
        Provider::new(|number| async move { if number > 1 { std::future::pending().await } else { Ok(hour(number)) } });
    let clock = ManualClock::default();
    let builder = builder(&server, &provider).clock(clock.clone()).sign_in_timeout(3 * SECOND);
    let client = builder.build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    clock.advance(56 * 60 * SECOND);
    let call = tokio::spawn(client.get_ip_statistics(ADDRESS).send());
    provider.is_asked(2).await;
    clock.somebody_sleeps(3 * SECOND).await;
    clock.advance(3 * SECOND);
    call.await.unwrap().unwrap();
    assert_eq!(tokens(&server), ["token-1", "token-1"]);
}

#[test]
fn what_is_said_of_each_credential() {
    let [tenant, app] = ["contoso.example", "an-app"];
    let own: Arc<dyn TokenProvider> = Arc::new(never());
    let hints: [(&str, SignInHint); 6] = [
        ("of the caller's own", own.hint()),
        ("a token", StaticToken::new("x").hint()),
        ("a client secret", AzureCredential::client_secret(tenant, app, "x").unwrap().hint()),
        ("a workload identity", AzureCredential::workload_identity_of(tenant, app, "file").unwrap().hint()),
        ("a managed identity", AzureCredential::managed_identity().hint()),
        ("the Azure CLI", AzureCredential::azure_cli().hint()),
    ];
    let text: String = hints
        .iter()
        .map(|(name, SignInHint { waits_for, advice })| format!("# {name}\n{waits_for} gave no token\n{advice}\n"))
        .collect();
    insta::assert_snapshot!(text);
}

/// A file that one would have to wait for, or that has no end, is not read.
#[cfg(unix)]
#[tokio::test]
async fn a_token_file_that_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut texts = Vec::new();
    for path in [fifo.as_path(), "/dev/zero".as_ref(), folder.path()] {
        let credential = AzureCredential::workload_identity_of("contoso.example", "an-app", path).unwrap();
        let client = Client::builder().endpoint("eu").credential(credential).build().unwrap();
        let error = client.token_claims().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential);
        texts.push(error.to_string().replace(folder.path().to_str().unwrap(), "FOLDER"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}
