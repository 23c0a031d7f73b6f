//! `mde doctor` for app registrations that sign in, and for other tenants.
//!
//! The credential uses https only: the authority of the sandbox is added to the trusted ones, as Linux allows.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;

use mde_sandbox::{Sandbox, TokenClaims, User};
use mde_tests::{Scripted, Step};

use crate::doctor::{ask, assert_run, doctor, lines};
use crate::{Run, fresh_folder};

#[tokio::test]
async fn each_refusal_is_explained() {
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let folder = fresh_folder();
    std::fs::create_dir_all(&folder).unwrap();
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, sandbox.tls_ca_pem().unwrap()).unwrap();
    let noted = |note: &str| sandbox.apps().iter().find(|app| app.note() == note).cloned().unwrap();
    let (able, expired) = (noted("may ask"), noted("its secret has expired"));
    let unknown = "5a4db0c5-0000-4000-8000-0000000000ff";
    let mut report = String::new();
    for (name, tenant, app, secret) in [
        ("in order", sandbox.tenant(), able.client_id(), able.client_secret()),
        ("an expired secret", sandbox.tenant(), expired.client_id(), expired.client_secret()),
        ("a wrong secret", sandbox.tenant(), able.client_id(), "not~the~secret"),
        ("an unknown app", sandbox.tenant(), unknown, able.client_secret()),
        ("an unknown tenant", unknown, able.client_id(), able.client_secret()),
    ] {
        let mut command = doctor(&[]);
        command.env("SSL_CERT_FILE", &authority).env_remove("SSL_CERT_DIR").env("MDE_ENDPOINT", sandbox.url());
        command.env("AZURE_TENANT_ID", tenant).env("AZURE_CLIENT_ID", app).env("AZURE_CLIENT_SECRET", secret);
        let run = ask(command).await;
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "the secret shows: {}", run.out);
        let lines = lines(&run, &["credential", "token", "tenant", "call"]);
        report += &format!("# {name}: exit code {:?}\n{lines}\n", run.code.unwrap());
    }
    assert_run("signing-in", &Run { out: report, err: String::new(), code: None });
}

/// Neither the app of the Azure CLI nor an identity of Azure is under the app registrations.
#[tokio::test]
async fn a_permission_that_no_app_registration_lacks() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = fresh_folder();
    std::fs::create_dir_all(&folder).unwrap();
    let bare = TokenClaims { roles: Vec::new(), ..TokenClaims::valid() };
    let of_user =
        sandbox.issue_token(TokenClaims { user: Some(User::new().with_scope("Machine.Read")), ..bare.clone() });
    let of_machine = sandbox.issue_token(bare);

    let answer = format!(r#"{{"accessToken":"{of_user}","expires_on":4102444800,"tokenType":"Bearer"}}"#);
    std::fs::write(folder.join("az"), format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
    std::fs::set_permissions(folder.join("az"), PermissionsExt::from_mode(0o755)).unwrap();
    let given =
        format!(r#"{{"access_token":"{of_machine}","expires_on":"4102444800","resource":"r","token_type":"Bearer"}}"#);
    let machine = Scripted::start(vec![Step::json(&given); 2]).await.unwrap();

    let mut report = String::new();
    for credential in ["azure-cli", "managed-identity"] {
        let config = folder.join("config.toml");
        std::fs::write(&config, format!("credential = \"{credential}\"\n")).unwrap();
        let mut command = doctor(&[]);
        command.env("MDE_CONFIG", config).env("MDE_ENDPOINT", sandbox.url());
        command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
        command.env("IDENTITY_ENDPOINT", format!("{}/msi/token", machine.url())).env("IDENTITY_HEADER", "h");
        let run = ask(command).await;
        report += &format!("# {credential}: exit code {:?}\n{}\n", run.code.unwrap(), lines(&run, &["permission"]));
    }
    assert_run("no-registration", &Run { out: report, err: String::new(), code: None });
}

#[tokio::test]
async fn a_token_of_another_tenant() {
    let sandbox = Sandbox::start().await.unwrap();
    let other = sandbox.tenant().replace("01", "02");
    let mut command = doctor(&["--tenant", &other]);
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    let run = ask(command).await;
    assert_eq!(run.code, Some(0), "it is a warning");
    assert_run("other-tenant", &Run { out: lines(&run, &["tenant"]), err: String::new(), code: run.code });
}
