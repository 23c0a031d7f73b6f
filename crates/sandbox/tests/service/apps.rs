//! The registered apps, their users, the tenant without a licence, and the secrets that are never shown.

use std::time::Duration;

use mde_sandbox::{App, Clock, Sandbox, TokenClaims, User};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    NOW, access_token, ask_token, claims, client, clock, encoded, get, granted, json, moment, raw, sandbox, send,
    token_form, token_request,
};
use crate::token_refusals::refusal;

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
    let [public] = sandbox.public_clients() else { panic!("{:?}", sandbox.public_clients()) };
    assert_eq!(
        (public.note(), public.tenant(), public.client_secret()),
        ("people sign in to it", sandbox.tenant(), "")
    );
    assert_eq!(public.client_id(), other.public_clients()[0].client_id());
    assert_eq!(sandbox.users(), other.users());
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

const INACTIVE: &str = "Unauthorized request - reason of failure: Account mode is inactive";

async fn start(clock: Clock, app: Option<App>) -> Sandbox {
    let builder = Sandbox::builder().clock(clock).quota("1/1m".parse().unwrap());
    let builder = match app {
        Some(app) => builder.app(app),
        None => builder,
    };
    builder.start().await.unwrap()
}

async fn message(sandbox: &Sandbox, path: &str, token: &str) -> String {
    let response = send(sandbox, Method::GET, path, token).await;
    assert_eq!(response.status(), 401);
    let error = json(response).await["error"].clone();
    assert_eq!(error["code"], "Unauthorized");
    error["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn its_apps_get_tokens_and_the_recorded_401() {
    let sandbox = start(Clock::fixed(moment(NOW)), None).await;
    let app = &sandbox.apps()[5];
    assert_ne!(app.tenant(), sandbox.tenant());
    let request = token_request(&sandbox, &app.tenant().to_uppercase(), &token_form(app));
    let token = access_token(request.send().await.unwrap()).await;
    assert_eq!(claims(&token)["tid"], app.tenant());
    assert_eq!(message(&sandbox, PATH, &token).await, INACTIVE);
    assert_eq!(message(&sandbox, "/api/ips/x/stats?lookBackHours=0", &token).await, INACTIVE);
}

#[tokio::test]
async fn it_is_looked_at_after_the_token_and_before_what_it_may_do() {
    let clock = Clock::fixed(moment(NOW));
    let roleless = App::new("robot", "secret").in_unlicensed_tenant();
    assert_eq!(roleless.note(), "its tenant has no licence");
    let sandbox = start(clock.clone(), Some(roleless)).await;
    let app = sandbox.apps().last().unwrap();
    let token = granted(&sandbox, app).await;
    assert_eq!(message(&sandbox, PATH, &token).await, INACTIVE);
    clock.advance(Duration::from_secs(3900));
    assert_eq!(message(&sandbox, PATH, &token).await, "The token has expired.");
}

#[tokio::test]
async fn an_app_is_known_in_its_own_tenant_only() {
    let sandbox = start(Clock::fixed(moment(NOW)), None).await;
    let (licensed, unlicensed) = (&sandbox.apps()[0], &sandbox.apps()[5]);
    assert_eq!(licensed.tenant(), sandbox.tenant());
    for (tenant, app) in [(unlicensed.tenant(), licensed), (licensed.tenant(), unlicensed)] {
        let response = token_request(&sandbox, tenant, &token_form(app)).send().await.unwrap();
        let (status, error, description) = refusal(response).await;
        assert_eq!((status, error.as_str()), (400, "unauthorized_client"));
        assert!(description.starts_with("AADSTS700016: "), "{description}");
    }
}

#[tokio::test]
async fn the_same_client_id_in_both_tenants_is_two_apps() {
    let client_id = start(Clock::fixed(moment(NOW)), None).await.apps()[0].client_id().to_owned();
    let app = App::new(client_id, "of the other one").in_unlicensed_tenant();
    let sandbox = start(Clock::fixed(moment(NOW)), Some(app)).await;
    assert_eq!(sandbox.apps().len(), 7);
    let app = &sandbox.apps()[6];
    let token = granted(&sandbox, app).await;
    // What is refused takes nothing from the quota of the other.
    assert_eq!(message(&sandbox, PATH, &token).await, INACTIVE);
    assert_eq!(message(&sandbox, PATH, &token).await, INACTIVE);
    let licensed = granted(&sandbox, &sandbox.apps()[0]).await;
    assert_eq!(send(&sandbox, Method::GET, PATH, &licensed).await.status(), 200);
    assert_eq!(get(&sandbox, PATH).await.status(), 429);
}

#[tokio::test]
async fn an_app_of_it_can_be_replaced_by_one_of_it() {
    let app = start(Clock::fixed(moment(NOW)), None).await.apps()[5].clone();
    let other = App::new(app.client_id(), "another").in_unlicensed_tenant();
    let sandbox = start(Clock::fixed(moment(NOW)), Some(other)).await;
    assert_eq!(sandbox.apps().len(), 6);
    let response = token_request(&sandbox, app.tenant(), &token_form(&app)).send().await.unwrap();
    assert_eq!(response.status(), 401);
    granted(&sandbox, &sandbox.apps()[5]).await;
}
