//! The page that `--format html` writes, as it lies in a folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use mde_sandbox::{ConnectionEvent, Sandbox};
use serde_json::{Value, json};

use crate::chromium::{Browser, with_browser};

/// Not an address, and one word: it would be split at spaces.
const HOSTILE: &str = "<img/src=x/onerror=alert(1)>";

/// A page about addresses that 12, 3, 1 and no devices talked to, and a text that is none.
async fn report(name: &str) -> PathBuf {
    written(name, &["203.0.113.3", "203.0.113.12", HOSTILE, "2001:db8::1", "203.0.113.99"]).await
}

/// The page about these texts.
async fn written(name: &str, texts: &[&str]) -> PathBuf {
    let now = chrono::Utc::now();
    let event = |ip: &str, device: i64, hours: i64| ConnectionEvent {
        device: format!("laptop-{device}"),
        ip: ip.parse().unwrap(),
        time: now - chrono::TimeDelta::hours(hours),
    };
    let common = (0..12).map(|device| event("203.0.113.12", device, 24 * device + 1));
    let rare = [event("203.0.113.3", 1, 400), event("203.0.113.3", 2, 300), event("203.0.113.3", 3, 200)];
    let once = [event("2001:db8::1", 1, 20)];
    let quota = "100000/1s".parse().unwrap();
    let sandbox =
        Sandbox::builder().quota(quota).events(common.chain(rare).chain(once).collect()).start().await.unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_mde-under-test"));
    command.args([
        "ip",
        "stats",
        "--skip-invalid",
        "--no-store",
        "--utc",
        "--look-back-hours",
        "480",
        "--quota",
        "100000/1s",
        "--format",
        "html",
    ]);
    command.args(texts);
    // Nothing of who runs the test.
    let home = tempfile::tempdir().unwrap();
    command.env_clear().env("HOME", home.path());
    let output = command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token()).output().unwrap();
    std::fs::write(&path, output.stdout).unwrap();
    path
}

/// What is in a column of the rows that are shown.
async fn column(browser: &Browser, name: &str) -> Value {
    let rows = "[...document.querySelectorAll('#records tbody tr')].filter(row => !row.hidden)";
    let cell = format!("row.querySelector('td.{name}').firstElementChild?.textContent ?? ''");
    browser.evaluate(&format!("return {rows}.map(row => {cell})")).await
}

