//! From a client secret to an answer, by Azure's own credential: the sandbox plays Entra and the service, over TLS.

use mde_client::{AzureCredential, CallOptions, Client, Error, ErrorKind, InOrgIpStats, Response};
use mde_sandbox::{App, Sandbox};

use crate::{ADDRESS, describe};

async fn ask(sandbox: &Sandbox, tenant: &str, app: &App) -> Result<Response<InOrgIpStats>, Error> {
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let client = Client::builder()
        .endpoint(sandbox.url())
        .credential(AzureCredential::client_secret(tenant, app.client_id(), app.client_secret()).unwrap())
        .http(reqwest::Client::builder().add_root_certificate(authority))
        .options(CallOptions::new().max_retries(0))
        .build()
        .unwrap();
    client.get_ip_statistics(ADDRESS).look_back_hours(48).send().await
}

fn app<'a>(sandbox: &'a Sandbox, note: &str) -> &'a App {
    sandbox.apps().iter().find(|app| app.note().contains(note)).unwrap()
}

#[tokio::test]
async fn a_client_secret_gets_an_answer() {
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let answer = ask(&sandbox, sandbox.tenant(), app(&sandbox, "may ask")).await.unwrap();
    assert_eq!(answer.ip_address, ADDRESS);
    let requests = sandbox.requests();
    let lines: Vec<_> =
        requests.iter().map(|it| format!("{} {} {}", it.method, it.path_and_query, it.status)).collect();
    let login = format!("POST /{}/oauth2/v2.0/token 200", sandbox.tenant());
    assert_eq!(lines, [login.as_str(), "GET /api/ips/10.209.67.177/stats?lookBackHours=48 200"]);
}

#[tokio::test]
async fn what_a_user_reads_who_cannot_sign_in() {
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let (good, nobody) = (app(&sandbox, "may ask"), App::new("11111111-2222-4333-8444-555555555555", "a secret"));
    let wrong = App::new(good.client_id(), "another secret");
    let elsewhere = "99999999-0000-4000-8000-000000000009";
    let cases = [
        ("wrong-secret", sandbox.tenant(), &wrong, ErrorKind::Credential),
        ("expired-secret", sandbox.tenant(), app(&sandbox, "expired"), ErrorKind::Credential),
        ("unknown-app", sandbox.tenant(), &nobody, ErrorKind::Credential),
        ("unknown-tenant", elsewhere, good, ErrorKind::Credential),
        ("missing-role", sandbox.tenant(), app(&sandbox, "lacks"), ErrorKind::Permission),
    ];
    let mut texts = Vec::new();
    for (name, tenant, app, kind) in cases {
        let error = ask(&sandbox, tenant, app).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
        assert!(!format!("{error:?}").contains(app.client_secret()), "{name}");
        texts.push(format!("# {name}\n{}", describe(&error)));
    }
    let times = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?";
    insta::with_settings!({ filters => [(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"), (times, "TIME")] }, {
        insta::assert_snapshot!(texts.join("\n"));
    });
}
