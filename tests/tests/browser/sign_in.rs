//! The pages on which a person signs in: with the mouse, with the keyboard, in light and in dark, and back to the app.

use mde_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::chromium::{Browser, with_browser};

const SCOPE: &str = "https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default";

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An app on this machine, to which the browser comes back.
struct App {
    redirect_uri: String,
    queries: UnboundedReceiver<String>,
}

impl App {
    async fn start() -> App {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let redirect_uri = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (sender, queries) = unbounded_channel();
        tokio::spawn(async move {
            // A browser makes connections on which it asks nothing, or for an icon.
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, sender.clone()));
            }
        });
        App { redirect_uri, queries }
    }

    fn authorize_url(&self, sandbox: &Sandbox, state: &str) -> String {
        format!(
            "{}/organizations/oauth2/v2.0/authorize?client_id={}&response_type=code&redirect_uri={}&scope={SCOPE}\
             &state={state}&code_challenge={CHALLENGE}&code_challenge_method=S256",
            sandbox.url(),
            sandbox.public_clients()[0].client_id(),
            self.redirect_uri,
        )
    }

    /// The query that the browser brings next.
    async fn query(&mut self) -> String {
        self.queries.recv().await.unwrap()
    }
}

/// Answers to a request, and passes on its query.
async fn answer(mut stream: TcpStream, queries: UnboundedSender<String>) -> Option<()> {
    let mut head = vec![0; 16 * 1024];
    let length = stream.read(&mut head).await.ok()?;
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 4\r\n\r\nDone";
    stream.write_all(page.as_bytes()).await.ok()?;
    let query = head.strip_prefix("GET /?")?.split_once(' ')?.0;
    queries.send(query.to_owned()).ok()
}

/// No message in the console: neither a violation of the policy nor a file that is missing.
async fn assert_quiet(browser: &Browser) {
    assert_eq!(browser.console().await, Vec::<Value>::new());
}

/// The least contrast between text and ground on a page, of each element that has text of its own.
const CONTRAST: &str = "
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
        const [r, g, b] = channels(color).map((value) => value / 255)
            .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const color = getComputedStyle(element).backgroundColor;
            if (channels(color)[3] !== 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const contrasts = [...document.body.querySelectorAll('*')].filter(hasText).map((element) => {
        const pair = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    });
    return Math.min(...contrasts);";

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_person_signs_in_to_an_app_or_declines() {
    let (sandbox, mut app) = (Sandbox::start().await.unwrap(), App::start().await);
    with_browser(async |browser| {
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            browser.open(&app.authorize_url(&sandbox, scheme)).await;
            browser.find("button[name=decline]").await;
            browser.screenshot(&format!("sign-in-{scheme}")).await;
            let contrast = browser.evaluate(CONTRAST).await.as_f64().unwrap();
            assert!(contrast >= 4.5, "{scheme}: {contrast}");
            assert_quiet(browser).await;
            let press = browser.press("button[value='avery@sandbox.example']");
            let ((), query) = tokio::join!(press, app.query());
            let code =
                query.strip_prefix("code=").unwrap().strip_suffix(&format!("&state={scheme}")).unwrap().to_owned();
            browser.expect_text("body", "Done").await;
            assert_eq!(redeem(&sandbox, &app, &code).await["token_type"], "Bearer");
        }
        browser.open(&app.authorize_url(&sandbox, "declined")).await;
        let ((), query) = tokio::join!(browser.press("button[name=decline]"), app.query());
        assert!(query.starts_with("error=access_denied&error_description=AADSTS65004"), "{query}");
        assert!(query.ends_with("&state=declined"), "{query}");

        let elsewhere = app.authorize_url(&sandbox, "x").replace("http://localhost", "https://example.org");
        browser.open(&elsewhere).await;
        browser.expect_text("#problem", "AADSTS50011: ").await;
        browser.screenshot("sign-in-refused").await;
    })
    .await;
}

/// What the app gets for a code.
async fn redeem(sandbox: &Sandbox, app: &App, code: &str) -> Value {
    let form = format!(
        "client_id={}&grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}",
        sandbox.public_clients()[0].client_id(),
        app.redirect_uri
    );
    post(sandbox, "token", form).await
}

async fn post(sandbox: &Sandbox, endpoint: &str, form: String) -> Value {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let request = client.post(format!("{}/organizations/oauth2/v2.0/{endpoint}", sandbox.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_person_enters_the_code_of_a_device() {
    let sandbox = Sandbox::start().await.unwrap();
    let client_id = sandbox.public_clients()[0].client_id();
    let device = post(&sandbox, "devicecode", format!("client_id={client_id}&scope={SCOPE}")).await;
    with_browser(async |browser| {
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            browser.open(device["verification_uri"].as_str().unwrap()).await;
            // The field has the focus, and is named by its label.
            let focused = "return [document.activeElement.labels[0].innerText, document.activeElement.name]";
            assert_eq!(browser.evaluate(focused).await, json!(["The code that the app shows", "user_code"]));
            browser.find("#user-code").await.send_keys("BCDFGHJK").await.unwrap();
            assert_quiet(browser).await;
            browser.press("button[value='avery@sandbox.example']").await;
            browser.expect_text("#problem", "No device waits for the code BCDFGHJK").await;
            browser.screenshot(&format!("device-{scheme}")).await;
            let contrast = browser.evaluate(CONTRAST).await.as_f64().unwrap();
            assert!(contrast >= 4.5, "{scheme}: {contrast}");
            // The answer has the status 400, which the console reports.
            browser.console().await;
        }
        browser.narrow().await;
        browser.open(device["verification_uri"].as_str().unwrap()).await;
        let code = device["user_code"].as_str().unwrap().to_lowercase();
        browser.find("#user-code").await.send_keys(&code).await.unwrap();
        browser.screenshot("device-narrow").await;
        browser.press("button[value='robin@sandbox.example']").await;
        browser.expect_text("h1", "Signed in").await;
        browser.expect_text("main", "This is a sandbox.").await;
        browser.screenshot("device-signed-in").await;
        assert_quiet(browser).await;
    })
    .await;
    let form = format!(
        "client_id={client_id}&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={}",
        device["device_code"].as_str().unwrap()
    );
    assert_eq!(post(&sandbox, "token", form).await["token_type"], "Bearer");
}
