//! Refresh tokens: used, replaced, refused, and shared by several programs.

use std::sync::atomic::Ordering;

use mde_client::Client;
use mde_tests::FastClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::assert_errors;

const STORED: &str = "stored-refresh-token";

fn grants(host: &Scripted) -> Vec<String> {
    forms(host).iter().map(|form| form["refresh_token"].clone()).collect()
}

#[tokio::test]
async fn one_that_is_replaced() {
    let host = host([tokens("access-1", Some("second-refresh-token")), tokens("access-2", None)]).await;
    let store = Shared::with(STORED);
    let (client, clock) = client(&host, person().store(store.clone()));
    sign_in(&client).await.unwrap();
    clock.advance(3600 * SECOND);
    sign_in(&client).await.unwrap();
    assert_eq!(grants(&host), [STORED, "second-refresh-token"]);
    // An answer without a refresh token leaves the old one as it is.
    assert_eq!((store.text().as_deref(), store.saved.load(Ordering::SeqCst)), (Some("second-refresh-token"), 1));
    let form = &forms(&host)[0];
    assert_eq!(
        (form["grant_type"].as_str(), form["client_id"].as_str(), form["scope"].as_str()),
        ("refresh_token", APP, "https://api.securitycenter.microsoft.com/.default offline_access")
    );
    assert!(host.requests()[0].starts_with("POST /contoso.example/oauth2/v2.0/token HTTP/1.1"));
}

/// Without a prompt there is nothing more to be done; what a person could do is said.
#[tokio::test]
async fn what_is_refused() {
    let entra = |code: &str| format!("AADSTS{code}: It is refused.\r\nTrace ID: t-1\r\nCorrelation ID: c-1");
    let cases = [
        ("expired", refusal("invalid_grant", &entra("700082")), true, true),
        ("revoked", refusal("invalid_grant", &entra("50173")), true, true),
        ("without words", refusal("invalid_grant", ""), true, true),
        ("one more proof", refusal("interaction_required", &entra("50076")), false, true),
        ("no consent", refusal("invalid_grant", &entra("65001")), true, true),
        ("an administrator", refusal("invalid_grant", &entra("90094")), true, true),
        ("not assigned", refusal("invalid_grant", &entra("50105")), true, true),
        ("Conditional Access", refusal("invalid_grant", &entra("53003")), true, true),
        ("no public client", refusal("invalid_client", &entra("7000218")), false, false),
        ("unknown app", refusal("unauthorized_client", &entra("700016")), false, false),
        ("another error", refusal("unheard_of", "\u{1b}[31mred"), false, false),
    ];
    let mut errors = Vec::new();
    for (name, refusal, of_the_token, needs_sign_in) in cases {
        let host = host([refusal]).await;
        let store = Shared::with(STORED);
        let (client, clock) = client(&host, person().store(store.clone()));
        let signing_in = sign_in(&client);
        let error = if of_the_token {
            // Another program may be about to store what it has got instead.
            let waits = async {
                clock.somebody_sleeps(SECOND).await;
                clock.advance(SECOND);
            };
            tokio::join!(signing_in, waits).0
        } else {
            signing_in.await
        }
        .unwrap_err();
        assert_eq!((error.kind(), error.needs_sign_in()), (ErrorKind::Credential, needs_sign_in), "{name}");
        assert_eq!((grants(&host), store.text().as_deref()), (vec![STORED.to_owned()], Some(STORED)), "{name}");
        errors.push((name, error));
    }
    assert_errors("refresh-refused", &errors);
}

#[tokio::test]
async fn nobody_has_signed_in() {
    let host = host([]).await;
    let error = sign_in(&client(&host, person()).0).await.unwrap_err();
    assert!(error.needs_sign_in());
    assert_eq!(host.requests(), Vec::<String>::new());
    crate::assert_error("nobody-signed-in", &error);
}

/// An outage is none of the token's fault.
#[tokio::test]
async fn an_outage_keeps_the_token() {
    let page = "<p>stored-refresh-token</p>";
    let cases = [
        ("a page", Step::answer("200 OK", &["content-type: text/html"], page), ErrorKind::Service),
        ("a page of a proxy", Step::answer("403 Forbidden", &[], page), ErrorKind::Service),
        ("down", refusal_with("503 Service Unavailable"), ErrorKind::Service),
        ("too many", refusal_with("429 Too Many Requests"), ErrorKind::Service),
        ("no token", Step::json("{}"), ErrorKind::Service),
        ("an empty token", tokens("", Some("another-refresh-token")), ErrorKind::Service),
        ("too large", Step::json("x".repeat(1024 * 1024 + 1)), ErrorKind::Service),
        ("broken off", Step::Reset(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_vec()), ErrorKind::Transport),
    ];
    let mut errors = Vec::new();
    for (name, step, kind) in cases {
        let host = host([step]).await;
        let store = Shared::with(STORED);
        let (client, _) = client(&host, person().store(store.clone()));
        let error = sign_in(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.needs_sign_in()), (kind, false), "{name}: {error}");
        assert_eq!(store.text().as_deref(), Some(STORED), "{name}");
        if kind == ErrorKind::Service {
            errors.push((name, error));
        }
    }
    assert_errors("refresh-outage", &errors);
}

