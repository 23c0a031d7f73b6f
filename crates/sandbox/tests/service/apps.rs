//! The registered apps, and the secrets that are never shown.

use mde_sandbox::{App, Sandbox};
use reqwest::Method;
use serde_json::json;

use crate::support::{ask_token, claims, client, encoded, get, granted, json, moment, raw, sandbox, send, token_form};

const PATH: &str = "/api/ips/203.0.113.7/stats";

async fn with_app(app: App) -> Sandbox {
    Sandbox::builder().app(app).start().await.unwrap()
}

#[tokio::test]
async fn by_default_there_is_an_app_for_each_way_to_be_registered() {
    let (sandbox, other) = (sandbox([]).await, sandbox([]).await);
    let notes: Vec<_> = sandbox.apps().iter().map(App::note).collect();
    assert_eq!(
        notes,
        [
            "may ask",
            "lacks the role Ip.Read.All",
            "its secret has expired",
            "may ask for a user",
            "its user lacks 'View Data'",
            "its tenant has no licence",
        ]
    );
    let known = |sandbox: &Sandbox| -> Vec<(String, String)> {
        sandbox.apps().iter().map(|app| (app.client_id().to_owned(), app.client_secret().to_owned())).collect()
    };
    assert_eq!(known(&sandbox), known(&other));
    assert_eq!(sandbox.tenant(), other.tenant());
}

#[tokio::test]
async fn an_app_without_a_role_gets_a_token_that_may_not_ask() {
    let sandbox = sandbox([]).await;
    let token = granted(&sandbox, &sandbox.apps()[1]).await;
    assert_eq!(claims(&token).get("roles"), None);
    let response = send(&sandbox, Method::GET, PATH, &token).await;
    assert_eq!(response.status(), 403);
    assert_eq!(
        json(response).await["error"]["message"],
        "Missing application roles. API required roles: Ip.Read.All, application roles: ."
    );
}

#[tokio::test]
async fn an_app_can_be_added() {
    let app = App::new("robot", "of its own").with_role("Alert.Read.All").with_role("Ip.Read.All");
    let sandbox = with_app(app).await;
    let app = sandbox.apps().last().unwrap();
    assert_eq!((app.client_id(), app.client_secret(), app.note()), ("robot", "of its own", "may ask"));
    let token = granted(&sandbox, app).await;
    assert_eq!(claims(&token)["appid"], "robot");
    assert_eq!(claims(&token)["roles"], json!(["Alert.Read.All", "Ip.Read.All"]));
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
}

#[tokio::test]
async fn an_app_can_be_replaced() {
    let defaults = sandbox([]).await;
    let client_id = defaults.apps()[0].client_id().to_uppercase();
    assert_ne!(client_id, defaults.apps()[0].client_id());
    let sandbox = with_app(App::new(&client_id, "another")).await;
    assert_eq!(sandbox.apps().len(), 6);
    assert_eq!(ask_token(&sandbox, &token_form(&defaults.apps()[0])).await.status(), 401);
    let token = granted(&sandbox, &sandbox.apps()[0]).await;
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 403);
    assert_eq!(claims(sandbox.token())["appid"], client_id);
    assert_eq!(get(&sandbox, PATH).await.status(), 200, "the ready token has its own roles");
}

#[tokio::test]
async fn no_secret_and_no_granted_token_is_shown() {
    let builder = Sandbox::builder().tls(false).app(App::new("robot", "of its own"));
    let mut shown = format!("{builder:?}");
    let sandbox = builder.start().await.unwrap();
    let tokens = [granted(&sandbox, &sandbox.apps()[0]).await, granted(&sandbox, sandbox.apps().last().unwrap()).await];
    send(&sandbox, Method::GET, PATH, &tokens[0]).await;
    shown += &format!("{sandbox:?} {:?} {:?}", sandbox.apps(), sandbox.requests());

    assert_eq!(shown.matches(r#"App { client_id: "robot", client_secret: "<redacted>", roles: []"#).count(), 2);
    for hidden in sandbox.apps().iter().map(App::client_secret).chain(tokens.iter().map(String::as_str)) {
        assert!(!shown.contains(hidden) && !shown.contains(&hidden.replace(' ', "+")), "{shown}");
    }
}

#[tokio::test]
async fn requests_for_tokens_are_remembered_without_secrets() {
    let sandbox = sandbox([]).await;
    let app = &sandbox.apps()[0];
    let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant());
    granted(&sandbox, app).await;
    let by_mistake = ["client_secret=", "a=b&client%5Fsecret=", "client_assertion="];
    for name in by_mistake {
        send(&sandbox, Method::POST, &format!("{path}?{name}{}", app.client_secret()), "unknown").await;
    }
    let basic = client().post(format!("{}{path}?api-version=1", sandbox.url()));
    basic.basic_auth(app.client_id(), Some(app.client_secret())).send().await.unwrap();

    let requests = sandbox.requests();
    let asked: Vec<_> = requests.iter().map(|request| (request.path_and_query.as_str(), request.status)).collect();
    let redacted = format!("{path}?<redacted>");
    assert_eq!(
        asked,
        [
            (&*path, 200),
            (&*redacted, 400),
            (&*redacted, 400),
            (&*redacted, 400),
            (&*format!("{path}?api-version=1"), 400)
        ]
    );
    assert!(!format!("{requests:?}").contains(app.client_secret()));
}

#[tokio::test]
async fn only_the_latest_tokens_are_known() {
    let clock = mde_sandbox::Clock::fixed(moment("2025-06-01T00:00:00Z"));
    let quota = "4/1s".parse().unwrap();
    let sandbox = Sandbox::builder().clock(clock).quota(quota).start().await.unwrap();
    let app = &sandbox.apps()[0];
    let first = granted(&sandbox, app).await;
    let body = encoded(&token_form(app));
    let request = |connection: &str| {
        format!(
            "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            sandbox.tenant(),
            body.len()
        )
    };
    raw(&sandbox, format!("{}{}", request("keep-alive").repeat(9_998), request("close")).as_bytes()).await;
    assert_eq!(send(&sandbox, Method::GET, PATH, &first).await.status(), 200, "10,000 are known");

    let last = granted(&sandbox, app).await;
    assert_eq!(send(&sandbox, Method::GET, PATH, &first).await.status(), 401);
    assert_eq!(send(&sandbox, Method::GET, PATH, &last).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 200, "the ready token is not one of them");
}
