//! `mde sandbox`

use std::io::Write;
use std::net::IpAddr;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_client::Client;

use crate::{Cases, Run, Running, mde, run, settings};

/// A sandbox in a process of its own.
fn start(arguments: &[&str]) -> Running {
    let arguments = [&["sandbox"], arguments].concat();
    Running::of(mde(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()))
}

/// One with JSON connection details, and these.
fn start_with_json(arguments: &[&str]) -> (Running, serde_json::Value) {
    let mut sandbox = start(&[&["--format", "json"], arguments].concat());
    let details = sandbox.json();
    (sandbox, details)
}

fn client(details: &serde_json::Value) -> Client {
    let text = |key: &str| details[key].as_str().unwrap();
    Client::builder().endpoint(text("url")).token(text("token")).build().unwrap()
}

#[tokio::test]
async fn json_is_one_line() {
    let (_sandbox, details) = start_with_json(&["--quota", "1/1h"]);
    let client = client(&details);
    let ip: IpAddr = "10.209.67.177".parse().unwrap();
    let answer = client.get_ip_statistics(ip).look_back_hours(48).send().await.unwrap();
    assert!(answer.organization_prevalence > 0);
    let error = client.get_ip_statistics(ip).send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429), "the quota is that of the command line");
}

#[tokio::test]
async fn figures_from_an_events_file() {
    let mut events = tempfile::NamedTempFile::new().unwrap();
    let now = chrono::Utc::now();
    for device in ["a", "b", "a"] {
        writeln!(events, r#"{{"device":"{device}","ip":"192.0.2.9","time":"{}"}}"#, now.to_rfc3339()).unwrap();
    }
    let (_sandbox, details) = start_with_json(&["--events", events.path().to_str().unwrap()]);
    let client = client(&details);
    let answer = client.get_ip_statistics("192.0.2.9".parse::<IpAddr>().unwrap()).send().await.unwrap();
    assert_eq!(answer.organization_prevalence, 2);
}

/// The body of an answer, which has this status.
async fn body(request: reqwest::RequestBuilder, status: u16) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), status);
    response.text().await.unwrap()
}