fn refusal_with(status: &str) -> Step {
    Step::answer(status, &["content-type: application/json"], r#"{"error":"temporarily_unavailable"}"#)
}

/// A host that never answers is given up before the time for signing in is.
#[tokio::test]
async fn a_host_that_hangs() {
    let host = host([Step::Hang(Vec::new())]).await;
    let (client, clock) = client(&host, person().store(Shared::with(STORED)));
    let waits = async {
        clock.somebody_sleeps(30 * SECOND).await;
        clock.advance(30 * SECOND);
    };
    let error = tokio::join!(sign_in(&client), waits).0.unwrap_err();
    assert_eq!((error.kind(), error.needs_sign_in()), (ErrorKind::Timeout, false));
    assert!(error.problem().contains("did not answer in time"), "{error}");
}

/// A token that cannot be stored is not lost for this program's calls.
#[tokio::test]
async fn a_store_that_fails() {
    let host = host([tokens("access-1", Some("second-refresh-token"))]).await;
    let store = Shared { fails: true, ..Shared::with(STORED) };
    let (client, _) = client(&host, person().store(store.clone()));
    sign_in(&client).await.unwrap();
    assert_eq!(store.saved.load(Ordering::SeqCst), 1);
}

struct Unreadable;

impl RefreshTokenStore for Unreadable {
    fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
        Err("the keychain is locked".into())
    }

    fn save(&self, _: &RefreshToken) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_read() {
    let host = host([]).await;
    let error = sign_in(&client(&host, person().store(Unreadable)).0).await.unwrap_err();
    assert_eq!((error.kind(), error.needs_sign_in()), (ErrorKind::Credential, false));
    crate::assert_error("store-unreadable", &error);
}

/// Another program has used the token before, and stored the next one meanwhile or a moment later.
#[tokio::test]
async fn one_that_another_program_has_replaced() {
    for is_late in [false, true] {
        let host = host([refusal("invalid_grant", "AADSTS70000: no"), tokens("access-2", Some("third-token"))]).await;
        let store = Shared::with(STORED);
        let other = store.clone();
        let (client, clock) = client(&host, person().store(store.clone()));
        let replaces = async {
            if is_late {
                clock.somebody_sleeps(SECOND).await;
            } else {
                while host.requests().is_empty() {
                    tokio::task::yield_now().await;
                }
            }
            other.set("second-token");
            clock.advance(SECOND);
        };
        tokio::join!(sign_in(&client), replaces).0.unwrap();
        assert_eq!(
            (grants(&host), store.text().as_deref()),
            (vec![STORED.to_owned(), "second-token".to_owned()], Some("third-token"))
        );
    }
}

/// The authority may have replaced a token for which nobody waits any more. It is stored all the same.
#[tokio::test]
async fn a_call_that_is_dropped_while_the_token_is_replaced() {
    let host = host([tokens("access-1", Some("second-token")), tokens("access-2", None)]).await;
    let store = Shared::with(STORED);
    let (client, _) = client(&host, person().store(store.clone()));
    let asking = tokio::spawn({
        let client = client.clone();
        async move { sign_in(&client).await }
    });
    while host.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    asking.abort();
    while store.text().as_deref() != Some("second-token") {
        tokio::task::yield_now().await;
    }
    sign_in(&client).await.unwrap();
    assert_eq!(grants(&host).last().unwrap(), "second-token");
}

/// An authority that takes each refresh token once.
async fn rotating_authority() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut current = STORED.to_owned();
        for next in 1.. {
            let mut stream = listener.accept().await.unwrap().0;
            let mut request = Vec::new();
            // The client id comes last in the form.
            while !String::from_utf8_lossy(&request).contains(&format!("client_id={APP}")) {
                stream.read_buf(&mut request).await.unwrap();
            }
            let answer = if String::from_utf8_lossy(&request).contains(&format!("refresh_token={current}&")) {
                current = format!("refresh-token-{next}");
                let body = serde_json::json!({
                    "token_type": "Bearer", "expires_in": 0, "access_token": "access", "refresh_token": current,
                });
                Step::json(body.to_string())
            } else {
                refusal("invalid_grant", "AADSTS70000: It was used before.")
            };
            let Step::Write(bytes) = answer else { unreachable!() };
            stream.write_all(&bytes).await.unwrap();
        }
    });
    url
}

/// Neither of two programs that share a store is signed out, though each token is good for one of them only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_and_an_authority_that_rotates() {
    let authority = rotating_authority().await;
    let store = Shared::with(STORED);
    let clients = [(); 2].map(|()| {
        let builder = Client::builder().endpoint(authority.as_str()).clock(FastClock::default());
        builder.credential(person().store(store.clone())).build().unwrap()
    });
    for _ in 0..10 {
        let both = clients.clone().map(|client| tokio::spawn(async move { sign_in(&client).await }));
        for program in both {
            program.await.unwrap().unwrap();
        }
    }
    assert_eq!(store.saved.load(Ordering::SeqCst), 20);
}
