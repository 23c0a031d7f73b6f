//! Credentials: where they come from, and the error if one is missing. The programs of these tests need a Unix shell.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use mde_sandbox::{App, Sandbox};
use mde_tests::{Scripted, Step};

use super::{Folder, assert_text, output, shown};
use crate::{Cases, Run, Variables, sandbox};

const ASK: [&str; 6] = ["ip", "stats", "8.8.8.8", "--format", "csv", "--no-store"];

/// A sandbox that takes secrets, which go over TLS only, and a folder with the certificate to trust it by.
async fn secure() -> (Sandbox, Folder) {
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let folder = Folder::with("");
    folder.write("ca.pem", sandbox.tls_ca_pem().unwrap());
    (sandbox, folder)
}

fn app(sandbox: &Sandbox) -> &App {
    sandbox.apps().first().unwrap()
}

/// A configuration that asks the sandbox as its first app.
fn config(sandbox: &Sandbox, rest: &str) -> String {
    let (url, tenant, app) = (sandbox.url(), sandbox.tenant(), app(sandbox).client_id());
    format!("[profiles.one]\nendpoint = {url:?}\ntenant = {tenant:?}\napp = {app:?}\n{rest}\n")
}

/// How many tokens were asked for, and how many statistics.
fn received(sandbox: &Sandbox) -> [usize; 2] {
    let requests = sandbox.requests();
    let tokens = requests.iter().filter(|request| request.path_and_query.ends_with("/token")).count();
    [tokens, requests.len() - tokens]
}

fn write_program(folder: &Folder, name: &str, script: &str) {
    folder.write(name, format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o755)).unwrap();
}

/// The command with the programs of the folder before those of the system, and the sandbox's certificate, if it has one.
fn with_programs(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = folder.mde(arguments);
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    command.env("PATH", path);
    let authority = folder.path().join("ca.pem");
    if authority.exists() {
        command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
    }
    command
}

/// A client secret, from each place that it can be in.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret() {
    let (sandbox, folder) = secure().await;
    let secret = app(&sandbox).client_secret();
    folder.write("secret.txt", format!("{secret}\n"));
    write_program(&folder, "print secret", "echo asking for the secret >&2; cat \"$1\"; wc -c");
    write_program(&folder, "print", "cat \"$1\"");
    let file = folder.path().join("secret.txt");
    let references = [
        "client-secret = { env = \"SECRET_OF_ONE\" }".to_owned(),
        "client-secret = { file = \"secret.txt\" }".to_owned(),
        format!("client-secret = {{ command = [\"print\", {file:?}] }}"),
        "credential = \"client-secret\"".to_owned(),
        "credential = \"environment\"".to_owned(),
    ];
    for (number, reference) in references.iter().enumerate() {
        folder.write("config.toml", config(&sandbox, reference));
        let mut command = with_programs(&folder, &[&ASK[..], &["--profile", "one"]].concat());
        match number {
            0 => drop(command.env("SECRET_OF_ONE", secret)),
            3 | 4 => drop(command.env("AZURE_CLIENT_SECRET", secret)),
            _ => {}
        }
        let run = output(&mut command);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{reference}");
        assert!(run.out.contains("8.8.8.8"), "{}", run.out);
        assert_eq!(received(&sandbox), [number + 1; 2], "{reference}");
    }

    // And with nothing but the environment.
    let mut command = with_programs(&folder, &ASK);
    let (tenant, app) = (sandbox.tenant(), app(&sandbox).client_id());
    command.env("AZURE_TENANT_ID", tenant).env("AZURE_CLIENT_ID", app).env("AZURE_CLIENT_SECRET", secret);
    assert_eq!(output(command.env("MDE_ENDPOINT", sandbox.url())).code, Some(0));
    assert_eq!(received(&sandbox)[0], references.len() + 1);
}

