//! Waits on others: a sign-in that hangs, a program that prints no secret. Each is shown, has a limit, and ends at a signal.
#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mde_sandbox::Sandbox;

use crate::{Run, Running, mde};

/// Far longer than anything takes, so that a test fails rather than hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder with a program in it that begins another one, says that it has begun, and waits until a file appears.
struct Hanging(tempfile::TempDir);

impl Hanging {
    fn named(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!(
            "#!/bin/sh\ncd '{}'\nsleep 3600 >/dev/null 2>&1 & echo $! $$ > begun.new && mv begun.new begun\n\
             while ! test -e go; do sleep 0.02; done\nkill $!; cat answer\n",
            folder.path().display()
        );
        fs::write(folder.path().join(program), script).unwrap();
        fs::set_permissions(folder.path().join(program), PermissionsExt::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn prints(&self, token: &str) {
        let answer = format!(r#"{{"accessToken":"{token}","expires_on":4102444800,"tokenType":"Bearer"}}"#);
        fs::write(self.0.path().join("answer"), answer).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("begun")
    }

    /// The command with this configuration, and with the program on its path.
    fn mde(&self, config: &str, arguments: &[&str]) -> Command {
        fs::write(self.0.path().join("config.toml"), config).unwrap();
        let mut command = mde(arguments);
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()));
        command.env("MDE_CONFIG", self.0.path().join("config.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The processes of the program, once it has begun.
    fn processes(&self) -> Vec<String> {
        in_time("the program has begun", || self.path().exists());
        fs::read_to_string(self.path()).unwrap().split_whitespace().map(str::to_owned).collect()
    }

    fn lets_go(&self) {
        fs::write(self.0.path().join("go"), "").unwrap();
    }
}

/// What a test leaves behind of the program ends.
impl Drop for Hanging {
    fn drop(&mut self) {
        let processes = fs::read_to_string(self.path()).unwrap_or_default();
        // An error means that it has ended already.
        let _ = Command::new("kill").arg("-9").args(processes.split_whitespace()).stderr(Stdio::null()).status();
    }
}

fn in_time(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "{what}, but not in time");
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_running(process: &str) -> bool {
    // One that nobody has waited for yet is over, too.
    let state = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
    !matches!(state.stdout.first(), None | Some(b'Z'))
}

fn interrupt(running: &Running) {
    let kill = format!("kill -INT {}", running.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// What is left of its output, and its end, which comes in time.
fn end(running: &mut Running) -> Run {
    let begun = Instant::now();
    while running.0.try_wait().unwrap().is_none() {
        if begun.elapsed() > LIMIT {
            running.0.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let (mut out, mut err) = (String::new(), String::new());
    running.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    running.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Run { out, err, code: running.0.wait().unwrap().code() }
}

const AZURE_CLI: &str = "credential = \"azure-cli\"\n";

/// The programs that would sign in, with what they begin, do not outlive the command.
#[tokio::test]
async fn a_sign_in_that_hangs_ends_at_ctrl_c() {
    let sandbox = Sandbox::start().await.unwrap();
    for arguments in [&["ip", "stats", "8.8.8.8"][..], &["doctor"]] {
        let az = Hanging::named("az");
        let mut running = Running::of(az.mde(AZURE_CLI, arguments).env("MDE_ENDPOINT", sandbox.url()));
        let processes = az.processes();
        interrupt(&running);
        let run = end(&mut running);
        assert_eq!(run.code, Some(130), "{arguments:?}: {}", run.err);
        assert!(run.err.contains("mde: interrupted"), "{arguments:?}: {}", run.err);
        for process in processes {
            in_time("the Azure CLI has ended", || !is_running(&process));
        }
    }
}

/// As soon as it is worth a line, and not with `--quiet`.
#[tokio::test]
async fn a_sign_in_that_takes_a_while_is_shown() {
    let sandbox = Sandbox::start().await.unwrap();
    let stats = ["ip", "stats", "8.8.8.8"];
    for (arguments, is_shown) in [(&stats[..], true), (&["doctor"], true), (&[&stats[..], &["-q"]].concat(), false)] {
        let az = Hanging::named("az");
        az.prints(sandbox.token());
        let mut command = az.mde(AZURE_CLI, arguments);
        let mut running = Running::of(command.env("MDE_ENDPOINT", sandbox.url()));
        match is_shown {
            true => assert_eq!(running.first_note(), "mde: signing in with the Azure CLI…\n", "{arguments:?}"),
            // As long as it would take to be shown.
            false => thread::sleep(Duration::from_millis(2_500)),
        }
        az.lets_go();
        let run = end(&mut running);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}: {}", run.out);
    }
}

/// Tenant and app are known, so the first call signs in. It waits, and another program or host does not matter any more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_sign_in_of_the_first_call_is_shown_and_ends_at_ctrl_c() {
    let builder = Sandbox::builder().tls(true).fault("delay=3600s on=token".parse().unwrap());
    let sandbox = builder.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, sandbox.tls_ca_pem().unwrap()).unwrap();
    let app = sandbox.apps().first().unwrap();
    let mut command = mde(&["ip", "stats", "8.8.8.8"]);
    command.env("SSL_CERT_FILE", &authority).env_remove("SSL_CERT_DIR").env("MDE_ENDPOINT", sandbox.url());
    command.env("AZURE_TENANT_ID", sandbox.tenant()).env("AZURE_CLIENT_ID", app.client_id());
    command.env("AZURE_CLIENT_SECRET", app.client_secret()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::of(&mut command);
    assert_eq!(running.first_note(), "mde: signing in with the client secret…\n");
    interrupt(&running);
    let run = end(&mut running);
    assert_eq!(run.code, Some(130), "{}", run.err);
    assert!(run.err.starts_with("mde: interrupted: 0 of 1 record is known"), "{}", run.err);
}

/// It is that of the client, and here shorter than that of users.
#[tokio::test]
async fn a_sign_in_has_a_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut texts = String::new();
    for arguments in [&["ip", "stats", "8.8.8.8"][..], &["doctor"]] {
        let az = Hanging::named("az");
        let mut command = az.mde(AZURE_CLI, arguments);
        command.env("MDE_UNDER_TEST_SHORT_SIGN_IN", "").env("MDE_ENDPOINT", sandbox.url());
        let run = Run::from(tokio::process::Command::from(command).output().await.unwrap());
        for process in az.processes() {
            in_time("the Azure CLI has ended", || !is_running(&process));
        }
        let out = run.out.lines().find(|line| line.starts_with("fail  token")).map(|line| format!("{line}\n"));
        let out = out.unwrap_or_default();
        texts += &format!("# {}\nexit code: {:?}\n{out}{}\n", arguments.join(" "), run.code.unwrap(), run.err);
    }
    insta::assert_snapshot!(texts);
}

/// Like a sign-in, though it has its own limit of 30 s.
#[test]
fn a_program_that_prints_no_secret_ends_at_ctrl_c() {
    let config = "tenant = \"contoso.example\"\napp = \"an-app\"\nendpoint = \"eu\"\n\
                  client-secret = { command = [\"secrets\"] }\n";
    for arguments in [&["ip", "stats", "8.8.8.8"][..], &["doctor"]] {
        let secrets = Hanging::named("secrets");
        let mut running = Running::of(&mut secrets.mde(config, arguments));
        let processes = secrets.processes();
        interrupt(&running);
        let run = end(&mut running);
        assert_eq!(run.code, Some(130), "{arguments:?}: {}", run.err);
        // At a terminal the signal reaches what it has begun, too.
        in_time("the program has ended", || !is_running(&processes[1]));
    }
}
