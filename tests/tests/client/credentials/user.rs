//! A person who signs in: what is sent to the authority, what is shown to the person, and what becomes of refusals.

mod browser;
mod device_code;
mod redirect;
mod refresh;
mod sandbox;
mod unfit;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_client::{BoxError, Client, Error, ErrorKind, RefreshToken, RefreshTokenStore, UserCredential};
use mde_tests::{ManualClock, Scripted, Step};
use reqwest::Url;

const TENANT: &str = "contoso.example";
const APP: &str = "an-app";
const SECOND: Duration = Duration::from_secs(1);

fn person() -> UserCredential {
    UserCredential::new(TENANT, APP).unwrap()
}

/// A client that signs in at a scripted host, on a clock that a test moves.
fn client(host: &Scripted, person: UserCredential) -> (Client, ManualClock) {
    let clock = ManualClock::default();
    (Client::builder().endpoint(host.url()).credential(person).clock(clock.clone()).build().unwrap(), clock)
}

/// Signs in and nothing else.
async fn sign_in(client: &Client) -> Result<(), Error> {
    client.token_claims().await.map(drop)
}

async fn host(steps: impl IntoIterator<Item = Step>) -> Scripted {
    Scripted::start(steps).await.unwrap()
}

/// An answer with tokens of an hour.
fn tokens(access: &str, refresh: Option<&str>) -> Step {
    let mut answer = serde_json::json!({"token_type": "Bearer", "expires_in": 3600, "access_token": access});
    if let Some(refresh) = refresh {
        answer["refresh_token"] = refresh.into();
    }
    Step::json(answer.to_string())
}

/// A refusal as OAuth has it, with the description in the form of Entra's.
fn refusal(error: &str, description: &str) -> Step {
    let body = serde_json::json!({"error": error, "error_description": description});
    Step::answer("400 Bad Request", &["content-type: application/json"], body.to_string())
}

/// The fields of each form that a host was sent.
fn forms(host: &Scripted) -> Vec<HashMap<String, String>> {
    let pairs = |body: &String| Url::parse(&format!("form:?{body}")).unwrap().query_pairs().into_owned().collect();
    host.bodies().iter().map(pairs).collect()
}

/// A store that several credentials share. Clones are the same store.
#[derive(Clone, Default)]
struct Shared {
    token: Arc<Mutex<Option<String>>>,
    saved: Arc<AtomicU32>,
    fails: bool,
}

impl Shared {
    fn with(token: &str) -> Self {
        Self { token: Arc::new(Mutex::new(Some(token.to_owned()))), ..Self::default() }
    }

    fn text(&self) -> Option<String> {
        self.token.lock().unwrap().clone()
    }

    fn set(&self, token: &str) {
        *self.token.lock().unwrap() = Some(token.to_owned());
    }
}

impl RefreshTokenStore for Shared {
    fn load(&self) -> Result<Option<RefreshToken>, BoxError> {
        Ok(self.text().map(RefreshToken::new))
    }

    fn save(&self, token: &RefreshToken) -> Result<(), BoxError> {
        self.saved.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Err("the keychain is locked".into());
        }
        self.set(token.expose());
        Ok(())
    }
}
