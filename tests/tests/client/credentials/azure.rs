//! Credentials of the Azure SDK, and what is wrong with those that cannot work.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use mde_client::{AzureCredential, Client, Endpoint, Error, ErrorKind};

use super::{good, tokens};
use crate::{ADDRESS, TOKEN, assert_errors};
use mde_tests::{ManualClock, Scripted};

/// A credential of the caller's own. It notes the scopes, and its tokens live an hour by the clock of the test.
#[derive(Debug, Default)]
struct Fake {
    clock: ManualClock,
    scopes: Mutex<Vec<String>>,
}

impl TokenCredential for Fake {
    fn get_token<'life0, 'life1, 'life2, 'life3, 'async_trait>(
        &'life0 self,
        scopes: &'life1 [&'life2 str],
        _: Option<TokenRequestOptions<'life3>>,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<AccessToken>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        'life3: 'async_trait,
        Self: 'async_trait,
    {
        let mut noted = self.scopes.lock().unwrap();
        noted.extend(scopes.iter().map(|scope| (*scope).to_owned()));
        let (number, now) = (noted.len(), mde_client::Clock::system_time(&self.clock));
        let end = (now + Duration::from_secs(3600)).duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let end = azure_core::time::OffsetDateTime::UNIX_EPOCH + end;
        Box::pin(async move { Ok(AccessToken::new(format!("token-{number}"), end)) })
    }
}

#[tokio::test]
async fn any_credential_of_the_sdk() {
    let server = Scripted::start(vec![good(); 3]).await.unwrap();
    let fake = Arc::new(Fake::default());
    let credential = AzureCredential::from(Arc::clone(&fake) as Arc<dyn TokenCredential>);
    let builder = Client::builder().endpoint(server.url()).credential(credential);
    let client = builder.clock(fake.clock.clone()).build().unwrap();
    for seconds in [0, 55 * 60 - 1, 1] {
        fake.clock.advance(Duration::from_secs(seconds));
        client.get_ip_statistics(ADDRESS).send().await.unwrap();
    }
    assert_eq!(tokens(&server), ["token-1", "token-1", "token-2"]);
    assert_eq!(*fake.scopes.lock().unwrap(), ["https://api.securitycenter.microsoft.com/.default"; 2]);
}

#[test]
fn what_cannot_be_a_credential() {
    let app = "11111111-1111-1111-1111-111111111111";
    let cases: [(&str, Result<AzureCredential, Error>); 11] = [
        ("common", AzureCredential::client_secret("common", app, TOKEN)),
        ("organizations", AzureCredential::client_secret("Organizations", app, TOKEN)),
        ("consumers", AzureCredential::workload_identity_of("consumers", app, "file")),
        ("no tenant", AzureCredential::client_secret("", app, TOKEN)),
        ("a secret as tenant", AzureCredential::client_secret(format!("{TOKEN}~"), app, "x")),
        ("a path as tenant", AzureCredential::client_secret("a/../b", app, TOKEN)),
        ("no client id", AzureCredential::client_secret("contoso.example", "", TOKEN)),
        ("no secret", AzureCredential::client_secret("contoso.example", app, "")),
        ("no identity", AzureCredential::user_assigned_identity("")),
        ("a command as tenant", AzureCredential::azure_cli_in_tenant("x; rm -r ~")),
        ("an option as tenant", AzureCredential::azure_cli_in_tenant("--debug")),
    ];
    let mut table = String::new();
    for (name, credential) in cases {
        let error = credential.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}");
        table += &format!("{name}: {}\n", error.to_string().replace('\n', " / "));
    }
    assert!(!table.contains(TOKEN), "{table}");
    insta::assert_snapshot!(table);
}

/// A secret goes over https, and to a host, whatever the endpoint says.
#[tokio::test]
async fn an_authority_that_cannot_be_one() {
    let server = Scripted::start([]).await.unwrap();
    let mut errors = Vec::new();
    for (name, authority) in [("http", server.url()), ("path", "https://login.example/one/two")] {
        let endpoint = Endpoint::custom(server.url(), authority, "https://audience.example").unwrap();
        let credential = AzureCredential::client_secret("contoso.example", "an-app", TOKEN).unwrap();
        let client = Client::builder().endpoint(endpoint).credential(credential).build().unwrap();
        let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
        assert_eq!(server.requests(), Vec::<String>::new(), "{name}");
        errors.push((name, error));
    }
    assert_errors("unusable-authorities", &errors);
}

#[tokio::test]
async fn a_file_that_is_not_there() {
    let server = Scripted::start([]).await.unwrap();
    let endpoint = Endpoint::custom(server.url(), "https://login.example", "https://audience.example").unwrap();
    let credential = AzureCredential::workload_identity_of("contoso.example", "an-app", "no-such-file").unwrap();
    let client = Client::builder().endpoint(endpoint).credential(credential).build().unwrap();
    let error = client.get_ip_statistics(ADDRESS).send().await.unwrap_err();
    insta::assert_snapshot!(error);
}

#[test]
fn no_secret_shows() {
    let secret = AzureCredential::client_secret("contoso.example", "an-app", TOKEN).unwrap();
    let workload = AzureCredential::workload_identity_of("contoso.example", "an-app", "file").unwrap();
    let assigned = AzureCredential::user_assigned_identity("an-app").unwrap();
    let given = AzureCredential::new(Arc::<Fake>::default());
    let all = [secret, workload, AzureCredential::managed_identity(), assigned, AzureCredential::azure_cli(), given];
    insta::assert_snapshot!(all.map(|credential| format!("{credential:?}")).join("\n"));
}
