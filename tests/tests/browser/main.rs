//! The pages in a browser, as a person uses them: that of the sandbox here, those on which one signs in and that of a
//! report in their own modules.
//!
//! With `MDE_SCREENSHOTS` naming a folder, what the browser shows is saved there.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod chromium;
mod login;
mod report;
mod sign_in;

use mde_sandbox::{App, Sandbox};
use serde_json::{Value, json};

use crate::chromium::{Browser, with_browser};

const OPERATION: &str = "#operations-IP-getIPStatistics";
const ADDRESS: &str = "10.209.67.177";

/// Opens the operation, tries it out with the documented request that is filled in, and waits for the status.
async fn execute(browser: &Browser, status: &str) {
    let within = |css: &str| format!("{OPERATION} {css}");
    browser.press(&within(".opblock-summary-control")).await;
    browser.press(&within(".try-out__btn")).await;
    for (parameter, value) in [("ip", ADDRESS), ("lookBackHours", "48")] {
        let input = browser.find(&within(&format!("tr[data-param-name={parameter}] input"))).await;
        assert_eq!(input.prop("value").await.unwrap().as_deref(), Some(value), "{parameter}");
    }
    browser.press(&within("button.execute")).await;
    browser.expect_text(&within(".live-responses-table .response .response-col_status"), status).await;
}

/// The console is empty, where violations of the policy would show, too; and only the sandbox was called.
async fn assert_kept_to_itself(browser: &Browser, url: &str) {
    assert_eq!(browser.console().await, Vec::<Value>::new());
    let requested = browser.requested().await;
    assert!(requested.contains(&format!("{url}/openapi.json")), "{requested:?}");
    let elsewhere = |requested: &&String| !requested.starts_with(&format!("{url}/")) && !requested.starts_with("data:");
    assert_eq!(requested.iter().find(elsewhere), None);
    let resources = browser.evaluate("return performance.getEntriesByType('resource').map(entry => entry.name)").await;
    for resource in resources.as_array().unwrap() {
        assert!(resource.as_str().unwrap().starts_with(&format!("{url}/")), "{resource}");
    }
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn the_page_asks_with_the_token_that_it_offers() {
    let sandbox = Sandbox::start().await.unwrap();
    with_browser(async |browser| {
        browser.prefer("light").await;
        browser.open(&format!("{}/", sandbox.url())).await;
        browser.find(OPERATION).await;
        assert!(
            browser.text("#banner").await.contains("This is a sandbox: its figures are made up, or come from a file.")
        );
        assert_eq!(browser.text("#token").await, sandbox.token());
        assert_eq!(browser.text("#public-client").await, sandbox.public_clients()[0].client_id());
        browser.expect_text("#users tr", "avery@sandbox.example").await;
        browser.screenshot("loaded").await;

        browser.press("#authorize:enabled").await;
        browser.expect_text("#authorized", "Authorized.").await;
        execute(browser, "200").await;
        let answer =
            browser.text(&format!("{OPERATION} .live-responses-table .response .response-col_description")).await;
        assert!(answer.contains(&format!(r#""ipAddress": "{ADDRESS}""#)), "{answer}");
        browser.screenshot("executed-light").await;

        browser.prefer("dark").await;
        browser.find("html.dark-mode").await;
        browser.screenshot("executed-dark").await;
        assert_kept_to_itself(browser, sandbox.url()).await;
    })
    .await;
    let [asked] = &sandbox.requests()[..] else { panic!("one request is made: {:?}", sandbox.requests()) };
    assert_eq!((asked.path_and_query.as_str(), asked.status), ("/api/ips/10.209.67.177/stats?lookBackHours=48", 200));
}

/// Under the other name of this machine.
#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn the_dialog_gets_a_token_by_a_client_secret() {
    let odd = App::new("<img src=x onerror=alert(1)>", "</script>");
    let sandbox = Sandbox::builder().app(odd.clone()).start().await.unwrap();
    let url = format!("http://localhost:{}", sandbox.address().port());
    with_browser(async |browser| {
        browser.open(&format!("{url}/")).await;
        let shown = browser.text("#apps tr:last-child").await;
        assert!(shown.contains(odd.client_id()) && shown.contains(odd.client_secret()), "{shown}");

        browser.press(".auth-wrapper .authorize").await;
        browser.screenshot("dialog").await;
        // Client id, secret and scope are filled in: those of the first app.
        browser.press(".modal-ux .auth-container .auth-btn-wrapper .authorize").await;
        browser.expect_text(".modal-ux h6", "Authorized").await;
        browser.screenshot("dialog-authorized").await;
        browser.press(".modal-ux .close-modal").await;
        execute(browser, "200").await;
        assert_kept_to_itself(browser, &url).await;
    })
    .await;
    let made: Vec<_> = sandbox.requests().into_iter().map(|request| (request.method, request.status)).collect();
    assert_eq!(json!(made), json!([["POST", 200], ["GET", 200]]));
}
