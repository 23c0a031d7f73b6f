//! `mde login` as a person does it: two commands in two terminals, a page, a button.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use crate::chromium::with_browser;

/// The command on a machine where nothing is configured.
fn mde(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mde-under-test"));
    command.env_clear().env("HOME", home).env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test]
#[ignore = "needs chromium and chromedriver"]
async fn a_button_signs_in_and_the_next_command_answers() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let mut sandbox = mde(home, &["sandbox", "--format", "json"]).spawn().unwrap();
    let mut details = String::new();
    BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut details).await.unwrap();
    let details: Value = serde_json::from_str(&details).unwrap();
    let text = |pointer: &str| details.pointer(pointer).unwrap().as_str().unwrap();
    let (url, tenant, app) = (text("/url"), text("/tenant"), text("/public_clients/0/client_id"));

    let mut login = mde(home, &["login", "--endpoint", url, "--tenant", tenant, "--app", app]).spawn().unwrap();
    let mut out = BufReader::new(login.stdout.take().unwrap());
    let mut page = String::new();
    out.read_line(&mut page).await.unwrap();
    with_browser(async |browser| {
        browser.open(page.trim_end()).await;
        browser.screenshot("login-page").await;
        browser.press("button[value='avery@sandbox.example']").await;
        browser.expect_text("h1", "You can close this window").await;
        browser.screenshot("login-done").await;
        assert_eq!(browser.console().await, Vec::<Value>::new());
    })
    .await;
    let mut shown = String::new();
    out.read_to_string(&mut shown).await.unwrap();
    assert!(login.wait().await.unwrap().success(), "{shown}");
    assert!(shown.contains("avery@sandbox.example"), "{shown}");

    let asked = mde(home, &["ip", "stats", "10.209.67.177", "--format", "csv"]).output().await.unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    assert!(String::from_utf8_lossy(&asked.stdout).contains("10.209.67.177,"));
}
