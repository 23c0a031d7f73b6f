//! The page for people, as far as it can be seen without a browser.

use mde_sandbox::{App, Sandbox};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{client, get, header, json as body_of, raw, sandbox, send};

/// What the page says of its sandbox, for its script to show.
async fn facts(sandbox: &Sandbox) -> Value {
    let html = get(sandbox, "/").await.text().await.unwrap();
    let (_, rest) = html.split_once(r#"<script type="application/json" id="facts">"#).unwrap();
    let (facts, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(facts).unwrap()
}

/// The page as it is shown under these header lines.
async fn under(sandbox: &Sandbox, path: &str, headers: &str) -> String {
    raw(sandbox, format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").as_bytes()).await
}

fn assert_guarded(response: &Response) {
    let policy = header(response, "content-security-policy");
    assert_eq!(
        policy.split("; ").collect::<Vec<_>>(),
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    );
    assert_eq!(header(response, "x-content-type-options"), "nosniff");
    assert_eq!(header(response, "cache-control"), "no-store");
    assert_eq!(header(response, "access-control-allow-origin"), "(absent)");
}

#[tokio::test]
async fn the_page_offers_a_token_and_the_apps() {
    let sandbox = sandbox([]).await;
    let response = client().get(sandbox.url()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
    assert_guarded(&response);
    let html = response.text().await.unwrap();
    assert!(html.contains("This is a sandbox: its figures are made up, or come from a file."), "{html}");
    assert_eq!(html.matches(sandbox.token()).count(), 1);

    let app = |app: &App| {
        json!({
            "client_id": app.client_id(),
            "client_secret": app.client_secret(),
            "tenant": app.tenant(),
            "note": app.note(),
        })
    };
    assert_eq!(
        facts(&sandbox).await,
        json!({
            "url": sandbox.url(),
            "token": sandbox.token(),
            "tenant": sandbox.tenant(),
            "token_url": sandbox.token_url(),
            "scope": "https://api.securitycenter.microsoft.com/.default",
            "request": "/api/ips/10.209.67.177/stats?lookBackHours=48",
            "apps": sandbox.apps().iter().map(app).collect::<Vec<_>>(),
            "public_clients": [{"name": sandbox.public_clients()[0].client_id(), "note": "people sign in to it"}],
            "users": [
                {"name": "avery@sandbox.example", "note": "may ask"},
                {"name": "robin@sandbox.example", "note": "lacks 'View Data'"},
                {"name": "kim@sandbox.example", "note": "has not consented to Ip.Read.All"},
            ],
        })
    );
}

#[tokio::test]
async fn what_an_app_is_called_does_not_become_a_part_of_the_page() {
    let id = "</script><script>alert(1)</script><!--{facts}\u{2028}\"'&";
    let sandbox = Sandbox::builder().app(App::new(id, id)).start().await.unwrap();
    let html = get(&sandbox, "/").await.text().await.unwrap();
    assert_eq!(html.matches("<script").count(), 3);
    assert!(!html.contains("alert(1)</script>"), "{html}");
    let app = facts(&sandbox).await["apps"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((app["client_id"].as_str(), app["client_secret"].as_str()), (Some(id), Some(id)));
}

#[tokio::test]
async fn everything_the_page_names_is_served() {
    let sandbox = sandbox([]).await;
    let html = get(&sandbox, "/").await.text().await.unwrap();
    let named = |attribute| html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
    let mut paths: Vec<_> = named("src=\"").chain(named("href=\"")).collect();
    paths.sort_unstable();
    paths.dedup();

    let mut served = Vec::new();
    for path in paths {
        assert!(path.starts_with('/'), "{path} is elsewhere");
        let response = get(&sandbox, path).await;
        assert_eq!(response.status(), 200, "{path}");
        // That page has a form, and a test of its own.
        if path != "/devicelogin" {
            assert_guarded(&response);
        }
        served.push(format!("{path}: {}", header(&response, "content-type")));

        let head = send(&sandbox, Method::HEAD, path, sandbox.token()).await;
        assert_eq!(head.status(), 200, "{path}");
        let body = response.bytes().await.unwrap();
        assert_eq!(header(&head, "content-length"), body.len().to_string(), "{path}");
    }
    assert_eq!(
        served,
        [
            "/devicelogin: text/html; charset=utf-8",
            "/openapi.json: application/json",
            "/page.css: text/css; charset=utf-8",
            "/page.js: text/javascript; charset=utf-8",
            "/swagger-ui/favicon-32x32.png: image/png",
            "/swagger-ui/swagger-ui-bundle.js: text/javascript; charset=utf-8",
            "/swagger-ui/swagger-ui.css: text/css; charset=utf-8",
        ]
    );
    let bundle = get(&sandbox, "/swagger-ui/swagger-ui-bundle.js").await.text().await.unwrap();
    assert!(bundle.contains("SwaggerUIBundle") && bundle.len() > 1_000_000);
}

#[tokio::test]
async fn the_contract_is_about_the_sandbox_and_otherwise_the_contract() {
    let sandbox = sandbox([]).await;
    let url = sandbox.url();
    let response = client().get(format!("{url}/openapi.json")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut served = body_of(response).await;
    let contract = serde_json::from_str::<serde_json::Value>(mde_openapi::CONTRACT_JSON).unwrap();

    assert_eq!(served["servers"], json!([{"url": url, "description": "This sandbox."}]));
    served["servers"] = contract["servers"].clone();

    let described = served["info"]["description"].as_str().unwrap();
    let of_contract = described
        .strip_prefix("**This is a sandbox: its figures are made up, or come from a file.**\n\n")
        .unwrap()
        .to_owned();
    served["info"]["description"] = of_contract.into();

    assert_eq!(served["security"].as_array_mut().unwrap().pop(), Some(json!({"token": []})));

    let schemes = &mut served["components"]["securitySchemes"];
    let token = schemes.as_object_mut().unwrap().remove("token").unwrap();
    assert_eq!((token["type"].as_str(), token["scheme"].as_str()), (Some("http"), Some("bearer")));
    let entra = &mut schemes["entra"];
    let token_url = entra["flows"]["clientCredentials"]["tokenUrl"].take();
    assert_eq!(token_url, format!("{url}/{}/oauth2/v2.0/token", sandbox.tenant()));
    assert!(entra["description"].take().as_str().unwrap().contains("sandbox"));
    let entra_of_contract = &contract["components"]["securitySchemes"]["entra"];
    entra["description"] = entra_of_contract["description"].clone();
    entra["flows"]["clientCredentials"]["tokenUrl"] =
        entra_of_contract["flows"]["clientCredentials"]["tokenUrl"].clone();

    assert_eq!(served, contract);
}

#[tokio::test]
async fn the_sandbox_is_called_as_the_browser_calls_it() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    for host in ["127.0.0.1", "127.0.0.1:80", "127.9.9.9:8080", "localhost", "LocalHost:8080", "[::1]", "[::1]:8080"] {
        let contract = under(&sandbox, "/openapi.json", &format!("Host: {host}\r\n")).await;
        assert!(contract.starts_with("HTTP/1.1 200 "), "{contract}");
        assert!(contract.contains(&format!(r#""url":"http://{host}""#)), "{contract}");
        assert!(contract.contains(&format!(r#""tokenUrl":"http://{host}/{}/"#, sandbox.tenant())), "{contract}");
        let page = under(&sandbox, "/", &format!("Host: {host}\r\n")).await;
        assert!(page.contains(&format!(r#""url":"http://{host}""#)), "{page}");
    }
}

/// A foreign site whose name resolves to a loopback address must not read the token.
#[tokio::test]
async fn under_another_host_nothing_is_shown() {
    let sandbox = sandbox([]).await;
    let lines = [
        "Host: attacker.example",
        "Host: attacker.example:8080",
        "Host: localhost.attacker.example",
        "Host: 127.0.0.1.attacker.example",
        "Host: localhost@attacker.example",
        "Host: 192.0.2.1",
        "Host: 0.0.0.0",
        "Host: [2001:db8::1]",
        "Host: ",
        "Host: localhost\r\nHost: attacker.example",
        "X-Forwarded-Host: localhost",
    ];
    for line in lines {
        for path in ["/", "/openapi.json"] {
            let answer = under(&sandbox, path, &format!("{line}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 421 ") || answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
            assert!(!answer.contains(sandbox.token()) && !answer.contains("openapi"), "{line}: {answer}");
        }
    }
    let answer = under(&sandbox, "/", "Host: attacker.example\r\n").await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "this page is shown under the names localhost, 127.0.0.1 and [::1] only\n");
}

#[tokio::test]
async fn over_tls_the_page_speaks_of_https() {
    let sandbox = Sandbox::builder().tls(true).start().await.unwrap();
    let authority = reqwest::Certificate::from_pem(sandbox.tls_ca_pem().unwrap().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    let contract = body_of(client.get(format!("{}/openapi.json", sandbox.url())).send().await.unwrap()).await;
    assert_eq!(contract["servers"][0]["url"], sandbox.url());
}

#[tokio::test]
async fn looking_at_the_page_leaves_no_trace() {
    let sandbox = sandbox([]).await;
    for path in ["/", "/openapi.json", "/page.js", "/swagger-ui/swagger-ui.css"] {
        let response = get(&sandbox, path).await;
        assert_eq!((response.status().as_u16(), header(&response, "request-id")), (200, "(absent)"), "{path}");
    }
    assert_eq!(send(&sandbox, Method::POST, "/", sandbox.token()).await.status(), 405);
    assert!(sandbox.requests().is_empty());

    let response = get(&sandbox, "/elsewhere").await;
    assert_eq!(header(&response, "request-id"), "00000000-0000-4000-8000-000000000001");
    assert_eq!(sandbox.requests().len(), 1);
}
