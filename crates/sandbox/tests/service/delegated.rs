//! Tokens of users, on whose behalf apps ask.

use mde_sandbox::{App, Sandbox, TokenClaims, User};
use reqwest::Method;
use serde_json::json;

use crate::support::{claims, clock, get, granted, json, sandbox, send};

const PATH: &str = "/api/ips/203.0.113.7/stats";

async fn forbidden(sandbox: &Sandbox, token: &str) -> String {
    let response = send(sandbox, Method::GET, PATH, token).await;
    assert_eq!(response.status(), 403);
    let error = json(response).await["error"].clone();
    assert_eq!(error["code"], "Forbidden");
    error["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn with_the_scope_and_view_data_a_user_may_ask() {
    let sandbox = sandbox([]).await;
    let token = granted(&sandbox, &sandbox.apps()[3]).await;
    let claims = claims(&token);
    assert_eq!((&claims["scp"], claims.get("roles")), (&json!("Ip.Read.All"), None));
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
}

#[tokio::test]
async fn without_view_data_the_answer_is_403() {
    let sandbox = sandbox([]).await;
    let token = granted(&sandbox, &sandbox.apps()[4]).await;
    assert_eq!(claims(&token)["scp"], "Ip.Read.All");
    assert_eq!(
        forbidden(&sandbox, &token).await,
        "The user on whose behalf the token was issued lacks the role permission 'View Data'."
    );
}

#[tokio::test]
async fn without_the_scope_the_answer_is_403_whatever_the_roles() {
    for (user, scp) in [
        (User::new().with_view_data(), None),
        (User::new(), None),
        (User::new().with_scope("Url.Read.All").with_scope("ip.read.all"), Some("Url.Read.All ip.read.all")),
    ] {
        let app = App::new("robot", "secret").with_role("Ip.Read.All").on_behalf_of(user);
        assert_eq!(app.note(), "lacks the scope Ip.Read.All");
        let sandbox = Sandbox::builder().clock(clock()).app(app).start().await.unwrap();
        let token = granted(&sandbox, sandbox.apps().last().unwrap()).await;
        let claims = claims(&token);
        assert_eq!((claims["scp"].as_str(), claims.get("roles")), (scp, None));
        assert_eq!(
            forbidden(&sandbox, &token).await,
            format!(
                "The token is a user's, and lacks the delegated permission Ip.Read.All: its scopes are \"{}\".",
                scp.unwrap_or_default()
            )
        );
    }
}

#[tokio::test]
async fn tokens_of_users_can_be_issued_directly() {
    let sandbox = sandbox([]).await;
    let issue = |user: User| sandbox.issue_token(TokenClaims { user: Some(user), ..TokenClaims::valid() });
    let scope = User::new().with_scope("Machine.Read").with_scope("Ip.Read.All");
    let token = issue(scope.clone().with_view_data());
    assert_eq!((&claims(&token)["scp"], claims(&token).get("roles")), (&json!("Machine.Read Ip.Read.All"), None));
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
    assert!(forbidden(&sandbox, &issue(scope)).await.contains("'View Data'"));
    assert!(forbidden(&sandbox, &issue(User::new())).await.contains("its scopes are \"\""));

    let elsewhere = TokenClaims {
        audience: "https://graph.microsoft.com".to_owned(),
        user: Some(User::new()),
        ..TokenClaims::valid()
    };
    assert!(forbidden(&sandbox, &sandbox.issue_token(elsewhere)).await.contains("https://graph.microsoft.com"));
}

#[tokio::test]
async fn a_call_that_a_user_may_not_make_is_not_counted() {
    let builder = Sandbox::builder().clock(clock()).quota("1/1m".parse().unwrap());
    let sandbox = builder.start().await.unwrap();
    let user = User::new().with_scope("Ip.Read.All");
    for user in [user.clone(), User::new()] {
        let token = sandbox.issue_token(TokenClaims { user: Some(user), ..TokenClaims::valid() });
        forbidden(&sandbox, &token).await;
    }
    assert_eq!(get(&sandbox, PATH).await.status(), 200);
    let token = sandbox.issue_token(TokenClaims { user: Some(user.with_view_data()), ..TokenClaims::valid() });
    assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 429, "users and app share its quota");
}