/// A person cannot see it.
async fn is_hidden(browser: &Browser, css: &str) -> Value {
    browser.evaluate(&format!("return !document.querySelector('{css}').checkVisibility()")).await
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn it_is_sorted_and_filtered() {
    let path = report("sorted.html").await;
    with_browser(async |browser| {
        browser.prefer("light").await;
        browser.open(&format!("file://{}", path.display())).await;
        assert!(browser.text(".banner").await.starts_with("These figures come from a sandbox."));
        browser.screenshot("report-light").await;
        assert_eq!(column(browser, "devices").await, json!(["1", "3", "12", "0", ""]), "the rarest first");
        let counts = "return [...document.querySelectorAll('.counts div')].map(count => count.innerText.split('\\n'))";
        let expected =
            json!([["Seen", "3"], ["of these rare", "2"], ["Unseen", "1"], ["Failed", "0"], ["Invalid", "1"]]);
        assert_eq!(browser.evaluate(counts).await, expected);

        browser.press("th.devices button").await;
        assert_eq!(column(browser, "devices").await, json!(["0", "1", "3", "12", ""]));
        browser.press("th.devices button").await;
        assert_eq!(column(browser, "devices").await, json!(["12", "3", "1", "0", ""]), "unknown comes last");
        let sorted = "return document.querySelector('th.devices').getAttribute('aria-sort')";
        assert_eq!(browser.evaluate(sorted).await, "descending");
        // By the keyboard, and by a number that is no text.
        browser.find("th.address button").await.send_keys("\u{e007}").await.unwrap();
        let by_number = json!(["203.0.113.3", "203.0.113.12", "203.0.113.99", "2001:db8::1", HOSTILE]);
        assert_eq!(column(browser, "address").await, by_number);
        assert_eq!(browser.evaluate(sorted).await, Value::Null);

        browser.press("th.status button").await;
        let by_rarity = json!(["rare", "rare", "uncommon", "unseen", "invalid"]);
        assert_eq!(column(browser, "status").await, by_rarity, "not by the alphabet");

        browser.find("#filter").await.send_keys("203.0.113.1").await.unwrap();
        assert_eq!(column(browser, "address").await, json!(["203.0.113.12"]));
        browser.expect_text("#shown", "1 of 5 shown").await;
        browser.find("#filter").await.clear().await.unwrap();
        browser.evaluate("document.querySelector('#status').value = 'rare'").await;
        browser.evaluate("document.querySelector('#status').dispatchEvent(new Event('change'))").await;
        assert_eq!(column(browser, "devices").await, json!(["1", "3"]));
        browser.evaluate("document.querySelector('#status').value = 'rare uncommon common'").await;
        browser.evaluate("document.querySelector('#status').dispatchEvent(new Event('change'))").await;
        browser.expect_text("#shown", "3 of 5 shown").await;
        assert_kept_to_itself(browser).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn it_is_read_in_the_dark_on_a_phone_and_on_paper() {
    let path = report("read.html").await;
    with_browser(async |browser| {
        browser.open(&format!("file://{}", path.display())).await;
        // Each bar lies within the common axis, and what was later is further to the right.
        let bars = "return [...document.querySelectorAll('svg.line')].map(line => {
            const [all, bar] = [line, line.querySelector('rect')].map(shape => shape.getBoundingClientRect());
            return bar.left >= all.left && bar.right <= all.right + 1 && bar.width > 1 ? bar.left - all.left : null;
        })";
        let bars = browser.evaluate(bars).await;
        let [once, rare, common] = &bars.as_array().unwrap()[..] else { panic!("three are seen: {bars}") };
        assert!(rare.as_f64().unwrap() < once.as_f64().unwrap() && common.as_f64() > rare.as_f64(), "{bars}");
        assert_eq!(browser.evaluate("return document.querySelectorAll('th.span .ends time').length").await, 2);
        assert!(browser.text("th.span").await.contains("line: start of the look-back"));

        let background = "return getComputedStyle(document.body).backgroundColor";
        browser.prefer("dark").await;
        assert_eq!(browser.evaluate(background).await, "rgb(20, 24, 29)");
        browser.screenshot("report-dark").await;

        browser.print().await;
        assert_eq!(browser.evaluate(background).await, "rgb(255, 255, 255)");
        assert_eq!(is_hidden(browser, "#controls").await, true);
        assert_eq!(is_hidden(browser, "th button").await, true);
        assert_eq!(is_hidden(browser, "th .label").await, false, "headings are repeated without their buttons");
        assert_eq!(is_hidden(browser, "#records rect").await, false);
        browser.screenshot("report-paper").await;

        browser.prefer("light").await;
        browser.narrow().await;
        let too_wide = "return document.documentElement.scrollWidth > window.innerWidth";
        assert_eq!(browser.evaluate(too_wide).await, false);
        browser.screenshot("report-narrow").await;
        assert_kept_to_itself(browser).await;
    })
    .await;
}

/// What was seen is on the first screen, and on the first sheet of paper, however long the list is.
#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn three_thousand_addresses_begin_with_what_was_seen() {
    let unseen = (0..2997).map(|number: u32| format!("198.18.{}.{}", number / 256, number % 256));
    let mut texts: Vec<_> = unseen.collect();
    for (index, seen) in [(2990, "203.0.113.3"), (1500, "203.0.113.12"), (2, "2001:db8::1")] {
        texts.insert(index, seen.to_owned());
    }
    let path = written("long.html", &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    with_browser(async |browser| {
        browser.open(&format!("file://{}", path.display())).await;
        let top = "return [...document.querySelectorAll('.counts, #records tbody tr')].slice(0, 5)
            .map(shown => shown.getBoundingClientRect()).every(shown => shown.height > 0 && shown.bottom < 900)";
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            assert_eq!(browser.evaluate(top).await, true, "{scheme}");
            browser.screenshot(&format!("long-{scheme}")).await;
        }
        let devices = column(browser, "devices").await;
        let devices = devices.as_array().unwrap();
        assert_eq!((devices.len(), &devices[..4]), (3000, &[json!("1"), json!("3"), json!("12"), json!("0")][..]));
        browser.print().await;
        assert_eq!(browser.evaluate(top).await, true, "on paper");
        browser.screenshot("long-paper").await;
        assert_kept_to_itself(browser).await;
    })
    .await;
}

/// Nothing was refused by its policy, and nothing but the file was asked for.
async fn assert_kept_to_itself(browser: &Browser) {
    assert_eq!(browser.console().await, Vec::<Value>::new());
    let requested = browser.requested().await;
    let elsewhere = |requested: &&String| !requested.starts_with("file://") && !requested.starts_with("data:");
    assert_eq!(requested.iter().find(elsewhere), None);
    assert_eq!(requested.iter().filter(|requested| requested.starts_with("file://")).count(), 1, "{requested:?}");
}
