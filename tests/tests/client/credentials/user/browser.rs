//! Signing in in a browser: what the page is asked for, how its code is redeemed, and what else can come back.

use mde_client::TokenProvider;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::redirect::get;
use super::*;
use crate::assert_errors;

/// A page that a person was sent to.
pub(super) struct Page(Url);

impl Page {
    pub(super) fn parameter(&self, name: &str) -> String {
        self.0.query_pairs().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no {name}")).1.into_owned()
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    pub(super) fn port(&self) -> u16 {
        Url::parse(&self.parameter("redirect_uri")).unwrap().port().unwrap()
    }

    /// The browser comes back with this.
    pub(super) async fn comes_back(&self, with: &str) -> String {
        get(self.port(), &format!("/?{with}&state={}", self.parameter("state"))).await
    }
}

/// A credential with a browser, and the pages that it opens.
pub(super) fn with_browser(person: UserCredential) -> (UserCredential, UnboundedReceiver<Page>) {
    let (sender, pages) = unbounded_channel();
    let open = move |url: &str| Ok(sender.send(Page(Url::parse(url)?)).map_err(|_| "nobody looks")?);
    (person.in_browser(open), pages)
}

#[tokio::test]
async fn a_code_for_a_token() {
    let host = host([tokens("access-1", Some("first-refresh-token"))]).await;
    let store = Shared::default();
    let (person, mut pages) = with_browser(person().store(store.clone()));
    let (client, _) = client(&host, person);
    let browser = async {
        let page = pages.recv().await.unwrap();
        let answer = page.comes_back("code=the-code-of-the-page").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        (page, answer)
    };
    let (signed_in, (page, answer)) = tokio::join!(sign_in(&client), browser);
    signed_in.unwrap();

    assert!(page.0.as_str().starts_with(&format!("{}/contoso.example/oauth2/v2.0/authorize?", host.url())));
    let redirect = format!("http://localhost:{}", page.port());
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", APP),
        ("redirect_uri", redirect.as_str()),
        ("scope", "https://api.securitycenter.microsoft.com/.default offline_access"),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ] {
        assert_eq!(page.parameter(name), value, "{name}");
    }
    let form = &forms(&host)[0];
    assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "the-code-of-the-page"));
    assert_eq!((form["client_id"].as_str(), form["redirect_uri"].as_str()), (APP, redirect.as_str()));
    // RFC 7636, 4.1: from 43 to 128 characters.
    let verifier = &form["code_verifier"];
    assert!((43..=128).contains(&verifier.len()), "{verifier}");
    assert!(!form.contains_key("client_secret"));
    assert_eq!(store.text().as_deref(), Some("first-refresh-token"));
    for secret in ["the-code-of-the-page", &page.parameter("state"), verifier] {
        assert!(!answer.contains(secret), "{answer}");
    }
    insta::assert_snapshot!(answer.replace('\r', ""));
}

/// State and verifier are new each time, and the challenge is that of the verifier.
#[tokio::test]
async fn nothing_is_used_twice() {
    let host = host([tokens("access-1", None), tokens("access-2", None)]).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let (person, mut pages) = with_browser(person());
        let (client, _) = client(&host, person);
        let browser = async {
            let page = pages.recv().await.unwrap();
            page.comes_back("code=the-code-of-the-page").await;
            page
        };
        let (signed_in, page) = tokio::join!(sign_in(&client), browser);
        signed_in.unwrap();
        seen.extend([page.parameter("state"), page.parameter("code_challenge")]);
    }
    seen.extend(forms(&host).iter().map(|form| form["code_verifier"].clone()));
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), 6, "{seen:?}");
    assert!(seen.iter().all(|value| value.len() >= 20), "{seen:?}");
}