#[tokio::test]
async fn flags_take_effect() {
    let (_sandbox, running) = start_with_json(&[
        "--clock=2025-06-01T12:00:00Z",
        "--set=context-host=api-eu3.securitycenter.microsoft.com",
        "--set=legacy-prevalence=left-out",
        "--fault=html=502 next=1",
        "--control=127.0.0.1:0",
    ]);
    let text = |key: &str| running[key].as_str().unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = || http.get(format!("{}/api/ips/10.209.67.177/stats", text("url"))).bearer_auth(text("token"));
    assert!(body(ask(), 502).await.starts_with("<!"), "the fault comes once");
    let answer = body(ask(), 200).await;
    assert!(answer.contains("https://api-eu3.securitycenter.microsoft.com/api/$metadata"), "{answer}");
    assert!(answer.contains("2025-06-01T") && !answer.contains("orgPrevalence"), "{answer}");

    let advance = http.post(format!("{}/clock/advance", text("control"))).body("800h");
    assert!(body(advance, 200).await.contains("2025-07-04T20:00:00Z"));
    assert!(body(ask(), 200).await.contains(r#""organizationPrevalence":0"#), "all of it is too long ago");
}

#[tokio::test]
async fn an_app_signs_in_by_its_certificate() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    let (_sandbox, running) = start_with_json(&["--app-certificate", file.path().to_str().unwrap()]);
    let app = running["apps"].as_array().unwrap().last().unwrap();
    assert_eq!(app["note"], "may ask");

    let (url, tenant, id) = (&running["url"], &running["tenant"], &app["client_id"]);
    let endpoint = format!("{}/{}/oauth2/v2.0/token", url.as_str().unwrap(), tenant.as_str().unwrap());
    let claims = serde_json::json!({ "aud": endpoint, "iss": id, "sub": id, "exp": 253_402_300_799_i64 });
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let signed = format!("{}.{}", encode(br#"{"alg":"RS256","typ":"JWT"}"#), encode(claims.to_string().as_bytes()));
    let signature = rcgen::SigningKey::sign(&key, signed.as_bytes()).unwrap();
    let form = format!(
        "grant_type=client_credentials&scope=https://api.securitycenter.microsoft.com/.default&client_id={}&\
         client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={signed}.{}",
        id.as_str().unwrap(),
        encode(&signature)
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(&endpoint).header("content-type", "application/x-www-form-urlencoded").body(form);
    assert!(body(request, 200).await.contains(r#""access_token":"#));
}

#[tokio::test]
async fn tls_uses_an_authority_whose_certificate_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("ca.pem");
    for arguments in [&["--tls"][..], &["--tls", "--tls-ca", kept.to_str().unwrap()]] {
        let (mut sandbox, running) = start_with_json(arguments);
        let pem = std::fs::read(running["tls_ca"].as_str().unwrap()).unwrap();
        let authority = reqwest::Certificate::from_pem(&pem).unwrap();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
        let url = format!("{}/api/ips/10.209.67.177/stats", running["url"].as_str().unwrap());
        body(http.get(url).bearer_auth(running["token"].as_str().unwrap()), 200).await;
        #[cfg(unix)]
        {
            assert_eq!(sandbox.terminate(), Some(0));
            let is_kept = std::path::Path::new(running["tls_ca"].as_str().unwrap()).exists();
            assert_eq!(is_kept, arguments.contains(&"--tls-ca"));
        }
    }
}

#[test]
fn connection_details() {
    let mut settings = settings();
    settings.add_filter(r"eyJ[\w.-]+", "TOKEN");
    settings.add_filter(r"/\S*mde-sandbox-\w+\.pem", "/TEMPORARY.pem");
    let mut cases = Cases::default();
    for (arguments, last) in [(&[][..], "mde login "), (&["--tls", "--control", "127.0.0.1:0"], "curl ")] {
        cases.add(
            ["mde sandbox", &arguments.join(" ")].join(" ").trim_end(),
            &start(arguments).lines_to(last).join("\n"),
        );
        let json = [&["--format", "json"], arguments].concat();
        cases.add(&format!("mde sandbox {}", json.join(" ")), &start(&json).lines(1).remove(0));
    }
    settings.bind(|| insta::assert_snapshot!("sandbox-announcement", cases.0));
}

#[test]
fn it_does_not_start() {
    let bad_line = tempfile::NamedTempFile::new().unwrap();
    let line = |ip: &str| format!(r#"{{"device":"a","ip":"{ip}","time":"2026-01-01T00:00:00Z"}}"#);
    std::fs::write(bad_line.path(), line("192.0.2.9") + "\n" + &line("192.0.2.900")).unwrap();
    let path = bad_line.path().to_str().unwrap();
    let mut table = Cases::default();
    let cases: [(&str, &[&str]); 12] = [
        ("all-interfaces", &["--listen", "0.0.0.0:8080"]),
        ("no-port", &["--listen", "127.0.0.1"]),
        ("bad-quota", &["--quota", "100"]),
        ("bad-event", &["--events", path]),
        ("no-events", &["--events", "no-such-file.jsonl"]),
        ("bad-fault", &["--fault", "often"]),
        ("bad-setting", &["--set", "tims=window"]),
        ("bad-clock", &["--clock", "now"]),
        ("no-certificate", &["--app-certificate", path]),
        ("control-all-interfaces", &["--control", "[::]:0"]),
        ("ca-without-tls", &["--tls-ca", "ca.pem"]),
        ("ca-nowhere", &["--tls", "--tls-ca", "no-such-folder/ca.pem"]),
    ];
    for (name, arguments) in cases {
        let Run { out, err, code } = run(&[&["sandbox"], arguments].concat());
        assert_eq!((out.as_str(), code), ("", Some(2)), "{name}");
        table.add(name, &err.replace(path, "FILE"));
    }
    insta::assert_snapshot!("sandbox-refusals", table.0);
}

/// The output of the curl command that a sandbox prints, pasted into a shell.
fn pasted(arguments: &[&str]) -> String {
    let mut sandbox = start(arguments);
    let curl = sandbox.lines_to("curl ").pop().unwrap();
    let output = Command::new("sh").args(["-c", &curl]).output().unwrap();
    assert!(output.status.success(), "{curl}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs curl"]
fn the_line_for_curl_works_when_pasted() {
    for arguments in [&[][..], &["--tls"]] {
        let answer = pasted(arguments);
        assert!(answer.contains(r#""organizationPrevalence":701"#), "{arguments:?}: {answer}");
    }
}
