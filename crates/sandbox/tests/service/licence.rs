//! The tenant that has no licence for the service.

use std::time::Duration;

use mde_sandbox::{App, Clock, Sandbox};
use reqwest::Method;

use crate::support::{NOW, access_token, claims, get, granted, json, moment, send, token_form, token_request};
use crate::token_refusals::refusal;

const PATH: &str = "/api/ips/203.0.113.7/stats";
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