/// The standard error of the program is shown, its output is not, and its standard input is empty.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_prints_the_secret() {
    let (sandbox, folder) = secure().await;
    let secret = app(&sandbox).client_secret();
    write_program(
        &folder,
        "secrets",
        &format!("echo asking >&2; test -z \"$(cat)\" && test \"$1\" = 'two  words' && echo '{secret}'"),
    );
    folder.write("config.toml", config(&sandbox, "client-secret = { command = [\"secrets\", \"two  words\"] }"));
    let run = output(&mut with_programs(&folder, &[&ASK[..], &["--profile", "one"]].concat()));
    assert_eq!((run.code, run.err.as_str()), (Some(0), "asking\n"));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret() {
    let (sandbox, folder) = secure().await;
    folder.write("config.toml", config(&sandbox, "client-secret = { env = \"SECRET\" }"));
    let mut command = with_programs(&folder, &[&ASK[..], &["--profile", "one"]].concat());
    let run = output(command.env("SECRET", "wrong~secret"));
    assert_eq!(run.code, Some(3));
    assert!(run.err.contains("AADSTS7000215") && !run.err.contains("wrong~secret"), "{}", run.err);
}

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/client/tests/certificates");

/// A certificate, from each place that it can be in. Its password is in a variable, or in a file of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate() {
    const PASSWORD: &str = "a password of the tests";
    const CLIENT_ID: &str = "5a4db0c5-0000-4000-8000-0000000000aa";
    let certificate = std::fs::read(format!("{CERTIFICATES}/pkcs8.pem")).unwrap();
    let app = App::new(CLIENT_ID, "nobody uses it").with_role("Ip.Read.All").with_certificate(certificate).unwrap();
    let sandbox = Sandbox::builder().tls(true).app(app).start().await.unwrap();
    let folder = Folder::with("");
    folder.write("ca.pem", sandbox.tls_ca_pem().unwrap());
    folder.write("password.txt", PASSWORD);
    let (url, tenant) = (sandbox.url(), sandbox.tenant());
    let profile =
        |rest: &str| format!("[profiles.one]\nendpoint = {url:?}\ntenant = {tenant:?}\napp = {CLIENT_ID:?}\n{rest}\n");
    let (pem, archive) = (format!("{CERTIFICATES}/pkcs8.pem"), format!("{CERTIFICATES}/aes256.pfx"));
    let path = ("AZURE_CLIENT_CERTIFICATE_PATH", archive.as_str());
    let password = ("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSWORD);
    let cases: [(String, Variables<'_>, &[&str]); 5] = [
        (format!("certificate = {{ file = {pem:?} }}"), &[], &[]),
        (format!("certificate = {{ file = {archive:?}, password = {{ file = \"password.txt\" }} }}"), &[], &[]),
        (format!("certificate = {{ file = {archive:?}, password = {{ env = \"P\" }} }}"), &[("P", PASSWORD)], &[]),
        (String::new(), &[path, password], &[]),
        // Whatever else there is.
        (String::new(), &[path, password, ("MDE_TOKEN", "a~token")], &["--credential", "certificate"]),
    ];
    for (number, (reference, variables, arguments)) in cases.iter().enumerate() {
        folder.write("config.toml", profile(reference));
        let mut command = with_programs(&folder, &[&ASK[..], &["--profile", "one"], *arguments].concat());
        let run = output(command.envs(variables.iter().copied()));
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{number}: {reference}");
        assert_eq!(received(&sandbox), [number + 1; 2], "{number}: {reference}");
    }

    // And one whose password is wrong.
    let mut command = with_programs(&folder, &[&ASK[..], &["--profile", "one"]].concat());
    let run = output(command.envs([path, ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "wrong~password")]));
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("the password does not open") && !run.err.contains('~'), "{}", run.err);
}

