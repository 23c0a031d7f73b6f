//! What to do about a 403, by what the token says of itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mde_client::{CallOptions, Client};
use mde_tests::{Scripted, Step};

use crate::ADDRESS;

async fn advice(claims: &str) -> String {
    let server = Scripted::start([Step::answer("403 Forbidden", &[], "")]).await.unwrap();
    let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
    let once = CallOptions::new().max_retries(0);
    let client = Client::builder().endpoint(server.url()).token(token).options(once).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap_err().advice().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_missing() {
    let mut texts = String::new();
    for (name, claims) in [
        ("nothing", "{}"),
        ("another role", r#"{"roles":["Machine.Read.All"]}"#),
        ("the role", r#"{"aud":"https://api.securitycenter.microsoft.com","roles":["Ip.Read.All"]}"#),
        ("the role for another audience", r#"{"aud":"https://api.example","roles":["Ip.Read.All"]}"#),
        ("another scope", r#"{"aud":"https://api.securitycenter.microsoft.com","scp":"Machine.Read"}"#),
        ("the scope", r#"{"aud":"https://api.securitycenter.microsoft.com","scp":"Machine.Read Ip.Read.All"}"#),
        ("the scope for another audience", r#"{"aud":"https://api.example","scp":"Ip.Read.All"}"#),
    ] {
        texts += &format!("{name}: {}\n", advice(claims).await);
    }
    insta::assert_snapshot!(texts);
}
