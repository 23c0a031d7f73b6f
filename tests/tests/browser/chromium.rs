//! Chromium without a window, driven by chromedriver.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long something may take to appear. Only a failing test takes this long.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A folder to save screenshots in.
const SCREENSHOTS: &str = "MDE_SCREENSHOTS";

pub(crate) struct Browser {
    client: Client,
    session: String,
}

/// Lets `test` use a browser, and closes the browser whether the test passes or not.
pub(crate) async fn with_browser(test: impl AsyncFnOnce(&Browser)) {
    let (_driver, url) = chromedriver().await;
    let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities()).connect(&url).await.unwrap();
    let id = client.session_id().await.unwrap().unwrap();
    let browser = Browser { client, session: format!("{url}/session/{id}") };
    let outcome = AssertUnwindSafe(test(&browser)).catch_unwind().await;
    browser.client.close().await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// A process that ends with the value, and where it listens: it chooses a free port, and prints it.
async fn chromedriver() -> (Child, String) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts, if it is installed");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return (driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.')));
        }
    }
    panic!("chromedriver ended before it printed its port");
}

fn capabilities() -> serde_json::Map<String, Value> {
    let arguments = [
        "--headless=new",
        "--window-size=1440,2800",
        // It only ever sees our own page, and as root or in a container it has no sandbox of its own.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ];
    let capabilities = json!({
        "goog:chromeOptions": {"args": arguments},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    capabilities.as_object().unwrap().clone()
}

impl Browser {
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(TIMEOUT).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    pub(crate) async fn press(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Waits until the text of an element begins like this.
    pub(crate) async fn expect_text(&self, css: &str, beginning: &str) {
        let script = "return [...document.querySelectorAll(arguments[0])].map(found => found.innerText.trim())";
        let mut texts = Value::Null;
        let found = tokio::time::timeout(TIMEOUT, async {
            loop {
                texts = self.client.execute(script, vec![css.into()]).await.unwrap();
                if texts.as_array().unwrap().iter().any(|text| text.as_str().unwrap().starts_with(beginning)) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(found.await.is_ok(), "the text of {css} does not begin with {beginning:?}: {texts}");
    }

    pub(crate) async fn evaluate(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Shows pages as to a person who prefers `light` or `dark`.
    pub(crate) async fn prefer(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.command("goog/cdp/execute", command).await;
    }

    /// Shows pages as they are printed.
    pub(crate) async fn print(&self) {
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}});
        self.command("goog/cdp/execute", command).await;
    }

    /// Makes the window as wide as that of a phone.
    pub(crate) async fn narrow(&self) {
        let size = json!({"width": 390, "height": 1600, "deviceScaleFactor": 1, "mobile": true});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size});
        self.command("goog/cdp/execute", command).await;
    }

    /// The lines of the console since the last call, without those of level debug, which are about forms.
    pub(crate) async fn console(&self) -> Vec<Value> {
        let mut lines = self.log("browser").await;
        lines.retain(|line| line["level"] != "DEBUG");
        lines
    }

    /// The URLs of all requests since the last call, those that were stopped included.
    pub(crate) async fn requested(&self) -> Vec<String> {
        let mut requested = Vec::new();
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                requested.push(event["message"]["params"]["request"]["url"].as_str().unwrap().to_owned());
            }
        }
        requested
    }

    /// Saves what is shown, if a folder for that is named.
    pub(crate) async fn screenshot(&self, name: &str) {
        if let Some(folder) = std::env::var_os(SCREENSHOTS) {
            let changes = "document.getAnimations().map(change => change.finished)";
            self.evaluate(&format!("return Promise.allSettled({changes}).then(() => null)")).await;
            let image = self.client.screenshot().await.unwrap();
            std::fs::write(Path::new(&folder).join(name).with_extension("png"), image).unwrap();
        }
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        self.command("se/log", json!({"type": kind})).await.as_array().unwrap().clone()
    }

    /// What chromedriver can do beyond WebDriver.
    async fn command(&self, path: &str, parameters: Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let request = client.post(format!("{}/{path}", self.session)).json(&parameters);
        let mut answer: Value = request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        answer["value"].take()
    }
}