/// The error explains why there is no secret, and shows no part of one.
#[test]
fn missing_secrets() {
    const BASE: &str = "endpoint = \"eu\"\ntenant = \"contoso.example\"\napp = \"an-app\"\n";
    let cases = [
        ("variable", "client-secret = { env = \"UNSET_SECRET\" }"),
        ("environment", "credential = \"client-secret\""),
        ("file", "client-secret = { file = \"gone.txt\" }"),
        ("file-empty", "client-secret = { file = \"empty.txt\" }"),
        ("file-binary", "client-secret = { file = \"binary\" }"),
        ("file-endless", "client-secret = { file = \"/dev/zero\" }"),
        ("command-not-there", "client-secret = { command = [\"no-such-program\", \"show\"] }"),
        ("command-fails", "client-secret = { command = [\"fails\", \"--password\", \"my~word\"] }"),
        ("command-killed", "client-secret = { command = [\"killed\"] }"),
        ("command-prints-nothing", "client-secret = { command = [\"true\"] }"),
        ("command-prints-several-lines", "client-secret = { command = [\"lines\"] }"),
        ("workload", "credential = \"workload-identity\""),
        ("certificate", "certificate = { file = \"gone.pem\" }"),
        ("certificate-password", "certificate = { file = \"empty.txt\", password = { env = \"UNSET_SECRET\" } }"),
    ];
    let mut table = Cases::default();
    for (name, reference) in cases {
        let folder = Folder::with(format!("{BASE}{reference}\n"));
        folder.write("empty.txt", "\n");
        folder.write("binary", b"my~secret\xff");
        write_program(&folder, "fails", "echo my~secret; echo it is locked >&2; exit 4");
        write_program(&folder, "killed", "echo my~secret; kill -9 $$");
        write_program(&folder, "lines", "echo my~secret; echo user: anna");
        let run = output(&mut with_programs(&folder, &ASK));
        assert_eq!(run.code, Some(3), "{name}: {}", run.err);
        assert!(!run.err.contains('~') && !run.err.contains("anna"), "{}", run.err);
        table.add(name, &folder.text(&run));
    }
    assert_text("missing-secrets", &table.0);
}

/// An app needs more than the secret.
#[test]
fn incomplete_apps() {
    const SECRET: &str = "client-secret = { env = \"SECRET\" }";
    let cases = [
        ("tenant", "app = \"an-app\""),
        ("app", "tenant = \"contoso.example\""),
        ("unfit", "app = \"an-app\"\ntenant = \"common\""),
        ("http", "app = \"an-app\"\ntenant = \"contoso.example\"\nendpoint = \"http://127.0.0.1:1234\""),
    ];
    let mut table = Cases::default();
    for (name, config) in cases {
        let folder = Folder::with(format!("default-profile = \"one\"\n[profiles.one]\n{config}\n{SECRET}\n"));
        let run = output(folder.mde(&ASK).env("SECRET", "my~secret"));
        assert_eq!(run.code, Some(2), "{name}");
        assert!(!run.err.contains('~'), "{}", run.err);
        table.add(name, &folder.text(&run));
    }
    let folder = Folder::with("");
    let run = output(folder.mde(&ASK).env("AZURE_TENANT_ID", "contoso.example").env("AZURE_CLIENT_ID", "an-app"));
    assert_five_short_lines(&run);
    table.add("tenant and app in the environment, no secret", &folder.text(&run));
    let top = Folder::with(SECRET);
    table.add("a secret at the top of the file, no app", &top.text(&output(&mut top.mde(&ASK))));
    assert_text("incomplete-apps", &table.0);
}

/// On a terminal of the usual width, five lines are five rows.
fn assert_five_short_lines(run: &Run) {
    let widths: Vec<_> = run.err.lines().map(|line| line.chars().count()).collect();
    assert!(widths.len() == 5 && widths.iter().all(|width| *width <= 80), "{widths:?}: {}", run.err);
    assert!(run.err.contains("--sandbox"), "{}", run.err);
}

#[test]
fn nothing_is_configured() {
    let folder = Folder::with("");
    let run = output(&mut folder.mde(&ASK));
    assert_eq!(run.code, Some(3));
    assert_five_short_lines(&run);
    assert_text("nothing-configured", &folder.text(&run));
}

