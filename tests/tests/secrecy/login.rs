//! What shows of a person's sign-in, while it goes on and afterwards: no code, no verifier, no token, in no output, no log, no
//! list of processes and no file but that of the refresh token.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mde_sandbox::Sandbox;
use mde_tests::sign_in_on_page;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes to a sandbox and comes back, to learn the secrets from.
struct Tap {
    url: String,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    async fn before(sandbox: &Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, address) = (Arc::<Mutex<Vec<u8>>>::default(), sandbox.address());
        let tap = Self { url, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(address).await.unwrap();
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(copy(near_in, far_out, Arc::clone(&seen)));
                tokio::spawn(copy(far_in, near_out, Arc::clone(&seen)));
            }
        });
        tap
    }

    /// What came by behind a name, in a form, a URL or JSON, each once.
    fn values(&self, name: &str) -> Vec<String> {
        let seen = String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned();
        let behind = [format!("\"{name}\":\""), format!("&{name}="), format!("?{name}="), format!("\n{name}=")];
        let starts = behind.iter().flat_map(|start| seen.split(start.as_str()).skip(1));
        let is_value = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
        let mut values: Vec<_> =
            starts.map(|rest| rest.split(|c| !is_value(c)).next().unwrap_or_default().to_owned()).collect();
        values.sort();
        values.dedup();
        values
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, seen: Arc<Mutex<Vec<u8>>>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        seen.lock().unwrap().extend_from_slice(&bytes[..count]);
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// The command with a home of its own, a log of all that it does, and a browser that does nothing but stay.
fn mde(home: &Path, arguments: &[&str]) -> Command {
    let browser = home.join("browser");
    fs::write(&browser, "#!/bin/sh\nsleep 5\nexit 0\n").unwrap();
    fs::set_permissions(&browser, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mde-under-test"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).env("TMPDIR", home).env("BROWSER", browser);
    command.env("MDE_CREDENTIALS", home.join("credentials")).args(arguments).arg("-vv");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Command line and environment of a process and of those that it has started.
fn processes(parent: u32) -> String {
    let mut text = String::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let read = |name| fs::read(entry.path().join(name)).unwrap_or_default();
        let status = String::from_utf8_lossy(&read("status")).into_owned();
        let is = |key: &str| status.lines().any(|line| line == format!("{key}:\t{parent}"));
        if is("PPid") || is("Pid") {
            text += &String::from_utf8_lossy(&[read("cmdline"), read("environ")].concat());
        }
    }
    text
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => files(&entry.path(), found),
            false => found.push(entry.path()),
        }
    }
}

/// Signs in, asks, asks for the status and signs out, and returns all that shows.
async fn everything(sandbox: &Sandbox, tap: &Tap, by_device_code: bool) -> String {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (tenant, app) = (sandbox.tenant(), sandbox.public_clients()[0].client_id());
    let mut arguments = vec!["login", "--endpoint", &tap.url, "--tenant", tenant, "--app", app];
    arguments.extend(by_device_code.then_some("--device-code"));
    let mut login = mde(home, &arguments).spawn().unwrap();
    let mut err = BufReader::new(login.stderr.take().unwrap());
    let mut seen = String::new();
    match by_device_code {
        true => {
            while !seen.contains("enter the code ") {
                err.read_line(&mut seen).unwrap();
            }
            let code = seen.split("enter the code ").nth(1).unwrap().trim_end().to_owned();
            seen += &processes(login.id());
            assert!(sandbox.approve_device_code(&code, &sandbox.users()[0]));
        }
        false => {
            // The browser has the page on its command line.
            let deadline = Instant::now() + Duration::from_secs(60);
            let page = loop {
                let running = processes(login.id());
                if let Some((_, page)) = running.split_once("browser\0http://") {
                    seen += &running;
                    break format!("http://{}", page.split('\0').next().unwrap());
                }
                assert!(Instant::now() < deadline, "no browser is opened: {running}");
            };
            sign_in_on_page(&page, Some(sandbox.users()[0].name())).unwrap();
        }
    }
    let mut rest = String::new();
    err.read_to_string(&mut rest).unwrap();
    let output = login.wait_with_output().unwrap();
    assert!(output.status.success(), "{seen}{rest}");
    seen += &(rest + &String::from_utf8_lossy(&output.stdout));
    for arguments in [&["ip", "stats", "198.51.100.217"][..], &["login", "--status"], &["doctor"], &["config", "show"]]
    {
        let output = mde(home, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        seen += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
    }
    let (mut all, mut kept) = (Vec::new(), 0);
    files(home, &mut all);
    for file in all {
        match file.starts_with(home.join("credentials")) {
            true => kept += 1,
            false => seen += &String::from_utf8_lossy(&fs::read(&file).unwrap()),
        }
    }
    assert_eq!(kept, 1, "the refresh token is in a file");
    assert!(mde(home, &["logout"]).output().unwrap().status.success());
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_shows_of_a_person() {
    let settings = ["polling-interval=1", "refresh-tokens=replaced"].map(|setting| setting.parse().unwrap());
    let sandbox = Sandbox::builder().quirks(settings.into_iter().collect()).start().await.unwrap();
    for by_device_code in [false, true] {
        let tap = Tap::before(&sandbox).await;
        let seen = everything(&sandbox, &tap, by_device_code).await;
        for proof in ["avery@sandbox.example", "getIPStatistics", "credential = \"person\"", "MDE_CREDENTIALS="] {
            assert!(seen.contains(proof), "{proof} is missing: {seen}");
        }
        let own = if by_device_code { ["device_code"].as_slice() } else { &["code", "code_verifier"] };
        for name in own.iter().chain(&["access_token", "refresh_token"]) {
            let values = tap.values(name);
            assert!(values.iter().any(|value| value.len() >= 16), "{name} came by: {values:?}");
            for value in values.iter().filter(|value| value.len() >= 16) {
                assert!(!seen.contains(value.as_str()), "{name} shows: {seen}");
                assert!(!seen.contains(&value[..value.len() / 2]), "the first half of {name} shows: {seen}");
            }
        }
    }
}
