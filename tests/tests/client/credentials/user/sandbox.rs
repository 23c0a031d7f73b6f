//! People who sign in to the sandbox: the two ends, which know nothing of each other's code, agree.

use std::sync::Arc;

use mde_sandbox::Sandbox;
use reqwest::redirect::Policy;

use super::browser::{Page, with_browser};
use super::redirect::get;
use super::*;
use crate::ADDRESS;

async fn sandbox() -> Arc<Sandbox> {
    Arc::new(Sandbox::start().await.unwrap())
}

fn person_of(sandbox: &Sandbox) -> UserCredential {
    UserCredential::new(sandbox.tenant(), sandbox.public_clients()[0].client_id()).unwrap()
}

fn client_of(sandbox: &Sandbox, person: UserCredential) -> Client {
    Client::builder().endpoint(sandbox.url()).credential(person).build().unwrap()
}

/// Presses a button of the page, and follows the browser back to the program.
async fn press(page: &Page, button: &str) -> String {
    let browser = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let request = browser.post(page.url()).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(button.to_owned()).send().await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap();
    let target = location.strip_prefix(&format!("http://localhost:{}", page.port())).unwrap();
    get(page.port(), target).await
}

#[tokio::test]
async fn by_a_browser() {
    let sandbox = sandbox().await;
    let cases = [("user=avery%40sandbox.example", None), ("user=robin%40sandbox.example", Some(ErrorKind::Permission))];
    for (button, expected) in cases {
        let (person, mut pages) = with_browser(person_of(&sandbox));
        let client = client_of(&sandbox, person);
        let browser = async { press(&pages.recv().await.unwrap(), button).await };
        tokio::join!(sign_in(&client), browser).0.unwrap();
        let error = client.get_ip_statistics(ADDRESS).send().await.err();
        assert_eq!(error.as_ref().map(Error::kind), expected, "{button}");
        assert!(error.is_none_or(|error| error.to_string().contains("View Data")), "{button}");
    }
}

#[tokio::test]
async fn by_a_browser_in_vain() {
    let sandbox = sandbox().await;
    for (button, code) in [("decline=yes", "AADSTS65004"), ("user=kim%40sandbox.example", "AADSTS65001")] {
        let (person, mut pages) = with_browser(person_of(&sandbox));
        let client = client_of(&sandbox, person);
        let browser = async { press(&pages.recv().await.unwrap(), button).await };
        let error = tokio::join!(sign_in(&client), browser).0.unwrap_err();
        assert_eq!((error.code(), error.kind()), (Some(code), ErrorKind::Credential), "{error}");
    }
}

#[tokio::test]
async fn by_a_device_code() {
    let sandbox = sandbox().await;
    for is_approved in [true, false] {
        let entra = Arc::clone(&sandbox);
        let person = person_of(&sandbox).by_device_code(move |code| {
            let answered = match is_approved {
                true => entra.approve_device_code(code.user_code(), &entra.users()[0]),
                false => entra.decline_device_code(code.user_code()),
            };
            assert!(answered);
        });
        let client = client_of(&sandbox, person);
        match sign_in(&client).await {
            Ok(()) => drop(client.get_ip_statistics(ADDRESS).send().await.unwrap()),
            Err(error) => assert!(!is_approved && error.needs_sign_in(), "{error}"),
        }
    }
}

/// Signed in once, another program goes on with what was stored; until an administrator revokes it.
#[tokio::test]
async fn by_what_was_stored() {
    let sandbox = sandbox().await;
    let store = Shared::default();
    let entra = Arc::clone(&sandbox);
    let person = person_of(&sandbox).store(store.clone()).by_device_code(move |code| {
        assert!(entra.approve_device_code(code.user_code(), &entra.users()[0]));
    });
    sign_in(&client_of(&sandbox, person)).await.unwrap();
    let later = client_of(&sandbox, person_of(&sandbox).store(store.clone()));
    later.get_ip_statistics(ADDRESS).send().await.unwrap();

    sandbox.revoke_refresh_tokens();
    let clock = ManualClock::default();
    let builder = Client::builder().endpoint(sandbox.url()).clock(clock.clone());
    let client = builder.credential(person_of(&sandbox).store(store)).build().unwrap();
    let waits = async {
        clock.somebody_sleeps(SECOND).await;
        clock.advance(SECOND);
    };
    let error = tokio::join!(sign_in(&client), waits).0.unwrap_err();
    assert_eq!((error.code(), error.needs_sign_in()), (Some("AADSTS50173"), true), "{error}");
}