/// What the page refuses comes back by the browser, in words of a host that nobody vouches for.
#[tokio::test]
async fn what_the_page_refuses() {
    let entra = |code: &str| format!("AADSTS{code}%3A+It+is+refused.%0D%0ATrace+ID%3A+t-1");
    let cases = [
        ("declined", "access_denied", entra("65004"), true),
        ("no consent", "consent_required", entra("65001"), true),
        ("not assigned", "interaction_required", entra("50105"), true),
        ("bad redirect", "invalid_request", entra("50011"), false),
        ("without words", "access_denied", String::new(), true),
        ("control characters", "server_error", "%1B%5B31mred%07".to_owned(), false),
        ("very long", "x".repeat(4000).leak(), "y".repeat(4000), false),
    ];
    let mut errors = Vec::new();
    for (name, error, description, needs_sign_in) in cases {
        let host = host([]).await;
        let (person, mut pages) = with_browser(person());
        let (client, _) = client(&host, person);
        let browser = async {
            let page = pages.recv().await.unwrap();
            page.comes_back(&format!("error={error}&error_description={description}")).await
        };
        let (signed_in, answer) = tokio::join!(sign_in(&client), browser);
        let error = signed_in.unwrap_err();
        assert_eq!((error.kind(), error.needs_sign_in()), (ErrorKind::Credential, needs_sign_in), "{name}");
        assert!(answer.contains("You are not signed in") && !answer.contains("AADSTS"), "{answer}");
        assert_eq!(host.requests(), Vec::<String>::new(), "{name}");
        errors.push((name, error));
    }
    assert_errors("browser-refused", &errors);
}

/// The code may be refused where it is redeemed. Nobody is asked again by itself.
#[tokio::test]
async fn a_code_that_is_refused() {
    let host = host([refusal("invalid_grant", "AADSTS70000: the code the-code-of-the-page is not valid")]).await;
    let (person, mut pages) = with_browser(person());
    let (client, _) = client(&host, person);
    let browser = async { pages.recv().await.unwrap().comes_back("code=the-code-of-the-page").await };
    let error = tokio::join!(sign_in(&client), browser).0.unwrap_err();
    assert!(error.needs_sign_in());
    assert!(pages.try_recv().is_err());
    crate::assert_error("code-refused", &error);
}

#[tokio::test]
async fn a_browser_that_cannot_be_opened() {
    let host = host([]).await;
    let (client, _) = client(&host, person().in_browser(|_| Err("there is no browser".into())));
    crate::assert_error("no-browser", &sign_in(&client).await.unwrap_err());
}

/// A person has more time than a host; and no more than that.
#[tokio::test]
async fn a_person_who_does_not_come_back() {
    let host = host([]).await;
    let (person, mut pages) = with_browser(person());
    assert_eq!(person.sign_in_timeout(), 16 * 60 * SECOND);
    let (client, clock) = client(&host, person);
    let waits = async {
        clock.somebody_sleeps(16 * 60 * SECOND).await;
        let page = pages.recv().await.unwrap();
        clock.advance(16 * 60 * SECOND);
        page
    };
    let (error, page) = tokio::join!(sign_in(&client), waits);
    crate::assert_error("nobody-came-back", &error.unwrap_err());
    // Nobody listens any more.
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", page.port())).await.is_err());
}

/// Where a refresh token is stored, the person is not asked, unless it is refused or the program wants it.
#[tokio::test]
async fn who_is_asked() {
    let refused = || refusal("invalid_grant", "AADSTS700082: no");
    let cases = [
        ("stored", vec![tokens("a", None)], false, 0),
        ("refused", vec![refused(), tokens("a", None)], false, 1),
        ("always", vec![tokens("a", Some("new-refresh-token")), tokens("b", None)], true, 1),
    ];
    for (name, steps, always, asked) in cases {
        let host = host(steps).await;
        let store = Shared::with("stored-refresh-token");
        let person = person().store(store.clone());
        let (person, mut pages) = with_browser(if always { person.always_prompt() } else { person });
        let (client, clock) = client(&host, person);
        let browser = async {
            if asked > 0 {
                if !always {
                    clock.somebody_sleeps(SECOND).await;
                    clock.advance(SECOND);
                }
                pages.recv().await.unwrap().comes_back("code=the-code-of-the-page").await;
            }
        };
        tokio::join!(sign_in(&client), browser).0.unwrap();
        if always {
            // Only once.
            clock.advance(3600 * SECOND);
            sign_in(&client).await.unwrap();
            assert_eq!(forms(&host)[1]["refresh_token"], "new-refresh-token");
        }
        assert!(pages.try_recv().is_err(), "{name}");
    }
}

/// While the old token serves, no window opens on the person's screen.
#[tokio::test]
async fn nobody_is_asked_for_an_early_renewal() {
    let host = host([tokens("a", None)]).await;
    let (person, mut pages) = with_browser(person());
    let (client, clock) = client(&host, person);
    let browser = async { pages.recv().await.unwrap().comes_back("code=the-code-of-the-page").await };
    tokio::join!(sign_in(&client), browser).0.unwrap();
    clock.advance(56 * 60 * SECOND);
    tokio::select! {
        renewed = sign_in(&client) => renewed.unwrap(),
        _ = pages.recv() => panic!("a page is opened"),
    }
}