/// `config show` names secrets by their places, and shows whether they exist.
#[test]
fn how_credentials_are_shown() {
    let rows = [
        "client-secret = { env = \"SECRET\" }",
        "client-secret = { env = \"UNSET_SECRET\" }",
        "client-secret = { file = \"secret.txt\" }",
        "client-secret = { file = \"open.txt\" }",
        "client-secret = { file = \"gone.txt\" }",
        "client-secret = { file = \"/dev/null\" }",
        "client-secret = { command = [\"pass\", \"show\", \"mde\"] }",
        "certificate = { file = \"secret.txt\" }",
        "certificate = { file = \"open.txt\", password = { env = \"SECRET\" } }",
        "certificate = { file = \"gone.txt\", password = { env = \"UNSET_SECRET\" } }",
        "credential = \"person\"",
        "credential = \"azure-cli\"",
        "credential = \"managed-identity\"",
        "credential = \"workload-identity\"",
        "credential = \"client-secret\"",
        "credential = \"environment\"",
    ];
    let mut table = String::new();
    let mut show = |config: &str, variables: &[(&str, &str)]| {
        let folder = Folder::with(config);
        for (name, mode) in [("secret.txt", 0o600), ("open.txt", 0o644)] {
            folder.write(name, "my~secret");
            std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        let mut command = folder.mde(&["config", "show"]);
        let run = output(command.env("SECRET", "my~secret").envs(variables.iter().copied()));
        assert!(!run.out.contains('~') && !run.err.contains('~'), "{}", run.out);
        let [value, origin] = shown(&run, "credential");
        let value = value.replace(&folder.path().display().to_string(), "FOLDER");
        table += &format!("{config}\n  {value}\n  {origin}\n");
    };
    for row in rows {
        show(row, &[]);
    }
    show("# MDE_TOKEN", &[("MDE_TOKEN", "my~secret"), ("AZURE_CLIENT_SECRET", "my~secret")]);
    show("# AZURE_CLIENT_SECRET", &[("AZURE_CLIENT_SECRET", "my~secret")]);
    let certificate = ("AZURE_CLIENT_CERTIFICATE_PATH", "secret.txt");
    show("# a certificate", &[certificate]);
    show("# a certificate and its password", &[certificate, ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "my~secret")]);
    show("# a pod", &[("AZURE_FEDERATED_TOKEN_FILE", "secret.txt")]);
    insta::assert_snapshot!("credentials-shown", table);
}

/// The program `az` of the test prints the token of the sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn azure_cli() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = Folder::with("credential = \"azure-cli\"\n");
    let token = sandbox.token();
    let answer = format!(r#"{{"accessToken":"{token}","expires_on":4102444800,"tokenType":"Bearer"}}"#);
    write_program(&folder, "az", &format!("echo \"$@\" > \"{}/asked\"; echo '{answer}'", folder.path().display()));
    for arguments in [&ASK[..], &[&ASK[..], &["--tenant", "contoso.example"]].concat()] {
        let run = output(with_programs(&folder, arguments).env("MDE_ENDPOINT", sandbox.url()));
        assert_eq!(run.code, Some(0), "{}", run.err);
        let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
        assert_eq!(asked.contains("contoso.example"), arguments.len() > ASK.len(), "{asked}");
    }
    assert_eq!(sandbox.requests().len(), 2);
}

/// The network of the machine is asked for its identity, or for the one that the app names.
#[tokio::test(flavor = "multi_thread")]
async fn a_managed_identity() {
    let sandbox = sandbox().start().await.unwrap();
    let token = sandbox.token();
    let given =
        format!(r#"{{"access_token":"{token}","expires_on":"4102444800","resource":"r","token_type":"Bearer"}}"#);
    let machine = Scripted::start(vec![Step::json(&given); 2]).await.unwrap();
    let folder = Folder::with("credential = \"managed-identity\"\n");
    for arguments in [&ASK[..], &[&ASK[..], &["--app", "an-app"]].concat()] {
        let mut command = folder.mde(arguments);
        let endpoint = format!("{}/msi/token", machine.url());
        command.env("MDE_ENDPOINT", sandbox.url()).env("IDENTITY_ENDPOINT", endpoint).env("IDENTITY_HEADER", "h");
        let run: Run = output(&mut command);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    let named: Vec<_> = machine.requests().iter().map(|head| head.contains("an-app")).collect();
    assert_eq!(named, [false, true]);
}

/// The token file of a pod, whose content is sent to Entra in place of a secret.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_workload_identity() {
    let (sandbox, folder) = secure().await;
    folder.write("federated", "assertion-of-the-pod");
    // Named, and as the environment has it.
    for (asked, credential) in [(1, "credential = \"workload-identity\""), (2, "")] {
        folder.write("config.toml", config(&sandbox, credential));
        let mut command = with_programs(&folder, &[&ASK[..], &["--profile", "one"]].concat());
        let run = output(command.env("AZURE_FEDERATED_TOKEN_FILE", folder.path().join("federated")));
        // The sandbox has no app that trusts a pod; the refused request is what can be seen.
        assert_eq!(run.code, Some(3), "{}", run.err);
        assert_eq!(received(&sandbox), [asked, 0]);
    }
}
